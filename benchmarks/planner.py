"""How near the planner comes to the exact optimum, beside simpler rules, and how long it takes.

    python benchmarks/planner.py [--quick] [--json FILE]

Worlds are random (``planner_worlds``), the optimum is computed without the planner
(``planner_optimum``), and a share is exact up to .00001 of it, from below. Times are of the
processor, so that a busy machine counts less.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from planner_optimum import World
from planner_rivals import GOOD_ENOUGH, best_first, cascade, one_shot, ours, weitzman
from planner_worlds import ABOVE_8, UP_TO_8, Kind, Policy, world

from secondhalf.policy.search.candidate import Problem

LEAST_UP_TO_8, LEAST_ABOVE_8 = 0.999, 0.99
MOST_MS = {6: 1.0, 8: 10.0}
SIZES = (3, 4, 5, 6, 7, 8, 10, 12, 20, 30)
OURS = "planner"


class Result(NamedTuple):
    """The mean share of the optimum that each rule reaches in a kind of world."""

    kind: Kind
    worlds: int
    shares: dict[str, float]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Plain)
    parser.add_argument("--quick", action="store_true", help="fewer worlds: about a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and targets")
    options = parser.parse_args(arguments)
    results = [compare(kind, _worlds(kind, options.quick)) for kind in (*UP_TO_8, *ABOVE_8)]
    times = {str(paths): decision_ms(paths) for paths in SIZES}
    times |= {f"{paths}_latency_dear": decision_ms(paths, dear_time=True) for paths in MOST_MS}
    _print(results, times)
    if options.json is not None:
        options.json.write_text(json.dumps(report(results, times), indent=2) + "\n")


class _Plain(argparse.RawDescriptionHelpFormatter):
    """Leaves the description's lines as they are."""


def _worlds(kind: Kind, quick: bool) -> int:
    """Fewer where an optimum takes long, more where a share varies much."""
    if kind.paths > 10:
        return 2 if quick else 8
    if kind.dear_time:
        return 24 if quick else 120
    return 8 if quick else 60


def compare(kind: Kind, count: int) -> Result:
    """Every rule in the same ``count`` worlds of a kind."""
    rules: dict[str, Policy] = {
        OURS: ours,
        "weitzman": weitzman,
        "best_first": best_first,
        "one_shot": one_shot,
    } | {f"cascade_{level}": cascade(level) for level in GOOD_ENOUGH}
    shares: dict[str, list[float]] = {name: [] for name in rules}
    for seed in range(count):
        solved = World(world(kind, seed), kind)
        for name, rule in rules.items():
            shares[name].append(solved.share(rule, 1e-5 if name == OURS else 1e-4))
    means = {name: statistics.fmean(values) for name, values in shares.items()}
    cascades = [name for name in means if name.startswith("cascade")]
    best = max(means.pop(name) for name in cascades)
    return Result(kind, count, means | {"cascade": best})


def decision_ms(
    paths: int, *, dear_time: bool = False, worlds: int = 24, repeats: int = 5
) -> float:
    """The time of a first decision among ``paths``, with hidden difficulty, in ms: the median over
    worlds of the quickest of several runs."""
    kind = Kind("timing", paths, hidden=True, dear_time=dear_time)
    problems = [world(kind, seed) for seed in range(worlds)]
    for problem in problems:
        ours(problem, 0)
    return 1000.0 * statistics.median(
        min(_timed(problem) for _ in range(repeats)) for problem in problems
    )


def _timed(problem: Problem) -> float:
    began = time.thread_time()
    ours(problem, 0)
    return time.thread_time() - began


def report(results: Sequence[Result], times: dict[str, float]) -> dict[str, object]:
    """Figures and targets, as every benchmark writes them."""
    figures: dict[str, float] = {}
    targets: dict[str, dict[str, float | bool]] = {}
    for kind, _, shares in results:
        name = f"share_of_optimum_{kind.name}"
        least = LEAST_UP_TO_8 if kind in UP_TO_8 else LEAST_ABOVE_8
        figures[name] = shares[OURS]
        figures |= {f"{name}_{rule}": s for rule, s in shares.items() if rule != OURS}
        targets[name] = {"at_least": least, "value": shares[OURS], "met": shares[OURS] >= least}
    figures |= {f"decision_ms_{paths}": ms for paths, ms in times.items()}
    for paths, most in MOST_MS.items():
        value = times[str(paths)]
        targets[f"decision_ms_{paths}"] = {"at_most": most, "value": value, "met": value <= most}
    return {"figures": figures, "targets": targets}


def _print(results: Sequence[Result], times: dict[str, float]) -> None:
    rules = list(results[0].shares)
    print("Share of the exact optimum, in %")
    print(f"{'world':<32}{'paths':>6}{'worlds':>8}" + "".join(f"{rule:>12}" for rule in rules))
    for kind, worlds, shares in results:
        row = "".join(f"{100 * shares[rule]:>12.3f}" for rule in rules)
        print(f"{kind.name:<32}{kind.paths:>6}{worlds:>8}{row}")
    print("\nµs per decision")
    for paths, ms in times.items():
        print(f"{paths.replace('_', ' '):>16} paths {1000 * ms:>9.0f}")


if __name__ == "__main__":
    main()
