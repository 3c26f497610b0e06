import asyncio
import math
import time
from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.tools import BaseTool, StructuredTool

from secondhalf.experts.expert import failed
from secondhalf.experts.tooling import ToolExpert
from secondhalf.graph.serialisation import RouteSerializer
from secondhalf.state.budget import Usage
from secondhalf.state.expert import ExpertCall, ExpertResult, Role, ToolRequest
from tests.support.asking import GRANT, call

ASKED = [HumanMessage("What time is it?")]


class Wanting:
    """A model that wants the tool ``clock`` so many times in each round, and then answers."""

    name = "llm"
    role: Role = "reasoner"
    remote = False
    free = True

    def __init__(self, *rounds: int) -> None:
        self._rounds = rounds
        self.calls: list[ExpertCall] = []
        self.told: list[BaseMessage] = []

    def estimate(self, call: ExpertCall, messages: Sequence[BaseMessage] = ()) -> Usage:
        return Usage()

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        self.calls.append(call)
        self.told = list(messages)
        place = len(self.calls) - 1
        wanted = self._rounds[place] if place < len(self._rounds) else 0
        return ExpertResult(
            call_id=call.id,
            expert=self.name,
            role=self.role,
            output="" if wanted else "It is noon.",
            tool_requests=tuple(ToolRequest(id=str(n), name="clock") for n in range(wanted)),
            usage=Usage(output_tokens=5),
        )


def clock(output: Any) -> BaseTool:
    """A tool that returns ``output``, or what that returns."""

    def tell() -> Any:
        return output() if callable(output) else output

    return StructuredTool.from_function(tell, name="clock", description="Tells the time.")


class Mute:
    def __str__(self) -> str:
        raise ZeroDivisionError


def circle() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


def deep() -> Any:
    value: Any = "noon"
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ({"hour": [12, None]}, '{"hour": [12, null]}'),
        ({("a", "b"): 1}, "{('a', 'b'): 1}"),
        (circle(), "[[...]]"),
        (deep, "(list without a text)"),
        (Mute, '"(Mute without a text)"'),
        ([2**64, math.nan], "[18446744073709551616, NaN]"),
        ("no\ud800on", "no?on"),
    ],
    ids=["json", "keys", "circle", "deep", "mute", "numbers", "half"],
)
async def test_whatever_a_tool_returns_is_told_as_text(output: Any, text: str) -> None:
    """It has run, perhaps with side effects: that its output is odd must not end the route."""
    model = Wanting(1)

    got = await ToolExpert(model, [clock(output)]).ask(call(), ASKED)

    serde = RouteSerializer()
    assert ("It is noon.", None) == (got.output, got.error)
    assert text == model.told[-1].content
    assert [(text, True)] == [(e.text, e.passed) for e in got.evidence]
    assert got == serde.loads_typed(serde.dumps_typed(got))


async def test_a_tool_that_raises_is_told_as_failed() -> None:
    """The model can do without it."""
    model = Wanting(1)

    got = await ToolExpert(model, [clock(lambda: 1 / 0)]).ask(call(), ASKED)

    assert ("It is noon.", [False]) == (got.output, [e.passed for e in got.evidence])
    assert "the tool failed: division by zero" == model.told[-1].content


def waiting(seconds: float, started: list[float]) -> BaseTool:
    """A tool that takes so long, and notes when it was started."""

    async def tell() -> str:
        started.append(time.monotonic())
        await asyncio.sleep(seconds)
        return "noon"

    return StructuredTool.from_function(coroutine=tell, name="clock", description="Tells the time.")


async def test_the_time_of_tools_counts_and_leaves_less_for_the_model() -> None:
    """It is a route's time like any other: what the model may take is what they have left."""
    model, started = Wanting(2, 1), list[float]()
    granted = GRANT.model_copy(update={"seconds": 20.0})

    got = await ToolExpert(model, [waiting(0.1, started)]).ask(call(grant=granted), ASKED)

    first, second, third = (asked.grant.seconds for asked in model.calls)
    assert ("It is noon.", 3, 15) == (got.output, len(started), got.usage.output_tokens)
    assert 0.29 <= got.usage.seconds < 10.0
    assert first - second > 0.19
    assert second - third > 0.09


async def test_tools_share_the_time_of_their_call() -> None:
    """However many are wanted in however many rounds; none is started when the time is up, for it
    may have side effects. What came back so far is kept, and the error says what happened."""
    model, started = Wanting(3, 3, 3), list[float]()
    granted = GRANT.model_copy(update={"seconds": 1.0})
    began = time.monotonic()

    got = await ToolExpert(model, [waiting(0.6, started)]).ask(call(grant=granted), ASKED)

    assert 0.99 <= time.monotonic() - began < 3.0
    assert (2, 1) == (len(started), len(model.calls))
    assert "no answer in time, after 2 calls of tools" == got.error
    assert 0.99 <= got.usage.seconds < 3.0
    assert [("noon", True), ("the tool took too long", False)] == [
        (e.text, e.passed) for e in got.evidence
    ]
    assert 5 == got.usage.output_tokens


async def test_the_last_round_of_tools_is_kept_where_no_answer_came() -> None:
    """People can see in the trace what was looked up in vain."""
    model = Wanting(1, 1, 1, 1, 1)

    got = await ToolExpert(model, [clock("noon")]).ask(call(), ASKED)

    assert ("no answer after 4 rounds of tools", 4) == (got.error, len(got.evidence))


async def test_a_refused_last_round_does_not_hide_that_the_call_was_made() -> None:
    """A path whose call was not made may be opened again: its tools would have run twice."""

    class Poor(Wanting):
        async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
            if self.calls:
                return failed(call, self.role, "calls granted: 0", attempts=0)
            return await super().ask(call, messages)

    got = await ToolExpert(Poor(1), [clock("noon")]).ask(call(), ASKED)

    assert ("calls granted: 0", 1, 1) == (got.error, got.attempts, len(got.evidence))
