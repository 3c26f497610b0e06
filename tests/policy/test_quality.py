"""From evidence to status and quality."""

from typing import Any

import pytest

from secondhalf.policy.agreement import agree
from secondhalf.policy.quality import Assessment, assess
from secondhalf.policy.stages import MAX_ATTEMPTS, bundle_of, is_dead_end, may_open_again
from secondhalf.state.budget import Usage
from secondhalf.state.expert import Evidence, ExpertResult, Role
from secondhalf.state.policy import Thresholds
from secondhalf.state.strategy import RouteNode

NODE = RouteNode(id="n", stages=(("llm",), ("verifier",)))


def said(role: Role, output: str = "42", **fields: Any) -> ExpertResult:
    """A result of a model, unless ``model`` says otherwise."""
    return ExpertResult.model_validate(
        {"call_id": "c", "expert": role, "role": role, "output": output, "model": "m"} | fields
    )


def judged(passed: bool | None, score: float) -> ExpertResult:
    """A judge's verdict; ``score`` is the chance it gives the answer."""
    verdict = Evidence(kind="judge", source="j", passed=passed, score=score)
    return said("verifier", evidence=(verdict,))


def judge(*results: ExpertResult, expected: float = 0.75, verified: bool = False) -> Assessment:
    """The assessment of a path."""
    node = NODE.model_copy(update={"verified": verified})
    return assess(bundle_of(node, 1, results), node, expected, Thresholds())


def test_an_answer_is_as_good_as_expected_while_nobody_looked() -> None:
    """Without a verdict the prior is all there is."""
    assessment = judge(said("reasoner"))

    assert assessment.status == "uncertain"
    assert assessment.quality == pytest.approx(0.75)


def test_a_verifier_raises_or_lowers_the_quality() -> None:
    """The same answer, passed and doubted."""
    passed = judge(said("reasoner"), judged(True, 0.9))
    doubted = judge(said("reasoner"), judged(False, 0.3))

    assert ("success", "uncertain") == (passed.status, doubted.status)
    assert doubted.quality < 0.75 < passed.quality


def test_a_judge_that_is_sure_of_a_mistake_closes_the_path() -> None:
    """Refuted is a fail, not uncertainty."""
    assert judge(said("reasoner"), judged(False, 0.05)).status == "fail"


def test_a_verification_below_the_threshold_leaves_the_result_uncertain() -> None:
    """Passed, but hardly: confidence under ``verified``."""
    assert judge(said("reasoner"), judged(True, 0.4), expected=0.99).status == "uncertain"


def test_where_verification_is_demanded_nothing_else_counts() -> None:
    """A verifier that failed, or had no opinion, leaves the best prior uncertain."""
    broken = said("verifier", "", error="timed out")

    statuses = [
        judge(said("reasoner"), verdict, expected=0.99, verified=True).status
        for verdict in (broken, judged(None, 0.5))
    ]

    assert ["uncertain", "uncertain"] == statuses


def test_where_verification_is_demanded_a_model_does_not_verify_itself() -> None:
    """Its own word counts for something elsewhere; an executable check counts whoever asks."""
    own = Evidence(kind="judge", source="m", passed=True, score=0.95, data={"own": True})
    check = Evidence(kind="check", source="arithmetic", passed=True)
    verdict = said("verifier", evidence=(own,))

    demanded, elsewhere = (judge(said("reasoner"), verdict, verified=v) for v in (True, False))
    checked = judge(said("reasoner", evidence=(check,)), verdict, verified=True)

    assert ("uncertain", None) == (demanded.status, demanded.verified)
    assert "the same model" in demanded.reason
    assert "not verified" in demanded.reason
    assert ("success", True) == (elsewhere.status, elsewhere.verified)
    assert ("success", True) == (checked.status, checked.verified)


def test_a_failed_check_caps_the_quality() -> None:
    """No judge's praise helps an answer whose check failed."""
    failed = Evidence(kind="check", source="arithmetic", text="2+2", passed=False)

    assessment = judge(said("reasoner", evidence=(failed,)), judged(True, 0.99))

    assert assessment.status == "fail"
    assert assessment.quality <= 0.2


def test_a_local_expert_is_as_sure_as_its_checks_make_it() -> None:
    """Its own confidence counts, for it was earned by a check."""
    checked = Evidence(kind="check", source="arithmetic", passed=True)

    assessment = judge(said("reasoner", model="", confidence=0.98, evidence=(checked,)))

    assert ("success", True) == (assessment.status, assessment.verified)


def test_an_expert_that_doubts_itself_is_believed() -> None:
    """A model that says it does not know is not good enough, whatever was expected of it."""
    assert judge(said("reasoner", "I don't know", confidence=0.1), expected=0.95).quality < 0.2


def test_no_answer_is_a_failure_that_says_why() -> None:
    """The error of the expert is the reason."""
    assessment = judge(said("reasoner", "", error="timed out after 3 s"))

    assert ("fail", "timed out after 3 s") == (assessment.status, assessment.reason)


def test_later_stages_are_not_asked_when_there_is_nothing_to_work_on() -> None:
    """No passages or no answer ends a path early."""
    assert is_dead_end([said("retriever", error="nothing found")])
    assert is_dead_end([said("reasoner", "", error="timed out")])
    assert not is_dead_end([said("reasoner", "", error="timed out"), said("reasoner")])


def test_a_path_may_open_again_only_where_who_would_have_answered_was_not_asked_again() -> None:
    """Whoever was asked and failed has failed, whatever else was lost; judges give verdicts."""
    gone: dict[str, Any] = {"lost": Usage(usd=0.1, calls=1), "attempts": 0, "error": "no calls"}
    failed = said("reasoner", "", error="timed out")

    assert may_open_again(bundle_of(NODE, 1, [said("reasoner", "", **gone)]))
    assert may_open_again(bundle_of(NODE, 1, [said("verifier", "", **gone), judged(True, 0.9)]))
    assert not may_open_again(bundle_of(NODE, 1, [said("classifier", "", **gone), failed]))
    assert not may_open_again(bundle_of(NODE, 1, [said("reasoner"), said("verifier", "", **gone)]))
    assert not may_open_again(bundle_of(NODE, 1, [said("reasoner", "", **gone | {"attempts": 1})]))


def test_a_path_whose_calls_are_always_lost_is_given_up() -> None:
    """A call that takes its process down with it each time is not made for ever."""
    gone = said("reasoner", "", lost=Usage(usd=0.1, calls=1), attempts=0, error="no calls")

    again = [may_open_again(bundle_of(NODE, n + 1, [gone])) for n in range(MAX_ATTEMPTS)]

    assert [True] * (MAX_ATTEMPTS - 1) + [False] == again


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("The answer is 1,234.", "1234", True),
        ("It is 5", "It is 6", False),
        ("Paris", "paris.", True),
        ("Paris", "London", False),
        ("", "", False),
    ],
)
def test_answers_agree_by_number_or_by_words(first: str, second: str, same: bool) -> None:
    """Agreement is symmetric."""
    assert (same, same) == (agree(first, second), agree(second, first))


def test_a_judge_that_always_says_yes_overrules_no_failed_check() -> None:
    """What can be checked is not a matter of opinion."""
    failed = Evidence(kind="check", source="recomputed", passed=False)

    assessment = judge(said("reasoner", evidence=(failed,)), judged(True, 1.0))

    assert ("fail", True) == (assessment.status, assessment.quality <= 0.2)
