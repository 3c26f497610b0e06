"""Pieces that an embedder brings along, in the real graph. Examples are in docs/extending.md."""

import re
from pathlib import Path
from typing import Any

import pytest

from secondhalf.graph.router import build_router, router_of, services_of
from secondhalf.memory import Memory
from secondhalf.nodes.reflect.replay import replay
from secondhalf.policy.planner import View
from secondhalf.policy.quality import Assessment
from secondhalf.state.budget import Budget
from secondhalf.state.config import ModelConfig, ModelPrices, RouterConfig
from secondhalf.state.decision import Decision
from secondhalf.state.errors import ConfigError
from secondhalf.state.expert import ExpertBundle
from secondhalf.state.policy import Thresholds
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import RouteNode, Strategy
from tests.support.scripted import ScriptedModel

WHY: Any = {"messages": [("user", "Why do ships made of steel float on water?")]}


class InOrder:
    """Opens path after path, whatever it costs."""

    def plan(self, view: View) -> Decision:
        opened = {result.path[-1] for result in view.results}
        rest = [node.id for node in view.strategy.nodes if node.id not in opened]
        if not rest:
            return Decision(action="stop", reason="all were opened")
        return Decision(action="open", nodes=(rest[0],), reason="next")


class Again:
    """Opens the same path for ever."""

    def plan(self, view: View) -> Decision:
        return Decision(action="open", nodes=("first",), reason="again")


TWO = Strategy(
    name="TWO",
    roots=("first", "second"),
    nodes=tuple(RouteNode(id=name, stages=(("m",),)) for name in ("first", "second")),
)
PAID = RouterConfig(
    models=(ModelConfig(name="m", tier="llm", prices=ModelPrices(input=10.0, output=10.0)),),
    strategies=(TWO,),
)


async def test_a_planner_that_forgets_the_budget_is_stopped_by_it() -> None:
    """Caps hold whoever plans; the answer that was found before comes back.

    Two calls are reserved for each path: one may have to be made again.
    """
    model = ScriptedModel(replies=["Buoyancy."])
    router = build_router(PAID, models={"m": model}, planner=InOrder())
    context = RouteContext(strategy="TWO", clarify=False, budget=Budget(calls=2))

    result: RouteResult = (await router.ainvoke(WHY, context=context))["route"]

    assert ("Buoyancy.", "calls", 1) == (result.answer, result.capped, len(model.calls))


async def test_a_replay_keeps_a_planner_to_what_its_routes_keep_it_to(tmp_path: Path) -> None:
    """Else it would open what no route may, and be judged by paths that are not on record."""
    with Memory.from_url(f"sqlite:///{tmp_path / 'memory.db'}") as memory:
        models = {"m": ScriptedModel(replies=["Buoyancy."])}
        services = services_of(PAID, memory, models=models, planner=InOrder())
        context = RouteContext(strategy="TWO", clarify=False, budget=Budget(calls=2))
        await router_of(services).ainvoke(WHY, context=context)
        ((route, case),) = memory.history()

        replayed = await replay(services.policy, route, case, services)

    assert replayed is not None
    assert (("first",), "", "first") == (replayed.opened, replayed.missing, replayed.given)


async def test_a_planner_that_opens_a_path_for_ever_is_told() -> None:
    """It would spend until the graph's recursion limit, with one entry in the ledger."""
    model = ScriptedModel(replies=["Buoyancy."])
    router = build_router(PAID, models={"m": model}, planner=Again())

    with pytest.raises(ConfigError, match="'first' a second time"):
        await router.ainvoke(WHY, context=RouteContext(strategy="TWO", clarify=False))

    assert 1 == len(model.calls)


async def test_an_aggregator_that_returns_nonsense_is_told() -> None:
    """In place of a validation error about a value of ours."""

    def sure(
        bundle: ExpertBundle,
        node: RouteNode,
        expected: float,
        thresholds: Thresholds,
        agreeing: int = 0,
    ) -> Assessment:
        return Assessment("success", 100, "I say so")

    router = build_router(aggregator=sure)

    with pytest.raises(ConfigError, match="quality is a number from 0 to 1, not 100"):
        await router.ainvoke(WHY)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"planner": "best first"}, "planner must be"),
        ({"aggregator": "mean"}, "aggregator must be"),
        ({"redact": "emails"}, "redact must be a function from text to text, not 'emails'"),
        ({"retriever": ["a passage"]}, "retriever must be a LangChain retriever"),
        ({"memory": "sqlite://"}, "Memory.from_url(…)"),
        ({"default_budget": {"usd": 1}}, "default_budget must be a Budget, not dict"),
        ({"embeddings": "small"}, "embeddings must be LangChain's, not str"),
    ],
)
def test_a_piece_of_the_wrong_kind_is_refused_at_once(given: Any, told: str) -> None:
    """``redact`` would else mask all texts whole, and a retriever fail on every route."""
    with pytest.raises(ConfigError, match=re.escape(told)):
        build_router(**given)
