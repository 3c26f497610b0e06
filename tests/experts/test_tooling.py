import math
from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.tools import BaseTool, StructuredTool

from secondhalf.experts.tooling import ToolExpert
from secondhalf.graph.serialisation import RouteSerializer
from secondhalf.state.budget import Usage
from secondhalf.state.expert import ExpertCall, ExpertResult, Role, ToolRequest
from tests.support.asking import call

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
