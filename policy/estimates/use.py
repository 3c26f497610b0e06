"""What answers cost: of what a request makes one guess, how much is used, on average and at most.

Shares are kept as sums of themselves, of their logarithms and of the squares of these. Costs of
answers spread roughly log-normally: a few are many times as long as the rest, so the 90th
percentile, which is reserved, is read off the logarithms.
"""

import math
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import Field

from secondhalf.state.base import Noun

STRENGTH = 3.0
"""How many answers of an arm count as much as what is usual of all arms."""
_HIGH = 1.2816
"""Standard deviations from the mean to the 90th percentile of a normal distribution."""
_SPREAD = 0.775
"""Standard deviation of the logarithm for which a mean of half the 90th percentile is right."""
_LONGEST = 1024.0
"""Shares beyond this, or below its inverse, count as this."""
_OVER_MEAN = 2.273
"""No log-normal distribution has its 90th percentile farther above its mean, in times of that."""
LEAST = 0.4
"""The least share that is reserved: a guess counts a prompt about twice, and that it costs."""

Sum = Annotated[float, Field(ge=0.0, le=1e12)]


class Use(Noun):
    """Shares of what was guessed that an arm's answers used; old ones are discounted."""

    calls: Sum = 0.0
    """How many answers, discounted as the sums are."""
    shares: Sum = 0.0
    logs: Annotated[float, Field(ge=-1e12, le=1e12)] = 0.0
    squares: Sum = 0.0


class Means(NamedTuple):
    """Means of shares, of their logarithms, and of the squares of these."""

    share: float
    log: float
    square: float

    @property
    def high(self) -> float:
        """The 90th percentile of the share, not below ``LEAST`` nor the mean."""
        spread = math.sqrt(max(0.0, self.square - self.log**2))
        found = math.exp(min(math.log(_LONGEST), self.log + _HIGH * spread))
        return max(LEAST, self.share, min(found, _OVER_MEAN * self.share))


UNTRIED = Means(0.5, -_HIGH * _SPREAD, (_HIGH * _SPREAD) ** 2 + _SPREAD**2)
"""While no answer has been paid for, a guess is the 90th percentile, and twice the mean."""


def with_answer(use: Use, share: float, keep: float) -> Use:
    """``use`` after an answer that used ``share``; ``keep`` is what is left of the old ones."""
    log = math.log(min(_LONGEST, max(1.0 / _LONGEST, share)))
    return Use(
        calls=keep * use.calls + 1.0,
        shares=keep * use.shares + share,
        logs=keep * use.logs + log,
        squares=keep * use.squares + log * log,
    )


def shrunk(use: Use, usual: Means) -> Means:
    """The means of ``use``, drawn to what is ``usual``, the more the fewer answers there are."""
    many = use.calls + STRENGTH
    return Means(
        (use.shares + STRENGTH * usual.share) / many,
        (use.logs + STRENGTH * usual.log) / many,
        (use.squares + STRENGTH * usual.square) / many,
    )


def together(uses: Sequence[Use]) -> Use:
    """All of ``uses`` as one."""
    return Use(
        calls=sum(use.calls for use in uses),
        shares=sum(use.shares for use in uses),
        logs=sum(use.logs for use in uses),
        squares=sum(use.squares for use in uses),
    )
