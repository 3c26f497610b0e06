"""One decision of the search: open these paths, or stop; with what every path would be worth."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from secondhalf.policy.search.candidate import Problem, clean, cost, openable, select
from secondhalf.policy.search.index import chain_indices, expected_best, index
from secondhalf.policy.search.levels import mixed

PLACES = 9
"""Values that agree in so many decimals are equal."""
LEAST_GAIN = 10.0**-PLACES
"""What a step has to add, in quality: more than rounding."""
MOST_LIVE = 8
"""So many paths are looked ahead over; of more, those with the best chain index."""


@dataclass(frozen=True, slots=True)
class Option:
    """What is to be said of one candidate, in quality."""

    worth: float = -math.inf
    """Expected final value if it is opened next and the search goes on optimally."""
    index: float = -math.inf
    """Quality in hand at which opening it by itself would just pay."""
    price: float = math.inf
    """What it is expected to cost."""


class Choice(NamedTuple):
    """The paths to open, none to stop, and why."""

    open: tuple[int, ...]
    """Positions of candidates; more than one are opened side by side."""
    value: float
    """Expected final value of doing so."""
    options: tuple[Option, ...]
    """One for each candidate; worth minus infinity for what cannot be opened now."""


def decide(problem: Problem) -> Choice:
    """The best next step of ``problem``; see ``clean`` for numbers that are not in order.

    No candidate is opened whose 90th percentile does not fit what is left in every cap. Fallbacks
    are not thought of before nothing else is worth opening. Equal values are decided by the higher
    index, then by the order of the candidates; between opening and stopping, by stopping.
    """
    problem = clean(problem)
    everything = openable(problem, range(len(problem.candidates)))
    options = _options(problem, everything)
    for group in _groups(problem, everything):
        choice = _choose(problem, group, options) if group else None
        if choice is not None:
            return Choice(*choice, tuple(options))
    return Choice((), problem.best, tuple(options))


def _groups(problem: Problem, everything: list[int]) -> Iterator[list[int]]:
    """What does not wait for anything, and then the fallbacks with what goes on from them."""
    if not any(problem.candidates[place].fallback for place in everything):
        yield everything
        return
    first = openable(problem, {p for p in everything if not problem.candidates[p].fallback})
    yield sorted(first)
    yield sorted(openable(problem, set(everything).difference(first)))


def _options(problem: Problem, kept: list[int]) -> list[Option]:
    """What each is worth if it is the last to be opened."""
    options = [Option()] * len(problem.candidates)
    for place in kept:
        candidate = problem.candidates[place]
        row, price = mixed(candidate.outcomes, problem.belief), cost(candidate, problem.price)
        worth = expected_best(row, problem.best) - price if candidate.parent is None else -math.inf
        options[place] = Option(worth, index(row, price), price)
    return options


def _choose(
    problem: Problem, group: list[int], options: list[Option]
) -> tuple[tuple[int, ...], float] | None:
    """What to open of ``group``, and its value; None to stop. Writes down what each is worth."""
    # Loaded late: numpy takes longer to import than most of what needs no decision.
    from secondhalf.policy.search.lookahead import look_ahead

    live = select(problem, group)
    names = [group[place] for place in shortlist(live)]
    ahead = look_ahead(select(problem, names))
    for name, worth in zip(names, ahead.paths, strict=True):
        options[name] = Option(worth, options[name].index, options[name].price)

    def rank(name: int) -> tuple[float, float, int]:
        option = options[name]
        return -round(option.worth, PLACES), -round(option.index, PLACES), name

    taken: tuple[int, ...] = (min(names, key=rank),)
    value = options[taken[0]].worth
    for batch, worth in ahead.batches.items():  # the small ones first
        if worth > value + LEAST_GAIN:
            taken, value = tuple(sorted((names[place] for place in batch), key=rank)), worth
    return (taken, value) if value > problem.best + LEAST_GAIN else None


def shortlist(problem: Problem, most: int = MOST_LIVE) -> list[int]:
    """Positions of at most ``most`` candidates: the best chains, each with all it goes on from."""
    candidates = problem.candidates
    if len(candidates) <= most:
        return list(range(len(candidates)))
    scores = chain_indices(problem)
    kept: set[int] = set()
    for target in sorted(range(len(candidates)), key=lambda place: -scores[place]):
        way: list[int] = []
        place: int | None = target
        while place is not None and place not in kept and len(kept) + len(way) <= most:
            way.append(place)
            place = candidates[place].parent
        if len(kept) + len(way) <= most:
            kept.update(way)
        if len(kept) == most:
            break
    return sorted(kept)
