import asyncio
import time
from email.utils import formatdate

import pytest
from langchain_core.messages import HumanMessage
from langgraph.errors import GraphInterrupt

from secondhalf.experts.breaker import Breaker
from secondhalf.experts.chat import ChatExpert
from secondhalf.experts.deployment import Deployment
from secondhalf.experts.failure import Failure, classify
from secondhalf.experts.group import ModelGroup
from secondhalf.experts.judge import VerifierExpert
from secondhalf.experts.redaction import redact
from secondhalf.state.config import ModelConfig, ModelPrices
from secondhalf.state.expert import Grant
from tests.support.asking import FakePace, call, config, group, result
from tests.support.openai_server import OpenAIServer, Reply, completion_of
from tests.support.scripted import ScriptedModel

ASKED = [HumanMessage("What is 6 times 7?")]
BUSY = Reply(status=429, error="slow down", headers={"Retry-After": "3"})
BROKEN = Reply(status=500, error="out of memory")


async def test_a_rate_limit_waits_as_long_as_it_is_told(openai_server: OpenAIServer) -> None:
    """Retry-After is honoured; every attempt counts as a call, only the answer costs."""
    openai_server.script("m", BUSY, BUSY, "42")
    pace = FakePace()

    got = await ChatExpert(group(config(openai_server.url), pace=pace)).ask(call(), ASKED)

    assert ("42", 3, 3, 100) == (
        got.output,
        got.attempts,
        got.usage.calls,
        got.usage.input_tokens,
    )
    assert [3.0, 3.0] == pace.waits
    assert any("rate limit" in note and "slow down" in note for note in got.notes)


async def test_retry_after_may_be_a_date(openai_server: OpenAIServer) -> None:
    """An HTTP date means the time until then."""
    soon = formatdate(time.time() + 20, usegmt=True)
    openai_server.script("m", Reply(status=429, headers={"Retry-After": soon}), "42")
    pace = FakePace()

    await ChatExpert(group(config(openai_server.url), pace=pace)).ask(call(), ASKED)

    assert 5 < pace.waits[0] <= 20


async def test_server_errors_are_retried_with_growing_pauses(openai_server: OpenAIServer) -> None:
    """Without Retry-After the pauses double."""
    openai_server.script("m", BROKEN, BROKEN, "42")
    pace = FakePace()

    got = await ChatExpert(group(config(openai_server.url), pace=pace)).ask(call(), ASKED)

    assert ("42", [0.25, 0.5]) == (got.output, pace.waits)


async def test_retries_end(openai_server: OpenAIServer) -> None:
    """After ``max_retries`` the call fails with the last error, in one line."""
    openai_server.script("m", BROKEN)
    configured = config(openai_server.url, max_retries=1)

    got = await ChatExpert(group(configured)).ask(call(), ASKED)

    assert (2, "", 0.0) == (got.attempts, got.output, got.usage.usd)
    assert "server error: HTTP 500: out of memory" == got.error


async def test_retries_stay_within_the_calls_granted(openai_server: OpenAIServer) -> None:
    """Each attempt of a paid model is a call, and calls are capped."""
    openai_server.script("m", BROKEN)
    one = Grant(usd=0.05, seconds=30, tokens=50_000, calls=1)

    got = await ChatExpert(group(config(openai_server.url))).ask(call(grant=one), ASKED)

    assert 1 == len(openai_server.requests)
    assert got.error is not None
    assert "out of memory" in got.error


async def test_another_deployment_stands_in(openai_server: OpenAIServer) -> None:
    """A server that asks to be left alone for long is left alone, and the next one is asked."""
    openai_server.script("first", Reply(status=429, headers={"Retry-After": "60"}))
    openai_server.script("second", "42")
    both = [config(openai_server.url, model) for model in ("first", "second")]
    expert = ChatExpert(group(*both))

    got = [await expert.ask(call(), ASKED) for _ in range(2)]

    assert [("42", "second", 2), ("42", "second", 1)] == [
        (g.output, g.model, g.attempts) for g in got
    ]
    assert 1 == len(openai_server.bodies("first"))
    assert any("set aside for 60 s" in note for note in got[1].notes)


