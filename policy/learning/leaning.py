"""What a policy's learned parts come to on one route: bounded, and never the last word."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from secondhalf.policy.estimates.foresee import STRENGTH
from secondhalf.policy.learning.revising import MOST_WEIGHT, holds
from secondhalf.state.budget import Budget
from secondhalf.state.estimate import Prospect, Prospects
from secondhalf.state.policy import Adjustment, RoutingPolicy, Thresholds
from secondhalf.state.reflection import BudgetChange, HintChange, Scope, ThresholdChange

MOST_SHIFT = 0.15
"""The most that learning moves a threshold by, however many scopes add up."""
NOTHING: Mapping[str, float] = MappingProxyType({})


class Leaning(NamedTuple):
    """How a route leans because of what was learned."""

    thresholds: Thresholds
    weights: Mapping[str, float] = NOTHING
    """By path: as many outcomes, that went well if above zero, badly if below."""
    budget: float = 1.0
    """What caps that the caller did not name are multiplied by."""
    used: tuple[str, ...] = ()
    """The ids of the reflections it comes from."""


def leaning(policy: RoutingPolicy, strategy: str, bucket: str, now: float) -> Leaning:
    """How a route of ``strategy`` in ``bucket`` that begins at ``now`` (Unix seconds) leans."""
    weights: dict[str, float] = {}
    used: list[str] = []
    for sign, patterns in ((-1.0, policy.avoid_patterns), (1.0, policy.prefer_patterns)):
        for pattern in patterns:
            if holds(pattern, now) and _covers(pattern.scope, strategy, bucket):
                moved = weights.get(pattern.path, 0.0) + sign * pattern.weight
                weights[pattern.path] = min(MOST_WEIGHT, max(-MOST_WEIGHT, moved))
                used.append(pattern.reflection)
    factor, shifts = 1.0, dict[str, float]()
    for part in _adjustments(policy, strategy, bucket, now):
        used.append(part.reflection)
        if isinstance(part.change, ThresholdChange):
            shifts[part.change.key] = shifts.get(part.change.key, 0.0) + part.change.delta
        elif isinstance(part.change, BudgetChange):
            factor *= part.change.factor
    return Leaning(
        _shifted(policy.thresholds, shifts),
        weights,
        min(1.5, max(0.5, factor)),
        tuple(dict.fromkeys(name for name in used if name)),
    )


def hints(policy: RoutingPolicy, bucket: str, now: float) -> tuple[str, ...]:
    """What to tell the analyzer's model of requests in ``bucket``: sentences of ours."""
    kinds = dict.fromkeys(
        part.change.difficulty
        for part in policy.adjustments
        if isinstance(part.change, HintChange)
        and holds(part, now)
        and part.change.scope.bucket == bucket
    )
    return tuple(
        f"Experience: requests like this one tend to prove of {kind} difficulty, although they "
        "look easier."
        for kind in kinds
    )


def leaned(prospects: Prospects, weights: Mapping[str, float]) -> Prospects:
    """``prospects`` as if every path of ``weights`` had had so many outcomes more.

    A path that several models answer shares them out. Of a path without a model the leaning is
    only noted, for ``lean``.
    """
    if not weights:
        return prospects
    arms = dict(prospects.arms)
    for path, weight in weights.items():
        answering = list(dict.fromkeys(prospects.paths.get(path, {}).values()))
        for arm in answering:
            arms[arm] = _moved(arms[arm], weight / len(answering))
    silent = {path: w for path, w in weights.items() if not prospects.paths.get(path)}
    return prospects.model_copy(update={"arms": arms, "leanings": silent})


def lean(quality: float, weight: float) -> float:
    """``quality``, which rests on no outcomes, after ``weight`` outcomes."""
    return (STRENGTH * quality + max(0.0, weight)) / (STRENGTH + abs(weight))


def scaled(budget: Budget, named: tuple[str, ...], factor: float) -> Budget:
    """``budget`` with its caps scaled, but for those that the caller has ``named``."""
    caps = ("usd", "seconds", "tokens", "calls")
    found = {name: getattr(budget, name) for name in caps if name not in named}
    update = {
        name: value * factor if isinstance(value, float) else int(value * factor)
        for name, value in found.items()
        if value is not None
    }
    return budget.model_copy(update=update)


def _covers(scope: Scope, strategy: str, bucket: str) -> bool:
    return scope.strategy == strategy and scope.bucket in (None, bucket)


def _adjustments(
    policy: RoutingPolicy, strategy: str, bucket: str, now: float
) -> Iterator[Adjustment]:
    for part in policy.adjustments:
        if holds(part, now) and _covers(part.change.scope, strategy, bucket):
            yield part


def _shifted(thresholds: Thresholds, shifts: Mapping[str, float]) -> Thresholds:
    if not shifts:
        return thresholds
    moved: dict[str, float] = {}
    for key, shift in shifts.items():
        bounded = min(MOST_SHIFT, max(-MOST_SHIFT, shift))
        moved[key] = min(1.0, max(0.0, getattr(thresholds, key) + bounded))
    return thresholds.model_copy(update=moved)


def _moved(prospect: Prospect, weight: float) -> Prospect:
    """``prospect`` after ``weight`` outcomes, shared out over the difficulties as those before."""
    seen = STRENGTH + prospect.labels
    a, b, c = ((p * seen + max(0.0, weight)) / (seen + abs(weight)) for p in prospect.right)
    return prospect.model_copy(update={"right": (a, b, c)})
