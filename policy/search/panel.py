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

from secondhalf.policy.search.next_two import Asked, next_two
from secondhalf.policy.standing import Opinion, Standing, worded
from secondhalf.state.estimate import Triple

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_NEVER = 1e-9
"""No wording is taken to be rarer where it is foreseen: what was never seen may yet come."""
_ROUNDING = 1e-12
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
    def opinion(self) -> Opinion:
        """What is known of its answer."""
        return Opinion(self.arm, "", self.right, self.family)

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
    for if_right, if_wrong in zip(*_wordings(panel), strict=True):
        heard = right * if_right[:, None], (1.0 - right) * if_wrong[:, None]
        one += np.maximum(best * ((heard[0] + heard[1]) @ weights), heard[0] @ weights)
    one -= np.array([p.price for p in panel])
    return one, np.maximum(found[:, None], found[None, :]) - _price_of_two(panel)


def _look(standing: Standing, panel: Sequence[Panelist], room: Floats) -> tuple[Floats, Floats]:
    """Two answers deep: what each is worth (n,), and two side by side (n, n)."""
    fits = _fit(panel, room[None])
    one, two = next_two([standing], _asked(panel), _wordings(panel), fits)
    return one[0], two[0]


def _look_further(standing: Standing, panel: Sequence[Panelist], room: Floats) -> Floats:
    """Three answers deep, where there is none yet: two that differ may call for a third."""
    ways = [way for place in range(len(panel)) for way in _foreseen(standing, panel[place], place)]
    first = np.array([way.first for way in ways])
    reserves = np.array([member.reserve for member in panel])
    left = room - reserves[first]
    again = first[:, None] == np.arange(len(panel))  # (s, n): nobody is asked twice
    fits = _fit(panel, left) & ~again[:, None] & ~again[:, :, None]
    going_on, _ = next_two([way.standing for way in ways], _asked(panel), _wordings(panel), fits)
    barred = again | (reserves > left[:, None] + _ROUNDING).any(axis=-1)
    on = np.where(barred, -np.inf, going_on).max(axis=1).tolist()
    value = -np.array([member.price for member in panel])
    for way, one in zip(ways, on, strict=True):
        value[way.first] += way.chance * max(way.standing.best(), one)
    return value


class _Way(NamedTuple):
    """How it may stand after the first answer, and how probable that is."""

    first: int
    """Whose answer it is."""
    chance: float
    standing: Standing


def _foreseen(standing: Standing, member: Panelist, place: int) -> list[_Way]:
    ways: list[_Way] = []
    for if_right, if_wrong in np.stack(_wordings([member]), axis=-1)[:, 0].tolist():
        heard = worded(member.opinion, math.log(if_right / if_wrong))
        (after,) = standing.foreseen(heard)
        ways.append(_Way(place, if_wrong * after.normalise(), after))
    return ways


def _wordings(panel: Sequence[Panelist]) -> tuple[Floats, Floats]:
    """How often each is worded like a right answer, then how often like a wrong one: (2, n) where
    it is right, and where it is wrong. One way, of no account, where nobody's wording tells."""
    tells = np.array([p.tells for p in panel])
    if (tells[:, 0] == tells[:, 1]).all():
        return np.ones((1, len(panel))), np.ones((1, len(panel)))
    tells = np.clip(tells, _NEVER, 1.0 - _NEVER)
    ways = np.stack([tells, 1.0 - tells])
    return ways[..., 0], ways[..., 1]


def _asked(panel: Sequence[Panelist]) -> Asked:
    price = np.array([p.price for p in panel])
    return Asked([p.opinion for p in panel], price, _price_of_two(panel))


def _fit(panel: Sequence[Panelist], rooms: Floats) -> Flags:
    """(s, n, n): whether two fit what may still be used, which is given for s cases (s, 4)."""
    reserves = np.array([p.reserve for p in panel])
    both = reserves[:, None] + reserves[None, :]
    fits = np.asarray((both <= rooms[:, None, None] + _ROUNDING).all(axis=-1))
    fits[:, range(len(panel)), range(len(panel))] = False  # nobody is asked twice
    return fits


def _price_of_two(panel: Sequence[Panelist]) -> Floats:
    """(n, n): both are paid, and one waits for the slower."""
    money = np.array([p.money for p in panel])
    waiting = np.array([p.waiting for p in panel])
    return np.asarray(
        money[:, None] + money[None, :] + np.maximum(waiting[:, None], waiting[None, :])
    )
