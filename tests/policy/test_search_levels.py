"""Outcomes of a path, and what they say of the prompt's difficulty."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.policy.search.belief import normalised, prior, update
from secondhalf.policy.search.levels import (
    FAILS,
    FALSE_PASS,
    LEVELS,
    UNCHECKED,
    Belief,
    Row,
    by_difficulty,
    distribution,
    is_success,
    level_of,
    mixed,
    spread,
)
from secondhalf.state.analysis import AnalysisConfidence, TaskAnalysis
from secondhalf.state.result import Status
from tests.policy.search_worlds import beliefs, distributions

shares = st.floats(0.0, 1.0)


@given(shares, beliefs, st.sampled_from([0.0, FALSE_PASS, UNCHECKED]))
def test_a_quality_is_the_mean_of_its_outcomes(
    quality: float, belief: Belief, false_pass: float
) -> None:
    """However it is spread over levels and difficulties."""
    row = mixed(spread(quality, belief, false_pass), belief)

    assert sum(row) == pytest.approx(1.0)
    assert quality == pytest.approx(sum(p * x for p, x in zip(row, LEVELS, strict=True)), abs=1e-9)
    assert min(row) >= -1e-12


@given(st.floats(0.01, 0.99), beliefs)
def test_the_harder_the_prompt_the_fewer_answers_pass(quality: float, belief: Belief) -> None:
    """Failures are more probable at a high difficulty than at a low one."""
    low, medium, high = spread(quality, belief, FALSE_PASS)

    assert low[0] < medium[0] < high[0]


def test_what_nobody_checks_tells_nothing_of_the_difficulty() -> None:
    """The answer stays as doubtful as it was expected to be."""
    low, medium, high = spread(0.6, (0.2, 0.5, 0.3), UNCHECKED)

    for row in (low, medium, high):
        assert (0.0, 0.0, 0.6, 0.4, 0.0) == pytest.approx(row)


def test_success_of_a_path_that_hardly_ever_succeeds_is_doubted() -> None:
    """Among what passes, wrong answers are then more frequent than right ones."""
    row = mixed(spread(0.05, (0.0, 1.0, 0.0), FALSE_PASS), (0.0, 1.0, 0.0))

    assert 0.0 == row[-1] == row[-2]


@given(shares, beliefs)
def test_the_chances_at_each_difficulty_have_the_expected_mean(
    quality: float, belief: Belief
) -> None:
    """Which is what the priors give for the difficulty that the analysis names."""
    chances = by_difficulty(quality, belief)

    assert quality == pytest.approx(sum(w * c for w, c in zip(belief, chances, strict=True)))
    assert all(0.0 <= chance <= 1.0 for chance in chances)
    assert chances[0] >= chances[1] >= chances[2]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((1.0, 1.0, 0.0, 0.0, 2.0), (0.25, 0.25, 0.0, 0.0, 0.5)),
        ((-1.0, 0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.5, 0.5)),
        ((math.nan, 0.0, 1.0, math.inf, 1.0), (0.0, 0.0, 0.5, 0.0, 0.5)),
        ((0.0,) * 5, FAILS),
        ((math.nan,) * 5, FAILS),
        ((), FAILS),
        ((1.0, 1.0), (0.5, 0.5, 0.0, 0.0, 0.0)),
        ((0.0, 0.0, 0.0, 0.0, 1.0, 7.0), (0.0, 0.0, 0.0, 0.0, 1.0)),
    ],
)
def test_probabilities_are_put_in_order(row: Row, expected: Row) -> None:
    """What is negative or not finite counts as 0; where nothing is left it is a fail."""
    assert expected == distribution(row)


@pytest.mark.parametrize("quality", [math.nan, -3.0, -math.inf])
def test_no_quality_is_quality_0(quality: float) -> None:
    """So is one below 0; one above 1 is 1."""
    belief = (0.2, 0.5, 0.3)

    assert spread(0.0, belief, FALSE_PASS) == spread(quality, belief, FALSE_PASS)
    assert spread(1.0, belief, FALSE_PASS) == spread(math.inf, belief, FALSE_PASS)


@pytest.mark.parametrize(
    ("quality", "status", "good_enough", "level"),
    [
        (0.9, "fail", 0.8, 0),
        (0.6, "uncertain", 0.8, 2),
        (0.05, "uncertain", 0.8, 1),
        (0.99, "uncertain", 0.8, 3),
        (0.82, "success", 0.8, 4),
        (0.72, "success", 0.7, 3),
        (0.99, "success", 1.0, 4),
        (0.1, "uncertain", 0.1, 1),
    ],
)
def test_an_outcome_has_the_nearest_level_that_its_status_allows(
    quality: float, status: Status, good_enough: float, level: int
) -> None:
    """A fail is level 0, an uncertain answer is no success however good it looks."""
    assert level == level_of(quality, status, good_enough)


def test_the_top_level_is_a_success_whatever_is_asked_for() -> None:
    """Nothing could be better."""
    assert [False, False, False, True, True] == [is_success(k, 0.7) for k in range(5)]
    assert [False, False, False, False, True] == [is_success(k, 1.0) for k in range(5)]


def test_the_prior_follows_the_analysis_as_far_as_it_is_sure() -> None:
    """With no confidence any difficulty is as probable as another."""

    def of(sure: float) -> Belief:
        confidence = AnalysisConfidence(difficulty=sure)
        return prior(TaskAnalysis(difficulty="high", confidence=confidence))

    assert (1 / 3, 1 / 3, 1 / 3) == pytest.approx(of(0.0))
    assert (0.0, 0.0, 1.0) == pytest.approx(of(1.0))
    assert (0.2, 0.2, 0.6) == pytest.approx(of(0.4))


@given(beliefs, distributions, distributions, distributions, st.integers(0, 4))
def test_an_outcome_is_weighed_by_bayes_rule(
    belief: Belief, low: Row, medium: Row, high: Row, k: int
) -> None:
    """w_θ ∝ w_θ · P[θ][k]; what was held to be impossible changes nothing."""
    found = update(belief, (low, medium, high), k)
    total = belief[0] * low[k] + belief[1] * medium[k] + belief[2] * high[k]

    assert sum(found) == pytest.approx(1.0)
    if total > 0.0:
        assert belief[0] * low[k] / total == pytest.approx(found[0])
    else:
        assert belief == found


def test_a_belief_without_weights_is_replaced() -> None:
    """Negative weights and those that are no numbers count as 0."""
    even = (1 / 3, 1 / 3, 1 / 3)

    assert even == normalised((math.nan, -1.0, 0.0), even)
    assert (0.0, 1.0, 0.0) == normalised((math.inf, 2.0, -1.0), even)
