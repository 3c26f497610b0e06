"""From a policy and reflections to a new version: deltas, each within bounds, never a rewrite."""

from collections.abc import Collection, Sequence

from secondhalf.policy.defaults import versioned
from secondhalf.state.policy import Adjustment, PathPattern, RoutingPolicy
from secondhalf.state.reflection import (
    DEFAULT_DAYS,
    AvoidChange,
    BudgetChange,
    Change,
    PreferChange,
    Reflection,
    ThresholdChange,
)

MOST_WEIGHT = 5.0
"""Outcomes that a pattern counts as at the most: data can overrule it."""
_A_DAY = 86_400.0


def revised(policy: RoutingPolicy, reflections: Sequence[Reflection], now: float) -> RoutingPolicy:
    """The child of ``policy`` that does what ``reflections`` suggest; ``now`` in Unix seconds.

    What they say of a scope replaces what was said before of the same thing there. What has
    expired is left out.
    """
    kept = without_expired(policy, now)
    avoid, prefer = list(kept.avoid_patterns), list(kept.prefer_patterns)
    adjustments = list(kept.adjustments)
    for reflection in reflections:
        for change in reflection.changes:
            if isinstance(change, AvoidChange | PreferChange):
                pattern = _pattern(change, reflection, now)
                avoid, prefer = _others(avoid, pattern), _others(prefer, pattern)
                (avoid if isinstance(change, AvoidChange) else prefer).append(pattern)
            else:
                made = Adjustment(
                    change=change,
                    expires=reflection.expires or now + DEFAULT_DAYS * _A_DAY,
                    reflection=reflection.id,
                )
                adjustments = [a for a in adjustments if _thing(a.change) != _thing(change)]
                adjustments.append(_added(made, kept))
    return _child(kept, policy.version, avoid, prefer, adjustments)


def without(policy: RoutingPolicy, reflections: Collection[str]) -> RoutingPolicy:
    """The child of ``policy`` that takes back what came from the reflections of these ids."""
    return _child(
        policy,
        policy.version,
        [p for p in policy.avoid_patterns if p.reflection not in reflections],
        [p for p in policy.prefer_patterns if p.reflection not in reflections],
        [a for a in policy.adjustments if a.reflection not in reflections],
    )


def without_expired(policy: RoutingPolicy, now: float) -> RoutingPolicy:
    """``policy`` without what no longer holds at ``now``; its version is left as it was."""
    return policy.model_copy(
        update={
            "avoid_patterns": tuple(p for p in policy.avoid_patterns if holds(p, now)),
            "prefer_patterns": tuple(p for p in policy.prefer_patterns if holds(p, now)),
            "adjustments": tuple(a for a in policy.adjustments if holds(a, now)),
        }
    )


def holds(part: PathPattern | Adjustment, now: float) -> bool:
    """Whether ``part`` has not expired at ``now``."""
    return part.expires is None or part.expires > now


def reflections_in(policy: RoutingPolicy) -> tuple[str, ...]:
    """The ids of the reflections whose changes are part of ``policy``."""
    patterns = (*policy.avoid_patterns, *policy.prefer_patterns)
    parts: tuple[PathPattern | Adjustment, ...] = (*patterns, *policy.adjustments)
    return tuple(dict.fromkeys(part.reflection for part in parts if part.reflection))


def added(new: RoutingPolicy, old: RoutingPolicy) -> tuple[str, ...]:
    """The ids of the reflections that ``new`` has and ``old`` has not."""
    before = set(reflections_in(old))
    return tuple(name for name in reflections_in(new) if name not in before)


def _pattern(change: AvoidChange | PreferChange, of: Reflection, now: float) -> PathPattern:
    return PathPattern(
        scope=change.scope,
        path=change.path,
        weight=min(MOST_WEIGHT, of.support / 2.0),
        expires=now + change.ttl_days * _A_DAY,
        reflection=of.id,
    )


def _others(patterns: Sequence[PathPattern], new: PathPattern) -> list[PathPattern]:
    return [p for p in patterns if (p.scope, p.path) != (new.scope, new.path)]


def _added(new: Adjustment, policy: RoutingPolicy) -> Adjustment:
    """``new`` on top of what ``policy`` has already changed of the same thing."""
    before = [a.change for a in policy.adjustments if _thing(a.change) == _thing(new.change)]
    change = new.change
    for old in before:
        if isinstance(change, ThresholdChange) and isinstance(old, ThresholdChange):
            total = min(0.05, max(-0.05, change.delta + old.delta))
            change = change.model_copy(update={"delta": total})
        if isinstance(change, BudgetChange) and isinstance(old, BudgetChange):
            factor = min(1.5, max(0.5, change.factor * old.factor))
            change = change.model_copy(update={"factor": factor})
    return new.model_copy(update={"change": change})


def _thing(change: Change) -> tuple[object, ...]:
    """What a change is a change of."""
    return change.kind, change.scope, getattr(change, "key", "")


def _child(
    policy: RoutingPolicy,
    parent: str,
    avoid: Sequence[PathPattern],
    prefer: Sequence[PathPattern],
    adjustments: Sequence[Adjustment],
) -> RoutingPolicy:
    return versioned(
        policy.model_copy(
            update={
                "parent": parent,
                "avoid_patterns": tuple(avoid),
                "prefer_patterns": tuple(prefer),
                "adjustments": tuple(adjustments),
            }
        )
    )
