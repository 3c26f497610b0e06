"""The search's decisions, without a graph around them."""

from typing import Any

import pytest

from secondhalf.policy.defaults import PRICES
from secondhalf.policy.ledger import Left
from secondhalf.policy.planner import GreedyPlanner, Outlook, View, best_result
from secondhalf.policy.trees import STRATEGIES
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import DEFAULT_BUDGET, Usage
from secondhalf.state.decision import Decision
from secondhalf.state.policy import Thresholds
from secondhalf.state.result import RouteResult, Status
from secondhalf.state.strategy import RouteNode

QUALITY = {
    "exact": 0.05,
    "extract": 0.04,
    "decompose": 0.03,
    "slm": 0.6,
    "mid": 0.75,
    "llm": 0.86,
    "mid_revise": 0.8,
    "llm_revise": 0.9,
    "documents": 0.3,
}
FREE = {"exact", "extract", "decompose", "documents"}


def result(node: str, status: Status, quality: float, answer: str | None = "a") -> RouteResult:
    """An opened path."""
    return RouteResult(route_id="r", status=status, quality=quality, path=(node,), answer=answer)


def outlook(node: RouteNode) -> Outlook:
    """Models cost a cent each; tools are not configured."""
    if node.id not in QUALITY:
        return Outlook(0.0, Usage(), "not configured")
    cost = Usage() if node.id in FREE else Usage(usd=0.01, calls=1, seconds=1)
    return Outlook(QUALITY[node.id], cost)


def view(*results: RouteResult, **changes: Any) -> View:
    """SLM_DIRECT in the balanced preset with a dollar left."""
    base = View(
        strategy=STRATEGIES["SLM_DIRECT"],
        analysis=TaskAnalysis(),
        results=results,
        outlook=outlook,
        left=Left(usd=1.0, seconds=100, tokens=10_000, calls=10),
        budget=DEFAULT_BUDGET,
        thresholds=Thresholds(),
        price=PRICES["balanced"],
        preset="balanced",
        may_ask=True,
        has_documents=False,
        answered=frozenset(),
    )
    return base._replace(**changes)


def plan(*results: RouteResult, **changes: Any) -> Decision:
    """The greedy planner's decision."""
    return GreedyPlanner().plan(view(*results, **changes))


def test_the_path_with_the_most_quality_for_its_price_is_opened_first() -> None:
    """Fallbacks and children wait although they promise more."""
    assert ("open", ("slm",)) == (plan().action, plan().nodes)


def test_an_uncertain_result_unlocks_its_children() -> None:
    """The child of the uncertain path is next."""
    assert ("mid_revise",) == plan(result("slm", "uncertain", 0.6)).nodes


def test_a_failed_path_closes_its_subtree_and_the_search_goes_elsewhere() -> None:
    """Backtracking: the failed path's child stays shut, another root is opened."""
    decision = plan(result("slm", "fail", 0.0, None))

    opened = {a.node for a in decision.alternatives}
    assert "mid_revise" not in opened
    assert decision.nodes[0] in {"exact", "extract", "decompose"}


def test_good_enough_stops() -> None:
    """A success ends the search."""
    decision = plan(result("slm", "success", 0.9))

    assert ("stop", "") == (decision.action, decision.capped)


def test_nothing_that_promises_less_than_the_best_is_paid_for() -> None:
    """An uncertain answer better than all that is left ends the search."""
    decision = plan(result("slm", "uncertain", 0.6), result("mid_revise", "uncertain", 0.9))

    assert ("stop", "") == (decision.action, decision.capped)
    assert {"llm_revise": ""} == {
        a.node: a.reason for a in decision.alternatives if a.node == "llm_revise"
    }


@pytest.mark.parametrize(
    ("changes", "cap"),
    [
        ({"left": Left(usd=0.0, seconds=9, tokens=9, calls=9)}, "usd"),
        ({"left": Left(usd=1.0, seconds=9, tokens=9, calls=0)}, "calls"),
        ({"budget": DEFAULT_BUDGET.model_copy(update={"nodes": 3})}, "nodes"),
    ],
)
def test_a_cap_stops_and_is_named(changes: dict[str, Any], cap: str) -> None:
    """With the free paths tried, a cap that shuts out the rest is what ended the search."""
    tried = [result(n, "fail", 0.0, None) for n in ("exact", "extract", "decompose")]

    decision = plan(*tried, **changes)

    assert ("stop", cap) == (decision.action, decision.capped)


def test_zero_dollars_leave_what_is_free() -> None:
    """A budget of zero still opens local experts."""
    decision = plan(left=Left(usd=0.0, seconds=9, tokens=0, calls=0))

    assert ("exact",) == decision.nodes


def test_asks_only_where_it_is_allowed_and_the_request_ambiguous() -> None:
    """Ambiguity above the threshold asks; without permission the tree decides."""
    strategy = STRATEGIES["CLARIFY_THEN_DECIDE"]
    vague = TaskAnalysis(ambiguity=0.9)

    asked = plan(strategy=strategy, analysis=vague)
    forbidden = plan(strategy=strategy, analysis=vague, may_ask=False)
    clear = plan(strategy=strategy, analysis=TaskAnalysis(ambiguity=0.1))

    assert ["ask", "open", "open"] == [asked.action, forbidden.action, clear.action]


def test_the_quality_preset_opens_two_different_experts_at_once() -> None:
    """Speculation: both are reserved for, and they do not ask the same expert."""
    decision = plan(
        result("slm", "fail", 0.0, None),
        result("exact", "fail", 0.0, None),
        result("extract", "fail", 0.0, None),
        result("decompose", "fail", 0.0, None),
        preset="quality",
        price=PRICES["quality"],
    )

    assert {"mid", "llm"} == set(decision.nodes)


def test_a_fallback_is_not_opened_when_its_expert_has_already_answered() -> None:
    """Asking the same model the same thing again adds nothing."""
    tried = [result(n, "fail", 0.0, None) for n in ("exact", "extract", "decompose", "slm")]

    decision = plan(*tried, answered=frozenset({"llm"}))

    assert ("mid",) == decision.nodes


def test_the_best_answer_is_a_success_before_a_surer_looking_one() -> None:
    """Uncertain answers never win over verified ones, and failures are no answers."""
    results = [
        result("a", "uncertain", 0.95),
        result("b", "success", 0.85),
        result("c", "fail", 0.99),
    ]

    best = best_result(results)

    assert best is results[1]


def test_a_path_that_cannot_be_taken_hands_its_children_on() -> None:
    """Without a middle model, the small one's draft goes to the large one."""

    def no_mid(node: RouteNode) -> Outlook:
        return Outlook(0.0, Usage(), "no mid") if "mid" in node.experts else outlook(node)

    decision = plan(result("slm", "uncertain", 0.6), outlook=no_mid)
    alone = plan(outlook=no_mid)

    assert ("llm_revise",) == decision.nodes
    assert "llm_revise" not in {a.node for a in alone.alternatives}


def test_a_fallback_is_opened_when_nothing_better_is_worth_it() -> None:
    """Paths that could be opened but promise less than the best do not hold it back."""
    decision = plan(result("slm", "fail", 0.0, None), result("documents", "uncertain", 0.5))

    assert ("llm",) == decision.nodes
