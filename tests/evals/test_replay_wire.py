"""Reading requests of any shape, and writing answers that lose nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.evals.data.dataset import Answer
from secondhalf.evals.replay.wire import (
    Completion,
    Refusal,
    Request,
    complete,
    events,
    read_request,
    whole,
)

VALUE: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.just([])
    | st.just({"type": "text", "include_usage": 1})
    | st.lists(st.sampled_from(["text", "", 1]), max_size=2)
)
FIELDS = (
    "model messages stream stream_options max_tokens max_completion_tokens seed stop n tool_choice "
    "function_call response_format logprobs modalities temperature"
).split()
MESSAGES: st.SearchStrategy[list[Any]] = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "system", "assistant", "tool"])},
        optional={"content": VALUE},
    ),
    max_size=3,
)


def encode(value: object) -> bytes:
    return json.dumps(value).encode()


@given(
    body=st.binary(max_size=40)
    | st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, VALUE)).map(encode)
    | st.fixed_dictionaries(
        {"model": st.just("m"), "messages": MESSAGES},
        optional=dict.fromkeys(FIELDS[2:], VALUE | st.floats()),
    ).map(encode)
)
def test_any_request_is_read_or_refused(body: bytes) -> None:
    """There is no third thing, and a refusal is one line."""
    said = ""
    try:
        request = read_request("application/json", body)
    except Refusal as refusal:
        said = str(refusal)
    else:
        assert (str, str) == (type(request.model), type(request.prompt))

    assert len(said.splitlines()) <= 1


@given(
    before=MESSAGES,
    parts=st.lists(st.text(max_size=8), max_size=4),
    in_parts=st.booleans(),
    after=st.lists(st.just({"role": "assistant", "content": None}), max_size=2),
)
def test_the_prompt_is_the_text_of_the_last_user_message(
    before: list[Any], parts: list[str], in_parts: bool, after: list[Any]
) -> None:
    """Whatever the other messages hold, and however it is cut into parts."""
    text = "".join(parts)
    content = [{"type": "text", "text": part} for part in parts] if in_parts else text
    messages = [*before, {"role": "user", "content": content}, *after]

    read = read_request("application/json", encode({"model": "m", "messages": messages}))

    assert text == read.prompt


def test_every_setting_that_matters_is_read() -> None:
    """Of two limits the lower one holds; null is as good as nothing."""
    body: dict[str, Any] = {
        "model": "m",
        "messages": [{"role": "user", "content": "p"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 9,
        "max_completion_tokens": 7,
        "seed": -3,
        "stop": ["a", ""],
        "temperature": 2.0,
        "n": None,
        "tools": [{}],
        "tool_choice": "auto",
        "response_format": {"type": "text"},
    }

    read = read_request("application/json", encode(body))

    assert Request("m", "p", True, True, 7, -3, ("a",)) == read


def test_a_refusal_has_the_form_of_openai() -> None:
    """An object ``error`` with message, type and code."""
    body = json.loads(Refusal(404, "not_recorded", "nobody knows", "not_recorded").body())

    assert {
        "error": {"message": "nobody knows", "type": "not_recorded", "code": "not_recorded"}
    } == body


@given(
    text=st.text(max_size=60),
    tokens=st.integers(0, 80),
    limit=st.none() | st.integers(1, 80),
    stop=st.lists(st.text(min_size=1, max_size=2), max_size=3),
)
def test_an_answer_is_only_ever_cut_at_its_end(
    text: str, tokens: int, limit: int | None, stop: list[str]
) -> None:
    """Before a stop sequence or at a limit, and never charged for more than was recorded."""
    request = Request("m", "p", limit=limit, stop=tuple(stop))

    got = complete(request, Answer(text, 1, tokens, None, None, 1.0), "id", 0)

    assert text.startswith(got.text)
    assert not any(end in got.text for end in stop)
    assert got.output_tokens <= min(tokens, limit or tokens)
    assert got.text == text or got.finish_reason == "length" or any(s in text for s in stop)
    assert got.finish_reason == "stop" or got.output_tokens == limit


@pytest.mark.parametrize(
    ("limit", "stop", "text", "tokens", "reason"),
    [
        (None, (), "one two three four", 9, "stop"),
        (9, (), "one two three four", 9, "stop"),
        (3, (), "one tw", 3, "length"),
        (None, (" three", "two"), "one ", 2, "stop"),
        (1, ("two",), "on", 1, "length"),
    ],
)
def test_what_is_cut_off_is_not_charged(
    limit: int | None, stop: tuple[str, ...], text: str, tokens: int, reason: str
) -> None:
    """Tokens go by the share of the text that is left, rounded up."""
    recorded = Answer("one two three four", 5, 9, None, None, 1.0)

    got = complete(Request("m", "p", limit=limit, stop=stop), recorded, "id", 0)

    assert Completion("id", 0, "m", text, 5, tokens, reason) == got


@given(text=st.text(st.characters(codec=None), max_size=80), usage=st.booleans())
def test_a_stream_loses_nothing(text: str, usage: bool) -> None:
    """Whatever a text holds, half a surrogate pair too: the pieces make it up again."""
    said = Completion("id", 0, "m", text, 1, 2, "stop")
    lines = events(said, usage).decode("ascii").split("\n\n")
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-2]]
    pieces = [c["delta"].get("content", "") for chunk in chunks for c in chunk["choices"]]

    assert (text, ["data: [DONE]", ""]) == ("".join(pieces), lines[-2:])
    assert text == json.loads(whole(said))["choices"][0]["message"]["content"]
    assert usage == (chunks[-1].get("usage") is not None)
