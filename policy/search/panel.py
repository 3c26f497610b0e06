"""Whom to ask next where answers can only be compared with each other, and when to stop.

The dynamic programme of ``lookahead`` takes an answer's quality as seen once it is opened, and
kept. Where nobody checks, that is not so: what an answer is worth depends on what the others say,
and a disagreement takes from both. Here the belief is the one of ``standing``: over the hidden
difficulty, and over which group of answers that say the same is right. Each further answer either
joins a group or begins one; the value of asking i next, and then going on as well as can be, is

    v(i) = Σ_o Pr(o) · max(best(o), max_j Σ_p Pr(p | o) · best(o, p) − cost_j) − cost_i

two answers deep, three where there is none yet, and made anew after every one. It is computed on
joint weights that are not normalised, which makes expectations plain sums.

An outcome is also whether the answer will be worded like a right one or like a wrong one, as far
as that was learned: a cheap answer that gives itself away is worth its price. Of the last answer
that is looked ahead to, only what it says counts.

To an open-ended prompt what an answer says tells nothing: then each group is worth its best
member, however the answers fall out. That is added, by its probability, to what a group is worth.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from secondhalf.policy.search.open_ended import IfOpen, if_open
from secondhalf.policy.standing import Opinion, Standing, related, worded
from secondhalf.state.estimate import Triple

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]
_NEVER = 1e-9
"""No wording is taken to be rarer where it is foreseen: what was never seen may yet come."""
MOST = 20
"""So many candidates are looked ahead over; of more, those that may pay."""


class Panelist(NamedTuple):
    """Somebody who may be asked next."""

    arm: str
    family: str
    right: Triple
    """How probable it is, at each difficulty, that the answer will be right."""
    money: float
    """The expected price of its money, in quality."""
    waiting: float
    """The same of its time."""
    reserve: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """Dollars, seconds, tokens and calls: their 90th percentile."""
    tells: tuple[float, float] = (1.0, 1.0)
    """How often the answer is worded like a right one where it is right, and where it is wrong."""

    @property
    def price(self) -> float:
        """The expected price of asking by itself."""
        return self.money + self.waiting


class Worth(NamedTuple):
    """What asking is worth in the end, prices paid."""

    one: Floats
    """(n,): asking each next, by itself."""
    two: Floats
    """(n, n): asking two side by side, and then stopping; minus infinity where that cannot be."""


def worth_of_asking(
    standing: Standing,
    panel: Sequence[Panelist],
    best: float,
    room: Sequence[float],
    comparable: float,
) -> Worth:
    """What asking each of ``panel`` is worth.

    ``best`` is the quality in hand, ``room`` what may still be used (dollars, seconds, tokens,
    calls) and ``comparable`` how probable it is that answers can be compared at all.
    """
    kept = _shortlist(standing, panel)
    chosen = [panel[place] for place in kept]
    one, two = _look(standing, chosen, np.array(room, float))
    if not standing.groups:
        one = _look_further(standing, chosen, np.array(room, float))
    alone, both = _alone(standing, chosen, best)
    one = comparable * one + (1.0 - comparable) * alone
    fits = np.isfinite(two)
    two = comparable * np.where(fits, two, 0.0) + (1.0 - comparable) * both
    two = np.where(fits, two, -np.inf)
    whole = Worth(np.full(len(panel), -np.inf), np.full((len(panel), len(panel)), -np.inf))
    whole.one[kept] = one
    whole.two[np.ix_(kept, kept)] = two
    return whole


def _shortlist(standing: Standing, panel: Sequence[Panelist]) -> list[int]:
    """Positions of at most ``MOST``: whom nobody beats in both chance and price, then the best."""
    if len(panel) <= MOST:
        return list(range(len(panel)))
    weights = standing.difficulty()
    chance = [sum(w * r for w, r in zip(weights, p.right, strict=True)) for p in panel]
    by_price = sorted(range(len(panel)), key=lambda k: (panel[k].price, -chance[k]))
    kept: list[int] = []
    top = -1.0
    for place in by_price:
        if chance[place] > top:
            kept.append(place)
            top = chance[place]
    rest = sorted(set(by_price) - set(kept), key=lambda k: panel[k].price - chance[k])
    return sorted((kept[-MOST:] + rest)[:MOST])


def _alone(standing: Standing, panel: Sequence[Panelist], best: float) -> tuple[Floats, Floats]:
    """What one more answer, or two, are worth that cannot be compared with any."""
    weights = np.array(standing.difficulty())
    right = np.array([p.right for p in panel])
    found = np.maximum(best, right @ weights)
    one = np.zeros(len(panel))
    for if_right, if_wrong in _wordings(panel):
        heard = right * if_right[:, None], (1.0 - right) * if_wrong[:, None]
        one += np.maximum(best * ((heard[0] + heard[1]) @ weights), heard[0] @ weights)
    one -= np.array([p.price for p in panel])
    return one, np.maximum(found[:, None], found[None, :]) - _price_of_two(panel)


def _look_further(standing: Standing, panel: Sequence[Panelist], room: Floats) -> Floats:
    """Three answers deep, where there is none yet: two that differ may call for a third."""
    found: list[float] = []
    for place, member in enumerate(panel):
        rest, left = [*panel[:place], *panel[place + 1 :]], room - np.array(member.reserve)
        value = 0.0
        for chance, after in _foreseen(standing, member):
            going_on = float(_look(after, rest, left)[0].max()) if rest else 0.0
            value += chance * max(after.best(), going_on)
        found.append(value - member.price)
    return np.array(found)


def _foreseen(standing: Standing, member: Panelist) -> list[tuple[float, Standing]]:
    """How it may stand after the first answer, and how probable that is."""
    opinion = Opinion(member.arm, "", member.right, member.family)
    ways: list[tuple[float, Standing]] = []
    for if_right, if_wrong in np.array(_wordings([member]))[:, :, 0].tolist():
        (after,) = standing.foreseen(worded(opinion, math.log(if_right / if_wrong)))
        ways.append((if_wrong * after.normalise(), after))
    return ways


def _wordings(panel: Sequence[Panelist]) -> list[tuple[Floats, Floats]]:
    """How often each is worded like a right answer, then how often like a wrong one: (n,) where it
    is right, and where it is wrong. One way, of no account, where nobody's wording tells."""
    tells = np.array([p.tells for p in panel])
    if (tells[:, 0] == tells[:, 1]).all():
        return [(np.ones(len(panel)), np.ones(len(panel)))]
    tells = np.clip(tells, _NEVER, 1.0 - _NEVER)
    return [(one[:, 0], one[:, 1]) for one in (tells, 1.0 - tells)]


