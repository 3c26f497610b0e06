"""Whole routes whose models only speak for each other, and what they leave behind."""

from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from secondhalf.graph.router import build_router
from secondhalf.memory import Example, Memory
from secondhalf.memory.lessons import teaches
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.config import ModelConfig, PolicyConfig, RouterConfig
from secondhalf.state.estimate import Answered, Prospects
from secondhalf.state.policy import Rule
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import Guard, RouteNode, Strategy
from tests.support.scripted import ScriptedModel

ASKED = "Ann has 17 apples, eats a few and finds some more. How many apples does Ann have?"
PRICES = {"one": 0.1, "two": 0.1, "three": 1.0, "four": 30.0}
"""US dollars per million tokens."""
TIERS = {"one": "slm", "two": "slm", "three": "mid", "four": "llm"}


def panel(
    exploration: float = 0.0, prices: dict[str, float] | None = None, **said: str
) -> tuple[RouterConfig, dict[str, ScriptedModel]]:
    """Every model is a path of its own."""
    cost = PRICES | (prices or {})
    config = RouterConfig(
        models=tuple(
            ModelConfig.model_validate(
                {
                    "name": n,
                    "tier": TIERS[n],
                    "roles": ("reasoner",),
                    "prices": {"input": cost[n], "output": cost[n]},
                }
            )
            for n in said
        ),
        strategies=(
            Strategy(
                name="PANEL",
                roots=tuple(said),
                nodes=tuple(
                    RouteNode(id=n, stages=((n,),), guard=Guard(unasked=True)) for n in said
                ),
            ),
        ),
        policy=PolicyConfig(rules=(Rule(name="panel", strategy="PANEL"),), exploration=exploration),
    )
    return config, {name: ScriptedModel(replies=[text]) for name, text in said.items()}


async def routed(
    config: RouterConfig, models: Any, memory: Memory | None = None, preset: str = "thorough"
) -> RouteResult:
    router = build_router(config, models=models, memory=memory)
    context = RouteContext.model_validate({"preset": preset, "clarify": False})
    given: Any = {"messages": [("user", ASKED)]}
    found: RouteResult = (await router.ainvoke(given, context=context))["route"]
    return found


def opened(models: dict[str, ScriptedModel]) -> list[str]:
    return [name for name, model in models.items() if model.calls]


async def test_who_disagree_are_judged_by_a_third_and_who_agree_are_not() -> None:
    """More opinions are asked for where they may change something."""
    agreeing = panel(one="The answer is 20.", two="20", three="#### 20", four="20")
    differing = panel(one="The answer is 20.", two="19", three="#### 21", four="20")

    agreed = await routed(*agreeing)
    differed = await routed(*differing)

    assert len(opened(agreeing[1])) < len(opened(differing[1]))
    assert len(opened(differing[1])) >= 3
    assert "20" in (agreed.answer or "")
    assert "20" in (differed.answer or "")
    assert agreed.quality > differed.quality - 0.05


async def test_the_trace_tells_of_a_quality_that_changed() -> None:
    """A new answer speaks for those before it, or against them: each is judged again."""
    models = panel(one="The answer is 20.", two="19", three="#### 20", four="20")

    found = await routed(*models)

    verified = [e for e in found.trace if e.kind == "verify"]
    first = [str(e.data["quality"]) for e in verified if e.node == verified[0].node]
    assert len(first) > 1
    assert len({*first}) == len(first)
    assert [found.quality] == [e.quality for e in found.explored if e.node == found.path[-1]]


async def test_what_was_taught_decides_who_is_asked(tmp_path: Path) -> None:
    """A model that memory knows to be useless is not asked first any more."""
    with Memory.from_url(f"sqlite:///{tmp_path / 'm.db'}") as memory:
        before = panel(one="20", two="20")
        await routed(*before, memory=memory, preset="quality")
        arms = [Answered(arm="one", prior=0.6), Answered(arm="two", prior=0.6)]
        memory.teach([Example(f"{n}?", [(arms[0], 0.0), (arms[1], 1.0)]) for n in range(40)])
        after = panel(one="19", two="20")

        found = await routed(*after, memory=memory, preset="quality")

        assert "one" == opened(before[1])[0]
        assert found.explored[0].node == "two"
        assert "20" == found.answer


