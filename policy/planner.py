"""Which path to open next, and when to stop."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from secondhalf.policy.ledger import Left, first_cap_exceeded
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import Budget, Usage
from secondhalf.state.decision import Alternative, Decision
from secondhalf.state.policy import Preset, Price, Thresholds
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import USER, RouteNode, Strategy

CHECKERS = frozenset({"verifier", "checks"})
"""Experts that look at answers and give none."""
ASKED = "the same expert has already answered"


class Outlook(NamedTuple):
    """What is expected of a path that could be opened.

    ``quality`` in [0, 1], ``cost`` an upper estimate; ``missing`` says why it cannot be opened
    at all (an expert that is not configured, or is set aside), and is empty otherwise.
    """

    quality: float
    cost: Usage
    missing: str = ""


class View(NamedTuple):
    """All that a planner may know."""

    strategy: Strategy
    analysis: TaskAnalysis
    results: Sequence[RouteResult]
    """Outcomes of the paths opened so far; the last id of ``path`` names the path."""
    outlook: Callable[[RouteNode], Outlook]
    left: Left
    budget: Budget
    thresholds: Thresholds
    price: Price
    preset: Preset
    may_ask: bool
    has_documents: bool
    answered: frozenset[str]
    """Experts that have already answered in this route."""


class Planner(Protocol):
    """Decides, from what is known so far, which path to open next. Pure and deterministic."""

    def plan(self, view: View) -> Decision:
        """Open some paths, ask the user, or stop; says why."""
        ...


class GreedyPlanner:
    """Opens the path with the most expected quality less its price; children after parents.

    The ``quality`` preset opens the best two at once where they ask different experts.
    """

    def plan(self, view: View) -> Decision:
        """See ``Planner.plan``."""
        best = best_result(view.results)
        if best is not None and best.status == "success":
            return Decision(action="stop", reason=f"good enough: quality {best.quality:.2f}")
        looked_at = sorted((_look(node, view) for node in ready(view)), key=lambda a: -a.value)
        possible = [a for a in looked_at if not a.reason]
        if view.budget.nodes is not None and len(view.results) >= view.budget.nodes and possible:
            return _stop("the cap on opened paths is reached", looked_at, capped="nodes")
        asking = next((a for a in possible if _asks(a.node, view)), None)
        if asking is not None:
            return Decision(
                action="ask",
                nodes=(asking.node,),
                reason=f"ambiguity {view.analysis.ambiguity:.2f}: a question is worth its price",
                alternatives=tuple(looked_at),
            )
        worth = _worth(possible, best, view)
        if not worth:
            return _stop_without_choice(looked_at, possible, best)
        taken = _batch(worth, view)
        return Decision(
            action="open",
            nodes=tuple(a.node for a in taken),
            reason="; ".join(f"{a.node}: value {a.value:.2f}" for a in taken),
            alternatives=tuple(looked_at),
        )


def ready(view: View) -> tuple[RouteNode, ...]:
    """Paths not yet opened whose parent, if any, was uncertain, and whose guard lets them.

    A path that cannot be taken at all hands its children on to its own parent.
    """
    status = {result.path[-1]: result.status for result in view.results}
    parents, nodes = view.strategy.parents(), view.strategy.by_id()

    def is_unlocked(node: RouteNode) -> bool:
        parent = parents.get(node.id)
        while parent is not None and parent not in status and _missing(nodes[parent], view):
            parent = parents.get(parent)
        return node.id not in parents or status.get(parent or "") == "uncertain"

    return tuple(
        node
        for node in view.strategy.nodes
        if node.id not in status and _is_allowed(node, view) and is_unlocked(node)
    )


def _is_allowed(node: RouteNode, view: View) -> bool:
    return (
        (view.analysis.needs_tools or not node.guard.needs_tools)
        and (view.has_documents or not node.guard.needs_documents)
        and (USER not in node.experts or _worth_asking(view))
    )


def _missing(node: RouteNode, view: View) -> str:
    return "" if USER in node.experts else view.outlook(node).missing


def best_result(results: Sequence[RouteResult]) -> RouteResult | None:
    """The best answer so far: success before uncertain, then quality, then the earlier one."""
    answers = [r for r in results if r.status in ("success", "uncertain") and _has_answer(r)]
    return max(answers, key=lambda r: (r.status == "success", r.quality), default=None)


def _has_answer(result: RouteResult) -> bool:
    return bool(result.answer) or bool(result.tool_requests)


def _worth_asking(view: View) -> bool:
    return view.may_ask and view.analysis.ambiguity > view.thresholds.ambiguity


def _asks(node_id: str, view: View) -> bool:
    return USER in view.strategy.by_id()[node_id].experts


def _look(node: RouteNode, view: View) -> Alternative:
    if USER in node.experts:
        return Alternative(node=node.id, quality=1.0, value=1.0)
    quality, cost, missing = view.outlook(node)
    reason = missing or _obstacle(node, cost, view)
    value = quality - view.price.usd * cost.usd - view.price.second * cost.seconds
    return Alternative(
        node=node.id,
        quality=quality,
        cost_usd=cost.usd,
        seconds=cost.seconds,
        value=value,
        reason=reason,
    )


def _obstacle(node: RouteNode, cost: Usage, view: View) -> str:
    if view.budget.depth is not None:
        depth = len(view.strategy.path_to(node.id))
        if depth > view.budget.depth:
            return "cap on depth"
    if _has_answered(node, view):
        return ASKED
    cap = first_cap_exceeded(cost, view.left)
    return f"cap on {cap}" if cap else ""


def _has_answered(node: RouteNode, view: View) -> bool:
    """Whether who would answer here has answered: all of them for a fallback, any if unasked."""
    ends = set(node.stages[0]) | set(node.stages[-1])
    if node.guard.fallback and ends <= view.answered | CHECKERS:
        return True
    return node.guard.unasked and bool(set(node.experts) & view.answered - CHECKERS)


def _worth(
    possible: Sequence[Alternative], best: RouteResult | None, view: View
) -> list[Alternative]:
    """What promises more than the best so far; fallbacks only where nothing else does."""
    nodes = view.strategy.by_id()
    worth = [a for a in possible if best is None or a.value > best.quality]
    first = [a for a in worth if not nodes[a.node].guard.fallback]
    return first or worth


def _batch(worth: Sequence[Alternative], view: View) -> list[Alternative]:
    taken = [worth[0]]
    room = view.budget.nodes is None or len(view.results) + 2 <= view.budget.nodes
    if view.preset != "quality" or len(worth) < 2 or not room or worth[0].cost_usd == 0:
        return taken
    nodes = view.strategy.by_id()
    for other in worth[1:]:
        both = view.outlook(nodes[worth[0].node]).cost + view.outlook(nodes[other.node]).cost
        apart = nodes[worth[0].node].stages[0] != nodes[other.node].stages[0]
        if apart and not first_cap_exceeded(both, view.left):
            return [*taken, other]
    return taken


def _stop(reason: str, looked_at: Sequence[Alternative], capped: str = "") -> Decision:
    return Decision(action="stop", reason=reason, capped=capped, alternatives=tuple(looked_at))


def _stop_without_choice(
    looked_at: Sequence[Alternative],
    possible: Sequence[Alternative],
    best: RouteResult | None,
) -> Decision:
    if possible and best is not None:
        return _stop(
            f"no other path is expected to beat quality {best.quality:.2f} for its price", looked_at
        )
    caps = [a.reason.removeprefix("cap on ") for a in looked_at if a.reason.startswith("cap on ")]
    if caps:
        return _stop(f"the cap on {caps[0]} leaves no path to open", looked_at, capped=caps[0])
    return _stop("every path that is configured has been tried", looked_at)
