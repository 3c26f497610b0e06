"""Two hundred whole routes over random trees, on SQLite, that crash and are taken up again."""

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict

from secondhalf.checkpoints import SQLAlchemySaver
from secondhalf.graph.router import Router, build_router
from secondhalf.policy.ledger import CAPS, left, overdrawn, spent
from secondhalf.policy.stages import MAX_ATTEMPTS, may_open_again
from secondhalf.state.budget import Budget, Ledger
from secondhalf.state.config import ModelConfig, ModelPrices, RouterConfig, Tier
from secondhalf.state.policy import PRESETS
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import Guard, RouteNode, Strategy

CHUNKS, ROUTES = 4, 50
MOST_CRASHES = 12
PRICES: dict[Tier, float] = {"slm": 1.0, "mid": 5.0, "llm": 20.0}
"""US dollars per million tokens, sent or received."""
PROMPT = "Why do ships made of steel float on water, and 2 + 2 stones do not?"


class Crash(BaseException):
    """The process is gone: nothing may turn this into a result."""


class World:
    """What providers really charged, and when the process breaks down."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.moments = set(self.rng.sample(range(60), self.rng.choice([0, 2, 4, 8])))
        """Counted over all writes, each before and after."""
        self.mortal = self.rng.choice([0.0, 0.3])
        """How often a model's answer is lost with the process."""
        self.running: asyncio.Task[Any] | None = None
        self.seen = self.crashes = 0
        self.usd = 0.0
        self.tokens = 0
        self.calls = 0

    def at_a_write(self) -> None:
        self.seen += 1
        if self.seen - 1 in self.moments:
            self.crash()

    async def at_an_answer(self) -> None:
        """Whoever runs the route stops it, as Ctrl-C does: LangChain keeps what a model raises."""
        if self.crashes < MOST_CRASHES and self.rng.random() < self.mortal:
            self.crashes += 1
            assert self.running is not None
            self.running.cancel()
            await asyncio.sleep(60)

    def crash(self) -> None:
        self.crashes += 1
        raise Crash


