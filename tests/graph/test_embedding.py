"""Whole routes of a router that is given embeddings."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from langchain_core.embeddings import Embeddings

from secondhalf.experts.breaker import Breaker
from secondhalf.experts.tokens import at_most
from secondhalf.graph.router import build_router, router_of, services_of
from secondhalf.memory import Example, Memory
from secondhalf.nodes import embedding
from secondhalf.state.budget import Budget, Ledger, Usage
from secondhalf.state.config import ModelConfig, PolicyConfig, RouterConfig
from secondhalf.state.estimate import Answered
from secondhalf.state.policy import Rule
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import Guard, RouteNode, Strategy
from tests.graph.test_inflight import THREAD, Killed, MortalSaver
from tests.support.kinds import Kinds, is_hard, prompts
from tests.support.scripted import ScriptedModel

TIERS = {"small": "slm", "large": "llm"}
CONFIG = RouterConfig(
    models=tuple(
        ModelConfig.model_validate(
            {
                "name": name,
                "tier": tier,
                "roles": ("reasoner",),
                "prices": {"input": price, "output": price},
            }
        )
        for (name, tier), price in zip(TIERS.items(), (0.1, 10.0), strict=True)
    ),
    strategies=(
        Strategy(
            name="EITHER",
            roots=("small", "large"),
            nodes=tuple(RouteNode(id=n, stages=((n,),), guard=Guard(unasked=True)) for n in TIERS),
        ),
    ),
    policy=PolicyConfig(rules=(Rule(name="either", strategy="EITHER"),), exploration=0.0),
)
NEW = prompts(8, seed=1)
PRICE = 1_000.0
ONE = PRICE * at_most(NEW[0]) / 1e6
"""US dollars that it takes at most to embed the first of them."""


def told() -> list[Example]:
    """``small`` is right on the easy kind alone, ``large`` on both."""
    return [
        Example(
            prompt,
            [
                (Answered(arm="small", prior=0.6), float(not is_hard(prompt))),
                (Answered(arm="large", prior=0.8), 1.0),
            ],
        )
        for prompt in prompts(300)
    ]


async def routed(
    made: Kinds, price: float = 0.0, budget: Budget | None = None
) -> list[tuple[str, RouteResult]]:
    """New prompts with their outcomes, of a router that was told of others."""
    models = {name: ScriptedModel(replies=["Because it is so."]) for name in TIERS}
    with Memory.from_url("sqlite://") as memory:
        router = build_router(
            CONFIG, models=models, memory=memory, embeddings=made, embeddings_price=price
        )
        memory.teach(told())
        made.asked.clear()
        context = RouteContext(clarify=False, budget=budget or Budget())
        found: list[tuple[str, RouteResult]] = []
        for prompt in NEW:
            given: Any = {"messages": [("user", prompt)]}
            found.append((prompt, (await router.ainvoke(given, context=context))["route"]))
        return found


def said(result: RouteResult) -> str:
    return next(event.text for event in result.trace if event.kind == "pick")


async def test_who_is_asked_goes_by_the_kind_that_the_embeddings_tell() -> None:
    """The small model where it is right, the large one elsewhere; each prompt is embedded once."""
    made = Kinds()

    found = await routed(made)

    assert made.asked == NEW
    assert {is_hard(prompt) for prompt in NEW} == {True, False}
    for prompt, result in found:
        assert result.path == (("large",) if is_hard(prompt) else ("small",))


async def test_what_embeddings_cost_is_on_the_ledger() -> None:
    """Their tokens and, where they have a price, their dollars, as a call that nobody reports."""
    free, paid = await routed(Kinds()), await routed(Kinds(), price=1000.0)

    for (_, one), (_, other) in zip(free, paid, strict=True):
        assert one.tokens.input == other.tokens.input > 10
        assert other.cost_usd > one.cost_usd + 0.005
        assert (0, 1) == (one.estimated_calls, other.estimated_calls)
        assert "embedded for $0.0" in said(other)
        assert "embedded" not in said(one)


async def test_what_cannot_be_paid_is_not_embedded() -> None:
    """Not for a cent where there is none; the route goes on, and says so."""
    made = Kinds()

    found = await routed(made, price=1000.0, budget=Budget(usd=0.001))

    assert [] == made.asked
    assert all("not embedded: the cap on usd" in said(result) for _, result in found)
    assert all(result.cost_usd <= 0.001 for _, result in found)


@pytest.mark.parametrize(
    ("made", "why"),
    [(Kinds(waiting=ConnectionError("gone")), "gone"), (Kinds(delay=5.0), "no vector within")],
)
async def test_embeddings_that_fail_or_hang_keep_no_route_from_its_answer(
    made: Kinds, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prompt then tells nothing, and the trace says why."""
    monkeypatch.setattr(embedding, "LONGEST", 0.05)
    stopped = partial(Breaker, clock=lambda: 0.0)
    monkeypatch.setattr("secondhalf.memory.embedder.Breaker", stopped)

    found = await routed(made)

    assert all(result.answer == "Because it is so." for _, result in found)
    assert all(why in said(result) for _, result in found[:3])
    assert all("set aside for 20 s" in said(result) for _, result in found[3:])


