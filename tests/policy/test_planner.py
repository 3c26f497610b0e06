"""The search's decisions, without a graph around them."""

from collections.abc import Callable
from typing import Any

import pytest

from secondhalf.policy.defaults import PRICES
from secondhalf.policy.ledger import Left
from secondhalf.policy.planner import Outlook, SearchPlanner, View, best_result
from secondhalf.policy.search.levels import Outcomes
from secondhalf.policy.trees import STRATEGIES
from secondhalf.state.analysis import AnalysisConfidence, TaskAnalysis
from secondhalf.state.budget import DEFAULT_BUDGET, Usage
from secondhalf.state.decision import Decision
from secondhalf.state.policy import Price, Thresholds
from secondhalf.state.result import RouteResult, Status
from secondhalf.state.strategy import Guard, RouteNode, Strategy

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
    """The planner's decision."""
    return SearchPlanner().plan(view(*results, **changes))


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


def test_nothing_that_is_not_worth_its_price_is_paid_for() -> None:
    """An uncertain answer ends the search where all that is left adds less than it costs."""
    tried = (result("slm", "uncertain", 0.6), result("mid_revise", "uncertain", 0.9))
    dear = plan(*tried, price=Price(usd=40.0, second=0.001))
    cheap = plan(*tried)

    assert ("stop", "") == (dear.action, dear.capped)
    assert {"llm_revise": ""} == {
        a.node: a.reason for a in dear.alternatives if a.node == "llm_revise"
    }
    assert ("open", ("llm_revise",)) == (cheap.action, cheap.nodes)


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


def both(usd: float, calls: int = 1) -> Callable[[RouteNode], Outlook]:
    """Checked answers by the middle and the large model alone, that take ten seconds each."""

    def outlook(node: RouteNode) -> Outlook:
        cost = Usage(usd=usd, calls=calls, seconds=10)
        row = (0.5, 0.0, 0.0, 0.0, 0.5)
        levels = (row, row, row)
        known = node.id in ("mid", "llm")
        return Outlook(0.5, cost, levels=levels) if known else Outlook(0.0, cost, "out of order")

    return outlook


def test_two_different_experts_are_asked_at_once_where_waiting_is_dear() -> None:
    """Speculation: the second is asked before it is known whether it is needed."""
    slow = Price(usd=1.0, second=0.01)

    dear_time = plan(outlook=both(usd=0.01), price=slow)
    dear_money = plan(outlook=both(usd=0.1), price=slow)

    assert {"mid", "llm"} == set(dear_time.nodes)
    assert ("mid",) == dear_money.nodes


@pytest.mark.parametrize(
    "changes",
    [
        {"left": Left(usd=0.015, seconds=100, tokens=10_000, calls=10)},
        {"left": Left(usd=1.0, seconds=15, tokens=10_000, calls=10)},
        {"left": Left(usd=1.0, seconds=100, tokens=10_000, calls=1)},
        {"budget": DEFAULT_BUDGET.model_copy(update={"nodes": 1})},
    ],
)
def test_what_is_opened_at_once_fits_together(changes: dict[str, Any]) -> None:
    """Each would fit alone; the ledger has to hold both reservations."""
    decision = plan(outlook=both(usd=0.01), price=Price(usd=1.0, second=0.01), **changes)

    assert ("mid",) == decision.nodes


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


def test_without_an_answer_something_is_opened_whatever_it_costs() -> None:
    """Within the budget: having no answer is worth any price that fits."""
    price = Price(usd=1000.0, second=0.0)
    free = [result(n, "fail", 0.0, None) for n in ("exact", "extract", "decompose")]

    decision = plan(*free, price=price)
    answered = plan(*free, result("slm", "uncertain", 0.3), price=price)

    assert ("open", ("slm",)) == (decision.action, decision.nodes)
    assert "stop" == answered.action


def test_a_path_that_is_only_for_the_unasked_closes_when_its_expert_is_asked() -> None:
    """``Guard.unasked``: asked by another path, it would say the same again."""
    once = Guard(unasked=True)
    strategy = Strategy(
        name="ONCE",
        roots=("slm", "mid", "pair"),
        nodes=(
            RouteNode(id="slm", stages=(("slm",),), guard=once),
            RouteNode(id="mid", stages=(("mid",),), guard=once),
            RouteNode(id="pair", stages=(("slm", "mid"),), guard=once),
        ),
    )

    def outlook(node: RouteNode) -> Outlook:
        return Outlook(0.6, Usage(usd=0.001, calls=1))

    slm = result("slm", "fail", 0.0, None)
    decision = plan(slm, strategy=strategy, outlook=outlook, answered=frozenset({"slm"}))

    reasons = {a.node: a.reason for a in decision.alternatives}
    assert {"mid": "", "pair": "the same expert has already answered"} == reasons
    assert ("mid",) == decision.nodes


def test_a_chain_is_not_followed_deeper_than_its_cap() -> None:
    """A child below the cap is named as such, and nothing is opened for its sake."""
    shallow = DEFAULT_BUDGET.model_copy(update={"depth": 1})
    decision = plan(result("slm", "uncertain", 0.6), budget=shallow)

    reasons = {a.node: a.reason for a in decision.alternatives}
    assert "cap on depth" == reasons["mid_revise"]
    assert "mid_revise" not in decision.nodes


def test_what_a_wrong_answer_says_of_the_difficulty_changes_the_order() -> None:
    """A cheap path that is good at easy prompts only gives way once a check has failed."""
    strategy = Strategy(
        name="TWO",
        roots=("first", "cheap", "strong"),
        nodes=tuple(
            RouteNode(id=name, stages=((name,), ("verifier",)))
            for name in ("first", "cheap", "strong")
        ),
    )
    easy_only: Outcomes = ((0.05, 0, 0, 0, 0.95), (0.6, 0, 0, 0, 0.4), (0.99, 0, 0, 0, 0.01))
    any_prompt: Outcomes = ((0.2, 0, 0, 0, 0.8), (0.2, 0, 0, 0, 0.8), (0.2, 0, 0, 0, 0.8))

    def outlook(node: RouteNode) -> Outlook:
        usd = {"first": 0.05, "cheap": 0.01, "strong": 0.02}[node.id]
        levels = any_prompt if node.id == "strong" else easy_only
        return Outlook(0.5, Usage(usd=usd, calls=1), levels=levels)

    easy = TaskAnalysis(difficulty="low", confidence=AnalysisConfidence(difficulty=0.7))
    wrong = plan(result("first", "fail", 0.1), strategy=strategy, outlook=outlook, analysis=easy)
    out_of_order = plan(
        result("first", "fail", 0.0, None), strategy=strategy, outlook=outlook, analysis=easy
    )

    assert ("strong",) == wrong.nodes
    assert ("cheap",) == out_of_order.nodes


def test_the_mean_decides_what_it_is_worth_and_the_90th_percentile_whether_it_fits() -> None:
    """A path that is seldom dear is worth more, and still does not fit a small budget."""

    def outlook(node: RouteNode) -> Outlook:
        missing = "" if node.id in ("mid", "llm") else "not configured"
        most = Usage(usd=0.1, calls=1)
        mean = Usage(usd=0.001 if node.id == "llm" else 0.09, calls=1)
        return Outlook(0.8, most, missing, expected=mean)

    decision = plan(outlook=outlook)
    short = plan(outlook=outlook, left=Left(usd=0.05, seconds=9, tokens=9, calls=9))

    assert ("llm",) == decision.nodes
    assert ("stop", "usd") == (short.action, short.capped)
