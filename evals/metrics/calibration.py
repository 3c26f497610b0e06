"""Does what a policy says of its answers hold? Calibration, and what it is good for.

``quality`` is what the policy said of each answer, in [0, 1]; ``score`` is the label, in [0, 1].
Both have the same shape. Answers of which it said nothing (nan) are left out; a figure is nan if
none is left.
"""

from typing import NamedTuple

import numpy as np

from secondhalf.evals.track import Floats

BINS = 10


class Bin(NamedTuple):
    """Answers of about the same quality: its range, its mean, their mean score, their number."""

    low: float
    high: float
    quality: float
    score: float
    number: int


class RiskCoverage(NamedTuple):
    """Mean loss, 1 − score, of the surest answers, by the share of answers that they are."""

    coverage: Floats
    risk: Floats


def reliability(
    quality: Floats, score: Floats, bins: int = BINS, *, equal_mass: bool = False
) -> tuple[Bin, ...]:
    """Answers by quality, in bins of equal width or with about equally many answers.

    Empty bins are left out. Answers of equal quality are never parted, so that bins of equal
    mass can be fewer, and uneven, where a policy says few different things.
    """
    said, got = _known(quality, score)
    if not len(said):
        return ()
    edges = np.quantile(said, np.linspace(0, 1, bins + 1)) if equal_mass else _widths(bins)
    place = np.searchsorted(edges[1:-1], said, side="right")
    found = ((edges[k], edges[k + 1], place == k) for k in range(bins))
    return tuple(
        Bin(float(low), float(high), float(said[of].mean()), float(got[of].mean()), int(of.sum()))
        for low, high, of in found
        if of.any()
    )


def ece(quality: Floats, score: Floats, bins: int = BINS, *, equal_mass: bool = False) -> float:
    """Expected calibration error: the mean gap between quality and score, over the bins.

    Naeini et al. (2015); of equal mass: Nixon et al. (2019).
    """
    found = reliability(quality, score, bins, equal_mass=equal_mass)
    number = sum(one.number for one in found)
    gaps = sum(one.number * abs(one.quality - one.score) for one in found)
    return gaps / number if number else np.nan


def brier(quality: Floats, score: Floats) -> float:
    """The mean squared difference between quality and score (Brier, 1950)."""
    said, got = _known(quality, score)
    return float(((said - got) ** 2).mean()) if len(said) else np.nan


def risk_coverage(quality: Floats, score: Floats) -> RiskCoverage:
    """What is risked by giving only the surest k of n answers, for k from 1 to n.

    El-Yaniv and Wiener (2010). Answers of equal quality are taken in no order: on average over
    all orders. Both arrays have the shape (answers,).
    """
    said, got = _known(quality, score)
    if not len(said):
        return RiskCoverage(np.empty(0), np.empty(0))
    _, group, number = np.unique(-said, return_inverse=True, return_counts=True)
    loss = np.bincount(group, 1 - got) / number
    given = np.arange(1, len(said) + 1)
    return RiskCoverage(given / len(said), np.cumsum(np.repeat(loss, number)) / given)


def aurc(quality: Floats, score: Floats) -> float:
    """The area under the risk–coverage curve: the mean risk over k/n (Geifman et al., 2019)."""
    curve = risk_coverage(quality, score)
    return float(curve.risk.mean()) if len(curve.risk) else np.nan


def _known(quality: Floats, score: Floats) -> tuple[Floats, Floats]:
    said = ~np.isnan(quality)
    return quality[said], score[said]


def _widths(bins: int) -> Floats:
    return np.linspace(0, 1, bins + 1)
