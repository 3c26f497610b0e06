"""The planner, and what it is compared with: rules that decide from the same beliefs."""

import math
from collections.abc import Callable

from planner_worlds import Policy

from secondhalf.policy.search.candidate import Problem, cost, fits
from secondhalf.policy.search.decide import decide
from secondhalf.policy.search.index import index
from secondhalf.policy.search.levels import LEVELS, mixed

GOOD_ENOUGH = (0.5, 0.75, 1.0)
"""What a cascade may take for good enough; it is given the one that suits a kind of world best."""


def ours(problem: Problem, opened: int) -> tuple[int, ...]:
    """The planner."""
    return decide(problem).open


def weitzman(problem: Problem, opened: int) -> tuple[int, ...]:
    """The highest index of what can be opened now, while it exceeds the best in hand."""

    def rank(place: int) -> float:
        candidate = problem.candidates[place]
        return index(mixed(candidate.outcomes, problem.belief), cost(candidate, problem.price))

    return _highest(problem, rank, problem.best)


def best_first(problem: Problem, opened: int) -> tuple[int, ...]:
    """The most expected quality less its price, while that exceeds the best in hand."""

    def rank(place: int) -> float:
        candidate = problem.candidates[place]
        row = mixed(candidate.outcomes, problem.belief)
        mean = sum(p * level for p, level in zip(row, LEVELS, strict=True))
        return mean - cost(candidate, problem.price)

    return _highest(problem, rank, problem.best)


def one_shot(problem: Problem, opened: int) -> tuple[int, ...]:
    """The one path with the most expected quality less its price; then stop."""
    return () if opened else best_first(problem, opened)


def cascade(good_enough: float) -> Policy:
    """From cheap to dear until the best in hand is good enough."""

    def policy(problem: Problem, opened: int) -> tuple[int, ...]:
        if problem.best >= good_enough:
            return ()
        return _highest(problem, lambda p: -cost(problem.candidates[p], problem.price), -math.inf)

    return policy


def _highest(problem: Problem, rank: Callable[[int], float], least: float) -> tuple[int, ...]:
    ready = [
        place
        for place, candidate in enumerate(problem.candidates)
        if candidate.parent is None and fits(candidate.reserve, problem.room)
    ]
    best = max(ready, key=rank, default=None)
    return () if best is None or rank(best) <= least else (best,)
