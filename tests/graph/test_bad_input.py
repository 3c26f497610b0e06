"""Whatever a route is handed: it ends, its figures are figures, and its caps hold.

What is promised for each case stands in docs/budgets.md.
"""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt
from pydantic import ValidationError

from secondhalf.checkpoints import SQLAlchemySaver
from secondhalf.configuration import load_config
from secondhalf.experts import expert as expert_module
from secondhalf.graph.router import build_router
from secondhalf.state.budget import Budget
from secondhalf.state.config import ModelConfig, ModelPrices, RouterConfig
from secondhalf.state.errors import ConfigError
from secondhalf.state.expert import Role
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import Guard, RouteNode, Strategy
from tests.support.scripted import ScriptedModel

WHY = "Why do ships made of steel float on water?"
NO_AMOUNT = (-1.0, math.nan, math.inf, -math.inf)
PRICE = 10.0
"""US dollars per million tokens."""
COUNT: dict[str, Any] = {"name": "count", "description": "Count to a number", "parameters": {}}


def one_model(
    *replies: Any, stages: tuple[tuple[str, ...], ...] = (("m",),), **fields: Any
) -> tuple[RouterConfig, dict[str, ScriptedModel]]:
    """A router whose only strategy asks one paid model."""
    prices = ModelPrices(input=PRICE, output=PRICE)
    roles: tuple[Role, ...] = ("reasoner", "verifier")
    return (
        RouterConfig(
            models=(ModelConfig(name="m", tier="llm", roles=roles, prices=prices, **fields),),
            strategies=(
                Strategy(name="ONE", roots=("n",), nodes=(RouteNode(id="n", stages=stages),)),
            ),
        ),
        {"m": ScriptedModel(replies=list(replies))},
    )


async def routed(
    config: RouterConfig, models: Any, budget: Budget | None = None, name: str = "ONE"
) -> RouteResult:
    router = build_router(config, models=models)
    context = RouteContext(strategy=name, clarify=False, budget=budget or Budget())
    given: Any = {"messages": [("user", WHY)]}
    result: RouteResult = (await router.ainvoke(given, context=context))["route"]
    return result


def reporting(usage: Any) -> AIMessage:
    """An answer whose provider reports ``usage``, unchecked."""
    return AIMessage("Buoyancy.").model_copy(update={"usage_metadata": usage})


@pytest.mark.parametrize("amount", NO_AMOUNT)
def test_a_budget_or_price_that_is_no_amount_is_refused(amount: float, tmp_path: Path) -> None:
    """In Python and in router.yaml, before anything is asked; the line says which one it is."""
    file = tmp_path / "router.yaml"
    written = str(amount).replace("inf", ".inf").replace("nan", ".nan")
    file.write_text(f"budgets: {{usd: {written}}}")
    priced = tmp_path / "priced.yaml"
    priced.write_text(f"models: [{{name: m, tier: slm, prices: {{input: {written}, output: 1}}}}]")

    with pytest.raises(ValidationError, match="usd"):
        Budget(usd=amount)
    with pytest.raises(ValidationError, match="seconds"):
        Budget(seconds=amount)
    with pytest.raises(ValidationError, match="input"):
        ModelPrices(input=amount, output=1.0)
    with pytest.raises(ConfigError, match="usd"):
        load_config(file)
    with pytest.raises(ConfigError, match=r"models\[0\]\.prices\.input"):
        load_config(priced)


async def test_a_setting_that_is_no_amount_is_one_clear_line() -> None:
    """Where it comes as plain data, as under a parent graph, it is checked by the first step."""
    router = build_router()
    given: Any = {"messages": [("user", WHY)]}
    for usd in (*NO_AMOUNT, "much"):
        with pytest.raises(ConfigError, match=r"budget\.usd"):
            await router.ainvoke(given, {"configurable": {"secondhalf": {"budget": {"usd": usd}}}})
    with pytest.raises(ConfigError, match=r"budget\.tokens"):
        await router.ainvoke(
            given, {"configurable": {"secondhalf": {"budget": {"tokens": 10**30}}}}
        )


@pytest.mark.parametrize("cap", ["usd", "seconds", "tokens", "calls", "nodes", "depth"])
async def test_zero_of_anything_leaves_only_what_is_free(cap: str) -> None:
    """A paid model is not asked; the cap that forbids it is named."""
    config, models = one_model("Buoyancy.")

    result = await routed(config, models, Budget.model_validate({cap: 0}))

    assert ([], "fail", cap) == (models["m"].calls, result.status, result.capped)
    assert 0.0 == result.cost_usd


