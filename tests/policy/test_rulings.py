"""What two calls of a judge come to."""

from typing import Any

import pytest

from secondhalf.policy.priors import JUDGE_RIGHT
from secondhalf.policy.quality import assess_ruling
from secondhalf.policy.rulings import ruling_of
from secondhalf.state.estimate import Reliance
from secondhalf.state.expert import Evidence, ExpertBundle, ExpertResult

A_FIRST = ["a", "b"]
B_FIRST = ["b", "a"]


def heard(shown: Any, preferred: Any, judge: str = "j") -> ExpertResult:
    data = {"judge": judge, "shown": shown, "preferred": preferred}
    evidence = Evidence(kind="preference", source="m", text="why", data=data)
    return ExpertResult(
        call_id="x", expert="judge", role="verifier", output="o", evidence=(evidence,)
    )


BROKEN = ExpertResult(call_id="x", expert="judge", role="verifier", error="timed out")


def ruled(*results: ExpertResult) -> Any:
    first, *others = results
    return ruling_of(ExpertBundle(node="compare", verification=first, others=tuple(others)))


@pytest.mark.parametrize(("preferred", "refused"), [("a", "b"), ("b", "a")])
def test_the_same_in_both_orders_is_a_verdict(preferred: str, refused: str) -> None:
    """Its path succeeds; how far it is to be believed is its quality."""
    ruling = ruled(heard(A_FIRST, preferred), heard(B_FIRST, preferred))

    found = assess_ruling(ruling, Reliance(right=0.7), {"a": "slm", "b": "mid"})

    assert ("j", preferred, refused) == (ruling.judge, ruling.preferred, ruling.refused)
    assert ("success", 0.7) == (found.status, found.quality)
    assert "in both orders: why" in found.reason


NO_VERDICT = {
    "always the first": ((heard(A_FIRST, "a"), heard(B_FIRST, "b")), "turns with the order"),
    "always the second": ((heard(A_FIRST, "b"), heard(B_FIRST, "a")), "turns with the order"),
    "neither": ((heard(A_FIRST, ""), heard(B_FIRST, "")), "prefers neither"),
    "once": ((heard(A_FIRST, "a"), heard(B_FIRST, "")), "sure in one order only"),
    "one call failed": ((heard(A_FIRST, "a"), BROKEN), "timed out"),
    "both calls failed": ((BROKEN, BROKEN), "timed out"),
    "one call": ((heard(A_FIRST, "a"),), "not heard in both orders"),
    "one order twice": ((heard(A_FIRST, "a"), heard(A_FIRST, "a")), "not heard in both orders"),
    "two judges": ((heard(A_FIRST, "a"), heard(B_FIRST, "a", "k")), "by one judge"),
    "somebody else": ((heard(A_FIRST, "c"), heard(B_FIRST, "c")), "prefers neither"),
    "garbled": ((heard("ab", "a"), heard(None, "a")), "not heard in both orders"),
}


@pytest.mark.parametrize("case", NO_VERDICT)
def test_anything_else_is_none(case: str) -> None:
    """And its path fails with the reason."""
    results, why = NO_VERDICT[case]

    ruling = ruled(*results)

    assert ("", "") == (ruling.preferred, ruling.refused)
    assert why in ruling.reason
    assert ("fail", 0.0) == assess_ruling(ruling, Reliance(), {})[:2]


def test_a_judge_is_never_certain_before_it_has_been_tried() -> None:
    """Nor no better than a coin."""
    assert all(0.5 < right < 0.9 for right in JUDGE_RIGHT.values())
