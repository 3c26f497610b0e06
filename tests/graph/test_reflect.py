"""A look back, whole: from routes and what was said of them to a policy in use, and back."""

import itertools
import time
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from secondhalf.graph.reflect import build_reflect
from secondhalf.graph.router import services_of, state_machine
from secondhalf.memory import Memory
from secondhalf.nodes.services import Services
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.learning.cases import held_out
from secondhalf.policy.learning.revising import reflections_in
from secondhalf.state.config import (
    LearningConfig,
    ModelConfig,
    PolicyConfig,
    RouterConfig,
)
from secondhalf.state.feedback import Feedback
from secondhalf.state.policy import Rule
from secondhalf.state.reflecting import ReflectReport, ReflectRequest
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import RouteNode, Strategy
from tests.support.scripted import ScriptedModel

ASKED = "Tell me how many apples Ann has left, case {}."
FIRST, BETTER = "one", "two"


class Blank(Memory):
    """Keeps everything, but expects of everybody what it did at first: only policies learn."""

    async def aestimates(self, tenant: str = "") -> Estimates:
        return Estimates()


@pytest.fixture
def memory(tmp_path: Path) -> Any:
    with Blank.from_url(f"sqlite:///{tmp_path / 'm.db'}") as found:
        yield found


def services(memory: Memory, **learning: Any) -> Services:
    """A model that is thought to be strong, and a better one; the other is always tried as well."""
    settings: dict[str, Any] = {"trusted": ("grader",), "shadow": 1.0} | learning
    tiers = {FIRST: "llm", BETTER: "mid"}
    config = RouterConfig(
        models=tuple(
            ModelConfig.model_validate({"name": name, "tier": tier, "roles": ("reasoner",)})
            for name, tier in tiers.items()
        ),
        strategies=(
            Strategy(
                name="TWO",
                roots=(FIRST, BETTER),
                nodes=tuple(RouteNode(id=name, stages=((name,),)) for name in tiers),
            ),
        ),
        policy=PolicyConfig(
            rules=(Rule(name="all", strategy="TWO"),),
            exploration=1.0,
            learning=LearningConfig(**settings),
        ),
    )
    models = {
        FIRST: ScriptedModel(replies=["30"], delay=0.0),
        BETTER: ScriptedModel(replies=["20"], delay=0.0),
    }
    return services_of(config, memory, models=models)


async def routed(found: Services, number: int, tenant: str = "") -> RouteResult:
    router = state_machine(found).compile()
    context = RouteContext(clarify=False, preset="quality", tenant=tenant, principal="user")
    given: Any = {"messages": [("user", ASKED.format(number))]}
    result: RouteResult = (await router.ainvoke(given, context=context))["route"]
    return result


async def lived(
    found: Services, memory: Memory, routes: int, start: int = 0, unseen: int = 0
) -> list[RouteResult]:
    """Routes, each with a grader's word on its paths; as many as leave ``unseen`` for the gate."""
    results: list[RouteResult] = []
    for number in itertools.count(start):
        held = sum(held_out(result.route_id) for result in results)
        if len(results) >= routes and held >= unseen:
            break
        result = await routed(found, number)
        scores = {path.node: float(path.node == BETTER) for path in result.explored}
        await memory.aadd_feedback(
            Feedback(route_id=result.route_id, path_scores=scores, principal="grader")
        )
        results.append(result)
    return results


async def look_back(
    found: Services, memory: Memory, saver: Any = None, given: Any = None
) -> dict[str, Any]:
    graph = build_reflect(found, memory, saver)
    request = ReflectRequest(started_at=time.time())
    config: Any = {"configurable": {"thread_id": "reflect"}}
    begun: Any = given or {"request": request}
    out: dict[str, Any] = await graph.ainvoke(begun, config)
    return out


@pytest.fixture
async def learned(memory: Memory) -> tuple[Services, ReflectReport]:
    """A router whose look back has found who is better."""
    found = services(memory, canary=0.5)
    await lived(found, memory, 60, unseen=31)
    return found, (await look_back(found, memory))["report"]


async def test_what_is_found_is_proposed_compared_and_served_to_a_few(
    learned: tuple[Services, ReflectReport], memory: Memory
) -> None:
    """Version, reflection, evidence and routes can be followed back, each to the next."""
    found, report = learned

    assert ["proposed", "canary"] == [event.action for event in report.events]
    assert "canary" == report.standing.stage
    assert report.standing.active == found.policy.version
    policy = memory.policies.get(report.standing.other)
    assert policy is not None
    assert policy.parent == found.policy.version
    reflections = {one.id: one for one in memory.policies.reflections("", found.policy.version)}
    (name,) = reflections_in(policy)
    assert "canary" == reflections[name].status
    assert FIRST in reflections[name].summary
    assert reflections[name].evidence
    for route_id in reflections[name].evidence:
        assert memory.route(route_id).result is not None
    assert "better" in report.notes[-1]
    assert "read off the record" in report.notes[-1]


async def test_a_policy_that_serves_well_becomes_active_and_can_be_taken_back(
    learned: tuple[Services, ReflectReport], memory: Memory
) -> None:
    """Routes that begin afterwards follow at once; the trace names the version and what it uses."""
    found, report = learned
    version = report.standing.other
    served: list[RouteResult] = []
    start = 1000
    while sum(result.policy_version == version for result in served) < 30:
        served += await lived(found, memory, 20, start)
        start += 20
    later = (await look_back(found, memory))["report"]

    assert {version, found.policy.version} == {result.policy_version for result in served}
    assert "promoted" in [event.action for event in later.events]
    assert later.standing.active == version
    result = next(r for r in served if r.policy_version == version)
    assert result.explored[0].node == BETTER
    assert result.reflections == reflections_in(memory.policies.get(version) or found.policy)


async def test_a_person_may_have_to_approve(memory: Memory) -> None:
    """The look back waits for them; no is no."""
    found = services(memory, approval="ask")
    await lived(found, memory, 60, unseen=31)
    saver = InMemorySaver()

    waiting = await look_back(found, memory, saver)
    assert "approval" == waiting["__interrupt__"][0].value["kind"]
    assert "shadow" == memory.policies.standing("", found.policy.version).stage
    after = await look_back(found, memory, saver, Command(resume="no"))

    assert "rejected" == after["report"].events[-1].action
    assert "settled" == after["report"].standing.stage
    statuses = {r.status for r in memory.policies.reflections("", found.policy.version)}
    assert "quarantined" in statuses
    assert "active" not in statuses
