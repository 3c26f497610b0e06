"""What is reserved for a path: as much as its model uses, and never so much that it is shut."""

from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from secondhalf.graph.router import Router, build_router
from secondhalf.memory import Memory
from secondhalf.nodes.outlooks import BUDGET_SHARE, reserved
from secondhalf.state.budget import Budget, Usage
from secondhalf.state.config import ModelConfig, RouterConfig
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import RouteNode, Strategy
from tests.graph.test_inflight import GIVEN, THREAD, Killed, MortalSaver


class Wordy(BaseChatModel):
    """Writes as many tokens as it is told to, within its limit."""

    max_tokens: int = 8192
    _lengths: list[int] = PrivateAttr(default_factory=list[int])

    @property
    def _llm_type(self) -> str:
        return "wordy"

    def writes(self, *lengths: int) -> None:
        """From now on so many tokens, the last number for ever."""
        self._lengths = [*lengths]

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        wanted = self._lengths.pop(0) if len(self._lengths) > 1 else self._lengths[0]
        count = min(self.max_tokens, wanted)
        usage: Any = {"input_tokens": 300, "output_tokens": count, "total_tokens": 300 + count}
        message = AIMessage("Because of buoyancy.", usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=message)])


def router_of(models: dict[str, Wordy], memory: Memory, saver: Any = None) -> Router:
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
    cheap, dear = Wordy(), Wordy()
    with Memory.from_url("sqlite://") as memory:
        router = router_of({"cheap": cheap, "dear": dear}, memory)
        cheap.writes(8000, 150)
        dear.writes(2900, 150)

        first = [await asked(router, "cheap"), await asked(router, "dear")]
        then = [await asked(router, name) for name in ("cheap", "dear") * 2]

    assert first[1].cost_usd > 0.2
    assert [""] * 6 == [result.capped for result in (*first, *then)]
    assert all(result.answer for result in then)


async def test_what_was_lost_with_its_process_is_not_learned(tmp_path: Path) -> None:
    """It is charged at the most that it can have cost, which nobody knows to be true."""
    dear = Wordy()
    dear.writes(150)
    with Memory.from_url(f"sqlite:///{tmp_path / 'm.db'}") as memory:
        router = router_of({"cheap": Wordy(), "dear": dear}, memory, MortalSaver("answers", 1))
        with pytest.raises(Killed):
            await router.ainvoke(GIVEN, THREAD, context=context("dear", usd=1.0), durability="sync")
        out = await router.ainvoke(None, THREAD, context=context("dear"), durability="sync")

        skill = memory.estimates().skills["dear"]

    assert out["route"].estimated_calls == 1
    assert (0.0, 0.0) == (skill.usd.calls, skill.seconds.calls)


async def test_a_long_conversation_is_paid_for() -> None:
    """However little earlier prompts took: a call that is opened can hold its prompt."""
    cheap = Wordy()
    cheap.writes(20)
    turn = [("user", "tell me more of ships " * 90), ("assistant", "they are made of steel " * 90)]
    talk = {"messages": [*turn * 12, ("user", "And why do they float?")]}
    with Memory.from_url("sqlite://") as memory:
        router = router_of({"cheap": cheap}, memory)
        for _ in range(12):
            await asked(router, "cheap")

        tight, roomy = [await asked(router, "cheap", talk, tokens=n) for n in (6_000, 30_000)]

    assert ("fail", "tokens") == (tight.status, tight.capped)
    assert ("Because of buoyancy.", "") == (roomy.answer, roomy.capped)


def test_what_is_reserved_fits_a_budget_of_which_nothing_is_used() -> None:
    """If what its request makes one guess does."""
    guess = Usage(usd=0.01, seconds=2.0, input_tokens=100, output_tokens=100, calls=1)
    most = Usage(usd=9.0, seconds=900.0, input_tokens=10_000, output_tokens=90_000, calls=1)
    budget = Budget(usd=0.4, seconds=60.0, tokens=1_000)

    found = reserved(most, guess, budget, 50)

    assert found.usd == pytest.approx(BUDGET_SHARE * 0.4)
    assert found.seconds == pytest.approx(BUDGET_SHARE * 60.0)
    assert BUDGET_SHARE * 1_000 <= found.tokens <= BUDGET_SHARE * 1_000 + 2

    poor = reserved(most, guess, Budget(usd=0.0, seconds=1.0, tokens=0), 50)
    assert (0.01, 2.0, 200) == (poor.usd, poor.seconds, poor.tokens)


def test_what_a_prompt_needs_is_reserved() -> None:
    """As far as it was guessed, and no more where it is less than what is used as a rule."""
    guess = Usage(usd=0.01, input_tokens=8_000, output_tokens=2_000)
    little = Usage(usd=0.004, input_tokens=3_200, output_tokens=800)

    needed = {prompts: reserved(little, guess, Budget(), prompts).tokens for prompts in (0, 7_000)}

    assert {0: 4_000, 7_000: 7_000} == {p: tokens // 10 * 10 for p, tokens in needed.items()}
    assert reserved(little, guess, Budget(), 7_000).usd == pytest.approx(0.007)
    assert reserved(little, guess, Budget(), 90_000).tokens <= guess.tokens + 2
