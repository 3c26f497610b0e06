"""Figures for routing between two models, a weak and a strong one.

A router scores by how much each prompt needs the strong model; the neediest share ``a`` goes to
it. PGR(a), the performance gap recovered, is (accuracy(a) − weak) / (strong − weak); APGR is its
mean over all ``a`` (random: .5) and CPT(x) the least share with PGR ≥ x (random: x). Ong et al.,
RouteLLM (2024). Prompts that need it equally are taken in no order: on average over all orders.

A figure is nan where strong equals weak, or where a need is nan.
"""

from typing import NamedTuple

import numpy as np

from secondhalf.evals.metrics.bootstrap import (
    RESAMPLES,
    Interval,
    over_runs,
    percentile_interval,
    resample_counts,
)
from secondhalf.evals.track import Floats, Ints

_EQUAL = 1e-12
_BLOCK = 2_000_000
"""Weights held at once."""


class PgrCurve(NamedTuple):
    """PGR at every share k/n, k from 0 to n; both of the shape (prompts + 1,)."""

    share: Floats
    recovered: Floats


def pgr_curve(need: Floats, weak: Floats, strong: Floats) -> PgrCurve:
    """The gap recovered, by share of prompts sent to the strong model.

    ``need`` is higher where the strong model is needed more; ``weak`` and ``strong`` are the two
    models' scores. All have the shape (prompts,).
    """
    prompts = len(need)
    share = np.linspace(0, 1, prompts + 1)
    gain = strong - weak
    gap = float(gain.sum())
    if abs(gap) <= _EQUAL * max(prompts, 1) or np.isnan(need).any():
        return PgrCurve(share, np.full(prompts + 1, np.nan))
    order, starts = _groups(need)
    sizes = np.diff(np.append(starts, prompts))
    even = np.repeat(np.add.reduceat(gain[order], starts) / sizes, sizes)
    return PgrCurve(share, np.concatenate([[0.0], np.cumsum(even)]) / gap)


def apgr(need: Floats, weak: Floats, strong: Floats) -> float:
    """The area under the PGR curve: the trapezoid rule at every k/n."""
    curve = pgr_curve(need, weak, strong)
    return float(np.trapezoid(curve.recovered, curve.share)) if len(need) else np.nan


def cpt(need: Floats, weak: Floats, strong: Floats, recovered: float) -> float:
    """The least share k/n that recovers so much of the gap, as a fraction; nan if none does."""
    curve = pgr_curve(need, weak, strong)
    enough = np.flatnonzero(curve.recovered >= recovered - _EQUAL)
    return float(curve.share[enough[0]]) if len(enough) else np.nan


def apgr_samples(need: Floats, weak: Floats, strong: Floats, counts: Floats) -> Floats:
    """APGR where each prompt counts so often: (resamples,) from counts (resamples, prompts).

    A prompt drawn twice is a tie with itself, so that the area has a closed form: one minus the
    mean of the tie groups' middle ranks, weighted by what the strong model gains there.
    """
    prompts = counts.shape[1]
    if not prompts or np.isnan(need).any():
        return np.full(len(counts), np.nan)
    order, starts = _groups(need)
    gain = (strong - weak)[order]
    rows = max(1, _BLOCK // prompts)
    blocks = [counts[first : first + rows, order] for first in range(0, len(counts), rows)]
    return np.concatenate([_area(block, gain, starts) for block in blocks])


def _area(counts: Floats, gain: Floats, starts: Ints) -> Floats:
    number = np.add.reduceat(counts, starts, axis=1)
    gained = np.add.reduceat(counts * gain, starts, axis=1)
    prompts = number.sum(axis=1)
    middle = np.cumsum(number, axis=1) - number / 2
    gap = gained.sum(axis=1)
    gap[np.abs(gap) <= _EQUAL * prompts] = np.nan
    area: Floats = 1 - (gained * middle).sum(axis=1) / (gap * prompts)
    return area


def apgr_interval(
    need: Floats, weak: Floats, strong: Floats, *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """APGR, averaged over runs, with its 95 % interval over prompts.

    All have the shape (prompts,) or (runs, prompts).
    """
    counts = resample_counts(need.shape[-1], resamples, seed)
    return percentile_interval(
        _mean_samples(need, weak, strong, counts), _mean_apgr(need, weak, strong)
    )


def apgr_gain(
    need: Floats,
    other: Floats,
    weak: Floats,
    strong: Floats,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """APGR of ``need`` less that of ``other``, on the same prompts; shapes as for APGR."""
    counts = resample_counts(need.shape[-1], resamples, seed)
    samples = _mean_samples(need, weak, strong, counts) - _mean_samples(other, weak, strong, counts)
    value = _mean_apgr(need, weak, strong) - _mean_apgr(other, weak, strong)
    return percentile_interval(samples, value)


def _mean_samples(need: Floats, weak: Floats, strong: Floats, counts: Floats) -> Floats:
    runs = _runs(need, weak, strong)
    samples = np.stack([apgr_samples(*run, counts) for run in runs])
    return over_runs(samples)


def _mean_apgr(need: Floats, weak: Floats, strong: Floats) -> float:
    return float(np.mean([apgr(*run) for run in _runs(need, weak, strong)]))


def _runs(need: Floats, weak: Floats, strong: Floats) -> list[tuple[Floats, Floats, Floats]]:
    """One triple per run; runs in which nothing differs are one."""
    arrays = np.broadcast_arrays(*np.atleast_2d(need, weak, strong))
    alike = all(np.array_equal(array, array[:1].repeat(len(array), 0)) for array in arrays)
    return [(n, w, s) for n, w, s in zip(*(a[:1] if alike else a for a in arrays), strict=True)]


def _groups(need: Floats) -> tuple[Ints, Ints]:
    """The order from the neediest on, and where in it each group of equals begins."""
    order = np.argsort(-need, kind="stable")
    ranked = need[order]
    return order, np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
