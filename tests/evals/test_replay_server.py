"""Recorded answers served to real clients over HTTP."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from secondhalf.evals.data.dataset import Answer, DataSet
from secondhalf.evals.replay.listener import Query
from secondhalf.evals.replay.server import LATENCY, ReplayServer
from secondhalf.graph.router import build_router
from secondhalf.state.config import ModelConfig, ModelPrices, RouterConfig
from secondhalf.state.errors import InputError
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from tests.support.plain_http import Line

CAPITAL = "What is the capital of France?"
ROBE = "A robe takes 2 bolts of blue fiber and half that much white fiber.\n\nHow many bolts?"
SCORED = "Only the score of this was recorded."
LONG = "  Let b be the ball.\n\nThen b + (b + 1) = 1.10, so b = 0.05.\n"
PLANTED = "planted"
SCORE = 0.98765432101
CHAT = "/v1/chat/completions"


def said(text: str | None, output: int = 12, latency: float | None = 0.25) -> Answer:
    """An answer to 37 tokens; score and cost are numbers found nowhere else."""
    return Answer(text, 37, output, 123.456789, latency, SCORE)


def recorded() -> DataSet:
    """Two models, one of which was sampled; each label holds the word that must not leave."""
    samples = tuple(said(f"Sample {number} of the robe.") for number in range(3))
    return DataSet(
        file=f"{PLANTED}-file.jsonl",
        name=f"{PLANTED}-name",
        prompts=(CAPITAL, ROBE, SCORED, CAPITAL),
        ids=tuple(f"{PLANTED}-id-{number}" for number in range(4)),
        models=("small/model [cot]", "large-model"),
        answers=(
            ((said("Paris."),), (said(LONG, 20, None),)),
            (samples, (said("Three bolts."),)),
            ((said(None),), (said("It was."),)),
            ((said("Not the first."),), (said("Not the first."),)),
        ),
        left_out=(f"{PLANTED}: a line",),
        groups=(f"{PLANTED}-group",) * 4,
    )


SMALL, LARGE = recorded().models


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer(recorded()) as running:
        yield running


@pytest.fixture
def client(server: ReplayServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as made:
        yield made


@pytest.fixture
def line(server: ReplayServer) -> Iterator[Line]:
    with Line(server.url) as made:
        yield made


def asking(content: object = CAPITAL, model: str = LARGE, **fields: object) -> dict[str, object]:
    """The body of a request."""
    return {"model": model, "messages": [{"role": "user", "content": content}], **fields}


def test_the_models_of_the_data_set_are_listed(client: openai.OpenAI) -> None:
    """By name and in order; one can be asked for although its name holds a slash."""
    listed = [model.id for model in client.models.list()]

    assert [SMALL, LARGE] == listed
    assert SMALL == client.models.retrieve(SMALL).id


def test_a_recorded_answer_comes_with_its_usage_and_latency(client: openai.OpenAI) -> None:
    """Text, tokens and reason are those of a completion; the latency is a header."""
    raw = client.chat.completions.with_raw_response.create(
        model=SMALL, messages=[{"role": "user", "content": CAPITAL}]
    )
    answer = raw.parse()

    assert (SMALL, "0.25") == (answer.model, raw.headers[LATENCY])
    assert ("Paris.", "stop") == (
        answer.choices[0].message.content,
        answer.choices[0].finish_reason,
    )
    assert answer.usage is not None
    assert (37, 12, 49) == (
        answer.usage.prompt_tokens,
        answer.usage.completion_tokens,
        answer.usage.total_tokens,
    )


def test_a_latency_that_was_not_recorded_is_not_said(line: Line) -> None:
    """No header, rather than a zero."""
    got = line.post(CHAT, asking())

    assert (200, False) == (got.status, LATENCY in got.headers)


@pytest.mark.parametrize("usage", [False, True])
def test_a_stream_says_the_same_in_pieces(client: openai.OpenAI, usage: bool) -> None:
    """The pieces make up the text; usage comes last and only if it was asked for."""
    chunks = list(
        client.chat.completions.create(
            model=LARGE,
            messages=[{"role": "user", "content": CAPITAL}],
            stream=True,
            stream_options={"include_usage": usage},
        )
    )
    choices = [choice for chunk in chunks for choice in chunk.choices]
    counted = [chunk.usage.completion_tokens for chunk in chunks if chunk.usage]

    assert LONG == "".join(choice.delta.content or "" for choice in choices)
    assert len(choices) > 10
    assert "stop" == choices[-1].finish_reason
    assert ([20] if usage else []) == counted


async def test_an_asynchronous_client_is_served(server: ReplayServer) -> None:
    """Whole and as a stream."""
    async with openai.AsyncOpenAI(base_url=server.url, api_key="none") as client:
        whole = await client.chat.completions.create(
            model=LARGE, messages=[{"role": "user", "content": CAPITAL}]
        )
        stream = await client.chat.completions.create(
            model=LARGE, messages=[{"role": "user", "content": CAPITAL}], stream=True
        )
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]

    assert [LONG, LONG] == [whole.choices[0].message.content, "".join(pieces)]


def test_langchain_is_served(server: ReplayServer) -> None:
    """``ChatOpenAI`` reads text and usage, whole and as a stream."""
    with openai.DefaultHttpxClient() as http_client:
        options: dict[str, Any] = {
            "model": SMALL,
            "base_url": server.url,
            "api_key": SecretStr("none"),
            "http_client": http_client,
        }
        model = ChatOpenAI(**options)
        whole = model.invoke(CAPITAL)
        pieces = list(model.stream(CAPITAL, stream_usage=True))
    counted = [piece.usage_metadata for piece in pieces if piece.usage_metadata]

    assert ("Paris.", "Paris.") == (whole.text, "".join(piece.text for piece in pieces))
    assert [whole.usage_metadata] == counted
    assert whole.usage_metadata is not None
    assert (37, 12) == (
        whole.usage_metadata["input_tokens"],
        whole.usage_metadata["output_tokens"],
    )


async def test_our_router_is_served(server: ReplayServer) -> None:
    """A route ends with the recorded answer, and with its tokens and their cost."""
    model = ModelConfig(
        name="small",
        model=SMALL,
        base_url=server.url,
        tier="slm",
        roles=("reasoner",),
        prices=ModelPrices(input=0.5, output=1.5),
    )
    router = build_router(RouterConfig(models=(model,)))

    out: Any = await router.ainvoke(
        {"messages": [HumanMessage(CAPITAL)]}, context=RouteContext(clarify=False)
    )

    result: RouteResult = out["route"]
    assert ("success", "Paris.") == (result.status, result.answer)
    assert (37, 12) == (result.tokens.input, result.tokens.output)
    assert result.cost_usd == pytest.approx((37 * 0.5 + 12 * 1.5) / 1e6)


def test_real_recordings_are_served(data_dir: Path) -> None:
    """What each model is heard to say to a prompt is what stands in its row of the file."""
    path = data_dir / "zeroeval_gsm_14models.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(next(lines)) for _ in range(42)]
    cells = {(row["prompt"], row["model"]): row for row in rows}
    prompts = tuple(dict.fromkeys(prompt for prompt, _ in cells))
    models = tuple(dict.fromkeys(model for _, model in cells))
    answers = tuple(tuple((_answer(cells[p, m]),) for m in models) for p in prompts)
    dataset = DataSet("file", "name", prompts, prompts, models, answers)
    with ReplayServer(dataset) as server, Line(server.url) as line:
        got = {(p, m): line.post(CHAT, asking(p.strip(), m)).json for p, m in cells}

    assert {key: (row["answer"], row["completion_tokens"]) for key, row in cells.items()} == {
        key: (one["choices"][0]["message"]["content"], one["usage"]["completion_tokens"])
        for key, one in got.items()
    }


def _answer(row: dict[str, Any]) -> Answer:
    tokens = row["prompt_tokens"], row["completion_tokens"]
    return Answer(row["answer"], *tokens, None, None, row["score"])


@pytest.mark.parametrize(
    "content",
    [
        ROBE,
        f"\n {ROBE}\t",
        ROBE.replace("\n\n", " "),
        [{"type": "text", "text": ROBE[:20]}, {"type": "text", "text": ROBE[20:]}],
    ],
    ids=["exact", "white space around", "white space inside", "parts"],
)
def test_a_prompt_is_found_by_its_text(line: Line, content: object) -> None:
    """Other messages and settings, and how white space and parts are laid out, do not matter."""
    before = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": CAPITAL}]
    after: dict[str, object] = {"role": "assistant", "content": None, "tool_calls": []}
    body = asking(temperature=0.3, tools=[{"type": "function"}], user="me")
    body["messages"] = [*before, {"role": "user", "content": content}, after]

    got = line.post(CHAT, body)

    assert "Three bolts." == got.json["choices"][0]["message"]["content"]


def test_samples_are_taken_by_seed_or_in_turn(client: openai.OpenAI) -> None:
    """A request with a seed takes no turn from those without one."""
    texts = [
        client.chat.completions.create(
            model=SMALL,
            messages=[{"role": "user", "content": ROBE}],
            seed=openai.omit if seed is None else seed,
        )
        .choices[0]
        .message.content
        for seed in (None, 5, None)
    ]

    assert [f"Sample {number} of the robe." for number in (0, 2, 1)] == texts


@pytest.mark.parametrize(
    ("model", "prompt", "code", "says"),
    [
        (SMALL, "What is the capital of Spain?", "not_recorded", "none is guessed"),
        (SMALL, "", "not_recorded", "none is guessed"),
        (SMALL, SCORED, "not_recorded", "the text of this answer"),
        ("Large_model", CAPITAL, "model_not_found", f"the nearest is {LARGE!r}"),
        ("x" * 100_000, CAPITAL, "model_not_found", "the nearest is"),
    ],
    ids=["prompt", "no text", "score only", "model", "long name"],
)
def test_what_was_not_recorded_is_missing(
    client: openai.OpenAI, model: str, prompt: str, code: str, says: str
) -> None:
    """OpenAI's error object, in one short line that does not repeat the prompt.

    422 where the answer is missing, 404 where the model is.
    """
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": prompt}])

    body: Any = caught.value.body
    kind = "not_recorded" if code == "not_recorded" else "invalid_request_error"
    assert (code, kind) == (body["code"], body["type"])
    assert (422 if code == "not_recorded" else 404) == caught.value.status_code
    assert says in body["message"]
    assert "Spain" not in body["message"]
    assert (True, 1) == (len(body["message"]) < 400, len(body["message"].splitlines()))


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_limit_cuts_the_answer(line: Line, name: str) -> None:
    """In proportion to its tokens, and it says so; a limit that is not reached changes nothing."""
    cut, whole = (line.post(CHAT, asking() | {name: limit}).json for limit in (5, 20))

    assert (LONG[: len(LONG) * 5 // 20], "length", 5) == (
        cut["choices"][0]["message"]["content"],
        cut["choices"][0]["finish_reason"],
        cut["usage"]["completion_tokens"],
    )
    assert (LONG, "stop") == (
        whole["choices"][0]["message"]["content"],
        whole["choices"][0]["finish_reason"],
    )


WRONG: dict[str, object] = {
    "not JSON": b"{",
    "not UTF-8": b'{"model": "\xff"}',
    "too deep": b"[" * 100_000,
    "not an object": b"[]",
    "no model": {"messages": [{"role": "user", "content": CAPITAL}]},
    "no messages": {"model": LARGE},
    "empty messages": b'{"model": "large-model", "messages": []}',
    "no user": {"model": LARGE, "messages": [{"role": "system", "content": CAPITAL}]},
    "no role": {"model": LARGE, "messages": [{"content": CAPITAL}]},
    "no content": {"model": LARGE, "messages": [{"role": "user"}]},
    "an image": asking([{"type": "image_url", "image_url": {"url": "x"}}]),
    "a part without text": asking([{"type": "text", "text": 3}]),
    "stream": asking(stream="yes"),
    "stream options": asking(stream=True, stream_options="yes"),
    "no tokens": asking(max_tokens=0),
    "half a token": asking(max_tokens=0.5),
    "seed": asking(seed="1"),
    "stop": asking(stop=7),
    "two choices": asking(n=2),
    "a forced tool": asking(tools=[{"type": "function"}], tool_choice="required"),
    "a named tool": asking(tool_choice={"type": "function", "function": {"name": "f"}}),
    "a function": asking(function_call={"name": "f"}),
    "a schema": asking(response_format={"type": "json_schema", "json_schema": {}}),
    "sound": asking(modalities=["text", "audio"]),
    "logprobs": asking(logprobs=True),
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG.keys())
def test_a_request_that_cannot_be_answered_is_refused(line: Line, body: object) -> None:
    """400 and one line without the prompt; the connection can be used again."""
    got = line.post(CHAT, body)

    assert (400, 1) == (got.status, len(got.json["error"]["message"].splitlines()))
    assert not re.search(r"France|Traceback|pydantic", got.body.decode())
    assert 200 == line.post(CHAT, asking()).status


def test_other_types_of_content_are_refused(line: Line) -> None:
    """A form that a web page could send without asking is none of them."""
    got = line.post(CHAT, asking(), {"Content-Type": "text/plain"})

    assert (400, True) == (got.status, "application/json" in got.json["error"]["message"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/v1/models/?limit=1", 200),
        ("GET", "/v1/models/small%2Fmodel%20%5Bcot%5D", 200),
        ("GET", "/v1/models/small-model", 404),
        ("GET", "/v1/models//health", 404),
        ("GET", CHAT, 405),
        ("POST", "/v1/models", 405),
        ("POST", "/v1/models/chat/completions", 404),
        ("POST", "/v1/embeddings", 404),
        ("GET", "/", 404),
        ("DELETE", "/v1/models", 501),
    ],
)
def test_what_is_not_served_is_refused(line: Line, method: str, path: str, status: int) -> None:
    """In OpenAI's form too."""
    got = line.ask(method, path, {} if method == "POST" else None)

    assert (status, status != 200) == (got.status, "error" in got.json)


