"""From what is expected of a route's paths to the problem that the search decides."""

from collections.abc import Mapping

from secondhalf.policy.search.belief import prior, update
from secondhalf.policy.search.candidate import Amount, Candidate, Problem
from secondhalf.policy.search.levels import (
    FALSE_PASS,
    UNCHECKED,
    Belief,
    Outcomes,
    level_of,
    spread,
)
from secondhalf.policy.search.tree import CHECKERS, Tree, closing
from secondhalf.policy.search.view import Outlook
from secondhalf.state.budget import Usage
from secondhalf.state.strategy import RouteNode

EXPECTED_SHARE = 0.5
"""The mean cost of a path as a share of its 90th percentile, where it is not known; a guess."""


def problem_of(tree: Tree, live: Mapping[str, str | None], best: float) -> Problem:
    """The next decision of a route: its ``live`` paths, with ``best`` as the quality in hand."""
    view, first = tree.view, prior(tree.view.analysis)
    places = {name: place for place, name in enumerate(live)}

    def placed(name: str, parent: str | None) -> Candidate:
        candidate = candidate_of(tree, tree.nodes[name], first)
        return candidate if parent is None else candidate._replace(parent=places[parent])

    nodes = view.budget.nodes
    return Problem(
        candidates=tuple(placed(name, parent) for name, parent in live.items()),
        best=best,
        belief=believed(tree, first),
        room=Amount(*view.left, float("inf") if nodes is None else nodes - len(view.results)),
        price=view.price,
    )


def candidate_of(tree: Tree, node: RouteNode, first: Belief | None = None) -> Candidate:
    """``node`` as a candidate that could be opened now; ``first`` is the belief before any path."""
    outlook = tree.look(node)
    return Candidate(
        id=node.id,
        outcomes=outcomes(node, outlook, first or prior(tree.view.analysis)),
        expected=expected(outlook),
        reserve=_amount(outlook.cost),
        good_enough=_good_enough(node, outlook, tree.view.thresholds.good_enough),
        fallback=node.guard.fallback,
        asks=frozenset(node.experts) - CHECKERS,
        closed_by=closing(node),
        first=node.stages[0],
    )


def believed(tree: Tree, first: Belief) -> Belief:
    """What the outcomes so far say of the difficulty.

    A path without an answer says nothing: its expert was out of order, or the request was not of
    the kind that it knows. Nor does one of which nothing is expected any more.
    """
    belief = first
    for result in tree.view.results:
        node = tree.nodes[result.path[-1]]
        outlook = tree.look(node)
        if (result.answer or result.tool_requests) and not outlook.missing:
            good_enough = tree.view.thresholds.good_enough
            level = level_of(result.quality, result.status, good_enough)
            belief = update(belief, outcomes(node, outlook, first), level)
    return belief


def outcomes(node: RouteNode, outlook: Outlook, first: Belief) -> Outcomes:
    """How good the answer of ``node`` may turn out to be, at each difficulty.

    Where only a quality is expected it is spread, as far as somebody checks the answer. What takes
    no paid call counts as checked: an expert that computes or copies says whether it could.
    """
    if outlook.levels is not None:
        return outlook.levels
    checked = _is_checked(node, outlook)
    return spread(outlook.quality, first, FALSE_PASS if checked else UNCHECKED)


def _is_checked(node: RouteNode, outlook: Outlook) -> bool:
    return outlook.cost.calls == 0 or not CHECKERS.isdisjoint(node.experts)


def _good_enough(node: RouteNode, outlook: Outlook, good_enough: float) -> float:
    """The level above which an answer of ``node`` is a success.

    Where nobody checks, it is one if as much was expected of it, whatever level is nearest.
    """
    if not outlook.quality > good_enough or outlook.levels is not None or node.verified:
        return good_enough
    return good_enough if _is_checked(node, outlook) else 0.0


def expected(outlook: Outlook) -> Amount:
    """What a path uses on average."""
    if outlook.expected is not None:
        return _amount(outlook.expected)
    usd, seconds, tokens, calls, nodes = _amount(outlook.cost)
    share = EXPECTED_SHARE
    return Amount(share * usd, share * seconds, share * tokens, calls, nodes)


def _amount(usage: Usage) -> Amount:
    return Amount(usage.usd, usage.seconds, usage.tokens, usage.calls)
