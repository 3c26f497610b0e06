"""What a path is worth that asks several at once: another family, or one model several times.

What they will say is not known, but how it may fall out is: all agree, or some do, or nobody. Each
way has a probability at each difficulty, and a quality, by ``standing``.
"""

from collections.abc import Sequence
from typing import NamedTuple

from secondhalf.policy.search.levels import LEVELS, Outcomes
from secondhalf.policy.standing import Opinion, Standing
from secondhalf.state.estimate import Prospects

MOST = 5
"""So many answers are foreseen: the ways to fall out are the partitions of a set."""


class Vote(NamedTuple):
    """What is expected of several answers together."""

    quality: float
    """How probable it is that the best of them is right."""
    levels: Outcomes
    """The distribution of that, at each difficulty."""


def vote(arms: Sequence[str], prospects: Prospects) -> Vote:
    """What is expected of the answers of ``arms``, of which the first ``MOST`` count."""
    standings = [Standing(prospects)]
    for arm in arms[:MOST]:
        prospect = prospects.arms[arm]
        opinion = Opinion(arm, "", prospect.right, prospect.family)
        standings = [after for before in standings for after in before.foreseen(opinion)]
    rows = [[0.0] * len(LEVELS) for _ in range(3)]
    quality = 0.0
    for standing in standings:
        difficulty = standing.difficulty()
        chance = sum(difficulty)
        if chance > 0.0:
            best = standing.best()
            quality += best
            for row, weight in zip(rows, difficulty, strict=True):
                _add(row, best / chance, weight)
    low, medium, high = (_shared(row) for row in rows)
    return Vote(min(1.0, quality), (low, medium, high))


def _add(row: list[float], quality: float, weight: float) -> None:
    """Puts ``weight`` on the two levels around ``quality``."""
    place = min(1.0, max(0.0, quality)) * (len(LEVELS) - 1)
    below = min(int(place), len(LEVELS) - 2)
    row[below] += weight * (1.0 - (place - below))
    row[below + 1] += weight * (place - below)


def _shared(row: Sequence[float]) -> tuple[float, ...]:
    total = sum(row)
    return tuple(p / total for p in row) if total > 0.0 else (1.0, *[0.0] * (len(row) - 1))
