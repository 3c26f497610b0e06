"""What the next two answers are worth: the arrays of ``panel``, where it is said what they are for.

Several ways in which it may stand are looked at in one pass, as one call of NumPy takes about as
long for all of them as for one. Axes, in this order: s ways in which it stands, all with as many
groups; w ways in which the next answer may be worded; n who may be asked; the outcome of asking
one, which is the group that its answer joins, or the last: a new one; n who may be asked then; 3
difficulties; and the group that is right, the last: none. Weights are joint with all that happened,
and not normalised.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from secondhalf.policy.search.open_ended import IfOpen, if_open
from secondhalf.policy.standing import Opinion, Standing, related

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]


class Asked(NamedTuple):
    """Who may be asked."""

    opinions: Sequence[Opinion]
    """Their answers, which are not known yet: arm, family, and how often it is right."""
    price: Floats
    """(n,): of asking each by itself."""
    of_two: Floats
    """(n, n): of asking two side by side."""


def next_two(
    standings: Sequence[Standing],
    asked: Asked,
    wordings: tuple[Floats, Floats],
    fits: Flags,
) -> tuple[Floats, Floats]:
    """What asking each next is worth (s, n), and what two side by side (s, n, n).

    ``wordings`` (w, n) says how often an answer is worded in each way if it is right, and if it is
    wrong; ``fits`` (s, n, n) who may be asked after, or beside, whom. Minus infinity is the worth
    of two that may not.
    """
    right = np.array([opinion.right for opinion in asked.opinions])  # (n, 3)
    repeats = _repeats(standings, asked.opinions)
    loose = np.array([_loose(standing) for standing in standings])[:, None, None, None]
    first = _after(standings, right, repeats, wordings)
    opened = if_open(standings, [opinion.arm for opinion in asked.opinions], right, wordings)
    mass = first.sum(axis=(-2, -1)) + opened.chance[..., None] * opened.joins[:, None]
    stop = np.maximum(_top(first, opened), loose * mass)  # (s, w, n, outcomes)
    then = _second(first, right, repeats, _wrong_after(standings), _among(standings, asked), opened)
    then = np.maximum(then, (loose * mass)[..., None])  # (s, w, n, outcomes, n)
    barred = np.where(fits, 0.0, -np.inf)
    go_on = then - asked.price * mass[..., None] + barred[:, None, :, None, :]
    one = np.maximum(stop, go_on.max(axis=-1)).sum(axis=(1, 3)) - asked.price
    return one, np.where(fits, then.sum(axis=(1, 3)) - asked.of_two, -np.inf)


def _after(
    standings: Sequence[Standing],
    right: Floats,
    repeats: Floats,
    wordings: tuple[Floats, Floats],
) -> Floats:
    """Joint weights after each outcome of the next: (s, w, n, groups + 1, 3, groups + 2)."""
    weights = np.array([standing.weights for standing in standings]).swapaxes(1, 2)[:, None, None]
    if_right, if_wrong = (factor[:, :, None, None] for factor in wordings)
    is_wrong = if_wrong * weights * (1.0 - right)[:, :, None]  # (s, w, n, 3, groups + 1)
    is_right = if_right * weights * right[:, :, None]
    share = _shares(repeats, _wrong(standings))  # (s, n, groups, 3, groups + 1)
    groups = share.shape[2]
    after = np.zeros((*is_wrong.shape[:3], groups + 1, 3, groups + 2))
    columns = [*range(groups), groups + 1]
    for joined in range(groups):
        after[..., joined, :, :][..., columns] = is_wrong * share[:, None, :, joined]
        after[..., joined, :, joined] = is_right[..., joined]
    fallen = share.sum(axis=2)
    for place in range(groups):
        fallen[..., place] -= share[:, :, place, :, place]
    after[..., groups, :, :][..., columns] = is_wrong * (1.0 - fallen)[:, None]
    after[..., groups, :, groups] = is_right[..., groups]
    return after


def _shares(repeats: Floats, wrong: Floats) -> Floats:
    """The chance that a wrong answer says what a group says: (s, n, groups, 3, groups + 1)."""
    return repeats[..., None] * _inverse(wrong)[:, None, None, None]


def _second(
    first: Floats, right: Floats, repeats: Floats, wrong: Floats, among: Floats, opened: IfOpen
) -> Floats:
    """Expected best, not normalised, after one more answer: (s, w, n, outcomes, n).

    ``wrong`` (s, outcomes, groups + 2) counts wrong answers after the first; ``among``
    (s, n, n, 3) is how often wrong answers of two who may be asked are the same. Inside, who is
    asked comes last, as sums over short last axes are slow.
    """
    before = first.swapaxes(-1, -2)  # (s, w, n, outcomes, groups + 1, 3)
    groups = before.shape[3]  # after the first answer there is one more than before
    is_right, is_wrong = before @ right.T, before @ (1.0 - right.T)  # (…, groups + 1, n)
    joins = _joins(repeats, among, 1.0 - right)[:, None]
    falls = (before @ joins).reshape(*is_right.shape[:-1], groups, -1)  # (…, groups + 1, groups, n)
    falls *= _inverse(wrong)[:, None, None, :, :, None, None]
    own: Places = np.arange(groups, dtype=np.intp)
    new = is_wrong - falls.sum(axis=-2)
    new[..., :groups, :] += falls[..., own, own, :]
    falls[..., own, own, :] = is_right[..., :groups, :]
    now = opened.groups[..., None]  # (s, w, n, outcomes, groups, 1)
    solo = opened.joins[:, None, :, :, None] * opened.solo[..., None, :]
    after = opened.joins_after[:, None]
    joined = _joined(falls[..., :groups, :, :], now, solo, after[..., :groups, :])
    begins = after[..., groups, :]
    in_hand = (new[..., :groups, :] + now * begins[..., None, :]).max(axis=-2)
    return np.asarray(joined + np.maximum(in_hand, is_right[..., groups, :] + solo * begins))


def _joined(falls: Floats, now: Floats, solo: Floats, joins: Floats) -> Floats:
    """Expected best where the second answer joins a group: (s, w, n, outcomes, n).

    ``falls`` (…, right, joined, n) is what is so if a group is joined and one is right; of an
    open-ended prompt ``now`` is what each group is worth, ``solo`` what the second answer is.
    """
    open_ended = np.broadcast_to(now[..., None], falls.shape).copy()
    own: Places = np.arange(falls.shape[-2], dtype=np.intp)
    open_ended[..., own, own, :] = np.maximum(now, solo[..., None, :])
    open_ended *= joins[..., None, :, :]
    open_ended += falls
    return np.asarray(open_ended.max(axis=-3).sum(axis=-2))


def _joins(repeats: Floats, among: Floats, wrong: Floats) -> Floats:
    """How much of a second wrong answer's coincidence falls on each group, after each outcome of
    the first, and that it is ``wrong`` (n, 3): (s, n, outcomes, 3, groups · n)."""
    s, n, before, _ = repeats.shape
    joins = np.zeros((s, n, before + 1, 3, before + 1, n))
    joins[..., :before, :] = repeats.transpose(0, 3, 2, 1)[:, None, None]
    for outcome in range(before + 1):
        joins[:, :, outcome, :, outcome] += among.swapaxes(-1, -2)
    return (joins * wrong.T[:, None]).reshape(s, n, before + 1, 3, -1)


def _top(joint: Floats, opened: IfOpen) -> Floats:
    """The weight of the group most probably right: (s, w, n, outcomes)."""
    return np.asarray((joint[..., :-1].sum(axis=-2) + opened.groups).max(axis=-1))


def _loose(standing: Standing) -> float:
    return max((standing.quality(opinion) for opinion in standing.loose), default=0.0)


def _repeats(standings: Sequence[Standing], asked: Sequence[Opinion]) -> Floats:
    """How much of a wrong answer's coincidence falls on each group: (s, n, groups, 3)."""
    found = [[[s.repeats(o, group) for group in s.groups] for o in asked] for s in standings]
    return np.array(found).reshape(len(standings), len(asked), -1, 3)


