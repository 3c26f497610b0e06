"""What policies say, and how two of them differ, in words for people."""

from collections.abc import Sequence
from datetime import UTC, datetime

from secondhalf.state.policy import Adjustment, PathPattern, RoutingPolicy
from secondhalf.state.reflection import (
    AvoidChange,
    BudgetChange,
    Change,
    HintChange,
    PreferChange,
    Scope,
    ThresholdChange,
)

LEARNED = ("avoid_patterns", "prefer_patterns", "adjustments")
"""The parts of a policy that are learned; all others come from the configuration."""


def learned_lines(policy: RoutingPolicy) -> list[str]:
    """One line for each learned part of ``policy``."""
    lines = [_pattern("avoid", one) for one in policy.avoid_patterns]
    lines += [_pattern("prefer", one) for one in policy.prefer_patterns]
    return lines + [_adjustment(one) for one in policy.adjustments]


def differences(old: RoutingPolicy, new: RoutingPolicy) -> list[str]:
    """One line for each difference, with + for what ``new`` adds and - for what it lacks."""
    before, after = learned_lines(old), learned_lines(new)
    lines = [f"- {line}" for line in before if line not in after]
    lines += [f"+ {line}" for line in after if line not in before]
    for name in _fixed():
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            lines.append(f"~ {name}: {_short(was)} → {_short(now)}")
    return lines


def same_configuration(one: RoutingPolicy, other: RoutingPolicy) -> bool:
    """Whether two policies differ in nothing but what they have learned."""
    return all(getattr(one, name) == getattr(other, name) for name in _fixed())


def change_line(change: Change) -> str:
    """One change in words."""
    if isinstance(change, AvoidChange):
        return f"avoid {change.path} in {scope_text(change.scope)}"
    if isinstance(change, PreferChange):
        return f"prefer {change.path} in {scope_text(change.scope)}"
    return _adjusting(change)


def scope_text(scope: Scope) -> str:
    """A strategy, and a bucket of it, in words."""
    return scope.strategy if scope.bucket is None else f"{scope.strategy}, {scope.bucket}"


def _fixed() -> list[str]:
    names = RoutingPolicy.model_fields
    return [name for name in names if name not in (*LEARNED, "version", "parent")]


def _pattern(verb: str, pattern: PathPattern) -> str:
    weight = f"counts as {pattern.weight:g} outcomes"
    where = scope_text(pattern.scope)
    return (
        f"{verb} {pattern.path} in {where} ({weight}{_ends(pattern.expires, pattern.reflection)})"
    )


def _adjustment(one: Adjustment) -> str:
    return f"{_adjusting(one.change)} ({_ends(one.expires, one.reflection).removeprefix(', ')})"


def _adjusting(change: ThresholdChange | BudgetChange | HintChange) -> str:
    where = scope_text(change.scope)
    if isinstance(change, ThresholdChange):
        return f"{change.key} {change.delta:+.2f} in {where}"
    if isinstance(change, BudgetChange):
        return f"default budget × {change.factor:g} in {where}"
    return f"tell the analyzer: of {change.difficulty} difficulty, in {where}"


def _ends(expires: float | None, reflection: str) -> str:
    parts: Sequence[str] = (
        "" if expires is None else f"until {datetime.fromtimestamp(expires, UTC):%Y-%m-%d}",
        f"reflection {reflection}" if reflection else "",
    )
    return "".join(f", {part}" for part in parts if part)


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 120 else f"{text[:119]}…"