def test_nothing_else_of_the_data_set_leaves(line: Line) -> None:
    """Neither names of prompts, groups and files nor scores and costs stand in any response."""
    bodies = [
        asking(content, model, stream=stream, stream_options={"include_usage": True})
        for model in (SMALL, LARGE, "plan-id")
        for content in (CAPITAL, ROBE, SCORED, "?")
        for stream in (False, True)
    ]
    got = [line.post(CHAT, body) for body in (*bodies, *WRONG.values())]
    got += [line.get(path) for path in ("/v1/models", f"/v1/models/{LARGE}", "/health", "/v1/x")]
    sent = "".join(f"{one.headers}{one.body.decode()}" for one in got)

    assert "Paris." in sent
    assert [] == [label for label in (PLANTED, str(SCORE), "0.98", "123.45") if label in sent]


def test_the_log_has_a_line_for_each_request_and_no_prompt() -> None:
    """Nor what else a client may put a prompt into: model, path, method."""
    lines: list[str] = []
    with ReplayServer(recorded(), log=lines.append) as server, Line(server.url) as line:
        line.post(CHAT, asking())
        line.post(CHAT, asking("My secret"))
        line.post(CHAT, asking(model="My secret"))
        line.get("/My-secret?secret")
        line.get("/v1/models/My-secret")
        line.ask("SECRET", "/health")

    assert [
        f"200 POST {CHAT} {LARGE}",
        f"422 POST {CHAT} not_recorded",
        f"404 POST {CHAT} model_not_found",
        "404 GET unknown_path",
        "404 GET model_not_found",
        "501 invalid_request",
    ] == lines


