"""Which path to open next, and when to stop."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from secondhalf.policy.search.decide import Option, decide
from secondhalf.policy.search.explain import alternatives, explained, why_open, why_stop
from secondhalf.policy.search.outlooks import problem_of
from secondhalf.policy.search.plain import is_panel
from secondhalf.policy.search.tree import Tree
from secondhalf.policy.search.trial import trial_of
from secondhalf.policy.search.view import Outlook, View
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.decision import Alternative, Decision
from secondhalf.state.result import RouteResult

__all__ = ["Outlook", "Planner", "SearchPlanner", "View", "best_result", "withheld"]


CAP = "cap on "
"""What begins the reason of a path that a cap keeps shut."""


class Planner(Protocol):
    """Decides, from what is known so far, which path to open next. Pure and deterministic."""

    def plan(self, view: View) -> Decision:
        """Open some paths, ask the user, or stop; says why."""
        ...


class SearchPlanner:
    """Opens what is worth most in the end, prices paid, and stops when nothing is worth its price.

    See ``policy.search.decide`` for how that is found. A question to the user goes first where
    the request is ambiguous. As long as there is no answer at all, something is opened: having
    none is worth any price that fits the budget.
    """

    def plan(self, view: View) -> Decision:
        """See ``Planner.plan``."""
        tried = next((result for result in view.results if result.trial), None)
        if tried is not None:
            return Decision(
                action="stop", reason=f"the answer stood before {tried.path[-1]} was tried"
            )
        tree = Tree(view)
        looked_at = alternatives(tree, tree.ready())
        decision = self._search(tree, looked_at)
        if decision.action != "stop" or decision.capped or best_result(view.results) is None:
            return decision
        return trial_of(tree, [look for look in looked_at if not look.reason]) or decision

    def _search(self, tree: Tree, looked_at: list[Alternative]) -> Decision:
        view, best = tree.view, best_result(tree.view.results)
        live = tree.live()
        panel = is_panel(tree, live)
        if best is not None and best.status == "success" and not panel:
            return Decision(action="stop", reason=f"good enough: quality {best.quality:.2f}")
        possible = [look for look in looked_at if not look.reason]
        if view.budget.nodes is not None and len(view.results) >= view.budget.nodes and possible:
            return _stop("the cap on opened paths is reached", looked_at, capped="nodes")
        asking = next((a for a in possible if tree.asks_user(tree.nodes[a.node])), None)
        if asking is not None:
            return Decision(
                action="ask",
                nodes=(asking.node,),
                reason=f"ambiguity {view.analysis.ambiguity:.2f}: a question is worth its price",
                alternatives=tuple(looked_at),
            )
        if not possible:
            return _stop_without_choice(looked_at)
        return _decide(tree, looked_at, best, live, panel=panel)


def best_result(results: Sequence[RouteResult]) -> RouteResult | None:
    """The best answer so far: success before uncertain, then quality, then the earlier one."""
    answers = [r for r in results if r.status in ("success", "uncertain") and _can_be_given(r)]
    return max(answers, key=lambda r: (r.status == "success", r.quality), default=None)


def withheld(result: RouteResult, analysis: TaskAnalysis | None) -> bool:
    """Whether ``result`` is not given though it is the best there is: high risk, and in doubt."""
    return result.status != "success" and analysis is not None and analysis.risk == "high"


def _can_be_given(result: RouteResult) -> bool:
    return not result.trial and bool(result.answer or result.tool_requests)


def _decide(
    tree: Tree,
    looked_at: Sequence[Alternative],
    best: RouteResult | None,
    live: Mapping[str, str | None],
    *,
    panel: bool,
) -> Decision:
    quality = 0.0 if best is None or withheld(best, tree.view.analysis) else best.quality
    if panel:
        # Loaded late: numpy takes longer to import than most of what needs no decision.
        from secondhalf.policy.search.asking import choose

        choice, quality = choose(tree, live)
    else:
        choice = decide(problem_of(tree, live, quality))
    names = list(live)
    options = dict(zip(names, choice.options, strict=True))
    taken = tuple(names[place] for place in choice.open)
    possible = [look for look in looked_at if not look.reason]
    if not taken and best is None:
        return _open_least_bad(tree, looked_at, options)
    seen = explained(tree, looked_at, options, taken, quality)
    if not taken:
        return _stop(
            why_stop(possible, options, quality), seen, capped=_cap_in_the_way(seen, quality)
        )
    opened = sorted((a for a in possible if a.node in taken), key=lambda a: taken.index(a.node))
    return Decision(
        action="open", nodes=taken, reason=why_open(opened, choice, quality), alternatives=seen
    )


def _open_least_bad(
    tree: Tree, looked_at: Sequence[Alternative], options: dict[str, Option]
) -> Decision:
    """Without an answer something is opened though it is not worth its price."""
    possible = [look for look in looked_at if not look.reason]
    first = [look for look in possible if not tree.nodes[look.node].guard.fallback] or possible
    least_bad = max(first, key=lambda look: options[look.node].worth)
    return Decision(
        action="open",
        nodes=(least_bad.node,),
        reason=f"{least_bad.node}: value {least_bad.value:.2f} (dear, but there is no answer yet)",
        alternatives=explained(tree, looked_at, options, (least_bad.node,), 0.0),
    )


def _cap_in_the_way(looked_at: Sequence[Alternative], quality: float) -> str:
    """The cap that alone keeps the search from going on; empty if none does."""
    better = [a for a in looked_at if a.reason.startswith(CAP) and a.value > quality]
    best = max(better, key=lambda a: a.value, default=None)
    return best.reason.removeprefix(CAP) if best is not None else ""


def _stop(reason: str, looked_at: Sequence[Alternative], capped: str = "") -> Decision:
    return Decision(action="stop", reason=reason, capped=capped, alternatives=tuple(looked_at))


def _stop_without_choice(looked_at: Sequence[Alternative]) -> Decision:
    caps = [a.reason.removeprefix(CAP) for a in looked_at if a.reason.startswith(CAP)]
    if caps:
        return _stop(f"the cap on {caps[0]} leaves no path to open", looked_at, capped=caps[0])
    return _stop("every path that is configured has been tried", looked_at)