def _look(standing: Standing, panel: Sequence[Panelist], room: Floats) -> tuple[Floats, Floats]:
    right = np.array([p.right for p in panel])  # (n, 3)
    price = np.array([p.price for p in panel])
    weights = np.array(standing.weights).T  # (3, groups + 1)
    repeats = _repeats(standing, panel)  # (n, groups, 3)
    loose = max((standing.quality(opinion) for opinion in standing.loose), default=0.0)
    arms, among, wrong = [p.arm for p in panel], _among(standing, panel), _wrong(standing)
    fits = np.where(_fit(panel, room), 0.0, -np.inf)[:, None]
    one, both = -price, np.zeros((len(panel), len(panel)))
    for wordings in _wordings(panel):
        first = _after(weights, right, repeats, wrong, wordings)  # (n, groups + 1, 3, groups + 2)
        opened = if_open(standing, arms, right, wordings)
        mass = first.sum(axis=(2, 3)) + opened.chance[:, None] * opened.joins  # (n, outcomes)
        stop = np.maximum(_top(first, opened), loose * mass)
        then = _second(first, right, repeats, _wrong_after(standing), among, opened)
        then = np.maximum(then, (loose * mass)[:, :, None])  # (n, outcomes, n)
        itself = np.arange(len(panel))
        then[itself, :, itself] = -np.inf  # nobody is asked twice
        both = both + then.sum(axis=1)
        open_next = then - price * mass[:, :, None] + fits
        one = one + np.maximum(stop, open_next.max(axis=2)).sum(axis=1)
    return one, np.where(_fit(panel, room), both - _price_of_two(panel), -np.inf)


def _after(
    weights: Floats, right: Floats, repeats: Floats, wrong: Floats, wordings: tuple[Floats, Floats]
) -> Floats:
    """Joint weights after each outcome of each next answer: (n, groups + 1, 3, groups + 2).

    An outcome is the group that the answer joins, the last one a new group; ``wrong`` (groups + 1)
    counts the wrong answers if a group, or none, is right. ``wordings`` (n,) says how often the
    answer is worded so if it is right, and if it is wrong.
    """
    n, groups = len(right), weights.shape[1] - 1
    after = np.zeros((n, groups + 1, 3, groups + 2))
    if_right, if_wrong = (factor[:, None, None] for factor in wordings)
    is_wrong = if_wrong * weights * (1.0 - right)[:, :, None]  # (n, 3, groups + 1)
    is_right = if_right * weights * right[:, :, None]
    share = _shares(repeats, wrong)  # (n, groups, 3, groups + 1)
    columns = [*range(groups), groups + 1]
    for joined in range(groups):
        after[:, joined][:, :, columns] = is_wrong * share[:, joined]
        after[:, joined, :, joined] = is_right[:, :, joined]
    fallen = share.sum(axis=1)
    for place in range(groups):
        fallen[:, :, place] -= share[:, place, :, place]
    after[:, groups][:, :, columns] = is_wrong * (1.0 - fallen)
    after[:, groups, :, groups] = is_right[:, :, groups]
    return after


