"""What one more answer, or two, are worth if the prompt is open-ended.

Then what answers say tells nothing: a group of those that say the same is worth its best member,
and how answers fall out is by accident. All is joint with the probability of such a prompt, so that
it can be added to what groups are worth if the prompt is closed-ended.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from secondhalf.policy.standing import Opinion, Standing, joining, leaning, model_of

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


class IfOpen(NamedTuple):
    """Of n who may be asked. An outcome is the group that the next answer joins, the last a new
    one: there are as many groups after it as there are outcomes."""

    chance: Floats
    """(n,): of an open-ended prompt, and that the next answer is worded so."""
    joins: Floats
    """(n, outcomes): how the next answer falls out."""
    groups: Floats
    """(n, outcomes, outcomes): what each group is worth then."""
    solo: Floats
    """(n, n): what each answer is worth by itself after the next."""
    joins_after: Floats
    """(n, outcomes, n, outcomes + 1): how one more after the next falls out."""


def if_open(
    standing: Standing, arms: Sequence[str], right: Floats, wordings: tuple[Floats, Floats]
) -> IfOpen:
    """What answers of ``arms`` are worth after those in ``standing``; ``right`` (n, 3): how often
    each is right. ``wordings`` (n,): how often the next is worded so if it is right, or wrong."""
    if_right, if_wrong = (factor[:, None] for factor in wordings)
    heard = np.array(standing.open) * (if_right * right + if_wrong * (1.0 - right))  # (n, 3)
    own = (np.array(standing.open) * if_right * right).sum(axis=1)
    asked = [Opinion(arm, None, (0.5, 0.5, 0.5)) for arm in arms]
    joins = np.array([standing.joins_if_open(one) for one in asked])
    groups = _groups(standing, heard, own) * joins[..., None]
    return IfOpen(heard.sum(axis=1), joins, groups, heard @ right.T, _joins_after(standing, arms))


def _groups(standing: Standing, heard: Floats, own: Floats) -> Floats:
    """What each group's best is worth, where the next answer joins it or begins it, that one's."""
    best = [np.array([o.right for o in group]) @ heard.T for group in standing.groups]
    now = np.array([*(each.max(axis=0) for each in best), np.zeros(len(own))]).T  # (n, outcomes)
    after = np.repeat(now[:, None], now.shape[1], axis=1)
    place: Places = np.arange(now.shape[1], dtype=np.intp)
    after[:, place, place] = np.maximum(now, own[:, None])
    return after


def _joins_after(standing: Standing, arms: Sequence[str]) -> Floats:
    sizes = [len(group) for group in standing.groups]
    rows: list[list[float]] = []
    for joined in range(len(sizes)):
        *old, new = joining([size + (at == joined) for at, size in enumerate(sizes)])
        rows.append([*old, 0.0, new])
    rows.append(joining([*sizes, 1]))
    found = np.tile(np.array(rows)[:, None], (len(arms), 1, len(arms), 1))
    models, owns = [model_of(arm) for arm in arms], [standing.own(arm) for arm in arms]
    for j, own in enumerate(owns):
        if own is not None:
            found[:, :, j] = [leaning(row, own) for row in rows]
        for i in (i for i, model in enumerate(models) if model == models[j] and i != j):
            # What the other has just said it may repeat too; the first such group counts.
            first = [joined if own is None else min(own, joined) for joined in range(len(rows))]
            found[i, :, j] = [leaning(row, at) for row, at in zip(rows, first, strict=True)]
    return found
