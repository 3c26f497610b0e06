"""ECE, Brier, reliability, risk and coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.evals.metrics.calibration import (
    aurc,
    brier,
    ece,
    reliability,
    risk_coverage,
)
from secondhalf.evals.track import Floats

quick = settings(max_examples=20, deadline=None)
NOTHING = np.array([np.nan, np.nan])
RIGHT = np.ones(2)


def answers(seed: int, number: int = 300) -> tuple[Floats, Floats]:
    """Qualities that hold: right as often as they say."""
    rng = np.random.default_rng(seed)
    quality: Floats = rng.integers(1, 20, number) / 20
    return quality, (rng.random(number) < quality).astype(float)


def test_ece_is_the_mean_gap_of_the_bins() -> None:
    """Two bins of two answers: gaps .1 and .35."""
    quality, score = np.array([0.55, 0.65, 0.85, 0.85]), np.array([1.0, 0, 1, 0])

    assert pytest.approx(0.25 * 0.45 + 0.25 * 0.65 + 0.5 * 0.35) == ece(quality, score)
    assert pytest.approx((0.1 + 0.35) / 2) == ece(quality, score, bins=2, equal_mass=True)


def test_the_bins_of_a_plot_hold_all_answers() -> None:
    """Also those of quality 0 and 1, and never an empty bin."""
    quality, score = np.array([0, 0.05, 0.1, 1.0]), np.array([0.0, 0, 1, 1])

    found = reliability(quality, score)
    assert [(0.0, 0.1, 2), (0.1, 0.2, 1), (0.9, 1.0, 1)] == [
        (round(one.low, 1), round(one.high, 1), one.number) for one in found
    ]
    assert [0, 1, 1] == [one.score for one in found]


@quick
@given(st.integers(0, 100), st.booleans())
def test_calibrated_answers_have_a_small_error(seed: int, equal_mass: bool) -> None:
    """And shifted ones one as large as the shift."""
    quality, score = answers(seed, 4000)

    good = ece(quality, score, equal_mass=equal_mass)
    bad = ece(np.clip(quality + 0.3, 0, 1), score, equal_mass=equal_mass)
    assert good < 0.05
    assert bad > 0.15


def test_equal_qualities_share_a_bin() -> None:
    """Bins of equal mass are not parted within a tie, so order changes nothing."""
    quality, score = np.repeat([0.4, 0.9], 50), np.tile([0.0, 1.0], 50)

    assert [(0.4, 50), (0.9, 50)] == [
        (round(one.quality, 9), one.number) for one in reliability(quality, score, equal_mass=True)
    ]


def test_brier_is_the_mean_squared_error() -> None:
    """Of fractional labels, too."""
    assert pytest.approx((0.04 + 0.25) / 2) == brier(np.array([0.8, 0.5]), np.array([1.0, 0.0]))
    assert brier(np.array([0.5]), np.array([0.5])) == 0


def test_risk_grows_with_coverage_where_the_sure_answers_are_right() -> None:
    """The surest three of four are right."""
    curve = risk_coverage(np.array([0.2, 0.9, 0.8, 0.7]), np.array([0.0, 1, 1, 1]))

    assert [0.25, 0.5, 0.75, 1] == curve.coverage.tolist()
    assert [0, 0, 0, 0.25] == curve.risk.tolist()


def test_equally_sure_answers_are_given_in_no_order() -> None:
    """A policy that is equally sure of all has the same risk at every coverage."""
    assert [0.5] * 4 == risk_coverage(np.full(4, 0.7), np.array([1.0, 1, 0, 0])).risk.tolist()
    assert aurc(np.full(4, 0.7), np.array([1.0, 1, 0, 0])) == 0.5


@quick
@given(st.integers(0, 100))
def test_no_order_has_less_risk_than_that_of_the_labels(seed: int) -> None:
    """And the full coverage risks the mean loss, whatever the order."""
    quality, score = answers(seed)

    assert aurc(score, score) <= aurc(quality, score) <= aurc(-score, score)
    assert pytest.approx(1 - score.mean()) == risk_coverage(quality, score).risk[-1]


def test_what_was_not_said_is_left_out() -> None:
    """Answers without a quality change no figure."""
    quality, score = answers(1)
    more, also = np.append(quality, NOTHING), np.append(score, RIGHT)

    assert (ece(quality, score), brier(quality, score), aurc(quality, score)) == (
        ece(more, also),
        brier(more, also),
        aurc(more, also),
    )


def test_a_policy_that_says_nothing_has_no_figure() -> None:
    """No figure, no bins, an empty curve."""
    assert np.isnan([ece(NOTHING, RIGHT), brier(NOTHING, RIGHT), aurc(NOTHING, RIGHT)]).all()
    assert () == reliability(NOTHING, RIGHT)
    assert [] == risk_coverage(NOTHING, RIGHT).risk.tolist()


def test_runs_are_taken_together() -> None:
    """Arrays of a track, (runs, prompts), are so many answers."""
    quality, score = answers(2)
    runs = quality.reshape(3, 100), score.reshape(3, 100)

    assert (ece(quality, score), brier(quality, score), aurc(quality, score)) == (
        ece(*runs),
        brier(*runs),
        aurc(*runs),
    )
