"""How soon the router leaves a path that has got worse, and how often it cries wolf.

Two paths that cost the same. One is right .8 of the time and falls to .5, the other stays at .7;
both are known from outcomes when it begins. Outcomes are simulated; expectations, drift watches and
the planner are the router's own (``learning_router``).
"""

from typing import NamedTuple

import numpy as np
from learning_router import Router

from secondhalf.policy.estimates.prior import DIFFICULTY, spread_over
from secondhalf.policy.learning.drift import Watch, watched

DROPPED, STEADY = "dropped", "steady"
HIGH, LOW, REST = 0.8, 0.5, 0.7
PRIORS = {DROPPED: 0.75, STEADY: 0.75}
BEFORE = (100, 200, 400)
SLOW = 100
"""Outcomes over which a slow drop is spread."""
MOST = 600
"""Outcomes after which it is given up that the router moves away."""
WATCHED = 500
"""Outcomes for which false alarms are counted."""

Rng = np.random.Generator


class Moved(NamedTuple):
    """Outcomes of the dropped path until the other one is opened first."""

    before: int
    """Outcomes of each path before the drop."""
    slow: bool
    median: float
    high: float
    """The 90th percentile."""


class Prompts:
    """Prompts of hidden difficulty: whoever is asked the same one shares it."""

    def __init__(self, rng: Rng) -> None:
        self._rng = rng
        self._weights = np.array(DIFFICULTY["medium"])
        self._skills: dict[float, tuple[float, float, float]] = {}

    def draw(self) -> int:
        """The difficulty of the next prompt."""
        return int(self._rng.choice(3, p=self._weights))

    def right(self, mean: float, theta: int) -> float:
        """Whether somebody is right, as 1 or 0, who is so ``mean`` of the time."""
        if mean not in self._skills:
            self._skills[mean] = spread_over(mean, DIFFICULTY["medium"])
        return float(self._rng.random() < self._skills[mean][theta])


def moved(before: int, seeds: int, slow: bool = False) -> Moved:
    """Over ``seeds`` worlds."""
    needed = np.array([_needed(np.random.default_rng(seed), before, slow) for seed in range(seeds)])
    return Moved(before, slow, float(np.median(needed)), float(np.quantile(needed, 0.9)))


def _needed(rng: Rng, before: int, slow: bool) -> int:
    router, prompts = Router(PRIORS), Prompts(rng)
    for _ in range(before):
        for name, mean in ((DROPPED, HIGH), (STEADY, REST)):
            router.take([(name, prompts.right(mean, prompts.draw()))])
    for count in range(MOST):
        if router.first() == STEADY:
            return count
        share = min(1.0, (count + 1) / SLOW) if slow else 1.0
        mean = round(HIGH + share * (LOW - HIGH), 3)
        router.take([(DROPPED, prompts.right(mean, prompts.draw()))])
    return MOST


def false_alarms(mean: float, streams: int) -> float:
    """Alarms of a watch over a path that stays at ``mean``, for ``WATCHED`` outcomes."""
    alarms = 0
    for seed in range(streams):
        watch = Watch()
        for right in np.random.default_rng(seed).random(WATCHED) < mean:
            watch, alarm = watched(watch, float(right))
            alarms += alarm is not None
    return alarms / streams