def test_answers_streams_and_refusals_keep_the_connection(line: Line) -> None:
    """HTTP/1.1 with a length for each of them."""
    bodies = (asking(), asking(stream=True), asking("?"), asking(n=2), asking())
    got = [line.post(CHAT, body) for body in bodies]

    assert [200, 200, 422, 400, 200] == [one.status for one in got]
    assert not any("connection" in one.headers for one in got)
    assert [len(one.body) for one in got] == [int(one.headers["content-length"]) for one in got]


def test_a_hundred_at_once_are_all_answered(server: ReplayServer) -> None:
    """All connected before the first one asks; each gets the answer to its own question."""
    together = threading.Barrier(100, timeout=20)

    def ask(number: int) -> str:
        with Line(server.url) as line:
            together.wait()
            got = line.post(CHAT, asking(CAPITAL, (SMALL, LARGE)[number % 2]))
        text: str = got.json["choices"][0]["message"]["content"]
        return text

    with ThreadPoolExecutor(100) as pool:
        texts = list(pool.map(ask, range(100)))

    assert ["Paris.", LONG] * 50 == texts


class Watch(threading.Event):
    """An event that does not come; it notes how long it was waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        return False


@pytest.mark.parametrize(("speed", "waits"), [(None, []), (1.0, [0.25]), (0.5, [0.5])])
def test_answers_take_as_long_as_recorded_over_speed(
    monkeypatch: pytest.MonkeyPatch, speed: float | None, waits: list[float]
) -> None:
    """Where no latency was recorded there is nothing to wait for."""
    watch = Watch()
    with ReplayServer(recorded(), speed=speed) as server:
        monkeypatch.setattr(server, "_stopping", watch)
        for model in (SMALL, LARGE):
            body = json.dumps(asking(CAPITAL, model)).encode()
            server.reply(Query("POST", CHAT, "application/json", body))

    assert waits == watch.waited


def test_stopping_calls_off_what_waits() -> None:
    """An answer due in an hour is not waited for; its client is told."""
    server = ReplayServer(recorded(), speed=0.25 / 3600)
    with Line(server.url) as line, server:
        line.send("POST", CHAT, asking(CAPITAL, SMALL), {"Content-Type": "application/json"})
        with Line(server.url) as other:
            other.get("/health")
        server.stop()
        late = line.receive()

    assert (503, "stopping") == (late.status, late.json["error"]["code"])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"sample": -1}, "sample is -1"),
        ({"speed": 0.0}, r"speed is 0\.0"),
        ({"speed": float("nan")}, "speed is nan"),
        ({"host": "192.0.2.1"}, r"cannot listen on '192\.0\.2\.1'"),
        ({"port": 70_000}, "port 70000"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], says: str) -> None:
    """With the setting in the line."""
    with pytest.raises(InputError, match=says):
        ReplayServer(recorded(), **settings)


SCRIPT = """
from secondhalf.evals.data.dataset import Answer, DataSet
from secondhalf.evals.replay.server import ReplayServer

answers = (((Answer("a", 1, 1, None, None, 1.0),),),)
server = ReplayServer(DataSet("f", "n", ("p",), ("i",), ("m",), answers))
print(server.url, flush=True)
server.serve_forever()
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_for_ever_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    """What comes after it still runs, and nothing is on standard error."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        with Line(process.stdout.readline().strip()) as line:
            models = [model["id"] for model in line.get("/v1/models").json["data"]]
            os.kill(process.pid, number)
            out, err = process.communicate(timeout=20)

    assert (["m"], "ended\n", "", 0) == (models, out, err, process.returncode)


def test_serving_for_ever_ends_when_it_is_stopped() -> None:
    """From another thread, where signals cannot be had either."""
    server = ReplayServer(recorded())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with Line(server.url) as line:
        status = line.post(CHAT, asking()).status

    server.stop()
    thread.join(10)

    assert (200, False) == (status, thread.is_alive())
