"""What one more answer, or two, are worth if the prompt is open-ended.

Then what answers say tells nothing: a group of those that say the same is worth its best member,
and how answers fall out is by accident. All is joint with the probability of such a prompt, so that
it can be added to what groups are worth if the prompt is closed-ended. The axes are those of
``next_two``.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from secondhalf.policy.standing import Standing, joining, leaning, model_of

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


class IfOpen(NamedTuple):
    """Of s ways in which it stands, with w wordings of the next answer, and n who may be asked.

    An outcome is the group that the next answer joins, the last a new one: there are as many groups
    after it as there are outcomes.
    """

    chance: Floats
    """(s, w, n): of an open-ended prompt, and that the next answer is worded so."""
    joins: Floats
    """(s, n, outcomes): how the next answer falls out."""
    groups: Floats
    """(s, w, n, outcomes, outcomes): what each group is worth then."""
    solo: Floats
    """(s, w, n, n): what each answer is worth by itself after the next."""
    joins_after: Floats
    """(s, n, outcomes, outcomes + 1, n): how one more after the next falls out."""


def if_open(
    standings: Sequence[Standing],
    arms: Sequence[str],
    right: Floats,
    wordings: tuple[Floats, Floats],
) -> IfOpen:
    """What answers of ``arms`` are worth after those in each of ``standings``; ``right`` (n, 3):
    how often each is right. ``wordings`` (w, n): how often the next is worded so if it is right,
    or wrong."""
    if_right, if_wrong = (factor[:, :, None] for factor in wordings)
    before = np.array([standing.open for standing in standings])[:, None, None]
    heard = before * (if_right * right + if_wrong * (1.0 - right))  # (s, w, n, 3)
    own = (before * if_right * right).sum(axis=-1)
    owns = _owns(standings, arms)
    joins = np.array([_by_own(joining(sizes)) for sizes in _sizes(standings)])
    joins = joins[np.arange(len(standings))[:, None], owns]
    groups = _groups(standings, heard, own) * joins[:, None, ..., None]
    after = _joins_after(standings, arms, owns)
    return IfOpen(heard.sum(axis=-1), joins, groups, heard @ right.T, after)


def _groups(standings: Sequence[Standing], heard: Floats, own: Floats) -> Floats:
    """What each group's best is worth, where the next answer joins it or begins it, that one's."""
    now = np.zeros((*own.shape, len(standings[0].groups) + 1))  # (s, w, n, outcomes)
    for at, standing in enumerate(standings):
        for place, group in enumerate(standing.groups):
            now[at, ..., place] = (heard[at] @ np.array([o.right for o in group]).T).max(axis=-1)
    after = np.repeat(now[..., None, :], now.shape[-1], axis=-2)
    at_it: Places = np.arange(now.shape[-1], dtype=np.intp)
    after[..., at_it, at_it] = np.maximum(now, own[..., None])
    return after


def _joins_after(standings: Sequence[Standing], arms: Sequence[str], owns: Places) -> Floats:
    table = np.array([[_by_own(row) for row in _fallen(sizes)] for sizes in _sizes(standings)])
    ways, outcomes = table.shape[:2]  # (s, outcomes, outcomes + 1, outcomes + 1)
    models = np.array([model_of(arm) for arm in arms])
    kin = (models[:, None] == models) & ~np.eye(len(arms), dtype=bool)
    said: Places = np.arange(outcomes, dtype=np.intp)[:, None]
    own = np.where(owns < 0, outcomes, owns)[:, None, None]  # (s, 1, 1, n)
    # What the other has just said it may repeat too; the first such group counts.
    at = np.where(kin[:, None], np.minimum(own, said), own)  # (s, n, outcomes, n)
    return table[np.arange(ways)[:, None, None, None], said, at].swapaxes(-1, -2)


def _fallen(sizes: Sequence[int]) -> list[list[float]]:
    """How an answer falls out after each outcome of another: (outcomes, outcomes + 1)."""
    rows: list[list[float]] = []
    for joined in range(len(sizes)):
        *old, new = joining([size + (at == joined) for at, size in enumerate(sizes)])
        rows.append([*old, 0.0, new])
    return [*rows, joining([*sizes, 1])]


def _by_own(chances: Sequence[float]) -> list[list[float]]:
    """``chances`` of one who may repeat what it said before, by the group that said so; the last:
    of one who said nothing."""
    return [*(leaning(chances, own) for own in range(len(chances) - 1)), [*chances]]


def _owns(standings: Sequence[Standing], arms: Sequence[str]) -> Places:
    """The first group with an answer of each arm's model (s, n); -1 where there is none."""
    found = [[standing.own(arm) for arm in arms] for standing in standings]
    return np.array([[-1 if at is None else at for at in row] for row in found], np.intp)


def _sizes(standings: Sequence[Standing]) -> list[list[int]]:
    return [[len(group) for group in standing.groups] for standing in standings]