def _among(standings: Sequence[Standing], asked: Asked) -> Floats:
    """How often wrong answers of two who may be asked are the same: (s, n, n, 3)."""
    who = [(opinion.arm, opinion.family) for opinion in asked.opinions]
    relations = np.array([[related(*one, *other) for other in who] for one in who])
    return np.array([np.array(standing.coincidence)[relations] for standing in standings])


def _wrong(standings: Sequence[Standing]) -> Floats:
    """Wrong answers if each group is right, and if none is: (s, groups + 1)."""
    found = [[s.wrong(place) for place in (*range(len(s.groups)), -1)] for s in standings]
    return np.array(found, float)


def _wrong_after(standings: Sequence[Standing]) -> Floats:
    """The same after one more answer, by the group that it joined: (s, outcomes, groups + 2)."""
    sizes = np.array([[*map(len, standing.groups), 0] for standing in standings], float)
    everybody = np.repeat(sizes.sum(axis=1)[:, None, None] + 1.0, sizes.shape[1], axis=1)
    after = sizes[:, None] + np.eye(sizes.shape[1])
    return np.concatenate([everybody - after, everybody], axis=2)


def _inverse(counts: Floats) -> Floats:
    """1 / count; 0 where there is none."""
    return np.divide(1.0, counts, out=np.zeros_like(counts), where=counts > 0)
