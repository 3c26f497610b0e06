"""A paid call that was in flight when its process ended is charged when the route is resumed."""

from collections.abc import Sequence
from typing import Any

import pytest
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.memory import InMemorySaver

from secondhalf.graph.router import Router, build_router
from secondhalf.state.budget import Budget
from secondhalf.state.config import ModelConfig, ModelPrices, RouterConfig
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import RouteNode, Strategy
from tests.support.scripted import ScriptedModel

GIVEN: Any = {"messages": [("user", "Why do ships made of steel float?")]}
THREAD: Any = {"configurable": {"thread_id": "t"}}


class Killed(Exception):  # noqa: N818 - not an error of the program
    """Stands for the end of the process."""


class MortalSaver(InMemorySaver):
    """The process ends ``lives`` times just before something in ``channel`` is durable.

    From then on nothing is written, until the next process reads.
    """

    def __init__(self, channel: str, lives: int) -> None:
        super().__init__()
        self.channel, self.lives, self.dead = channel, lives, False

    def get_tuple(self, config: Any) -> CheckpointTuple | None:
        self.dead = False
        return super().get_tuple(config)

    def put(self, *args: Any, **kwargs: Any) -> Any:
        if self.dead:
            raise Killed
        return super().put(*args, **kwargs)

    def put_writes(
        self, config: Any, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        if self.lives and any(c == self.channel and value for c, value in writes):
            self.lives -= 1
            self.dead = True
        if self.dead:
            raise Killed
        super().put_writes(config, writes, task_id, task_path)


def router_of(model: ScriptedModel, saver: MortalSaver, **fields: Any) -> Router:
    price = ModelPrices(input=10.0, output=10.0)
    config = RouterConfig(
        models=(ModelConfig(name="m", tier="llm", prices=price, max_retries=0, **fields),),
        strategies=(
            Strategy(name="ONE", roots=("n",), nodes=(RouteNode(id="n", stages=(("m",),)),)),
        ),
    )
    return build_router(config, checkpointer=saver, models={"m": model})


def context(**caps: Any) -> RouteContext:
    return RouteContext(strategy="ONE", clarify=False, budget=Budget.model_validate(caps))


def resumed(router: Router, settings: RouteContext) -> RouteResult:
    """The outcome of a route that is resumed until it ends."""
    given: Any = GIVEN
    while True:
        try:
            out = router.invoke(given, THREAD, context=settings, durability="sync")
        except Killed:
            given = None
        else:
            result: RouteResult = out["route"]
            return result


@pytest.mark.parametrize("deaths", [0, 1, 3])
def test_each_lost_call_is_charged_and_said(deaths: int) -> None:
    """At the most it can have used; in sync graphs, too."""
    model = ScriptedModel(replies=["Buoyancy."])

    result = resumed(router_of(model, MortalSaver("answers", deaths)), context(usd=1.0))

    assert ("Buoyancy.", deaths + 1) == (result.answer, len(model.calls))
    assert deaths == result.estimated_calls
    assert 0.01 * deaths < result.cost_usd <= 1.0
    notes = [str(made.data["notes"]) for made in result.trace if made.kind == "call"]
    assert [deaths > 0] == ["in flight when the route stopped" in note for note in notes]


def test_a_lost_call_costs_no_more_than_its_model_can_use() -> None:
    """However much it was granted: each of several lost ones the same."""
    costs = [
        resumed(
            router_of(
                ScriptedModel(replies=["Buoyancy."]), MortalSaver("answers", n), max_tokens=80
            ),
            context(usd=5.0, calls=20),
        ).cost_usd
        for n in (0, 1, 4)
    ]

    one = costs[1] - costs[0]
    assert 0.01 < one < 0.05
    assert costs[2] - costs[0] == pytest.approx(4 * one)


def test_a_call_that_cannot_be_paid_twice_is_not_made_again() -> None:
    """The lost one is charged; the route ends, says why, and is within its caps."""
    model = ScriptedModel(replies=["Buoyancy."])

    result = resumed(router_of(model, MortalSaver("answers", 1)), context(usd=1.0, calls=1))

    assert ("fail", 1, 1) == (result.status, len(model.calls), result.estimated_calls)
    assert "calls granted" in result.reason


@pytest.mark.parametrize(
    ("cap", "budget"),
    [("calls", {"calls": 1}), ("usd", {"usd": 0.1}), ("tokens", {"tokens": 8_000})],
)
def test_a_route_whose_budget_went_to_lost_calls_names_the_cap(
    cap: str, budget: dict[str, float]
) -> None:
    """Its path has not failed: it wants more of that to be tried again."""
    model = ScriptedModel(replies=["Buoyancy."])

    result = resumed(router_of(model, MortalSaver("answers", 2)), context(**budget))

    assert ("fail", cap, 2) == (result.status, result.capped, result.estimated_calls)


def test_the_call_of_a_killed_analyzer_is_charged_as_well() -> None:
    """It is on the same ledger."""
    model = ScriptedModel(replies=["Buoyancy."])
    router = router_of(model, MortalSaver("analysis", 1), roles=("reasoner", "classifier"))

    result = resumed(router, context(usd=1.0))

    assert ("Buoyancy.", 1) == (result.answer, result.estimated_calls)
    assert result.cost_usd > 0.005
    (analysis,) = [made for made in result.trace if made.kind == "analyze"]
    assert "in flight when the route stopped" in str(analysis.data["notes"])


async def test_a_new_route_on_the_thread_starts_from_nothing() -> None:
    """What an earlier route lost is not charged to it."""
    router = router_of(ScriptedModel(replies=["Buoyancy."]), MortalSaver("answers", 1))
    with pytest.raises(Killed):
        await router.ainvoke(GIVEN, THREAD, context=context(usd=1.0), durability="sync")

    out = await router.ainvoke(GIVEN, THREAD, context=context(usd=1.0), durability="sync")

    assert ("Buoyancy.", 0) == (out["route"].answer, out["route"].estimated_calls)
