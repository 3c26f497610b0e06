"""What a route costs beyond the experts it asks.

    python benchmarks/route.py [--quick] [--json FILE]

A whole route with instant local experts, with checkpoints and memory in an SQLite file, against a
bare LangGraph graph of as many steps without a checkpointer. The same route without either, with
checkpoints in the process, and with one of the two in the file tells what each part costs: no route
can cost less than the one without, and none that is durable less than the one in the process. Each
round runs all of them in turn, and compares within the round. Figures that end in ``_processor``
are ratios of processor time, which other programs on the machine disturb less.

Then one path of eight experts that take 200 ms each, against the slowest of them.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypedDict

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from secondhalf.checkpoints import SQLAlchemySaver
from secondhalf.graph.router import Router, build_router
from secondhalf.memory import Memory
from secondhalf.state.config import ModelConfig, ModelPrices, RouterConfig
from secondhalf.state.request import RouteContext
from secondhalf.state.strategy import RouteNode, Strategy

PROMPT = {"messages": [("user", "What is 17 + 25?")]}
TARGETS = {"route_over_bare_graph": 5.0, "fanout_over_slowest": 1.15}
EXPERTS = 8
DELAY = 0.2
"""Seconds that each of them takes."""


class Count(TypedDict):
    """The state of the bare graph."""

    steps: int


def bare_graph(steps: int) -> CompiledStateGraph[Any, Any, Any, Any]:
    """A chain of ``steps`` nodes that do nothing but count."""

    async def one(state: Count) -> Count:
        return {"steps": state["steps"] + 1}

    graph = StateGraph(Count)
    names = [f"n{place}" for place in range(steps)]
    for name in names:
        graph.add_node(name, one)
    for name, following in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(name, following)
    return graph.compile()


class SlowModel(BaseChatModel):
    """Takes its time, and says what everybody says."""

    @property
    def _llm_type(self) -> str:
        return "slow"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        usage: Any = {"input_tokens": 20, "output_tokens": 5, "total_tokens": 25}
        message = AIMessage("Because of buoyancy.", usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        await asyncio.sleep(DELAY)
        return self._generate(messages)


async def steps_of(router: Router) -> int:
    """How many steps the route takes, those of its subgraph included."""
    given: Any = PROMPT
    steps = router.astream(given, stream_mode="updates", subgraphs=True)
    return len([step async for step in steps])


class Taken(NamedTuple):
    """What something took, in seconds."""

    wall: float
    processor: float
    """Of all threads of this process."""


async def taken(run: Callable[[], Awaitable[object]]) -> Taken:
    """What ``run`` takes."""
    wall, processor = time.perf_counter(), time.process_time()
    await run()
    return Taken(time.perf_counter() - wall, time.process_time() - processor)


async def overhead(rounds: int, folder: Path) -> dict[str, float]:
    """Milliseconds, and ratios to the bare graph, of the route with each kind of persistence."""
    url = f"sqlite:///{folder / 'routes.db'}"
    with Memory.from_url(url) as memory, SQLAlchemySaver.from_url(url) as saver:
        routers = {
            "sqlite": build_router(checkpointer=saver, memory=memory),
            "sqlite_checkpoints_only": build_router(checkpointer=saver),
            "sqlite_memory_only": build_router(memory=memory),
            "in_memory": build_router(checkpointer=InMemorySaver()),
            "no_checkpointer": build_router(),
        }
        steps = await steps_of(routers["no_checkpointer"])
        bare = bare_graph(steps)
        spent: dict[str, list[Taken]] = {name: [] for name in ("bare", *routers)}

        def route(name: str, place: int) -> Callable[[], Awaitable[object]]:
            given: Any = PROMPT
            kept: Any = {"durability": "sync"} if routers[name].checkpointer else {}
            thread: Any = {"configurable": {"thread_id": f"{name}{place}"}}
            return lambda: routers[name].ainvoke(given, thread, **kept)

        for place in range(-5, rounds):  # the first ones load what is loaded late
            each = {"bare": await taken(lambda: bare.ainvoke({"steps": 0}))}
            each |= {name: await taken(route(name, place)) for name in routers}
            if place >= 0:
                for name, value in each.items():
                    spent[name].append(value)
    return {"steps": float(steps), **_ratios(spent), **_milliseconds(spent)}


def _ratios(spent: Mapping[str, Sequence[Taken]]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, times in spent.items():
        if name != "bare":
            figure = "route_over_bare_graph" + ("" if name == "sqlite" else f"_{name}")
            pairs = [*zip(times, spent["bare"], strict=True)]
            figures[figure] = median([a.wall / b.wall for a, b in pairs])
            figures[f"{figure}_processor"] = median([a.processor / b.processor for a, b in pairs])
    pairs = [*zip(spent["no_checkpointer"], spent["sqlite"], strict=True)]
    return {**figures, "share_of_database": 1.0 - median([a.wall / b.wall for a, b in pairs])}


def _milliseconds(spent: Mapping[str, Sequence[Taken]]) -> dict[str, float]:
    return {f"{name}_ms": median(t.wall for t in times) * 1000 for name, times in spent.items()}


async def fanout(rounds: int, folder: Path) -> float:
    """Wall time of a path that asks eight experts at once, over that of the slowest of them."""
    names = tuple(f"m{place}" for place in range(EXPERTS))
    free = ModelPrices(input=0.0, output=0.0)
    config = RouterConfig(
        models=tuple(ModelConfig(name=name, tier="mid", prices=free) for name in names),
        strategies=(
            Strategy(name="ALL", roots=("all",), nodes=(RouteNode(id="all", stages=(names,)),)),
        ),
    )
    with SQLAlchemySaver.from_url(f"sqlite:///{folder / 'fanout.db'}") as saver:
        models = {name: SlowModel() for name in names}
        router = build_router(config, checkpointer=saver, models=models)
        return median([await _one_fanout(router, place) for place in range(rounds)])


async def _one_fanout(router: Router, place: int) -> float:
    """From the decision to fan out until all answers are there."""
    given: Any = {"messages": [("user", "Why do ships made of steel float?")]}
    at: dict[str, float] = {}
    slowest = 0.0
    async for update in router.astream(
        given,
        {"configurable": {"thread_id": f"t{place}"}},
        context=RouteContext(strategy="ALL", clarify=False),
        stream_mode="updates",
        durability="sync",
    ):
        for name, values in update.items():
            at.setdefault(name, time.perf_counter())
            if name == "consult":
                slowest = max(r.usage.seconds for b in values["bundles"] for r in b.results)
    return (at["consult"] - at["expand_tree"]) / slowest


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about half a minute")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        figures = asyncio.run(overhead(60 if given.quick else 400, Path(folder)))
        ratio = asyncio.run(fanout(7 if given.quick else 40, Path(folder)))
        figures["fanout_over_slowest"] = ratio
    for name, value in figures.items():
        print(f"{name:<60}{value:>8.2f}")
    targets = {
        name: {"at_most": most, "value": figures[name], "met": figures[name] <= most}
        for name, most in TARGETS.items()
    }
    if given.json:
        given.json.write_text(json.dumps({"figures": figures, "targets": targets}, indent=1))


if __name__ == "__main__":
    main()
