"""Policies that do not look at the prompt."""

import numpy as np
import pytest

from secondhalf.evals.baselines.outcome import Recorded, outcome_of
from secondhalf.evals.baselines.singles import (
    best_single,
    best_single_on,
    cheapest,
    mix,
    single,
    uniform,
)

RECORDED = Recorded(
    score=np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]),
    cost=np.array([[1.0, 5.0, 3.0]] * 4),
    latency_s=np.full((4, 3), np.nan),
)


def test_of_equally_good_models_the_cheapest_is_the_best() -> None:
    """Two are right three times of four; an unknown price comes last."""
    unpriced = np.array([[1.0, 5.0, np.nan]] * 4)

    assert 2 == best_single(RECORDED.score, RECORDED.cost)
    assert 1 == best_single(RECORDED.score, unpriced)


def test_the_best_single_model_is_chosen_on_the_other_folds() -> None:
    """The first prompt is answered by who was best on the last, and the other way round."""
    score = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    recorded = Recorded(score, np.ones((3, 2)), np.ones((3, 2)))

    outcome = best_single_on(recorded, np.array([0, 0, 1]))

    assert [1, 1, 0] == outcome.answered_by.tolist()
    assert [0, 0, 0] == outcome.score.tolist()


def test_one_model_for_all_prompts() -> None:
    """Its scores and costs, one answer opened per prompt."""
    outcome = single(RECORDED, 1)

    assert [1, 1, 0, 1] == outcome.score.tolist()
    assert (20, 4) == (outcome.cost.sum(), outcome.opened.sum())
    assert [[0, 1, 0]] * 4 == outcome.asked.tolist()


def test_the_cheapest_costs_least_on_average() -> None:
    """Whatever it scores."""
    assert 0 == cheapest(RECORDED)


def test_random_is_what_to_expect_of_it() -> None:
    """The mean over models, prompt by prompt; no model in particular answers."""
    outcome = uniform(RECORDED)

    assert [2 / 3] * 4 == pytest.approx(outcome.score.tolist())
    assert [3.0] * 4 == pytest.approx(outcome.cost.tolist())
    assert {-1} == set(outcome.answered_by.tolist())


def test_a_blind_mix_lies_on_the_line_between_two_models() -> None:
    """A price that is not known does not spoil a mix of others."""
    recorded = RECORDED._replace(cost=np.array([[1.0, 5.0, np.nan]] * 4))

    outcome = mix(recorded, 0, 1, 0.25)

    assert 0.75 * 0.5 + 0.25 * 0.75 == pytest.approx(outcome.score.mean())
    assert 2.0 == pytest.approx(outcome.cost.mean())
    assert [1 / 4] * 4 == outcome.asked[:, 1].tolist()


def test_where_nobody_is_asked_nothing_is_paid_or_scored() -> None:
    """-1 opens no answer."""
    outcome = outcome_of(RECORDED, np.array([-1, 0, 1, 2]))

    assert (0, 0, 0) == (outcome.score[0], outcome.cost[0], outcome.opened[0])
    assert -1 == outcome.answered_by[0]
    assert [0, 0, 0] == outcome.asked[0].tolist()