async def test_a_trial_is_opened_besides_the_answer_and_never_given(tmp_path: Path) -> None:
    """It is logged with its propensity, marked, paid for, and teaches."""
    with Memory.from_url(f"sqlite:///{tmp_path / 'm.db'}") as memory:
        arms = {n: Answered(arm=n, prior=0.6) for n in TIERS}
        known = [(arms["one"], 1.0), (arms["two"], 1.0), (arms["three"], 0.0)]
        memory.teach([Example(f"{n}?", known) for n in range(200)])
        models = panel(1.0, {"three": 0.0001}, one="20", two="20", three="77")

        found = await routed(*models, memory=memory)

        tried = [path for path in found.explored if path.trial]
        plans = [event for event in found.trace if event.kind == "plan" and event.data["trial"]]
        assert 1 == len(tried) == len(plans)
        assert [[tried[0].node]] == [plan.data["nodes"] for plan in plans]
        assert 0.0 < float(str(plans[0].data["propensity"])) <= 1.0
        assert found.path[-1] != tried[0].node
        assert "20" == found.answer
        assert found.cost_usd == pytest.approx(sum(path.cost_usd for path in found.explored))
        stored = memory.route(found.route_id).result
        assert stored is not None
        assert tried == [path for path in stored.explored if path.trial]


async def test_without_a_memory_nothing_is_tried() -> None:
    """There would be nobody to learn from it."""
    found = await routed(*panel(1.0, one="20", two="20", four="20"))

    assert not any(path.trial for path in found.explored)


async def test_a_resumed_route_keeps_what_it_expected(tmp_path: Path) -> None:
    """What others teach in between counts for the next route; this one goes on as it began.

    All of it passes through strict serialisation on the way.
    """
    config, models = panel(one="The answer is 20.", two="19", three="#### 20", four="20")
    thread: Any = {"configurable": {"thread_id": "t"}}
    context = RouteContext(preset="economy", clarify=False)
    given: Any = {"messages": [("user", ASKED)]}
    with Memory.from_url(f"sqlite:///{tmp_path / 'm.db'}") as memory:
        router = build_router(config, models=models, memory=memory, checkpointer=InMemorySaver())
        await router.ainvoke(given, thread, context=context, interrupt_after=["verify"])
        paused = (await router.aget_state(thread)).values["prospects"]
        arms = [Answered(arm=name, prior=0.6) for name in TIERS]
        memory.teach([Example(f"{n}?", [(arm, 0.0) for arm in arms]) for n in range(30)])

        out = await router.ainvoke(None, thread, context=context)

        state = (await router.aget_state(thread)).values
        assert isinstance(paused, Prospects)
        assert set(TIERS) == set(paused.arms)
        assert paused == state["prospects"]
        assert out["route"].status in ("success", "uncertain")
        assert memory.estimates().skills["one"].usd.calls > 0


async def test_a_dear_model_is_affordable_once_it_is_known_how_short_answers_are() -> None:
    """What a request makes one guess would break the cap; what others used fits."""
    config, models = panel(one="7 apples.", four="8 apples.", prices={"four": 150.0})

    with Memory.from_url("sqlite://") as memory:
        routes = [await routed(config, models, memory) for _ in range(9)]

    assert ("usd", "7 apples.") == (routes[0].capped, routes[0].answer)
    assert "four" in routes[-1].path
    assert routes[-1].cost_usd < 0.25


def test_exploration_can_be_set() -> None:
    """In router.yaml too, where it is checked."""
    assert 0.02 == PolicyConfig().exploration
    assert 0.0 == PolicyConfig.model_validate({"exploration": 0}).exploration
    with pytest.raises(ValueError, match="exploration"):
        PolicyConfig.model_validate({"exploration": 2})


def test_an_analysis_is_needed_to_teach() -> None:
    """What was never analyzed is not learned from: nobody knows whether it was an attack."""

    assert not teaches(None, 0.6)
    assert teaches(TaskAnalysis(), 0.6)