def _shares(repeats: Floats, wrong: Floats) -> Floats:
    """The chance that a wrong answer says what a group says: (…, groups, 3, groups + 1)."""
    divided = np.divide(1.0, wrong, out=np.zeros_like(wrong), where=wrong > 0)
    return repeats[..., None] * divided


def _second(
    first: Floats, right: Floats, repeats: Floats, wrong: Floats, among: Floats, opened: IfOpen
) -> Floats:
    """Expected best, not normalised, after one more answer j: (n, outcomes, n).

    ``wrong`` (outcomes, groups + 2) counts wrong answers after the first; ``among`` (n, n, 3) is
    how often wrong answers of two of the panel are the same.
    """
    n, outcomes = first.shape[:2]
    groups = outcomes  # after the first answer there is one more
    padded = np.concatenate([repeats, np.zeros((n, 1, 3))], axis=1)  # (n, groups, 3)
    joins = np.broadcast_to(padded, (n, outcomes, n, groups, 3)).copy()
    for outcome in range(outcomes):
        joins[:, outcome, :, outcome] += among
    is_wrong = first[:, :, None] * (1.0 - right)[:, :, None]  # (n, outcomes, n, 3, groups + 1)
    is_right = first[:, :, None] * right[:, :, None]
    divided = np.divide(1.0, wrong, out=np.zeros_like(wrong), where=wrong > 0)
    falls = np.matmul(joins, is_wrong) * divided[:, None, None, :]  # (…, joined, groups + 1)
    everybody = is_wrong.sum(axis=3)  # (…, groups + 1)
    own: Places = np.arange(groups, dtype=np.intp)
    new = everybody - falls.sum(axis=3)
    new[..., :groups] += falls[..., own, own]
    appears = is_right[..., groups].sum(axis=3)
    falls[..., own, own] = is_right[..., :groups].sum(axis=3)
    now = opened.groups[:, :, None]  # (n, outcomes, 1, groups)
    solo = opened.joins[:, :, None] * opened.solo[:, None]  # (n, outcomes, n)
    open_ended = np.broadcast_to(now[..., None, :], (n, outcomes, n, groups, groups)).copy()
    open_ended[..., own, own] = np.maximum(now, solo[..., None])
    falls[..., :groups] += open_ended * opened.joins_after[..., :groups, None]
    joined = falls[..., :groups].max(axis=4).sum(axis=3)
    begins = opened.joins_after[..., groups]
    in_hand = (new[..., :groups] + now * begins[..., None]).max(axis=3)
    found = joined + np.maximum(in_hand, appears + solo * begins)
    return np.asarray(found)


def _top(joint: Floats, opened: IfOpen) -> Floats:
    """The weight of the group most probably right: (n, outcomes)."""
    return np.asarray((joint[..., :-1].sum(axis=2) + opened.groups).max(axis=2))


def _repeats(standing: Standing, panel: Sequence[Panelist]) -> Floats:
    """How much of a wrong answer's coincidence falls on each group: (n, groups, 3)."""
    found = np.zeros((len(panel), len(standing.groups), 3))
    for row, one in enumerate(panel):
        asked = Opinion(one.arm, None, one.right, one.family)
        for column, group in enumerate(standing.groups):
            found[row, column] = np.sum([standing.coincidences(asked, o) for o in group], axis=0)
    return found


def _among(standing: Standing, panel: Sequence[Panelist]) -> Floats:
    coincidence = np.array(standing.coincidence)
    relations = [[related(a.arm, a.family, b.arm, b.family) for b in panel] for a in panel]
    return np.asarray(coincidence[np.array(relations)])


def _wrong(standing: Standing) -> Floats:
    """Wrong answers if each group is right, and if none is: (groups + 1,)."""
    return np.array([standing.wrong(place) for place in (*range(len(standing.groups)), -1)], float)


def _wrong_after(standing: Standing) -> Floats:
    """The same after one more answer, by the group that it joined: (outcomes, groups + 2)."""
    sizes = np.array([len(group) for group in standing.groups] + [0], float)
    after = sizes + np.eye(len(sizes))
    everybody = sizes.sum() + 1.0
    return np.concatenate([everybody - after, np.full((len(sizes), 1), everybody)], axis=1)


def _fit(panel: Sequence[Panelist], room: Floats) -> Flags:
    """(n, n): whether both fit what may still be used."""
    reserves = np.array([p.reserve for p in panel])
    both = reserves[:, None] + reserves[None, :]
    return np.asarray((both <= room + 1e-12).all(axis=2))


def _price_of_two(panel: Sequence[Panelist]) -> Floats:
    """(n, n): both are paid, and one waits for the slower."""
    money = np.array([p.money for p in panel])
    waiting = np.array([p.waiting for p in panel])
    return np.asarray(
        money[:, None] + money[None, :] + np.maximum(waiting[:, None], waiting[None, :])
    )