async def test_a_wrong_key_is_not_retried_and_never_shown(
    openai_server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the server repeats the key in full."""
    secret = "tr0ub4dor-and-3-staples"
    monkeypatch.setenv("SOME_KEY", secret)
    openai_server.script("m", Reply(status=401, error=f"Incorrect API key provided: {secret}"))
    configured = config(openai_server.url, api_key="${SOME_KEY}")

    got = await ChatExpert(group(configured)).ask(call(), ASKED)

    assert 1 == got.attempts
    assert got.error is not None
    assert "Incorrect API key provided: ***" in got.error
    assert secret not in got.model_dump_json()


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_a_request_that_is_not_accepted_is_not_repeated(
    openai_server: OpenAIServer, status: int
) -> None:
    """Asking again would bring the same answer."""
    openai_server.script("m", Reply(status=status, error="no such parameter"))

    got = await ChatExpert(group(config(openai_server.url))).ask(call(), ASKED)

    assert 1 == got.attempts
    assert got.error is not None
    assert "no such parameter" in got.error


@pytest.mark.parametrize(
    "reply",
    [
        Reply(raw='{"choices": [{"mess'),
        Reply(raw="<html>Bad gateway</html>"),
        Reply(raw='{"choices": []}'),
        Reply(raw="null"),
        Reply(""),
        Reply("<think>hmm"),
    ],
    ids=["half", "html", "no choice", "null", "empty", "only thoughts"],
)
async def test_an_unusable_answer_is_asked_for_once_more(
    openai_server: OpenAIServer, reply: Reply
) -> None:
    """If the second is no better the call fails, and both were paid for."""
    openai_server.script("m", reply)
    expert = ChatExpert(group(config(openai_server.url)))

    got = await expert.ask(call(), ASKED)

    assert (2, 2) == (got.attempts, len(openai_server.requests))
    assert got.error is not None
    assert got.error.startswith("unusable answer: ")
    assert got.usage.usd > 0


async def test_no_room_for_an_answer_is_said(openai_server: OpenAIServer) -> None:
    """A model that spent all its tokens on thinking is not asked to do it again."""
    openai_server.script("m", Reply("", finish_reason="length"))

    got = await ChatExpert(group(config(openai_server.url))).ask(call(), ASKED)

    assert 1 == got.attempts
    assert got.error is not None
    assert "no text within its limit of tokens" in got.error


async def test_a_server_that_hangs_is_given_up(openai_server: OpenAIServer) -> None:
    """The model's own timeout ends an attempt; what it may have cost is charged."""
    openai_server.script("m", Reply(delay=30))
    configured = config(openai_server.url, timeout=0.15, max_retries=1)

    got = await ChatExpert(group(configured)).ask(call(), ASKED)

    assert got.error is not None
    assert "no answer in time: within 0.15 s" in got.error
    assert 2 == got.attempts
    assert got.usage.usd >= 2 * 2048 * 10e-6
    assert any("charged at the most" in note for note in got.notes)


async def test_a_free_server_that_hangs_costs_nothing(openai_server: OpenAIServer) -> None:
    """Its tokens are not used up by answers that never came."""
    openai_server.script("m", Reply(delay=30))
    free = ModelPrices(input=0, output=0)
    configured = config(openai_server.url, timeout=0.1, max_retries=0, prices=free)

    got = await ChatExpert(group(configured)).ask(call(), ASKED)

    assert (0.0, 0, 0) == (got.usage.usd, got.usage.calls, got.usage.output_tokens)


async def test_the_granted_time_ends_an_attempt(openai_server: OpenAIServer) -> None:
    """That is not held against the deployment, and there is no time for a retry."""
    openai_server.script("m", Reply(delay=30))
    expert = ChatExpert(group(config(openai_server.url), threshold=1))
    short = Grant(usd=0.05, seconds=0.1, tokens=50_000, calls=8)

    got = await expert.ask(call(grant=short), ASKED)

    assert got.error is not None
    assert "all that was granted" in got.error
    assert (1, True) == (got.attempts, expert.available())


async def test_no_time_left_asks_nothing(openai_server: OpenAIServer) -> None:
    """A grant of no seconds is refused."""
    none = Grant(usd=0.05, seconds=0, tokens=50_000, calls=8)

    got = await ChatExpert(group(config(openai_server.url))).ask(call(grant=none), ASKED)

    assert [] == openai_server.requests
    assert got.error is not None
    assert "no time is left" in got.error


async def test_nobody_listens() -> None:
    """A server that is down fails the call after its retries."""
    got = await ChatExpert(group(config("http://127.0.0.1:9/v1"))).ask(call(), ASKED)

    assert 3 == got.attempts
    assert got.error is not None
    assert got.error.startswith("cannot be reached")


async def test_a_model_that_keeps_failing_is_set_aside(openai_server: OpenAIServer) -> None:
    """Its breaker opens, it is not asked again, and the router can see that beforehand; after a
    while one call probes it."""
    openai_server.script("m", BROKEN, BROKEN, BROKEN, "42")
    pace = FakePace()
    chat = group(config(openai_server.url, max_retries=0), pace=pace, threshold=3, cooldown=60)
    expert = ChatExpert(chat)

    got = [await expert.ask(call(), ASKED) for _ in range(4)]
    assert (3, False) == (len(openai_server.requests), expert.available())
    assert got[3].error is not None
    assert "keeps failing: set aside for 60 s" in got[3].error
    assert 0 == got[3].attempts

    pace.now += 60
    assert expert.available()
    assert "42" == (await expert.ask(call(), ASKED)).output
    assert expert.available()


async def test_a_model_that_misses_the_form_is_not_set_aside(openai_server: OpenAIServer) -> None:
    """Who answers in prose where JSON was wanted works, and may answer well; who says nothing is
    not there."""
    said = {"prose": ("It is 42.", True), "nothing": ("", False)}
    for name, (text, stays) in said.items():
        openai_server.script(name, Reply(raw=completion_of(text)))
        chat = group(config(openai_server.url, model=name, max_retries=0), threshold=3)

        for _ in range(4):
            got = await VerifierExpert(chat).ask(call(prior=(result("reasoner", "41"),)), ASKED)
            assert got.error is not None

        assert stays == chat.available()


async def test_cancelling_goes_through(openai_server: OpenAIServer) -> None:
    """The one thing that is no result; the breaker does not count it, the next call works."""
    openai_server.script("m", Reply(delay=30), "42")
    expert = ChatExpert(group(config(openai_server.url), threshold=1))
    task = asyncio.create_task(expert.ask(call(), ASKED))
    await asyncio.to_thread(openai_server.wait_for, 1)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert "42" == (await expert.ask(call(), ASKED)).output


async def test_control_flow_of_the_graph_goes_through() -> None:
    """An interrupt raised inside a model is LangGraph's, not a failure."""
    model = ScriptedModel(replies=[GraphInterrupt()])
    expert = ChatExpert(scripted(model))

    with pytest.raises(GraphInterrupt):
        await expert.ask(call(), ASKED)


async def test_any_chat_model_can_fail_in_any_way() -> None:
    """Whatever a model raises becomes a result."""
    model = ScriptedModel(replies=[ZeroDivisionError("odd"), KeyError("x")])

    got = await ChatExpert(scripted(model)).ask(call(), ASKED)

    assert "unusable answer: the reply is not what a model's would be ('x')" == got.error


async def test_a_model_made_in_python_answers() -> None:
    """Any BaseChatModel will do, without HTTP."""
    got = await ChatExpert(scripted(ScriptedModel(replies=["42"]))).ask(call(), ASKED)

    assert ("42", 10, 5) == (got.output, got.usage.input_tokens, got.usage.output_tokens)


def scripted(model: ScriptedModel) -> ModelGroup:
    configured = ModelConfig(name="mid", tier="mid", prices=ModelPrices(input=1, output=10))
    return ModelGroup([Deployment(configured, model)], pace=FakePace().pace)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), "timeout"),
        (ConnectionResetError("reset"), "connection"),
        (RuntimeError("Event loop is closed"), "connection"),
        (RuntimeError("something else"), "unusable"),
        (NotImplementedError(), "bad request"),
        (type("Answered", (Exception,), {"status_code": 529})(), "server"),
        (type("Answered", (Exception,), {"status_code": 403})(), "auth"),
        (type("ConnectTimeout", (Exception,), {})(), "timeout"),
        (type("TransportError", (Exception,), {})(), "connection"),
    ],
)
def test_errors_of_any_library_are_told_apart(error: Exception, kind: str) -> None:
    """By type, by HTTP status, or by the names that HTTP libraries have in common."""
    assert kind == classify(error).kind


