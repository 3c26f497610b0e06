"""ROC curve and AUC."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.evals.metrics.ranking import auc, roc_curve
from secondhalf.evals.track import Floats

quick = settings(max_examples=50, deadline=None)
graded = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=60)


def arrays(answers: list[tuple[int, bool]]) -> tuple[Floats, Floats]:
    score, label = zip(*answers, strict=True)
    return np.array(score, float), np.array(label, float)


@quick
@given(graded)
def test_auc_is_the_chance_to_rank_right_above_wrong(answers: list[tuple[int, bool]]) -> None:
    """Against all pairs; equal scores count half."""
    score, label = arrays(answers)
    right, wrong = score[label == 1], score[label == 0]

    pairs = np.sign(right[:, None] - wrong[None])
    expected = (pairs.mean() + 1) / 2 if pairs.size else np.nan
    assert pytest.approx(expected, nan_ok=True) == auc(score, label)


@quick
@given(graded)
def test_auc_is_the_area_under_the_curve(answers: list[tuple[int, bool]]) -> None:
    """From nothing accepted to all accepted, never falling."""
    score, label = arrays(answers)
    curve = roc_curve(score, label)
    if not len(curve.threshold):
        return

    assert pytest.approx(auc(score, label)) == np.trapezoid(
        curve.true_positive_rate, curve.false_positive_rate
    )
    assert (0, 0, 1, 1) == (
        curve.false_positive_rate[0],
        curve.true_positive_rate[0],
        curve.false_positive_rate[-1],
        curve.true_positive_rate[-1],
    )
    assert (np.diff(curve.true_positive_rate) >= 0).all()


def test_thresholds_accept_what_reaches_them() -> None:
    """At .8 one right answer of two is accepted, and no wrong one."""
    curve = roc_curve(np.array([0.9, 0.8, 0.3, 0.3]), np.array([1.0, 0, 1, 0]))

    assert [np.inf, 0.9, 0.8, 0.3] == curve.threshold.tolist()
    assert [0, 0.5, 0.5, 1] == curve.true_positive_rate.tolist()
    assert [0, 0, 0.5, 1] == curve.false_positive_rate.tolist()


def test_fractional_labels_are_right_from_a_half_on() -> None:
    """A label of .5 counts as right."""
    assert 1.0 == auc(np.array([1.0, 0.0]), np.array([0.5, 0.49]))


def test_answers_without_a_score_are_left_out() -> None:
    """They rank neither above nor below."""
    assert 1.0 == auc(np.array([0.9, 0.1, np.nan]), np.array([1.0, 0.0, 0.0]))


@pytest.mark.parametrize("labels", [[1.0, 1.0], [0.0, 0.0], []])
def test_labels_all_alike_have_no_ranking(labels: list[float]) -> None:
    """No figure and an empty curve."""
    score, label = np.arange(len(labels), dtype=float), np.array(labels)

    assert np.isnan(auc(score, label))
    assert 0 == len(roc_curve(score, label).threshold)
