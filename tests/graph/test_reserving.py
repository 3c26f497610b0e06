"""What is reserved for a path: as much as its model uses, and never so much that it is shut."""

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from secondhalf.graph.router import Router, build_router
from secondhalf.memory import Memory
from secondhalf.state.budget import Budget
from secondhalf.state.config import ModelConfig, RouterConfig
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import RouteNode, Strategy
from tests.graph.test_inflight import GIVEN, THREAD, Killed, MortalSaver
from tests.support.scripted import ScriptedModel


def writing(*lengths: int) -> ScriptedModel:
    """Answers of so many tokens in turn, the last number for ever."""
    return ScriptedModel(
        replies=[
            AIMessage(
                "Because of buoyancy.",
                usage_metadata={
                    "input_tokens": 300,
                    "output_tokens": count,
                    "total_tokens": 300 + count,
                },
            )
            for count in lengths
        ]
    )


def router_of(models: dict[str, ScriptedModel], memory: Memory, saver: Any = None) -> Router:
    """Each model is a strategy of its own; the first costs a dollar per million, the next 75."""
    prices = dict(
        zip(models, ({"input": 1, "output": 1}, {"input": 15, "output": 75}), strict=False)
    )
    config = RouterConfig(
        models=tuple(
            ModelConfig.model_validate(
                {
                    "name": n,
                    "tier": "llm",
                    "prices": prices[n],
                    "max_retries": 0,
                    "max_tokens": 8192,
                }
            )
            for n in models
        ),
        strategies=tuple(
            Strategy(name=n, roots=(n,), nodes=(RouteNode(id=n, stages=((n,),)),)) for n in models
        ),
    )
    return build_router(config, models=models, memory=memory, checkpointer=saver)


def context(strategy: str, **caps: Any) -> RouteContext:
    return RouteContext(strategy=strategy, clarify=False, budget=Budget.model_validate(caps))


async def asked(router: Router, strategy: str, talk: Any = GIVEN, **caps: Any) -> RouteResult:
    out = await router.ainvoke(talk, context=context(strategy, **caps))
    result: RouteResult = out["route"]
    return result


async def test_one_long_answer_keeps_no_model_out() -> None:
    """Not the one that gave it, however little the next route may spend, nor one never asked."""
    cheap, dear = writing(8000, 150), writing(2900, 150)
    with Memory.from_url("sqlite://") as memory:
        router = router_of({"cheap": cheap, "dear": dear}, memory)

        first = [await asked(router, "cheap"), await asked(router, "dear")]
        then = [await asked(router, name) for name in ("cheap", "dear") * 2]

    assert first[1].cost_usd > 0.2
    assert [""] * 6 == [result.capped for result in (*first, *then)]
    assert all(result.answer for result in then)


async def test_what_was_lost_with_its_process_is_not_learned(tmp_path: Path) -> None:
    """It is charged at the most that it can have cost, which nobody knows to be true."""
    with Memory.from_url(f"sqlite:///{tmp_path / 'm.db'}") as memory:
        router = router_of(
            {"cheap": writing(150), "dear": writing(150)}, memory, MortalSaver("answers", 1)
        )
        with pytest.raises(Killed):
            await router.ainvoke(GIVEN, THREAD, context=context("dear", usd=1.0), durability="sync")
        out = await router.ainvoke(None, THREAD, context=context("dear"), durability="sync")

        skill = memory.estimates().skills["dear"]

    assert out["route"].estimated_calls == 1
    assert (0.0, 0.0) == (skill.usd.calls, skill.seconds.calls)


async def test_a_long_conversation_is_paid_for() -> None:
    """However little earlier prompts took: a call that is opened can hold its prompt."""
    cheap = writing(20)
    turn = [("user", "tell me more of ships " * 90), ("assistant", "they are made of steel " * 90)]
    talk = {"messages": [*turn * 12, ("user", "And why do they float?")]}
    with Memory.from_url("sqlite://") as memory:
        router = router_of({"cheap": cheap}, memory)
        for _ in range(12):
            await asked(router, "cheap")

        tight, roomy = [await asked(router, "cheap", talk, tokens=n) for n in (6_000, 30_000)]

    assert ("fail", "tokens") == (tight.status, tight.capped)
    assert ("Because of buoyancy.", "") == (roomy.answer, roomy.capped)
