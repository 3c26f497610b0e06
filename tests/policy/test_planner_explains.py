"""What a decision says of itself."""

import pytest

from secondhalf.policy.ledger import Left
from secondhalf.state.analysis import AnalysisConfidence, TaskAnalysis
from secondhalf.state.decision import Alternative, Decision
from secondhalf.state.policy import Price
from secondhalf.state.strategy import RouteNode, Strategy
from tests.policy.test_planner import plan, result

FREE = tuple(result(name, "fail", 0.0, None) for name in ("exact", "extract", "decompose"))


def looks(decision: Decision) -> dict[str, Alternative]:
    """What it says of each path."""
    return {look.node: look for look in decision.alternatives}


def test_it_says_what_it_opened_and_what_for() -> None:
    """The value of the path, what it is worth with all that may follow, and what stopping is."""
    decision = plan(*FREE)
    slm = looks(decision)["slm"]

    assert ("slm",) == decision.nodes
    assert f"slm: value {slm.value:.2f} (worth {slm.worth:.2f} in the end, stopping now 0.00)" == (
        decision.reason
    )
    assert slm.worth > slm.value
    assert "" == slm.passed_over


def test_it_says_what_was_not_worth_its_price() -> None:
    """The best of what was left, what it would add, and for how much."""
    tried = (result("slm", "uncertain", 0.6), result("mid_revise", "uncertain", 0.9))
    decision = plan(*FREE, *tried, price=Price(usd=40.0, second=0.0))

    said = "no path is worth its price: the best, 'llm_revise', would add 0.09 for 0.20"
    assert said == decision.reason
    assert "would add 0.09 for 0.20" == looks(decision)["llm_revise"].passed_over


def test_it_says_why_a_path_was_passed_over() -> None:
    """For another that is worth more in the end, or because it waits."""
    decision = plan(result("slm", "uncertain", 0.6))
    seen = looks(decision)

    assert ("mid_revise",) == decision.nodes
    assert f"worth {seen['exact'].worth:.2f} in the end, 'mid_revise' " in seen["exact"].passed_over
    assert "waits: a fallback, and 'mid_revise' is worth opening" == seen["llm"].passed_over


def test_what_cannot_be_opened_has_a_reason_and_no_worth() -> None:
    """Nothing was passed over that could not be had."""
    decision = plan(*FREE, left=Left(usd=0.0, seconds=9, tokens=9, calls=9))

    for look in decision.alternatives:
        assert ("cap on usd", 0.0, 0.0, "") == (
            look.reason,
            look.worth,
            look.index,
            look.passed_over,
        )


def test_alternatives_are_listed_by_their_value() -> None:
    """The expected quality less the price, the highest first."""
    values = [look.value for look in plan().alternatives if not look.reason]

    assert sorted(values, reverse=True) == values
    assert 5 < len(values)


@pytest.mark.parametrize("usd", [4.0, 10.0, 20.0])
def test_the_index_says_up_to_which_quality_a_path_is_worth_opening(usd: float) -> None:
    """Below it the search goes on, above it stops."""
    nodes = tuple(RouteNode(id=name, stages=((name,), ("verifier",))) for name in ("slm", "mid"))
    strategy = Strategy(name="TWO", roots=("slm", "mid"), nodes=nodes)

    def with_in_hand(quality: float) -> Decision:
        in_hand = result("slm", "uncertain", quality)
        even = TaskAnalysis(confidence=AnalysisConfidence(difficulty=0.0))
        return plan(in_hand, strategy=strategy, price=Price(usd=usd, second=0.0), analysis=even)

    index = looks(with_in_hand(0.5))["mid"].index

    assert 0.5 < index < 1.0
    assert "open" == with_in_hand(index - 0.05).action
    assert "stop" == with_in_hand(index + 0.01).action