def test_what_is_said_of_a_refusal_is_not_taken_for_a_secret() -> None:
    """The words before a colon are ours, and name a key."""
    assert "HTTP 404: no such model" in redact(str(Failure("auth", "HTTP 404: no such model")))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, 20.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds or a date; nonsense counts as nothing."""
    response = type("Response", (), {"headers": headers, "status_code": 429})()
    error = type("Answered", (Exception,), {"response": response})()

    got = classify(error, now=40.0)

    assert ("rate limit", seconds) == (got.kind, got.retry_after)


@pytest.mark.parametrize("jump", [-1e9, 1e9])
async def test_a_clock_that_jumps_changes_no_bill(openai_server: OpenAIServer, jump: float) -> None:
    """A call takes no less than nothing, and no longer than it was allowed to."""
    openai_server.script("m", "42")
    pace = FakePace()
    readings = iter([pace.now, pace.now])
    jumping = pace.pace._replace(clock=lambda: next(readings, pace.now + jump))
    deployment = Deployment(config(openai_server.url), breaker=Breaker())

    got = await ChatExpert(ModelGroup([deployment], pace=jumping)).ask(call(), ASKED)

    assert ("42", 1) == (got.output, got.usage.calls)
    assert got.usage.seconds == (0.0 if jump < 0 else call().grant.seconds)
