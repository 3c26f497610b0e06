"""Small problems of the search, and their optimum by trying everything."""

import math
import random
from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

from hypothesis import strategies as st

from secondhalf.policy.search.belief import update
from secondhalf.policy.search.candidate import Amount, Candidate, Problem, fits
from secondhalf.policy.search.levels import LEVELS, Belief, Outcomes, Row, is_success
from secondhalf.state.policy import Price

AMPLE = Amount(1e9, 1e9, 1e9, 1e9, 1e9)


def alike(*row: float) -> Outcomes:
    """The same probabilities of ``LEVELS`` at each difficulty."""
    return row, row, row


def box(id: str, outcomes: Outcomes, usd: float = 0.0, **changes: Any) -> Candidate:
    """A candidate that costs ``usd``, on average and at the 90th percentile."""
    amount = Amount(usd=usd)
    return Candidate(id, outcomes, amount, amount)._replace(**changes)


def problem(*candidates: Candidate, **changes: Any) -> Problem:
    """A decision with nothing in hand, ample room, and a dollar worth one of quality."""
    price = Price(usd=1.0, second=1.0)
    return Problem(candidates, 0.0, (0.25, 0.5, 0.25), AMPLE, price)._replace(**changes)


def random_problem(seed: int, paths: int, *, timed: bool = False) -> Problem:
    """Anything may occur: prerequisites, closed paths, short money, hidden difficulty."""
    rng = random.Random(seed)
    hidden = rng.random() < 0.7
    threshold = rng.choice([0.8, 0.8, 0.6, 1.0])
    candidates = [
        _random_candidate(rng, place, hidden, timed)._replace(
            good_enough=threshold if rng.random() < 0.8 else 0.3
        )
        for place in range(paths)
    ]
    usd = sum(candidate.expected.usd for candidate in candidates)
    room = AMPLE._replace(usd=rng.uniform(0.2, 1.2) * usd, nodes=rng.choice([2, paths, 1e9]))
    a, b, c = _random_row(rng, 3)
    best = rng.choice([0.0, 0.0, 0.3, 0.5, 0.8])
    return Problem(tuple(candidates), best, (a, b, c), room, Price(usd=1.0, second=1.0))


def _random_candidate(rng: random.Random, place: int, hidden: bool, timed: bool) -> Candidate:
    row = _random_row(rng, 5)
    outcomes = (_random_row(rng, 5), row, _random_row(rng, 5)) if hidden else (row, row, row)
    usd = rng.choice([0.0, rng.uniform(0.0, 0.1), rng.uniform(0.0, 0.3)])
    expected = Amount(usd=usd, seconds=rng.uniform(0.0, 0.3) if timed else 0.0)
    reserve = expected._replace(usd=usd * rng.uniform(1.0, 2.0))
    return Candidate(
        id=f"p{place}",
        outcomes=outcomes,
        expected=expected,
        reserve=reserve,
        parent=rng.randrange(place) if place and rng.random() < 0.4 else None,
        fail_locks=rng.random() < 0.7,
        asks=frozenset({rng.choice("abc")}),
        closed_by=(frozenset({rng.choice("abc")}),) if rng.random() < 0.2 else (),
        first=(rng.choice("abcdef"),),
    )


def _random_row(rng: random.Random, count: int) -> Row:
    weights = [rng.gammavariate(0.7, 1.0) + 1e-6 for _ in range(count)]
    return tuple(weight / sum(weights) for weight in weights)


rows = st.lists(st.integers(0, 9), min_size=5, max_size=5).filter(any)
distributions = rows.map(lambda row: tuple(x / sum(row) for x in row))
beliefs = st.tuples(*[st.floats(0.01, 1.0)] * 3).map(lambda w: tuple(x / sum(w) for x in w))


def optimum(problem: Problem) -> float:
    """The value of the best plan, by trying every one of them."""
    return max([problem.best, *(worth_of(problem, batch) for batch in batches(problem))])


def worth_of(problem: Problem, batch: tuple[int, ...]) -> float:
    """The value of opening ``batch`` and going on optimally."""
    opened = [problem.candidates[place] for place in batch]
    price = problem.price
    value = -price.usd * sum(c.expected.usd for c in opened)
    value -= price.second * max(c.expected.seconds for c in opened)
    for levels in product(range(len(LEVELS)), repeat=len(batch)):
        chance = sum(
            w * math.prod(c.outcomes[theta][k] for c, k in zip(opened, levels, strict=True))
            for theta, w in enumerate(problem.belief)
        )
        if chance > 0.0:
            best = max(problem.best, *(LEVELS[k] for k in levels))
            ends = any(is_success(k, c.good_enough) for c, k in zip(opened, levels, strict=True))
            value += chance * (best if ends else optimum(after(problem, batch, levels)))
    return value


def batches(problem: Problem) -> Iterator[tuple[int, ...]]:
    """All that may be opened at once."""
    ready = [place for place, one in enumerate(problem.candidates) if one.parent is None]
    timed = any(candidate.expected.seconds > 0.0 for candidate in problem.candidates)
    for size in range(1, len(ready) + 1 if timed else 2):
        for batch in combinations(ready, size):
            opened = [problem.candidates[place] for place in batch]
            used = Amount(*(sum(c.reserve[cap] for c in opened) for cap in range(5)))
            if fits(used, problem.room) and not any(
                one.first == other.first or _closes(one, other) or _closes(other, one)
                for one, other in combinations(opened, 2)
            ):
                yield batch


def after(problem: Problem, batch: tuple[int, ...], levels: tuple[int, ...]) -> Problem:
    """The decision that follows once ``batch`` came out at ``levels``."""
    came_out = dict(zip(batch, levels, strict=True))
    belief: Belief = problem.belief
    used = Amount(nodes=0.0)
    for place, k in came_out.items():
        belief = update(belief, problem.candidates[place].outcomes, k)
        spent = problem.candidates[place].expected
        used = Amount(*(u + s for u, s in zip(used, spent, strict=True)))
    kept: list[int] = []
    for place, candidate in enumerate(problem.candidates):  # parents come before their children
        if place in came_out or _is_shut(problem, candidate, came_out, kept):
            continue
        if not any(_closes(problem.candidates[other], candidate) for other in batch):
            kept.append(place)
    left = tuple(
        candidate._replace(parent=None if candidate.parent in came_out else kept.index(p))
        if (p := candidate.parent) is not None
        else candidate
        for candidate in (problem.candidates[place] for place in kept)
    )
    room = Amount(*(r - u for r, u in zip(problem.room, used, strict=True)))
    best = max(problem.best, *(LEVELS[k] for k in levels))
    return problem._replace(candidates=left, belief=belief, room=room, best=best)


def _is_shut(
    problem: Problem, candidate: Candidate, came_out: dict[int, int], kept: list[int]
) -> bool:
    parent = candidate.parent
    if parent is None or parent in kept:
        return False
    failed = came_out.get(parent) == 0 and problem.candidates[parent].fail_locks
    return parent not in came_out or failed


def _closes(opened: Candidate, other: Candidate) -> bool:
    return any(experts <= opened.asks for experts in other.closed_by)
