"""Intervals by the percentile bootstrap (Efron, 1979), over prompts.

Which prompts are drawn depends on their number, ``resamples`` and ``seed`` alone. So whatever is
drawn with the same three is paired: a difference of two figures is taken on the same prompts.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from secondhalf.evals.track import Floats

RESAMPLES = 1000
LEVEL = 0.95

_BLOCK = 2_000_000
"""Draws held at once."""


class Interval(NamedTuple):
    """A figure, as ``mean``, and the interval around it; all nan where there is no figure."""

    low: float
    mean: float
    high: float


NO_INTERVAL = Interval(np.nan, np.nan, np.nan)

Statistic = Callable[[Floats], Floats]
"""From how often each prompt counts, (resamples, prompts), to a figure of each resample."""


@lru_cache(maxsize=2)
def resample_counts(prompts: int, resamples: int = RESAMPLES, seed: int = 0) -> Floats:
    """How often each prompt is drawn: (resamples, prompts), read-only; rows sum to ``prompts``."""
    rng = np.random.default_rng(seed)
    counts = np.empty((resamples, prompts))
    rows = max(1, _BLOCK // max(prompts, 1))
    for first in range(0, resamples, rows):
        block = counts[first : first + rows]
        drawn = rng.integers(prompts, size=block.shape) if prompts else np.empty((0, 0), int)
        drawn = drawn + prompts * np.arange(len(drawn))[:, None]
        block[:] = np.bincount(drawn.ravel(), minlength=block.size).reshape(block.shape)
    counts.flags.writeable = False
    return counts


def percentile_interval(samples: Floats, value: float, level: float = LEVEL) -> Interval:
    """``value`` within the percentiles of its resamples, shape (resamples,).

    Resamples in which the figure does not exist (nan) are left out.
    """
    known = samples[~np.isnan(samples)]
    if np.isnan(value) or not len(known):
        return Interval(np.nan, value, np.nan)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), value, float(high))


def statistic_interval(
    statistic: Statistic,
    prompts: int,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Interval:
    """The interval of any figure that can be made from how often each prompt counts."""
    if not prompts:
        return NO_INTERVAL
    value = float(statistic(np.ones((1, prompts)))[0])
    samples = statistic(resample_counts(prompts, resamples, seed))
    return percentile_interval(samples, value, level)


def mean_interval(
    values: Floats, *, resamples: int = RESAMPLES, seed: int = 0, level: float = LEVEL
) -> Interval:
    """The interval of a mean over prompts.

    ``values`` has the shape (prompts,) or (runs, prompts); runs are averaged first, since they
    saw the same prompts. A nan among them makes all nan.
    """
    per_prompt = over_runs(values)
    prompts = len(per_prompt)
    return statistic_interval(
        lambda counts: counts @ per_prompt / prompts,
        prompts,
        resamples=resamples,
        seed=seed,
        level=level,
    )


def difference_interval(
    values: Floats,
    others: Floats,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Interval:
    """The interval of mean(values) − mean(others) over the same prompts; shapes as for a mean."""
    difference = over_runs(values) - over_runs(others)
    return mean_interval(difference, resamples=resamples, seed=seed, level=level)


def over_runs(values: Floats) -> Floats:
    """Averaged over runs: (runs, prompts) becomes (prompts,), and (prompts,) stays."""
    return values.mean(axis=0) if values.ndim == 2 else values
