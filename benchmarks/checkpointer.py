"""What a checkpointer costs: this one, the official ones, one in memory and none, in one run.

    python benchmarks/checkpointer.py [--quick] [--json FILE] [--write]

A chain of eight nodes that do nothing, each of which adds half a kilobyte to a list of two. One run
after another and a hundred at once, each on a thread of its own; then 200 turns on one thread,
once with a list that is stored whole and once with one that is declared as delta; then the state
and the history in a database of 10,000 checkpoints. Servers are taken from
SECONDHALF_TEST_POSTGRES_URL and SECONDHALF_TEST_MARIADB_URL. `--write` renews the table and the
plot in docs/.
"""

import argparse
import asyncio
import json
import operator
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any, NamedTuple

from checkpointer_floor import PUTS, floors
from checkpointer_report import write_report
from checkpointer_savers import Bench, Maker, Saver, makers
from langchain_core.runnables import RunnableConfig
from langgraph.channels import DeltaChannel
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from typing_extensions import TypedDict

Graph = CompiledStateGraph[Any, Any, Any, Any]
Figures = dict[str, float]

NODES = 8
AT_ONCE = 100
TURNS = (10, 100, 200)
START_TEXT, ADDED_TEXT = "s" * 2048, "".join(f"{n:04} " for n in range(100))
TARGETS: dict[str, tuple[str, float]] = {
    "sqlite_rps_over_official": ("min", 2.0),
    "postgresql_rps_over_official": ("min", 3.0),
    "sqlite_ms_over_official": ("max", 0.5),
    "postgresql_ms_over_official": ("max", 0.5),
    "sqlite_disk_over_official": ("max", 0.1),
    "sqlite_late_turn_over_official": ("max", 0.6),
}


class Sizes(NamedTuple):
    """How much is measured."""

    runs: int
    rounds: int
    turns: Sequence[int]
    checkpoints: int


FULL = Sizes(60, 3, TURNS, 10_000)
QUICK = Sizes(15, 1, (10, 30), 1_000)


def extend(state: list[str], updates: Sequence[list[str]]) -> list[str]:
    """Adds what every update adds."""
    return [*state, *(item for update in updates for item in update)]


class Whole(TypedDict):
    """A conversation as most graphs hold it."""

    log: Annotated[list[str], operator.add]


class Delta(TypedDict):
    """The same, declared as delta."""

    log: Annotated[list[str], DeltaChannel(extend, snapshot_frequency=50)]


def chain(state: type, saver: Saver) -> Graph:
    """Eight nodes in a row that each add to the log."""

    async def add(state: Any) -> Any:
        return {"log": [ADDED_TEXT]}

    graph: StateGraph[Any, Any, Any, Any] = StateGraph(state)
    names = [f"node{place}" for place in range(NODES)]
    for name in names:
        graph.add_node(name, add)
    for name, following in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(name, following)
    return graph.compile(checkpointer=saver)


def on(thread: str) -> RunnableConfig:
    """The config of a thread."""
    return {"configurable": {"thread_id": thread}}