async def test_embeddings_that_keep_failing_are_set_aside() -> None:
    """They are neither waited for nor charged, n-grams stand in, and a probe brings them back."""
    made, models = Kinds(), {name: ScriptedModel(replies=["Because."]) for name in TIERS}
    now = 0.0
    with Memory.from_url("sqlite://") as memory:
        memory.teach(told())
        services = services_of(CONFIG, memory, models=models, embeddings=made, embeddings_price=1e3)
        router, embedder = router_of(services), services.embedder
        assert embedder is not None
        embedder.breaker = Breaker(clock=lambda: now)
        memory.teach([Example(prompts(301)[-1], [(Answered(arm="small", prior=0.6), 1.0)])])
        made.waiting = ConnectionError("gone")

        async def routed(prompt: str) -> RouteResult:
            given: Any = {"messages": [("user", prompt)]}
            out = await router.ainvoke(given, context=RouteContext(clarify=False))
            result: RouteResult = out["route"]
            return result

        failing = [await routed(prompt) for prompt in NEW[:5]]
        now, made.waiting = 21.0, None
        again = await routed(NEW[5])

    assert [1, 1, 1, 0, 0] == [result.estimated_calls for result in failing]
    for result in failing[3:]:
        assert "the embeddings keep failing: set aside for 20 s; n-grams stand in" in said(result)
    assert "embedded for $0.0" in said(again)


class Hanging(Kinds):
    """Blocks whoever waits for it, for as long as it is told to."""

    aembed_documents = Embeddings.aembed_documents

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()
        self.let_go.set()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.let_go.wait(30.0)
        return super().embed_documents(texts)


async def test_embeddings_that_block_hold_up_no_other_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory and the local analysis take threads of the loop's own pool, which is soon used up."""
    monkeypatch.setattr(embedding, "LONGEST", 0.2)
    made, few = Hanging(), ThreadPoolExecutor(2)
    asyncio.get_running_loop().set_default_executor(few)
    models = {name: ScriptedModel(replies=["Because."]) for name in TIERS}
    with Memory.from_url("sqlite://") as memory:
        router = build_router(CONFIG, models=models, memory=memory, embeddings=made)
        memory.teach(told())
        made.let_go.clear()
        context = RouteContext(clarify=False)
        each: list[Any] = [{"messages": [("user", prompt)]} for prompt in NEW]
        try:
            async with asyncio.timeout(20.0):
                found = await asyncio.gather(
                    *(router.ainvoke(given, context=context) for given in each)
                )
        finally:
            made.let_go.set()

    assert {"Because."} == {out["route"].answer for out in found}


class Shortened(Kinds):
    """Vectors that lack some numbers."""

    cut = 0

    def _vector(self, text: str) -> list[float]:
        return super()._vector(text)[self.cut :]


async def test_a_model_that_does_not_fit_the_vectors_is_said_to_be() -> None:
    """Nothing tells a provider's other vectors apart that are called alike."""
    made = Shortened()
    with Memory.from_url("sqlite://") as memory:
        models = {name: ScriptedModel(replies=["Because."]) for name in TIERS}
        router = build_router(CONFIG, models=models, memory=memory, embeddings=made)
        memory.teach(told())
        made.cut = 1
        given: Any = {"messages": [("user", NEW[0])]}

        result = (await router.ainvoke(given, context=RouteContext(clarify=False)))["route"]

    assert "what was learned of prompts was not used: the embedder made vectors" in said(result)


async def resumed(made: Kinds, deaths: int, *, known: bool, budget: Budget) -> tuple[Any, Ledger]:
    """A route whose process ends so often just after it embedded the request, and its ledger.

    Where the process lives on, the vector may be ``known``.
    """
    models = {name: ScriptedModel(replies=["Because."]) for name in TIERS}
    context = RouteContext(clarify=False, budget=budget)
    with Memory.from_url("sqlite://") as memory:
        services = services_of(
            CONFIG, memory, models=models, embeddings=made, embeddings_price=PRICE
        )
        router, embedder = router_of(services, MortalSaver("strategy", deaths)), services.embedder
        assert embedder is not None
        memory.teach(told())
        made.asked.clear()
        given: Any = {"messages": [("user", NEW[0])]}
        for _ in range(deaths):
            with pytest.raises(Killed):
                await router.ainvoke(given, THREAD, context=context, durability="sync")
            given = None
            if not known:
                embedder.forget()
        out = await router.ainvoke(given, THREAD, context=context, durability="sync")
        return out["route"], (await router.aget_state(THREAD)).values["ledger"]


@pytest.mark.parametrize(("deaths", "known", "lost"), [(1, False, 1), (2, False, 2), (2, True, 1)])
async def test_a_call_that_was_lost_with_its_process_is_charged(
    deaths: int, known: bool, lost: int
) -> None:
    """At the most it can have used, whether or not it is made again; and the trace says so."""
    made = Kinds()

    result, ledger = await resumed(made, deaths, known=known, budget=Budget())

    entries = {entry.id: entry.settled or Usage() for entry in ledger.entries}
    again = entries.get("embed#0", Usage())
    assert [NEW[0]] * (lost + (not known)) == made.asked
    assert (lost, lost) == (entries["embed#0/lost"].calls, entries["embed#0/lost"].estimated_calls)
    assert pytest.approx(lost * ONE) == entries["embed#0/lost"].usd
    assert pytest.approx(0.0 if known else ONE) == again.usd
    assert "in flight when the route stopped: charged at the most" in said(result)


async def test_a_call_that_cannot_be_paid_again_is_not_made_again() -> None:
    """What was lost is charged first."""
    made = Kinds()

    result, _ = await resumed(made, 3, known=False, budget=Budget(usd=2.5 * ONE))

    assert 2 == len(made.asked) == result.estimated_calls
    assert 2 * ONE <= result.cost_usd <= 2.5 * ONE
    assert "not embedded: the cap on usd" in said(result)
