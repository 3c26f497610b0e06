"""Where a value lies on an axis, and which round values are written beside it."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

_DECADES = 1.3
"""A positive axis over more powers of ten than this is logarithmic."""
_LEAST = 1e-8
"""Values closer than this are one."""


class Axis(NamedTuple):
    """An axis from ``low`` to ``high``; ``write`` makes texts of values."""

    label: str
    low: float
    high: float
    write: Callable[[float], str]
    log: bool = False

    def part(self, value: float) -> float:
        """How far along the axis ``value`` lies: 0 at its start, 1 at its end.

        On a logarithmic axis whatever is not positive lies at the start.
        """
        if not self.log:
            return (value - self.low) / (self.high - self.low)
        start, end = math.log(self.low), math.log(self.high)
        return (math.log(max(value, self.low)) - start) / (end - start)

    def clamped(self, value: float) -> float:
        """``value``, or a place just above the start of the axis if it lies before it."""
        return value if value >= self.low else self.low + 0.012 * (self.high - self.low)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values on the axis: at most about ``most``."""
        found = _log_ticks(self.low, self.high, most) if self.log else []
        return found if len(found) > 1 else _linear_ticks(self.low, self.high, most)


def linear(
    label: str,
    values: Iterable[float],
    write: Callable[[float], str],
    *,
    zero: bool = False,
    within: tuple[float, float] = (-math.inf, math.inf),
) -> Axis:
    """A linear axis over ``values`` with some room at both ends, but not beyond ``within``."""
    found = [*values, *([0.0] if zero else [])] or [0.0, 1.0]
    low, high = min(found), max(found)
    room = 0.06 * (high - low)
    if room < _LEAST:
        room = max(0.05 * abs(high), _LEAST) if abs(high) > _LEAST else 0.5
    low = low if zero and low == 0 else max(low - room, within[0])
    high = high if zero and high == 0 else min(high + room, within[1])
    if high <= low:
        low, high = low - 0.5, low + 0.5
    return Axis(label, low, high, write)


def cost_axis(label: str, values: Sequence[float], write: Callable[[float], str]) -> Axis:
    """An axis of costs: logarithmic where they lie far apart, else linear from 0."""
    positive = [value for value in values if value > 0]
    if not positive or math.log10(max(positive) / min(positive)) < _DECADES:
        return linear(label, values, write, zero=True)
    reach = max(positive) / min(positive)
    free = len(positive) < len(values)  # keep some room at the start for what costs nothing
    low = min(positive) / reach ** (0.12 if free else 0.05)
    return Axis(label, low, max(positive) * reach**0.05, write, log=True)


def _linear_ticks(low: float, high: float, most: int) -> list[float]:
    rough = (high - low) / most
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * nice for nice in (1, 2, 2.5, 5, 10) if unit * nice >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(step * place, 12) for place in range(first, last + 1)]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        found = [d * 10.0**p for p in powers for d in digits if low <= d * 10.0**p <= high]
        if len(found) <= most + 1:
            return found
    return found[:: -(-len(found) // most)]