async def test_an_unknown_price_holds_back_as_much_as_it_may_cost() -> None:
    """It is set aside at a high price, is never settled as nothing, and is said to be unknown."""
    config, models = one_model("I do not know.")
    unknown = config.models[0].model_copy(update={"prices": None})
    nodes = tuple(RouteNode(id=name, stages=(("m",),)) for name in ("a", "b"))
    two = Strategy(name="TWO", roots=("a", "b"), nodes=nodes)
    config = RouterConfig(models=(unknown,), strategies=(two,))

    result = await routed(config, models, Budget(usd=0.04), name="TWO")

    assert (1, "usd", 0.0) == (len(models["m"].calls), result.capped, result.cost_usd)
    assert 1 == result.unpriced_calls


async def test_a_path_that_always_fails_is_opened_once() -> None:
    """Its failure closes it; the answer of another path comes back, and its retries are booked."""
    config, models = one_model(ConnectionError("nobody there"), max_retries=0)
    good = ScriptedModel(replies=["Buoyancy."])
    both = Strategy(
        name="BOTH",
        roots=("bad", "good"),
        nodes=(
            RouteNode(id="bad", stages=(("m",),)),
            RouteNode(id="good", stages=(("slm",),), guard=Guard(fallback=True)),
        ),
    )
    config = RouterConfig(models=config.models, strategies=(both,))

    result = await routed(config, {**models, "slm": good}, name="BOTH")

    assert ("Buoyancy.", ["good"]) == (result.answer, list(result.path))
    assert {"bad": "fail", "good": result.status} == {e.node: e.status for e in result.explored}
    assert 1 == len(models["m"].calls)


IMPOSSIBLE = {
    "negative": {"input_tokens": -5, "output_tokens": -7, "total_tokens": -12},
    "one negative": {"input_tokens": -10_000, "output_tokens": 20_000, "total_tokens": 10_000},
    "no number": {"input_tokens": math.nan, "output_tokens": math.nan, "total_tokens": 0},
    "infinite": {"input_tokens": math.inf, "output_tokens": 5, "total_tokens": 0},
    "huge": {"input_tokens": 10**30, "output_tokens": 10**30, "total_tokens": 0},
    "beyond floats": {"input_tokens": 10**400, "output_tokens": 5, "total_tokens": 0},
    "no usage": [1],
    "text": {"input_tokens": "many", "output_tokens": "few", "total_tokens": 0},
    "half": {"input_tokens": 10},
    "wrong names": {"prompt": 10},
    "nothing": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0},
}


@pytest.mark.parametrize("lie", IMPOSSIBLE)
async def test_usage_that_cannot_be_is_booked_at_the_most_it_can_be(lie: str) -> None:
    """Or estimated, where nothing is reported: the answer counts, marked, and the caps hold."""
    config, models = one_model(reporting(IMPOSSIBLE[lie]))

    result = await routed(config, models, Budget(usd=0.1))

    assert ("Buoyancy.", 1) == (result.answer, result.estimated_calls)
    assert 0.0 < result.cost_usd <= 0.1
    assert 0 < result.tokens.input + result.tokens.output <= 32_768


async def test_details_of_usage_that_are_none_change_no_bill() -> None:
    """The whole counts are credible all the same, and the answer is not lost with them."""
    odd = {"input_token_details": 5, "output_token_details": [1]}
    config, models = one_model(reporting({"input_tokens": 100, "output_tokens": 20} | odd))

    result = await routed(config, models)

    assert ("Buoyancy.", 0) == (result.answer, result.estimated_calls)
    assert pytest.approx(120 * PRICE / 1e6) == result.cost_usd


async def test_more_than_was_granted_is_booked_in_full_and_ends_the_spending() -> None:
    """The provider will bill it. Nothing else is paid for, and the trace says who it was."""
    used = {"input_tokens": 20_000, "output_tokens": 10_000, "total_tokens": 30_000}
    config, models = one_model(reporting(used))
    nodes = tuple(RouteNode(id=name, stages=(("m",),)) for name in ("a", "b"))
    config = RouterConfig(
        models=config.models, strategies=(Strategy(name="TWO", roots=("a", "b"), nodes=nodes),)
    )

    result = await routed(config, models, Budget(usd=0.15), name="TWO")

    assert pytest.approx(0.3) == result.cost_usd
    assert 1 == len(models["m"].calls)
    notes = [str(made.data["notes"]) for made in result.trace if made.kind == "call"]
    assert "used 10000 tokens where it was allowed" in notes[0]


