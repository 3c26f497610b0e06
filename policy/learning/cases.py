"""Past routes as evidence: what was opened, how good it was, and who says so."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from secondhalf.policy.learning.lottery import drawn

CHECKS = "(checks)"
"""Who an executable check speaks for: nobody in particular, so it counts as everybody."""
_ONE_SIDED = 1.645
"""95 % of a normal distribution lie below this many standard deviations above its mean."""
_HELD_OUT = 1.0 / 3.0
"""The share of routes that no reflector is shown: the gate may use them at once."""


class Opened(NamedTuple):
    """One path of a past route."""

    path: str
    status: str
    quality: float
    cost_usd: float
    seconds: float
    arms: tuple[str, ...] = ()
    score: float | None = None
    """How good its answer was, in [0, 1]; None where nobody knows."""
    voices: tuple[tuple[str, float], ...] = ()
    """Who says so, each with their score."""
    checked: bool | None = None
    """What an executable check said of it; None if there was none."""
    trial: bool = False


class Case(NamedTuple):
    """One past route."""

    route_id: str
    at: float
    """Unix time in seconds."""
    strategy: str
    bucket: str
    opened: tuple[Opened, ...]
    given: str = ""
    """The path whose answer was given; empty if none was."""
    status: str = "fail"
    cost_usd: float = 0.0
    seconds: float = 0.0
    capped: str = ""
    used: tuple[str, ...] = ()
    """The reflections that it leant on."""

    def path(self, name: str) -> Opened | None:
        """The path of this name, if it was opened."""
        return next((one for one in self.opened if one.path == name), None)

    @property
    def answer(self) -> Opened | None:
        """The path whose answer was given."""
        return self.path(self.given)


class Share(NamedTuple):
    """How often something held, with each principal's say capped."""

    number: float
    """Outcomes, in weight."""
    mean: float
    low: float
    """One-sided 95 % bounds (Wilson)."""
    high: float
    principals: int
    """Different ones that spoke; enough where checks did."""


def held_out(route_id: str) -> bool:
    """Whether a route is kept for the gate: no reflector sees it."""
    return drawn(f"held out {route_id}") < _HELD_OUT


def share_of(said: Iterable[tuple[str, float]], words: int, principals: int) -> Share:
    """How often something held, by what each principal ``said`` of it (in [0, 1]).

    A principal has at most ``words`` of the weight, and at most one part in ``principals`` of all
    that people said; executable checks count in full.
    """
    by: dict[str, list[float]] = {}
    for who, value in said:
        by.setdefault(who, []).append(value)
    checked = by.pop(CHECKS, [])
    most = _most_each([min(len(values), words) for values in by.values()], principals)
    number, total = float(len(checked)), sum(checked)
    for values in by.values():
        weight = min(float(len(values)), float(words), most)
        number += weight
        total += weight * sum(values) / len(values)
    low, high = wilson(total, number)
    spoke = len(by) + (principals if checked else 0)
    return Share(number, total / number if number else 0.0, low, high, spoke)


def wilson(total: float, number: float) -> tuple[float, float]:
    """One-sided 95 % bounds of a share, of which ``total`` out of ``number`` were seen."""
    if not number > 0.0:
        return 0.0, 1.0
    z2 = _ONE_SIDED**2
    share = total / number
    middle = (share + z2 / (2 * number)) / (1 + z2 / number)
    spread = math.sqrt(share * (1 - share) / number + z2 / (4 * number**2))
    width = _ONE_SIDED * spread / (1 + z2 / number)
    return max(0.0, middle - width), min(1.0, middle + width)


def _most_each(weights: Sequence[float], principals: int) -> float:
    """The weight at which nobody has more than one part in ``principals`` of the whole.

    Zero where fewer have spoken.
    """
    if principals <= 1:
        return math.inf
    if len(weights) < principals:
        return 0.0
    ordered = sorted(weights)
    # With the largest cut down to c: c * principals <= (those below c) + c * (those cut).
    for cut in range(1, principals):
        rest = sum(ordered[: len(ordered) - cut])
        most = rest / (principals - cut)
        if most >= ordered[len(ordered) - cut - 1]:
            return most
    return ordered[len(ordered) - principals]
