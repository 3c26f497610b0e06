"""Intervals for shares of few."""

import math
from statistics import NormalDist

import numpy as np

from secondhalf.evals.metrics.bootstrap import NO_INTERVAL, Interval


def wilson(successes: float, number: int, level: float = 0.95) -> Interval:
    """The score interval of a share (Wilson, 1927): sound also for few, and near 0 and 1.

    ``successes`` may be a sum of scores in [0, 1]; all nan where ``number`` is 0.
    """
    if not number:
        return NO_INTERVAL
    z, share = NormalDist().inv_cdf((1 + level) / 2), successes / number
    shrunk = 1 + z * z / number
    middle = (share + z * z / (2 * number)) / shrunk
    half = z / shrunk * math.sqrt(share * (1 - share) / number + z * z / (4 * number**2))
    low, high = np.clip((middle - half, middle + half), 0.0, 1.0).tolist()
    return Interval(min(low, share), share, max(high, share))