async def test_a_tool_that_no_checkpoint_holds_is_refused_before_anything_is_asked() -> None:
    """Its schema would be stored with each call; as an object and as plain data."""
    wide: Any = {"type": "function", "function": {"name": "f", "maximum": 2**64}}
    with pytest.raises(ValidationError, match="beyond 64 bits"):
        RouteContext(tools=(wide,))
    with pytest.raises(ConfigError, match="beyond 64 bits"):
        await build_router().ainvoke(
            {"messages": [HumanMessage(WHY)]},
            {"configurable": {"secondhalf": {"tools": [wide]}}},
        )


async def test_a_tool_that_asks_the_user_interrupts_the_route() -> None:
    """And goes on with the answer: interrupts are LangGraph's to handle, no failure of the tool."""

    @tool
    def pay(amount: int) -> str:
        """Pay."""
        return f"paid {amount}: {interrupt('really?')}"

    wanted = AIMessage("", tool_calls=[{"name": "pay", "args": {"amount": 3}, "id": "1"}])
    config, models = one_model(wanted, wanted, "Done.", stages=(("tool",),))
    router = build_router(config, models=models, tools=[pay], checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "t"}}
    context = RouteContext(strategy="ONE", clarify=False)

    asked = await router.ainvoke(
        {"messages": [HumanMessage(WHY)]}, thread, context=context, durability="sync"
    )
    out = await router.ainvoke(Command(resume="yes"), thread, context=context, durability="sync")

    assert ["really?"] == [one.value for one in asked["__interrupt__"]]
    assert "Done." == out["route"].answer
    assert "paid 3: yes" in str(models["m"].calls[-1])


async def test_a_call_that_no_checkpoint_holds_is_not_paid_for_again(tmp_path: Path) -> None:
    """The route ends and says why; nothing is left for a resume to ask again."""
    wanted = {"name": "count", "args": {"to": 2**64}, "id": "1"}
    config, models = one_model(AIMessage("", tool_calls=[wanted]))
    with SQLAlchemySaver.from_url(f"sqlite:///{tmp_path}/c.db") as saver:
        router = build_router(config, models=models, checkpointer=saver)
        thread: Any = {"configurable": {"thread_id": "t"}}
        context = RouteContext(strategy="ONE", clarify=False, tools=(COUNT,))
        given: Any = {"messages": [("user", WHY)]}

        for put in (given, None):
            out = await router.ainvoke(put, thread, context=context, durability="sync")

    result: RouteResult = out["route"]
    assert ("fail", 2) == (result.status, len(models["m"].calls))
    assert pytest.approx(2 * 15 * PRICE / 1e6) == result.cost_usd
    assert "it calls 'count' with a whole number beyond 64 bits" in result.reason


@pytest.mark.parametrize("jump", [-1e9, 1e9])
async def test_a_clock_that_jumps_makes_no_local_expert_slow(
    jump: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took no less than nothing, and no more than it would have been waited for."""
    readings = iter(range(0, 10**6))
    clock = SimpleNamespace(monotonic=lambda: jump * next(readings))
    monkeypatch.setattr(expert_module, "time", clock)

    given: Any = {"messages": [("user", "What is 2 + 2?")]}

    result: RouteResult = (await build_router().ainvoke(given))["route"]

    assert ("4", "success") == (result.answer, result.status)
    assert 0.0 <= result.latency_s <= 60.0


async def test_a_tree_of_ten_thousand_paths_is_searched() -> None:
    """Its caps end it; what was found comes back."""
    half = 5_000
    huge = Strategy(
        name="HUGE",
        roots=tuple(f"n{place}" for place in range(half)),
        nodes=tuple(
            RouteNode(
                id=f"n{place}",
                stages=(("m",),),
                children=(f"n{place + half}",) if place < half else (),
            )
            for place in range(2 * half)
        ),
    )
    config, models = one_model("Buoyancy, perhaps.")
    config = RouterConfig(models=config.models, strategies=(huge,))

    result = await routed(config, models, Budget(nodes=1), name="HUGE")

    assert ("Buoyancy, perhaps.", 1) == (result.answer, len(result.explored))


async def test_a_judge_that_always_says_yes_ends_the_search_at_the_first_answer() -> None:
    """It is believed: it costs quality, never more than the budget. The trace says it was it."""
    yes = '{"verdict": "correct", "confidence": 1.0, "problems": []}'
    config, models = one_model("Magic.", yes, stages=(("m",), ("verifier",)))

    result = await routed(config, models)

    assert ("success", "Magic.", 2) == (result.status, result.answer, len(models["m"].calls))
    assert "which is the same model, says right" in result.reason
    assert result.quality < 1.0
