"""What the planner said, read back from a trace; whatever is not in order there is left out."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from secondhalf.state.base import Json, Noun
    from secondhalf.state.budget import Usage
    from secondhalf.state.decision import Alternative
    from secondhalf.state.result import RouteResult, TraceEvent

N = TypeVar("N", bound="Noun")


def plans(result: "RouteResult") -> "list[TraceEvent]":
    """The planner's decisions, in order."""
    return [event for event in result.trace if event.kind == "plan"]


def reason(plan: "TraceEvent") -> str:
    """What a plan says after its action: ``open: exact: value 0.97``."""
    return plan.text.partition(": ")[2] or plan.text


def why_opened(node: str, result: "RouteResult") -> list[str]:
    """What the planner said when it opened ``node``."""
    return [reason(plan) for plan in plans(result) if node in items(plan.data.get("nodes"))]


def not_opened(result: "RouteResult") -> "dict[str, Alternative]":
    """Paths that were looked at and never opened, as they were last seen."""
    seen = {look.node: look for plan in plans(result) for look in _alternatives(plan)}
    opened = {path.node for path in result.explored}
    opened |= {str(node) for plan in plans(result) for node in items(plan.data.get("nodes"))}
    return {node: look for node, look in seen.items() if node not in opened}


def weighings(node: str, result: "RouteResult") -> list[str]:
    """What was made of the answer of ``node``, again wherever another answer changed it."""
    told = [event.text for event in result.trace if event.kind == "verify" and event.node == node]
    final = next((path.reason for path in result.explored if path.node == node), "")
    return [*told[:-1], final] if len(told) > 1 else [final]


def usage_of(call: "TraceEvent") -> "Usage":
    """What a call used."""
    from secondhalf.state.budget import Usage

    return _read(Usage, call.data.get("usage")) or Usage()


def items(value: "Json") -> "Sequence[Json]":
    """The items of a list; none if it is anything else."""
    return value if isinstance(value, list) else []


def _alternatives(plan: "TraceEvent") -> "Iterator[Alternative]":
    from secondhalf.state.decision import Alternative

    for value in items(plan.data.get("alternatives")):
        look = _read(Alternative, value)
        if look is not None:
            yield look


def _read(kind: type[N], value: "Json") -> N | None:
    try:
        return kind.model_validate(value)
    except ValueError:
        return None
