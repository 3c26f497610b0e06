"""Whether a difference is more than noise: bootstrap p-values and Holm's correction."""

import math
from collections.abc import Sequence

from secondhalf.evals.metrics.bootstrap import resample_counts
from secondhalf.evals.track import Floats

_COUNTED = 10
"""Resamples beyond 0 that are enough to count."""


def p_value(differences: Floats, seed: int = 0) -> float:
    """Two-sided p of a mean of 0, from the resamples of ``metrics.bootstrap``.

    Twice the share of resampled means on the other side of 0; so the 95 % percentile interval
    leaves out 0 where p < .05. Where too few lie there to be counted, as many comparisons need,
    the tail of a normal distribution of the same spread is taken.

    Args:
        differences: by prompt, shape (prompts,).
        seed: of the resamples.
    """
    samples: Floats = resample_counts(len(differences), seed=seed) @ differences
    samples = samples / len(differences)
    mean, spread = float(differences.mean()), float(samples.std())
    beyond = int(min((samples <= 0).sum(), (samples >= 0).sum()))
    counted = min(1.0, 2 * (beyond + 1) / (len(samples) + 1))
    if beyond >= _COUNTED:
        return counted
    if spread == 0:
        return 1.0 if mean == 0 else 0.0
    return min(counted, math.erfc(abs(mean) / spread / math.sqrt(2)))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for their number (Holm, 1979): those below .05 hold together."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected = [1.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected
