"""Random worlds: paths with costs and outcomes, drawn so that dear ones tend to be better."""

import math
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from secondhalf.policy.search.candidate import Amount, Candidate, Problem
from secondhalf.policy.search.levels import LEVELS, Belief, Row
from secondhalf.state.policy import Price

NO_CAP = Amount(math.inf, math.inf, math.inf, math.inf, math.inf)
EASY_MEDIUM_HARD = (1.2, 0.0, -1.2)
"""What a hidden difficulty adds to every path's skill."""


class Kind(NamedTuple):
    """A kind of world: how many paths, and what makes it more than a choice of boxes."""

    name: str
    paths: int
    hidden: bool = False
    """Whether outcomes depend on a difficulty that nobody sees."""
    prerequisites: bool = False
    """Whether paths go on from others, and only where those came out uncertain."""
    budget: bool = False
    """Whether the money is short."""
    dear_time: bool = False
    """Whether waiting costs more than money, and paths may be opened side by side."""
    outcomes: tuple[int, ...] = (0, 1, 2, 3, 4)
    """The levels that occur."""


UP_TO_8 = (
    Kind("independent", 8),
    Kind("budget", 8, budget=True),
    Kind("prerequisites", 8, prerequisites=True),
    Kind("hidden_difficulty", 8, hidden=True),
    Kind("all_of_these", 8, hidden=True, prerequisites=True, budget=True),
    Kind("latency_dear", 6, hidden=True, dear_time=True),
)
ABOVE_8 = (
    Kind("above_8_budget_prerequisites", 12, prerequisites=True, budget=True, outcomes=(0, 2, 4)),
    Kind("above_8_hidden_difficulty", 10, hidden=True, outcomes=(0, 2, 4)),
)


def world(kind: Kind, seed: int) -> Problem:
    """The first decision in a world of ``kind``; the same for the same ``seed``."""
    rng = random.Random(f"{kind.name} {seed}")  # noqa: S311 - a seeded world, no secret
    candidates = [_candidate(kind, place, rng) for place in range(kind.paths)]
    usd = sum(candidate.expected.usd for candidate in candidates)
    room = NO_CAP._replace(usd=rng.uniform(0.2, 0.6) * usd) if kind.budget else NO_CAP
    belief = _belief(rng) if kind.hidden else (0.0, 1.0, 0.0)
    price = Price(usd=1.0, second=0.01 if kind.dear_time else 0.0)
    return Problem(tuple(candidates), 0.0, belief, room, price)


def _belief(rng: random.Random) -> Belief:
    low, medium, high = (rng.gammavariate(2.0, 1.0) for _ in range(3))
    total = low + medium + high
    return low / total, medium / total, high / total


def _candidate(kind: Kind, place: int, rng: random.Random) -> Candidate:
    skill = rng.gauss(0.0, 1.0)
    usd = 0.03 * math.exp(0.6 * skill + 0.6 * rng.gauss(0.0, 1.0))
    seconds = 3.0 * math.exp(0.4 * skill + 0.6 * rng.gauss(0.0, 1.0))
    used = Amount(usd / 4.0 if kind.dear_time else usd, seconds)
    cuts = sorted(rng.gauss(0.0, 1.2) for _ in LEVELS[1:])
    low, medium, high = (
        _row(skill + (shift if kind.hidden else 0.0), cuts, kind.outcomes)
        for shift in EASY_MEDIUM_HARD
    )
    parent = rng.randrange(place) if kind.prerequisites and place and rng.random() < 0.6 else None
    return Candidate(f"p{place}", (low, medium, high), used, used, parent)


def _row(skill: float, cuts: Sequence[float], outcomes: Sequence[int]) -> Row:
    """An ordered logit: where ``skill`` plus noise falls between the cuts."""
    below = [0.0, *(1.0 / (1.0 + math.exp(2.0 * (skill - cut))) for cut in cuts), 1.0]
    row = [high - low for low, high in pairwise(below)]
    kept = [p if k in outcomes else 0.0 for k, p in enumerate(row)]
    return tuple(p / sum(kept) for p in kept)


Policy = Callable[[Problem, int], tuple[int, ...]]
"""What to open next, as positions of candidates, nothing to stop; is told how many are open."""
