"""What the search decides about: candidate paths, what they cost, and what may be spent."""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from secondhalf.policy.search.levels import Belief, Outcomes, distribution
from secondhalf.state.policy import Price

SLACK = 1e-12
"""What a cap may be exceeded by: rounding, as in the ledger."""


class Amount(NamedTuple):
    """US dollars, active seconds, tokens, paid calls and opened paths."""

    usd: float = 0.0
    seconds: float = 0.0
    tokens: float = 0.0
    calls: float = 0.0
    nodes: float = 1.0


class Candidate(NamedTuple):
    """A path that is not yet opened, and that could be: now, or after the path it goes on from.

    The path that it goes on from is named by its position among the candidates.
    """

    id: str
    outcomes: Outcomes
    expected: Amount = Amount()
    """The mean of what it uses: what it is valued with."""
    reserve: Amount = Amount()
    """The 90th percentile of what it uses: what must fit before it is opened."""
    parent: int | None = None
    """The candidate that has to be opened first; None if it can be opened now."""
    fail_locks: bool = True
    """Whether its failure keeps shut what goes on from it."""
    good_enough: float = 0.8
    """Levels above this end the search."""
    fallback: bool = False
    """Whether it waits until no path without this mark is worth opening. So does what follows."""
    asks: frozenset[str] = frozenset()
    """The experts that it asks."""
    closed_by: tuple[frozenset[str], ...] = ()
    """It has nothing left to do once another path has asked all experts of one of these sets."""
    first: tuple[str, ...] = ()
    """Whom it asks first. Paths that ask the same are never opened together."""


class Problem(NamedTuple):
    """One decision: which of ``candidates`` to open next with ``best`` in hand, or none."""

    candidates: tuple[Candidate, ...]
    best: float
    """Quality of the best answer so far, in [0, 1]; 0 if there is none."""
    belief: Belief
    room: Amount
    """What may still be used."""
    price: Price


def money(candidate: Candidate, price: Price) -> float:
    """The expected price of its dollars, in quality."""
    return _times(price.usd, candidate.expected.usd)


def waiting(candidate: Candidate, price: Price) -> float:
    """The expected price of its seconds, in quality."""
    return _times(price.second, candidate.expected.seconds)


def cost(candidate: Candidate, price: Price) -> float:
    """The expected price of opening it by itself, in quality."""
    return money(candidate, price) + waiting(candidate, price)


def _times(price: float, amount: float) -> float:
    return price * amount if price > 0.0 and amount > 0.0 else 0.0


def fits(wanted: Amount, room: Amount) -> bool:
    """Whether ``wanted`` is within every cap."""
    return all(w <= r + SLACK for w, r in zip(wanted, room, strict=True))


def together(amounts: Sequence[Amount]) -> Amount:
    """The sum; seconds are added too, as the ledger reserves them."""
    usd, seconds, tokens, calls, nodes = map(sum, zip(*amounts, strict=True))
    return Amount(usd, seconds, tokens, calls, nodes)


def closes(opened: Candidate, other: Candidate) -> bool:
    """Whether ``other`` has nothing left to do once ``opened`` has been opened."""
    return any(experts <= opened.asks for experts in other.closed_by)


def clean(problem: Problem) -> Problem:
    """``problem`` with every number in order.

    Outcomes become probabilities (see ``distribution``). A negative amount counts as none: nothing
    pays for being opened. An amount that is no number counts as without bound, so that its path is
    not opened; room that is no number, as none. A best quality outside [0, 1] is moved into it.
    """
    best = problem.best
    return problem._replace(
        candidates=tuple(_clean(candidate) for candidate in problem.candidates),
        best=min(1.0, max(0.0, best)) if not math.isnan(best) else 0.0,
        room=Amount(*(r if r > 0.0 else 0.0 for r in problem.room)),
    )


def _clean(candidate: Candidate) -> Candidate:
    a, b, c = candidate.outcomes
    outcomes = distribution(a), distribution(b), distribution(c)
    expected, reserve = _bounded(candidate.expected), _bounded(candidate.reserve)
    if (outcomes, expected, reserve) == candidate[1:4]:
        return candidate
    return candidate._replace(outcomes=outcomes, expected=expected, reserve=reserve)


def _bounded(amount: Amount) -> Amount:
    if min(amount) >= 0.0 and not math.isnan(sum(amount)):
        return amount
    return Amount(*(math.inf if math.isnan(a) else max(0.0, a) for a in amount))


def openable(problem: Problem, among: Collection[int]) -> list[int]:
    """Positions of the candidates that can be opened at some time: they, and all that they go on
    from, are ``among`` these, have a finite price and fit what is left. A cycle never can."""
    can: dict[int, bool] = {}
    candidates = problem.candidates
    for start in among:
        above: list[int] = []
        place: int | None = start
        while place is not None and place not in can:
            can[place] = False  # until the way up to a root is known
            above.append(place)
            place = candidates[place].parent
        good = place is None or can[place]
        for place in reversed(above):
            good = good and place in among and _is_possible(candidates[place], problem)
            can[place] = good
    return [place for place in among if can[place]]


def _is_possible(candidate: Candidate, problem: Problem) -> bool:
    return fits(candidate.reserve, problem.room) and math.isfinite(cost(candidate, problem.price))


def select(problem: Problem, kept: Sequence[int]) -> Problem:
    """``problem`` with only the candidates at ``kept``, in order, and their parents among them."""
    if len(kept) == len(problem.candidates):
        return problem
    place = {old: new for new, old in enumerate(kept)}

    def moved(candidate: Candidate) -> Candidate:
        parent = candidate.parent
        return candidate if parent is None else candidate._replace(parent=place[parent])

    return problem._replace(candidates=tuple(moved(problem.candidates[k]) for k in kept))
