"""What outcomes say of a judge between two answers."""

import random
from dataclasses import replace

import pytest

from secondhalf.policy.estimates.book import Common, Estimates
from secondhalf.policy.estimates.foresee import judges_of, prospects
from secondhalf.policy.estimates.learn import learn, learn_use
from secondhalf.policy.estimates.lesson import Lesson, Verdict
from secondhalf.policy.priors import JUDGE_DECIDES
from secondhalf.state.estimate import Answered, Judged

ONE = Answered(arm="a", call="1", gist=20.0, prior=0.6)
OTHER = Answered(arm="b", call="2", gist=19.0, prior=0.6)
ESSAY = Answered(arm="b", call="2", prior=0.6)
FOR_ONE = Verdict("j", 0.75, preferred=0, refused=1)


def counts(
    one: float | None, other: float | None, second: Answered = OTHER, verdict: Verdict = FOR_ONE
) -> tuple[float, float]:
    """How much of right and of wrong the judge is credited with."""
    lesson = Lesson("low", [ONE, second], [one, other], verdicts=[verdict])
    judge = learn(Estimates(), lesson).common.judges.get("j")
    return (0.0, 0.0) if judge is None else (judge.right, judge.wrong)


def test_a_verdict_is_right_where_just_the_preferred_answer_was() -> None:
    """And wrong where just the other was; of two that were right, or wrong, it says nothing."""
    assert (1.0, 0.0) == counts(1.0, 0.0)
    assert (0.0, 1.0) == counts(0.0, 1.0)
    assert (0.0, 0.0) == counts(1.0, 1.0)
    assert (0.0, 0.0) == counts(0.0, 0.0)
    assert (0.0, 0.0) == counts(None, None)


def test_one_score_tells_as_much_as_it_can() -> None:
    """As far as both cannot be right: the other was wrong, or may have been right."""
    alone, none = counts(1.0, None)
    assert 0.7 < alone < 1.0
    assert 0.0 == none
    assert counts(None, 1.0) == pytest.approx((0.0, alone))
    right, wrong = counts(0.0, None)
    assert 0.0 == right
    assert 0.2 < wrong < 0.9
    again, none = counts(None, 0.0)
    assert again == pytest.approx(wrong)
    assert 0.0 == none
    assert (0.0, 0.0) == counts(1.0, None, ESSAY)
    assert (0.0, 0.0) == counts(0.0, None, ESSAY)


def test_who_says_the_same_is_scored_alike() -> None:
    """The label of a path is one of its own answer; another may say the same."""
    third = Answered(arm="c", call="3", gist=20.0, prior=0.6)
    verdict = Verdict("j", 0.75, preferred=2, refused=1)
    lesson = Lesson("low", [ONE, OTHER, third], [1.0, None, None], verdicts=[verdict])

    assert 0.9 < learn(Estimates(), lesson).common.judges["j"].right < 1.0


def test_a_coin_is_not_taken_for_a_judge_where_prompts_are_open_ended() -> None:
    """One score tells less of the other answer then: of being right and of being wrong alike."""
    rng, found = random.Random(3), Estimates()
    common = Common(paired=200.0, agreed=80.0)
    found = replace(found, common=common)
    assert prospects(found, "low", "", {}).closed < 0.4
    for n in range(400):
        score = float(rng.random() < 0.6)
        preferred = rng.randrange(2)
        scores = [score if place == preferred else None for place in range(2)]
        answers = [
            Answered(arm=f"{name}{n}", call=name, gist=float(place), prior=0.6)
            for place, name in enumerate("ab")
        ]
        verdict = Verdict("j", 0.65, preferred=preferred, refused=1 - preferred)
        found = learn(found, Lesson("low", answers, scores, verdicts=[verdict]))
    heard = found.common.judges["j"]

    assert heard.right / (heard.right + heard.wrong) == pytest.approx(0.5, abs=0.1)


def test_reliance_begins_with_the_prior_and_follows_outcomes() -> None:
    """Shrunk: one outcome does not make or break a judge."""
    told = Judged(judge="j", answers=("1", "2"), preferred="1")
    flipped = Judged(judge="j", answers=("1", "2"))
    estimates = Estimates()
    new = judges_of(estimates, {"j": 0.75})["j"]
    for _ in range(30):
        estimates = learn_use(estimates, [ONE, OTHER], [flipped])
        lesson = Lesson("low", [ONE, OTHER], [0.0, 1.0], verdicts=[FOR_ONE])
        estimates = learn(estimates, lesson)
    bad = judges_of(estimates, {"j": 0.75})["j"]
    good = judges_of(learn_use(Estimates(), [], [told]), {"j": 0.75})["j"]

    assert (0.75, JUDGE_DECIDES) == (new.right, new.decides)
    assert bad.right < 0.3
    assert bad.decides < 0.3
    assert good.decides > new.decides
    assert good.right == new.right
    assert Common.model_validate_json(estimates.common.model_dump_json()) == estimates.common


def test_calibration_sees_the_quality_that_the_verdict_left() -> None:
    """Else it would mend what the judge had mended."""

    def computed(verdicts: list[Verdict]) -> float:
        lesson = Lesson("low", [ONE, OTHER], [1.0, None], given=0, verdicts=verdicts)
        return learn(Estimates(), lesson).common.calibration.pairs[-1][0]

    assert computed([FOR_ONE]) > computed([]) > computed([Verdict("j", 0.75, 1, 0)])
