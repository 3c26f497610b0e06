"""What the gate lets through: changes that do harm or nothing, and a real improvement.

The pairs are simulated; what is asked is the real gate (``policy/learning/gate.py``), after each
pair, with no rule when to stop looking.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from secondhalf.policy.estimates.prior import DIFFICULTY, spread_over
from secondhalf.policy.learning.gate import MOST_PAIRS, harmed, judge, spent_alpha

ALPHA = 0.05
PROPOSALS = 10
OLD, NEW = 0.70, 0.80
DIFFERING = 400
"""Pairs whose outcomes differ, within which an improvement has to be adopted."""
SERVED = 400
"""Pairs that a policy in use is judged on afterwards: the bound of the benchmark."""

Rng = np.random.Generator
Draw = Callable[[Rng, int], list[float]]
"""So many pairs: by how much the new policy did better on each."""


class Kind(NamedTuple):
    """A change that ought not to be adopted."""

    name: str
    draw: Draw


def outcomes(old: float, new: float) -> Draw:
    """Right or wrong, on different prompts."""

    def draw(rng: Rng, count: int) -> list[float]:
        x = (rng.random(count) < new).astype(float) - (rng.random(count) < old)
        return [*map(float, x)]

    return draw


def paired(old: float, new: float, share: float) -> Draw:
    """Right or wrong, a ``share`` of them on the same prompt, whose difficulty both share."""
    weights = np.array(DIFFICULTY["medium"])
    skills = np.array([spread_over(mean, DIFFICULTY["medium"]) for mean in (old, new)])

    def draw(rng: Rng, count: int) -> list[float]:
        theta = rng.choice(3, size=(2, count), p=weights)
        same = rng.random(count) < share
        theta[1] = np.where(same, theta[0], theta[1])
        was, now = (rng.random(count) < skills[k][theta[k]] for k in range(2))
        return [*map(float, now.astype(float) - was)]

    return draw


def priced(old: float, new: float, saved: float) -> Draw:
    """Right or wrong, and by ``saved`` cheaper (dearer below zero), in quality."""
    plain = outcomes(old, new)

    def draw(rng: Rng, count: int) -> list[float]:
        return [x + saved for x in plain(rng, count)]

    return draw


def ties(moved: float, harm: float = 0.0) -> Draw:
    """On all but a share of ``moved`` routes the same comes out."""

    def draw(rng: Rng, count: int) -> list[float]:
        chances = [moved * (0.5 - harm), 1.0 - moved, moved * (0.5 + harm)]
        return [*map(float, rng.choice([1.0, 0.0, -1.0], size=count, p=chances))]

    return draw


def rarely_ruinous(rng: Rng, count: int) -> list[float]:
    """Mostly a little better, rarely all lost: nothing on average."""
    lost = rng.random(count) < 1 / 21
    return [*map(float, np.where(lost, -1.0, 0.05))]


KINDS = (
    Kind("equal", outcomes(OLD, OLD)),
    Kind("equal, same prompts", paired(OLD, OLD, 1.0)),
    Kind("equal, 95 % ties", ties(0.05)),
    Kind("equal, rarely ruinous", rarely_ruinous),
    Kind("cheaper by as much as it is worse", priced(OLD, OLD - 0.1, 0.1)),
    Kind("worse by .02", outcomes(OLD, OLD - 0.02)),
    Kind("worse by .05", outcomes(OLD, OLD - 0.05)),
    Kind("worse, 95 % ties", ties(0.05, 0.1)),
)


def adopted_at(pairs: Sequence[float], alpha: float) -> int | None:
    """After how many of ``pairs`` the gate first says yes, if it is asked after each of them.

    A yes stays one: all pairs so far are looked at each time. So the place can be halved in on.
    """
    if judge(pairs, alpha).action != "accept":
        return None
    low, high = 0, len(pairs)
    while high - low > 1:
        middle = (low + high) // 2
        accepted = judge(pairs[:middle], alpha).action == "accept"
        low, high = (low, middle) if accepted else (middle, high)
    return high


def false_promotions(kind: Kind, runs: int) -> float:
    """In which share of ``runs`` a change was adopted that is the only proposal, at all of α."""
    rng = np.random.default_rng(0)
    found = (adopted_at(kind.draw(rng, MOST_PAIRS), ALPHA) for _ in range(runs))
    return sum(place is not None for place in found) / runs


def false_promotions_of_many(kind: Kind, runs: int) -> float:
    """In which share of ``runs`` any of ``PROPOSALS`` changes was, which share α."""
    rng = np.random.default_rng(1)
    alphas = [spent_alpha(ALPHA, number) for number in range(1, PROPOSALS + 1)]
    found = (
        any(adopted_at(kind.draw(rng, MOST_PAIRS), alpha) is not None for alpha in alphas)
        for _ in range(runs)
    )
    return sum(found) / runs


class Adoption(NamedTuple):
    """How an improvement of .70 to .80 gets through the gate, as the first proposal."""

    name: str
    within_differing: float
    """Share of runs that adopt it within ``DIFFERING`` pairs whose outcomes differ."""
    within_any: float
    """Within as many pairs of any outcome: a stricter reading."""
    median_pairs: float
    """Pairs of any outcome until it is adopted; infinite where most never are."""


def adoption(share: float, runs: int) -> Adoption:
    """With a ``share`` of pairs of the same prompt."""
    rng, draw = np.random.default_rng(1), paired(OLD, NEW, share)
    alpha = spent_alpha(ALPHA, 1)
    pairs_needed, differing_needed = [], []
    for _ in range(runs):
        pairs = draw(rng, MOST_PAIRS)
        place = adopted_at(pairs, alpha)
        pairs_needed.append(np.inf if place is None else place)
        differing_needed.append(np.inf if place is None else np.count_nonzero(pairs[:place]))
    return Adoption(
        f"{share:.0%} of pairs of the same prompt",
        float(np.mean(np.array(differing_needed) <= DIFFERING)),
        float(np.mean(np.array(pairs_needed) <= DIFFERING)),
        float(np.median(pairs_needed)),
    )


class Rollback(NamedTuple):
    """Whether a policy in use is taken back, within ``SERVED`` pairs looked at one by one."""

    name: str
    taken_back: float
    median_pairs: float


def rollback(name: str, old: float, new: float, runs: int) -> Rollback:
    """With pairs of different prompts, as users' routes are compared."""
    rng, draw = np.random.default_rng(2), outcomes(old, new)
    places: list[float] = []
    for _ in range(runs):
        pairs = draw(rng, SERVED)
        places.append(_first_harm(pairs))
    found = np.array(places)
    return Rollback(name, float(np.mean(np.isfinite(found))), float(np.median(found)))


def _first_harm(pairs: Sequence[float]) -> float:
    ends = (n for n in range(1, len(pairs) + 1) if harmed(pairs[:n], ALPHA).action == "reject")
    return next(ends, np.inf) if harmed(pairs, ALPHA).action == "reject" else np.inf
