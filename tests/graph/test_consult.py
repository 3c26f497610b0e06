"""How an opened path is walked: task by task, or at once where its experts just compute."""

from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from secondhalf.experts.registry import Experts
from secondhalf.graph.router import Router, build_router
from secondhalf.policy.stages import stages_done
from secondhalf.state.config import RouterConfig
from secondhalf.state.expert import ExpertResult
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import RouteNode, Strategy
from tests.support.scripted import ScriptedModel

GIVEN: Any = {"messages": [("user", "What is 17 + 25?")]}
THREAD: Any = {"configurable": {"thread_id": "t"}}
COMPUTING = (("exact", "extract"), ("checks",))


def router_of(stages: tuple[tuple[str, ...], ...], **given: Any) -> Router:
    """A router whose only strategy is one path of these stages."""
    node = RouteNode(id="n", stages=stages)
    strategies = (Strategy(name="ONE", roots=("n",), nodes=(node,)),)
    return build_router(RouterConfig(strategies=strategies), **given)


def run(router: Router) -> RouteResult:
    context = RouteContext(strategy="ONE", clarify=False)
    result: RouteResult = router.invoke(GIVEN, THREAD, context=context)["route"]
    return result


def namespaces(saver: InMemorySaver) -> set[str]:
    """The graphs that left checkpoints, without the ids of their runs."""
    found = (each.config["configurable"]["checkpoint_ns"] for each in saver.list(None))
    return {str(namespace).partition(":")[0] for namespace in found}


def test_a_path_of_computing_experts_leaves_no_checkpoints_of_its_own() -> None:
    """They would cost more than to compute again; all its stages are run."""
    saver = InMemorySaver()

    result = run(router_of(COMPUTING, checkpointer=saver))

    assert {""} == namespaces(saver)
    calls = [made.data["expert"] for made in result.trace if made.kind == "call"]
    assert ["checks", "exact", "extract"] == sorted(map(str, calls))


def test_a_path_that_asks_a_model_is_durable_call_by_call() -> None:
    """Even where everybody else on it just computes."""
    saver = InMemorySaver()
    models = {"slm": ScriptedModel(replies=["42"])}

    run(router_of((("slm",), ("checks",)), checkpointer=saver, models=models))

    assert {"", "consult"} == namespaces(saver)


def test_both_ways_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for how long it took."""
    at_once = run(router_of(COMPUTING, checkpointer=InMemorySaver()))

    def never(self: Experts, node: RouteNode) -> bool:
        return False

    monkeypatch.setattr(Experts, "instant", never)
    saver = InMemorySaver()
    by_tasks = run(router_of(COMPUTING, checkpointer=saver))

    assert {"", "consult"} == namespaces(saver)
    assert _timeless(by_tasks) == _timeless(at_once)


def _timeless(result: RouteResult) -> dict[str, Any]:
    told = result.model_dump(exclude={"route_id", "latency_s", "explored", "trace"})
    kinds = sorted((made.kind, made.node, made.text) for made in result.trace[1:])
    return told | {"trace": kinds}


@pytest.mark.parametrize(("answers", "stages"), [(0, 0), (2, 1), (3, 2)])
def test_a_stage_is_done_when_each_of_its_experts_has_answered(answers: int, stages: int) -> None:
    """All of a stage answer before the next begins, so their number says where a path is."""
    node = RouteNode(id="n", stages=COMPUTING)
    result = ExpertResult(call_id="c", expert="exact", role="reasoner")

    assert stages == stages_done(node, [result] * answers)
