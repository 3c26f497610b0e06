"""Regret and learning curves."""

import numpy as np
import pytest

from secondhalf.evals.metrics.regret import (
    best_fixed,
    cumulative_mean,
    cumulative_regret,
    mean_after,
    moving_average,
    oracle,
    utility,
)
from secondhalf.evals.track import Floats, Ints, Track, plain_track

SCORES = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
COSTS = np.array([[0.1, 0.2], [0.1, 0.2], [0.1, 0.2]])


def follow(model: Ints, order: Ints) -> Track:
    """A policy that takes ``model[run, prompt]``."""
    rows = np.arange(3)
    return plain_track(
        "policy",
        "router",
        score=np.stack([SCORES[rows, run] for run in model]),
        cost=np.stack([COSTS[rows, run] for run in model]),
        answered_by=model,
        order=order,
    )


def test_the_best_fixed_model_depends_on_the_price() -> None:
    """The second is right more often; at a high price the first is worth more."""
    assert [1, 1, 0] == [best_fixed(SCORES, COSTS, price).model for price in (0, 1, 5)]
    assert pytest.approx([-0.2, 0.8, 0.8]) == best_fixed(SCORES, COSTS, 1).utility[0]


def test_the_oracle_takes_each_prompts_best_model() -> None:
    """By utility, not by score alone."""
    assert pytest.approx([0.9, 0.8, 0.8]) == oracle(SCORES, COSTS, 1)[0]
    assert pytest.approx([0.5, 0.0, 0.0]) == oracle(SCORES, COSTS, 5)[0]


def test_the_comparator_has_no_regret_to_itself() -> None:
    """At every prompt, not only at the end."""
    always_second = follow(np.ones((1, 3), int), np.arange(3)[None])

    regret = cumulative_regret(always_second, best_fixed(SCORES, COSTS, 1).utility, 1)
    assert [0, 0, 0] == regret.mean.tolist()


def test_regret_adds_up_in_the_order_in_which_prompts_came() -> None:
    """Prompt 2 came first, and was answered wrongly."""
    always_first = follow(np.zeros((1, 3), int), np.array([[2, 0, 1]]))

    regret = cumulative_regret(always_first, oracle(SCORES, COSTS, 0), 0)
    assert [1, 1, 2] == regret.mean.tolist()


def test_a_policy_may_beat_the_best_fixed_model() -> None:
    """Then its regret is negative; that to the oracle never is."""
    best = follow(np.array([[0, 1, 1]]), np.arange(3)[None])

    assert cumulative_regret(best, best_fixed(SCORES, COSTS, 0).utility, 0).mean[-1] < 0
    assert [0, 0, 0] == cumulative_regret(best, oracle(SCORES, COSTS, 0), 0).mean.tolist()


def test_the_band_holds_the_runs() -> None:
    """Its middle is their mean, and one run has no band."""
    two = follow(np.array([[0, 0, 0], [1, 1, 1]]), np.array([[0, 1, 2], [0, 1, 2]]))

    curve = cumulative_regret(two, oracle(SCORES, COSTS, 0), 0)
    assert [0.5, 1.0, 1.5] == curve.mean.tolist()
    assert pytest.approx([0.025, 1.0, 1.025]) == curve.low
    assert (curve.low <= curve.mean).all()
    assert (curve.mean <= curve.high).all()


def test_models_of_unknown_cost_are_passed_over() -> None:
    """If costs have a price; if none is known there is no comparator."""
    unknown = COSTS.copy()
    unknown[:, 1] = np.nan

    assert 0 == best_fixed(SCORES, unknown, 1).model
    assert pytest.approx([0.9, -0.1, -0.1]) == oracle(SCORES, unknown, 1)[0]
    assert np.isnan(oracle(SCORES, COSTS * np.nan, 1)).all()
    assert [1, 1, 1] == oracle(SCORES, COSTS * np.nan, 0)[0].tolist()


def test_costs_without_a_price_need_not_be_known() -> None:
    """0 times an unknown cost is no cost."""
    assert [1.0] == utility(np.array([1.0]), np.array([np.nan]), 0).tolist()


def curves() -> tuple[Floats, Ints]:
    """Values 1, 2, 3, 4 met from the last to the first."""
    return np.array([[1.0, 2, 3, 4]]), np.array([[3, 2, 1, 0]])


def test_a_cumulative_mean_is_over_all_so_far() -> None:
    """In the order of meeting."""
    assert [4, 3.5, 3, 2.5] == cumulative_mean(*curves()).mean.tolist()


def test_a_moving_average_is_over_the_last_ones() -> None:
    """Over all so far until there are enough, and over one at least."""
    assert [4, 3.5, 2.5, 1.5] == moving_average(*curves(), 2).mean.tolist()
    assert [4, 3.5, 3, 2.5] == moving_average(*curves(), 99).mean.tolist()


def test_the_first_prompts_can_be_left_out() -> None:
    """Those that were met first, not those that the file has first."""
    assert 1.5 == mean_after(*curves(), 2)
    assert 2.5 == mean_after(*curves(), 0)
    assert np.isnan(mean_after(*curves(), 4))
