"""Indices: the quality in hand at which opening a path would just pay.

For boxes that do not depend on each other, opening the one with the highest index until the best
quality in hand exceeds every index left is optimal (Weitzman, Optimal Search for the Best
Alternative, Econometrica 47, 1979). A path behind others is a box that holds them all.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from secondhalf.policy.search.candidate import Amount, Candidate, Problem, cost, fits, together
from secondhalf.policy.search.levels import LEVELS, Row, is_success, mixed


def index(row: Sequence[float], price: float) -> float:
    """The z with E[(Q − z)+] = ``price``, for a Q with the probabilities ``row`` over ``LEVELS``.

    Exact: the left side is piecewise linear. At price 0 it is the highest level that can be
    reached; below 0 if ``price`` exceeds the mean of Q; minus infinity for an infinite price.
    """
    weight = total = z = 0.0
    for k in range(len(LEVELS) - 1, -1, -1):
        weight += row[k]
        total += row[k] * LEVELS[k]
        if weight > 0.0:
            z = (total - price) / weight
            if k == 0 or z >= LEVELS[k - 1]:
                return z
    return z - price


def expected_best(row: Sequence[float], best: float) -> float:
    """E[max(Q, best)]: what one may choose from after opening, before the price."""
    return sum(p * max(level, best) for p, level in zip(row, LEVELS, strict=True))


@dataclass(frozen=True, slots=True)
class Chain:
    """A path with all that has to be opened before it, as one box."""

    index: float
    """Minus infinity if it does not fit what is left."""
    going: tuple[Row, Row, Row]
    """Per difficulty: Pr(all opened, what follows is unlocked, and the best is at most level k)."""
    ended: tuple[Row, Row, Row]
    """Per difficulty: Pr(an outcome on the way ended it, and the best is at most level k)."""
    price: float
    """Of opening it, and each path before it if it is reached."""
    expected: Amount
    """The sum of the means: what must be spent before whatever follows."""


_ONE: Row = (1.0,) * len(LEVELS)
_NONE: Row = (0.0,) * len(LEVELS)
_EMPTY = Chain(0.0, (_ONE, _ONE, _ONE), (_NONE, _NONE, _NONE), 0.0, Amount(nodes=0.0))


def chain_indices(problem: Problem) -> list[float]:
    """The index of the chain that ends with each candidate of a clean and openable ``problem``."""
    candidates = problem.candidates
    lonely = {place for place, candidate in enumerate(candidates) if candidate.parent is None}
    lonely -= {candidate.parent for candidate in candidates if candidate.parent is not None}
    found: dict[int, Chain] = {}
    for start in range(len(candidates)):
        way: list[int] = []
        place: int | None = start if start not in lonely else None
        while place is not None and place not in found:
            way.append(place)
            place = candidates[place].parent
        before = _EMPTY if place is None else found[place]
        for place in reversed(way):
            before = found[place] = _extended(before, candidates[place], problem)
    return [
        found[place].index if place in found else own_index(candidate, problem)
        for place, candidate in enumerate(candidates)
    ]


def own_index(candidate: Candidate, problem: Problem) -> float:
    """The index of a candidate by itself, whatever has to be opened before it."""
    return index(mixed(candidate.outcomes, problem.belief), cost(candidate, problem.price))


def _extended(before: Chain, candidate: Candidate, problem: Problem) -> Chain:
    (a, b, c), top = problem.belief, len(LEVELS) - 1
    reached = a * before.going[0][top] + b * before.going[1][top] + c * before.going[2][top]
    paid = before.price + cost(candidate, problem.price) * reached
    ends = [is_success(k, candidate.good_enough) for k in range(len(LEVELS))]
    ends[0] |= candidate.fail_locks
    going, ended, best = zip(
        *map(_after, before.going, before.ended, candidate.outcomes, (ends, ends, ends)),
        strict=True,
    )
    room = fits(together((before.expected, candidate.reserve)), problem.room)
    return Chain(
        index=index(mixed(best, problem.belief), paid) if room else -math.inf,
        going=going,
        ended=ended,
        price=paid,
        expected=together((before.expected, candidate.expected)),
    )


def _after(going: Row, ended: Row, row: Row, ends: Sequence[bool]) -> tuple[Row, Row, Row]:
    """``going`` and ``ended`` after one more path; the distribution of the best if it is the last.

    The first two are cumulative, the last is not.
    """
    on = off = before = 0.0
    still: list[float] = []
    done: list[float] = []
    best: list[float] = []
    for k, p in enumerate(row):
        if ends[k]:
            off += p
        else:
            on += p
        still.append(going[k] * on)
        done.append(ended[k] + going[k] * off)
        best.append(still[k] + done[k] - before)
        before = still[k] + done[k]
    return tuple(still), tuple(done), tuple(best)
