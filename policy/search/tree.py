"""How far a route's tree of paths has grown: what is open, what could be next, what may follow."""

from collections.abc import Iterator

from secondhalf.policy.ledger import first_cap_exceeded
from secondhalf.policy.search.view import Outlook, View
from secondhalf.state.budget import Usage
from secondhalf.state.strategy import JUDGE, USER, RouteNode

CHECKERS = frozenset({"verifier", "checks", JUDGE})
"""Experts that look at answers and give none."""
ASKED = "the same expert has already answered"


class Tree:
    """The paths of a view's strategy, each looked at once.

    A path can be opened whose parent, if any, was uncertain, and whose guard lets it. A path that
    cannot be taken at all hands its children on to its own parent.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self.nodes = view.strategy.by_id()
        self._asking = {node.id for node in view.strategy.nodes if USER in node.experts}
        self._status = {result.path[-1]: result.status for result in view.results}
        self._looks: dict[str, Outlook] = {}
        self._obstacles: dict[str, str] = {}
        self._depth: dict[str, int] = {}
        self._above: dict[str, str | None] = {}
        for node, parent in self._from_the_roots():
            self._depth[node] = 1 if parent is None else self._depth[parent] + 1
            self._above[node] = self._heir(parent)

    def asks_user(self, node: RouteNode) -> bool:
        """Whether ``node`` is a question to the user."""
        return node.id in self._asking

    def ready(self) -> list[RouteNode]:
        """What could be opened next, in the strategy's order, whether or not it fits."""
        return [node for node in self.view.strategy.nodes if self._is_ready(node)]

    def live(self) -> dict[str, str | None]:
        """All that may be opened in this route, with what has to be opened first, None if nothing.

        In the strategy's order, and without what asks the user.
        """
        found: dict[str, str | None] = {}
        for name in self._above:  # parents come before their children
            node = self.nodes[name]
            if self._is_ready(node):
                before = None
            elif self._above[name] in found and self._may_follow(node):
                before = self._above[name]
            else:
                continue
            if name not in self._asking and not self.obstacle(node):
                found[name] = before
        return {node.id: found[node.id] for node in self.view.strategy.nodes if node.id in found}

    def look(self, node: RouteNode) -> Outlook:
        """What is expected of ``node``; the user is taken to know the answer, for nothing."""
        if node.id not in self._looks:
            asks = node.id in self._asking
            self._looks[node.id] = Outlook(1.0, Usage()) if asks else self.view.outlook(node)
        return self._looks[node.id]

    def obstacle(self, node: RouteNode) -> str:
        """Why ``node`` cannot be opened now; empty if it can."""
        if node.id not in self._obstacles:
            self._obstacles[node.id] = self._obstacle(node)
        return self._obstacles[node.id]

    def _obstacle(self, node: RouteNode) -> str:
        outlook, view = self.look(node), self.view
        if outlook.missing or node.id in self._asking:
            return outlook.missing
        if view.budget.depth is not None and self._depth[node.id] > view.budget.depth:
            return "cap on depth"
        if any(experts <= view.answered for experts in closing(node)):
            return ASKED
        cap = first_cap_exceeded(outlook.cost, view.left)
        return f"cap on {cap}" if cap else ""

    def _from_the_roots(self) -> Iterator[tuple[str, str | None]]:
        todo: list[tuple[str, str | None]] = [(root, None) for root in self.view.strategy.roots]
        for node, parent in todo:
            yield node, parent
            todo.extend((child, node) for child in self.nodes[node].children)

    def _heir(self, parent: str | None) -> str | None:
        """``parent``, or the one to which it hands its children on."""
        if parent is None or parent in self._status or not self.look(self.nodes[parent]).missing:
            return parent
        return self._above[parent]

    def _is_ready(self, node: RouteNode) -> bool:
        if node.id in self._status or not self._is_allowed(node):
            return False
        above = self._above[node.id]
        return self._depth[node.id] == 1 or self._status.get(above or "") == "uncertain"

    def _may_follow(self, node: RouteNode) -> bool:
        return node.id not in self._status and self._is_allowed(node)

    def _is_allowed(self, node: RouteNode) -> bool:
        view = self.view
        return (
            (view.analysis.needs_tools or not node.guard.needs_tools)
            and (view.has_documents or not node.guard.needs_documents)
            and (node.id not in self._asking or worth_asking(view))
            and (view.verdicts is not None or not is_judge(node))
        )


def closing(node: RouteNode) -> tuple[frozenset[str], ...]:
    """Sets of experts; once all of one have answered, ``node`` has nothing left to do."""
    sets: list[frozenset[str]] = []
    if node.guard.fallback:
        sets.append(frozenset({*node.stages[0], *node.stages[-1]}) - CHECKERS)
    if node.guard.unasked:
        sets.extend(frozenset({name}) for name in node.experts if name not in CHECKERS)
    return tuple(sets)


def is_judge(node: RouteNode) -> bool:
    """Whether ``node`` asks a judge which of two answers is right."""
    return JUDGE in node.experts


def worth_asking(view: View) -> bool:
    """Whether the user may be asked, and the request is ambiguous enough to."""
    return view.may_ask and view.analysis.ambiguity > view.thresholds.ambiguity
