"""Ordered rules: from an analysis to a strategy."""

import operator
from collections.abc import Callable
from typing import Any

from secondhalf.state.analysis import LEVELS, TaskAnalysis
from secondhalf.state.policy import Condition, RoutingPolicy, Rule, Thresholds

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def pick(policy: RoutingPolicy, analysis: TaskAnalysis) -> Rule:
    """The first rule of ``policy`` whose conditions all hold.

    Raises:
        ValueError: if none does; a policy's last rule should have no condition.
    """
    for rule in policy.rules:
        if all(holds(condition, analysis, policy.thresholds) for condition in rule.when):
            return rule
    raise ValueError("no rule fits: end the policy's rules with one that has no 'when'")


def holds(condition: Condition, analysis: TaskAnalysis, thresholds: Thresholds) -> bool:
    """Whether one condition holds; levels compare as low < medium < high."""
    actual = _actual(condition.field, analysis)
    wanted: Any = condition.value
    if condition.threshold is not None:
        wanted = getattr(thresholds, condition.threshold)
    if actual in LEVELS and wanted in LEVELS:
        actual, wanted = LEVELS.index(actual), LEVELS.index(wanted)
    try:
        return _COMPARE[condition.op](actual, wanted)
    except TypeError:
        return False


def _actual(field: str, analysis: TaskAnalysis) -> Any:
    return analysis.adversarial.score if field == "adversarial" else getattr(analysis, field)
