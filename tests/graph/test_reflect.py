"""A look back, whole: from routes and what was said of them to a policy in use, and back."""

import asyncio
import itertools
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from secondhalf.graph.reflect import build_reflect
from secondhalf.graph.router import router_of, services_of
from secondhalf.memory import Memory, StoredRoute
from secondhalf.nodes.reflect.replay import ESSAY
from secondhalf.nodes.services import Services
from secondhalf.policies import PolicyDesk
from secondhalf.policy.agreement import gist
from secondhalf.policy.estimates.book import Estimates, watch_name
from secondhalf.policy.learning.cases import held_out
from secondhalf.policy.learning.drift import Watch
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


@pytest.fixture(scope="module")
def lived_through(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of routes with a grader's word on each: enough to find something, and to tell."""
    file = tmp_path_factory.mktemp("lived") / "m.db"

    async def live() -> None:
        with Blank.from_url(f"sqlite:///{file}") as memory:
            await lived(services(memory), memory, 60, unseen=31)

    asyncio.run(live())
    return file


@pytest.fixture
def memory(tmp_path: Path, lived_through: Path) -> Any:
    """A copy of it."""
    shutil.copy(lived_through, tmp_path / "m.db")
    with Blank.from_url(f"sqlite:///{tmp_path / 'm.db'}") as found:
        yield found


def services(memory: Memory, **learning: Any) -> Services:
    """A model that is thought to be strong, and a better one; the other is always tried as well."""
    usual = {"trusted": ("grader",), "shadow": 1.0, "canary": 0.5}
    settings: dict[str, Any] = usual | learning
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
    router = router_of(found)
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
    found = services(memory)
    return found, (await look_back(found, memory))["report"]


def test_an_essay_that_is_replayed_cannot_be_compared_either() -> None:
    """Whatever its path is called: else essays on different paths would differ."""
    assert gist(f"m1 0\n{ESSAY}") is None


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
    begun = result.trace[0].data
    assert (version, 0.5) == (begun["policy"], begun["propensity"])
    assert result.explored[0].node == BETTER
    assert result.reflections == reflections_in(memory.policies.get(version) or found.policy)


async def test_a_person_may_have_to_approve(memory: Memory) -> None:
    """The look back waits for them; no is no."""
    found = services(memory, approval="ask")
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


async def test_going_back_holds_from_the_next_route_on(
    learned: tuple[Services, ReflectReport], memory: Memory, tmp_path: Path
) -> None:
    """Also while routes are running: those end under what they began with."""
    found, report = learned
    version, base = report.standing.other, found.policy.version
    url = f"sqlite:///{tmp_path / 'm.db'}"
    with PolicyDesk(found.config, url) as desk:
        desk.promote(version, "ann")
        running = [asyncio.create_task(routed(found, 5000 + n)) for n in range(8)]
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        event = desk.roll_back(by="ann")
        later = [await routed(found, 6000 + n) for n in range(4)]
        early = await asyncio.gather(*running)

        assert {base} == {result.policy_version for result in later}
        assert {result.policy_version for result in early} <= {base, version}
        assert version in {result.policy_version for result in early}
        assert "ann went back" in event.text
        assert ["rolled_back", "promoted"] == [e.action for e in desk.history()[:2]]
        statuses = {one.status for one in desk.reflections(desk.policy(version))}
        assert {"quarantined"} == statuses
        desk.promote(version)
        assert version == desk.standing().active


async def test_where_somebody_has_got_worse_what_was_learned_is_proved_again(
    learned: tuple[Services, ReflectReport], memory: Memory, tmp_path: Path
) -> None:
    """It is taken back first; that is what was known before, and safe."""
    found, report = learned
    with PolicyDesk(found.config, f"sqlite:///{tmp_path / 'm.db'}") as desk:
        desk.promote(report.standing.other)
        at = time.time() + 1.0
        watch = Watch(alarms=1, alarmed_at=at)
        name = watch_name("chat.low", BETTER)
        memory.aestimates = _knowing(Estimates(watches={name: watch}))  # type: ignore[method-assign]

        after = (await look_back(found, memory))["report"]

        assert "retired" == after.events[0].action
        assert f"{BETTER} has got worse at chat.low" in after.events[0].text
        policy = desk.policy()
        assert () == (*policy.avoid_patterns, *policy.prefer_patterns)
        assert policy.parent == report.standing.other
        assert "proposed" == after.events[1].action


def _knowing(estimates: Estimates) -> Any:
    async def aestimates(tenant: str = "") -> Estimates:
        return estimates

    return aestimates


async def test_what_was_being_tried_waits_again_when_a_person_steps_in(
    learned: tuple[Services, ReflectReport], tmp_path: Path
) -> None:
    """Giving up a canary by hand does not lose the finding it came from."""
    found, report = learned
    with PolicyDesk(found.config, f"sqlite:///{tmp_path / 'm.db'}") as desk:
        tried = desk.policy(report.standing.other)
        assert {"canary"} == {one.status for one in desk.reflections(tried)}

        desk.roll_back(found.policy.version)

        assert {"proposed"} == {one.status for one in desk.reflections(tried)}


async def test_harm_takes_a_policy_back_by_itself(
    learned: tuple[Services, ReflectReport], memory: Memory, tmp_path: Path
) -> None:
    """Users who get the new policy are served worse than those who still have the old one."""
    found, report = learned
    with PolicyDesk(found.config, f"sqlite:///{tmp_path / 'm.db'}") as desk:
        desk.promote(report.standing.other)
        for number in itertools.count(7000):
            result = await routed(found, number)
            good = float(result.policy_version == found.policy.version)
            scores = {path.node: good for path in result.explored}
            await memory.aadd_feedback(
                Feedback(route_id=result.route_id, path_scores=scores, principal="grader")
            )
            served = [r for r, _ in memory.history("", ("grader",)) if _number(r) >= 7000]
            if sum(_version(r) == found.policy.version for r in served) >= 40:
                break

        after = (await look_back(found, memory))["report"]

        assert "rolled_back" == after.events[0].action
        assert "harm" in after.events[0].text
        assert found.policy.version == desk.standing().active
        assert "quarantined" in {one.status for one in desk.reflections()}


def _number(route: StoredRoute) -> int:
    return int(route.prompt.rpartition(" ")[2].rstrip("."))


def _version(route: StoredRoute) -> str:
    return route.result.policy_version if route.result is not None else ""
