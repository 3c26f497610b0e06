"""What a word on one answer tells of answers that nobody scored."""

from dataclasses import replace

import pytest

from secondhalf.policy.estimates.book import Common, Estimates
from secondhalf.policy.estimates.learn import learn
from secondhalf.policy.estimates.lesson import Lesson
from secondhalf.state.estimate import Answered

GIVEN = Answered(arm="strong", gist=42.0, prior=0.9)


def told_of(
    said: float | str | None, score: float, estimates: Estimates | None = None
) -> tuple[float, float]:
    """How often a cheap arm that said so counts as right, and as wrong, once 42 got a score."""
    cheap = Answered(arm="cheap", gist=said, prior=0.6)
    lesson = Lesson("medium", [cheap, GIVEN], [None, score], given=1, unscored=(0,))
    skill = learn(estimates or Estimates(), lesson).skills.get("cheap")
    return (0.0, 0.0) if skill is None else (sum(skill.right), sum(skill.wrong))


@pytest.mark.parametrize("score", [1.0, 0.75, 0.0])
def test_who_says_the_same_is_as_good(score: float) -> None:
    """Whether that is right or wrong."""
    assert pytest.approx((score, 1.0 - score)) == told_of(42.0, score)


def test_who_says_something_else_than_a_right_answer_is_probably_wrong() -> None:
    """But for prompts that have several right answers, by how often there are such."""
    right, wrong = told_of(41.0, 1.0)
    open_ended = replace(Estimates(), common=Common(paired=100.0, agreed=20.0))
    right_there, _ = told_of(41.0, 1.0, open_ended)

    assert pytest.approx(1.0) == right + wrong
    assert 0.0 < right < 0.1
    assert 0.3 < right_there < 0.7


@pytest.mark.parametrize(("said", "score"), [(41.0, 0.0), (41.0, 0.75), (None, 1.0)])
def test_otherwise_nothing_is_known(said: float | None, score: float) -> None:
    """Beside a wrong answer, one that is only good, or where nothing can be compared."""
    assert (0.0, 0.0) == told_of(said, score)


def test_only_what_is_left_to_infer_is_inferred() -> None:
    """And what is common to all arms, such as how often right answers agree, learns nothing."""
    cheap = Answered(arm="cheap", gist=42.0)
    lesson = Lesson("medium", [cheap, GIVEN], [None, 1.0], given=1)

    left, told = learn(Estimates(), lesson), learn(Estimates(), lesson._replace(unscored=(0,)))

    assert "cheap" not in left.skills
    assert "cheap" in told.skills
    assert left.common == told.common
    assert left.skills["strong"] == told.skills["strong"]
