"""How good an answer may turn out to be: a distribution over five levels, per difficulty."""

import math
from collections.abc import Sequence
from functools import lru_cache

from secondhalf.policy.priors import log_odds, probability
from secondhalf.state.result import Status

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Quality after verification, in steps: 0 is a fail, the top one a proven answer."""
DIFFICULTY_STEP = 1.0
"""What one level of difficulty takes off the log-odds of being right; read off the priors."""
FALSE_PASS = 0.1
"""How often a wrong answer passes a check; a guess until outcomes replace it."""
UNCHECKED = 1.0
"""The same where nobody checks: every answer passes, and stays as doubtful as it was."""

Belief = tuple[float, float, float]
"""How probable it is that the prompt is of low, of medium and of high difficulty."""
Row = tuple[float, ...]
"""A probability for each of ``LEVELS``."""
Outcomes = tuple[Row, Row, Row]
"""``outcomes[theta][k]``: the probability of level ``k`` where the difficulty is ``theta``."""

FAILS: Row = (1.0, 0.0, 0.0, 0.0, 0.0)
_TOP = len(LEVELS) - 1


def is_success(k: int, good_enough: float) -> bool:
    """Whether an answer of level ``k`` ends the search."""
    return LEVELS[k] > good_enough or k == _TOP


def level_of(quality: float, status: Status, good_enough: float) -> int:
    """The level of an outcome: 0 for a fail, else the nearest of those that ``status`` allows."""
    if status == "fail":
        return 0
    success = status == "success"
    allowed = [k for k in range(1, len(LEVELS)) if is_success(k, good_enough) == success]
    return min(allowed or [1], key=lambda k: abs(LEVELS[k] - quality))


def distribution(row: Sequence[float]) -> Row:
    """``row`` as probabilities: what is negative or not finite counts as 0, the rest sums to 1.

    Where nothing is left the outcome is a fail. A row of another length than ``LEVELS`` is cut,
    or filled with zeros.
    """
    if len(row) == len(LEVELS) and min(row) >= 0.0 and abs(sum(row) - 1.0) < 1e-9:
        return tuple(row)
    weights = [p if math.isfinite(p) and p > 0.0 else 0.0 for p in row[: len(LEVELS)]]
    weights += [0.0] * (len(LEVELS) - len(weights))
    total = sum(weights)
    return tuple(p / total for p in weights) if 0.0 < total < math.inf else FAILS


@lru_cache(maxsize=1024)
def spread(quality: float, prior: Belief, false_pass: float) -> Outcomes:
    """Outcomes with the mean ``quality`` under ``prior``, for a path nothing else is known of.

    Right answers pass, wrong ones with the probability ``false_pass``. What passes is as good as
    Bayes' rule says, between the two nearest levels; what does not is a fail. The difficulty says
    how often an answer passes. A quality outside [0, 1] is moved into it; no number counts as 0.
    """
    quality = min(1.0, max(0.0, quality)) if not math.isnan(quality) else 0.0
    passes = quality + (1.0 - quality) * false_pass
    passed = _between(quality / passes if passes > 0.0 else 0.0)

    def row(right: float) -> Row:
        share = right + (1.0 - right) * false_pass
        return (1.0 - share + share * passed[0], *(share * p for p in passed[1:]))

    low, medium, high = by_difficulty(quality, prior)
    return row(low), row(medium), row(high)


def lifting(best: float, gain: float, chance: float) -> Row:
    """Outcomes that raise the ``best`` in hand by ``gain`` on average, and leave it otherwise.

    The level reached is the lowest above ``best`` at which that happens with at most ``chance``;
    the top one if there is none.
    """
    row = [1.0] + [0.0] * _TOP
    for k, level in enumerate(LEVELS):
        if gain > 0.0 and level > best and (gain <= chance * (level - best) or k == _TOP):
            row[k] = min(1.0, gain / (level - best))
            row[0] = 1.0 - row[k]
            break
    return tuple(row)


def by_difficulty(quality: float, prior: Belief) -> Belief:
    """The chance of being right at each difficulty, ``quality`` on average over ``prior``."""
    if not 0.0 < quality < 1.0:
        return quality, quality, quality
    logit = log_odds(quality)
    low, high = probability(logit + DIFFICULTY_STEP), probability(logit - DIFFICULTY_STEP)
    middle = probability(logit)
    mean = prior[0] * low + prior[1] * middle + prior[2] * high
    if mean > quality:
        scale = quality / mean
        return low * scale, middle * scale, high * scale
    scale = (1.0 - quality) / (1.0 - mean)
    return 1.0 - (1.0 - low) * scale, 1.0 - (1.0 - middle) * scale, 1.0 - (1.0 - high) * scale


def _between(quality: float) -> list[float]:
    """The two levels around ``quality``, in the proportion that has it as its mean."""
    place = quality * _TOP
    below = min(int(place), _TOP - 1)
    row = [0.0] * len(LEVELS)
    row[below], row[below + 1] = 1.0 - (place - below), place - below
    return row


def mixed(outcomes: Outcomes, belief: Belief) -> Row:
    """The distribution over ``LEVELS`` when the difficulty is not known: the mean over it."""
    (a, b, c), (low, medium, high) = belief, outcomes
    return tuple([a * x + b * y + c * z for x, y, z in zip(low, medium, high, strict=True)])