async def timed(call: Callable[[], Awaitable[Any]]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    await call()
    return time.perf_counter() - began


async def run_figures(bench: Bench, sizes: Sizes) -> Figures:
    """`ms`, the median of one run alone, and `rps`, runs per second with a hundred at once."""
    graph = chain(Whole, bench.saver)

    async def run(thread: str) -> None:
        await graph.ainvoke({"log": [START_TEXT]}, on(thread))

    await run("warm")
    alone = [await timed(lambda n=n: run(f"alone-{n}")) for n in range(sizes.runs)]
    together = [
        await timed(lambda r=r: asyncio.gather(*(run(f"together-{r}-{n}") for n in range(AT_ONCE))))
        for r in range(sizes.rounds)
    ]
    return {"ms": 1000 * median(alone), "rps": AT_ONCE / median(together)}


async def turn_figures(bench: Bench, sizes: Sizes, state: type, prefix: str) -> Figures:
    """`turn_N`, the median ms of the ten turns up to the Nth on one thread, and bytes on disk."""
    graph = chain(state, bench.saver)
    before = bench.disk()
    took = [
        1000 * await timed(lambda: graph.ainvoke({"log": [START_TEXT[:500]]}, on(prefix)))
        for _ in range(sizes.turns[-1])
    ]
    figures = {f"{prefix}_{turn}": median(took[turn - 10 : turn]) for turn in sizes.turns}
    figures[f"{prefix}_late"] = figures[f"{prefix}_{sizes.turns[-1]}"]
    return {**figures, f"{prefix}_bytes": bench.disk() - before}


async def read_figures(bench: Bench, sizes: Sizes) -> Figures:
    """`get_state` and `list` (a page of 20), in ms, where many checkpoints are."""
    saver = bench.saver
    assert saver is not None
    threads = 100
    configs = [on(f"read-{n}") for n in range(threads)]
    for config in configs:
        config["configurable"]["checkpoint_ns"] = ""
    version = None
    for step in range(sizes.checkpoints // threads):
        version = saver.get_next_version(version, None)
        for n, config in enumerate(configs):
            checkpoint = empty_checkpoint()
            checkpoint["channel_values"] = {"log": [START_TEXT]}
            checkpoint["channel_versions"] = {"log": version}
            metadata: Any = {"source": "loop", "step": step}
            configs[n] = await saver.aput(config, checkpoint, metadata, {"log": version})
    graph = chain(Whole, saver)

    async def page() -> None:
        found = [each async for each in saver.alist(on("read-7"), limit=20)]
        assert len(found) == min(20, sizes.checkpoints // threads)

    gets = [
        await timed(lambda n=n: graph.aget_state(on(f"read-{n % threads}"))) for n in range(300)
    ]
    pages = [await timed(page) for _ in range(100)]
    return {"get_state": 1000 * median(gets), "list": 1000 * median(pages)}


async def measure(maker: Maker, sizes: Sizes, parts: Sequence[str]) -> Figures:
    """All figures of one saver, each part on a database of its own."""
    figures: Figures = {}
    for part in parts:
        with TemporaryDirectory() as folder:
            async with maker(Path(folder)) as bench:
                if bench.saver is None and part != "runs":
                    continue
                if part == "runs":
                    figures |= await run_figures(bench, sizes)
                elif part == "turns":
                    figures |= await turn_figures(bench, sizes, Whole, "turn")
                elif part == "delta":
                    figures |= await turn_figures(bench, sizes, Delta, "delta")
                else:
                    figures |= await read_figures(bench, sizes)
    return figures


def ratios(found: dict[str, Figures]) -> Figures:
    """Each of our figures over the official saver's for the same database."""
    names = {
        "rps": "rps",
        "ms": "ms",
        "disk": "turn_bytes",
        "late_turn": "turn_late",
        "delta_late_turn": "delta_late",
        "get_state": "get_state",
        "list": "list",
    }
    result: Figures = {}
    for database in ("sqlite", "postgresql"):
        ours, official = found.get(f"{database} ours", {}), found.get(f"{database} official", {})
        for name, key in names.items():
            if ours.get(key) and official.get(key):
                result[f"{database}_{name}_over_official"] = ours[key] / official[key]
    return result


def judged(over: Figures) -> dict[str, Any]:
    """Each ratio beside its target; one without a target of its own may not be worse than 1."""
    result: dict[str, Any] = {}
    for name, value in over.items():
        kind, target = TARGETS.get(name, ("max", 1.0))
        met = value >= target if kind == "min" else value <= target
        result[name] = {f"at_{'least' if kind == 'min' else 'most'}": target}
        result[name] |= {"value": value, "met": met}
    return result


def bounds(found: dict[str, Figures], below: Figures) -> list[str]:
    """What bounds the figures of each database: the same work with less, in this run."""
    lines = [
        f"{what}, ms: "
        + ", ".join(f"{saver} {_shown(found, saver, key)}" for saver in ("none", "in memory"))
        for key, what in {
            "ms": "a run",
            "delta_late": "a late turn, delta",
            "get_state": "get_state",
        }.items()
    ]
    for database in ("sqlite", "postgresql"):
        official = found.get(f"{database} official", {}).get("ms")
        if f"{database}_run" not in below or official is None:
            continue
        commit, select, run = (below[f"{database}_{name}"] for name in ("commit", "select", "run"))
        lines += [
            f"{database}, bare driver: {commit:.3g} ms per commit, {select:.3g} ms per look-up",
            f"{database}, ms per run at least {run:.3g}: none and {PUTS} commits, each of which "
            f"LangGraph starts when the one before is durable; over official {run / official:.3g}",
        ]
    return lines


def _shown(found: dict[str, Figures], saver: str, key: str) -> str:
    value = found.get(saver, {}).get(key)
    return "–" if value is None else f"{value:.3g}"


def main() -> None:
    """Measures, prints, and writes what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--write", action="store_true", help="renew the table and plot in docs/")
    parser.add_argument("--only", default="", help="savers whose names hold this")
    parser.add_argument("--parts", default="runs,turns,delta,reads", help="what to measure")
    args = parser.parse_args()
    sizes = QUICK if args.quick else FULL
    found: dict[str, Figures] = {}
    for name, maker in makers().items():
        if args.only in name:
            found[name] = asyncio.run(measure(maker, sizes, args.parts.split(",")))
            print(name, json.dumps({k: round(v, 2) for k, v in found[name].items()}), flush=True)
    over = ratios(found)
    below = floors(found.get("none", {}))
    targets = judged(over)
    for name, value in over.items():
        kind, wanted = next(item for item in targets[name].items() if item[0].startswith("at_"))
        met = "" if targets[name]["met"] else "   MISSED"
        print(f"{name:42} {value:8.3f}  ({kind.replace('_', ' ')} {wanted}){met}")
    for line in bounds(found, below):
        print(line)
    if args.json:
        figures = {**over, **{f"floor_{name}": value for name, value in below.items()}}
        written = {"figures": figures, "targets": targets, "savers": found}
        args.json.write_text(json.dumps(written, indent=1) + "\n")
    if args.write:
        folder = Path(__file__).resolve().parent.parent / "docs"
        write_report(found, over, bounds(found, below), folder)


if __name__ == "__main__":
    main()