class MoodyModel(BaseChatModel):
    """Answers, judges, fails or takes the process down with it, but honours its limit of tokens."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    name_of_model: Tier
    world: Any = None
    max_tokens: int = 2_048

    @property
    def _llm_type(self) -> str:
        return "moody"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        world: World = self.world
        mood = world.rng.random()
        if mood < 0.1:
            raise ConnectionError("nobody is there")
        sent, received = 20, max(1, int(world.rng.random() * self.max_tokens))
        world.usd += (sent + received) * PRICES[self.name_of_model] / 1e6
        world.tokens += sent + received
        world.calls += 1
        usage: Any = {"input_tokens": sent, "output_tokens": received, "total_tokens": 0}
        message = AIMessage(self._text(str(messages[0].text), mood), usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        result = self._generate(messages)
        await self.world.at_an_answer()
        return result

    def _text(self, rules: str, mood: float) -> str:
        if "verdict" not in rules:
            return "" if mood < 0.2 else f"Because of buoyancy ({int(3 * mood)})."
        if mood < 0.2:
            return "I cannot say."
        verdict = "correct" if mood > 0.5 else "incorrect"
        return f'{{"verdict": "{verdict}", "confidence": {mood:.2f}, "problems": []}}'


class CrashingSaver(SQLAlchemySaver):
    """Crashes just before or just after it has written."""

    world: World

    async def aput(self, *args: Any, **kwargs: Any) -> Any:
        self.world.at_a_write()
        done = await super().aput(*args, **kwargs)
        self.world.at_a_write()
        return done

    async def aput_writes(self, *args: Any, **kwargs: Any) -> None:
        self.world.at_a_write()
        await super().aput_writes(*args, **kwargs)
        self.world.at_a_write()


def random_strategy(rng: random.Random, name: str) -> Strategy:
    size = rng.randint(2, 6)
    parents = [rng.choice([None, None, *range(place)]) for place in range(size)]
    stages = (
        (("slm",),),
        (("slm",), ("verifier",)),
        (("mid",), ("verifier",)),
        (("slm", "mid"),),
        (("llm",),),
        (("exact",),),
    )
    return Strategy(
        name=name,
        roots=tuple(f"n{place}" for place, parent in enumerate(parents) if parent is None),
        nodes=tuple(
            RouteNode(
                id=f"n{place}",
                stages=rng.choice(stages),
                children=tuple(f"n{c}" for c, parent in enumerate(parents) if parent == place),
                guard=Guard(fallback=rng.random() < 0.2 and parents[place] is None),
                independent=rng.random() < 0.5,
            )
            for place in range(size)
        ),
    )


def random_budget(rng: random.Random) -> Budget:
    return Budget(
        usd=rng.choice([0.0, 0.05, 0.2, 0.5]),
        seconds=rng.choice([120.0, 600.0]),
        tokens=rng.choice([10_000, 30_000, 100_000]),
        calls=rng.choice([3, 6, 12, 24]),
        nodes=rng.choice([2, 4, 8]),
    )


async def routed(
    router: Router, world: World, thread: str, context: RouteContext
) -> dict[str, Any]:
    """The last state of a route that is taken up again after every crash."""
    config: Any = {"configurable": {"thread_id": thread}, "recursion_limit": 100}
    given: Any = {"messages": [("user", PROMPT)]}
    while True:
        try:
            work = router.ainvoke(given, config, context=context, durability="sync")
            world.running = asyncio.create_task(work)
            await world.running
        except (Crash, asyncio.CancelledError):
            given = None if (await router.aget_state(config)).values else given
        else:
            return (await router.aget_state(config)).values


@pytest.mark.parametrize("chunk", range(CHUNKS))
async def test_whole_routes_keep_every_promise(chunk: int, tmp_path: Path) -> None:
    """No cap is exceeded, nothing leaks or is forgotten, no path is opened twice unless it lost
    a call, each route ends with the best answer that was found; crash or not."""
    rng = random.Random(chunk)
    strategies = tuple(random_strategy(rng, f"S{place}") for place in range(10))
    tried = Counter[str]()
    with CrashingSaver.from_url(f"sqlite:///{tmp_path / 'routes.db'}") as saver:
        for place in range(ROUTES):
            world = World(1000 * chunk + place)
            saver.world = world
            budget = random_budget(rng)
            preset = rng.choice(PRESETS)
            context = RouteContext(
                budget=budget, strategy=rng.choice(strategies).name, clarify=False, preset=preset
            )
            router = moody_router(world, saver, strategies)
            values = await routed(router, world, f"t{place}", context)
            check(values, budget, world)
            tried.update(crashed=world.crashes > 0, paid=world.calls > 0, n=1)
            tried.update(lost=values["route"].estimated_calls > 0)

    assert min(tried["crashed"], tried["paid"]) > ROUTES // 4
    assert tried["lost"] > ROUTES // 20


def moody_router(world: World, saver: Any, strategies: tuple[Strategy, ...]) -> Router:
    models = tuple(
        ModelConfig(
            name=name,
            tier=name,
            roles=("reasoner", "verifier") if name == "llm" else ("reasoner",),
            prices=ModelPrices(input=price, output=price),
            max_retries=0,
        )
        for name, price in PRICES.items()
    )
    return build_router(
        RouterConfig(models=models, strategies=strategies),
        checkpointer=saver,
        models={name: MoodyModel(name_of_model=name, world=world) for name in PRICES},
    )


def check(values: dict[str, Any], budget: Budget, world: World) -> None:
    ledger: Ledger = values["ledger"]
    results: list[RouteResult] = values["results"]
    route: RouteResult = values["route"]
    used, rest = spent(ledger), left(ledger)

    assert () == overdrawn(ledger)
    assert all(entry.settled is not None for entry in ledger.entries)
    for cap in CAPS:
        assert getattr(budget, cap) == pytest.approx(getattr(used, cap) + getattr(rest, cap))
    assert used.usd >= world.usd - 1e-12
    assert used.tokens >= world.tokens
    assert used.calls >= world.calls
    assert route.cost_usd == used.usd
    opened = Counter(bundle.node for bundle in values["bundles"])
    assert opened == Counter(r.path[-1] for r in results)
    assert max(opened.values(), default=1) <= MAX_ATTEMPTS
    again = Counter(bundle.node for bundle in values["bundles"] if may_open_again(bundle))
    assert all(times - 1 <= again[node] for node, times in opened.items())
    assert [r.path[-1] for r in results] == [e.node for e in ledger.entries]
    answers = [r for r in results if r.answer and r.status != "fail"]
    best = max(answers, key=lambda r: (r.status == "success", r.quality), default=None)
    if best is not None:
        assert (best.answer, best.quality) == (route.answer, route.quality)
    else:
        assert ("fail", None) == (route.status, route.answer)
