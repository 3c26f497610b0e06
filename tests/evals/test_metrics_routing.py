"""Single figures for a routing policy."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.evals.metrics.hull import Point
from secondhalf.evals.metrics.routing import (
    arena_score,
    best_single,
    budget_violation_rate,
    cost_save,
    escalation_rate,
    gain_at_best_single,
    gain_at_random,
    gap_at_oracle,
    ibc,
    ibc_lift,
    pareto_distance,
    path_shares,
    perf_gain,
    point_of,
    robustness,
)
from secondhalf.evals.track import Floats, Track, plain_track

quick = settings(max_examples=50, deadline=None)
MODELS = [Point(0.1, 0.6), Point(1.0, 0.8), Point(2.0, 0.8)]


def track(**changes: Floats) -> Track:
    """Two runs of two prompts, right every other time, at a cent each."""
    return plain_track(
        "policy",
        "router",
        score=np.array([[1.0, 0.0], [0.0, 1.0]]),
        cost=np.full((2, 2), 0.01),
        answered_by=np.zeros((2, 2), int),
        **changes,  # type: ignore[arg-type]
    )


def test_arena_score_by_hand() -> None:
    """GPT-4-like: 70 % right at US$ 10 per 1,000 prompts."""
    cheapness = math.log2(200 / 10) / math.log2(200 / 0.0044)
    expected = 1.1 * 0.7 * cheapness / (0.07 + cheapness)

    assert pytest.approx(expected) == arena_score(0.7, 0.01)


@pytest.mark.parametrize(
    ("accuracy", "cost", "expected"),
    [(0.5, 0.0, 1.1 * 0.5 / 1.05), (0.5, 9.0, 0.0), (0.0, 0.2, 0.0), (0.0, 0.0, 0.0)],
)
def test_arena_score_is_clamped(accuracy: float, cost: float, expected: float) -> None:
    """Free is as cheap as the cheapest known, and nothing is dearer than the dearest."""
    assert pytest.approx(expected) == arena_score(accuracy, cost)
    assert np.isnan(arena_score(accuracy, np.nan))


@quick
@given(st.floats(0, 1), st.floats(0, 1))
def test_arena_score_is_a_fraction(accuracy: float, cost: float) -> None:
    """Never above what perfect and free would get."""
    assert 0 <= arena_score(accuracy, cost) <= arena_score(1, 0) + 1e-12


def test_robustness_is_the_share_that_did_not_flip() -> None:
    """One of four flipped; where only three were asked both ways, one of three."""
    chosen, perturbed = np.array([0, 1, -1, 2]), np.array([0, 2, -1, 2])

    assert 0.75 == robustness(chosen, perturbed)
    assert pytest.approx(2 / 3) == robustness(chosen, perturbed, np.array([1.0, 1, 1, 0]))
    assert np.isnan(robustness(chosen, perturbed, np.zeros(4)))


def test_gains_and_gaps_are_shares_of_what_is_compared_with() -> None:
    """.6 is a fifth above .5, a quarter below .8."""
    assert pytest.approx(0.2) == gain_at_random(0.6, 0.5)
    assert pytest.approx(-0.25) == gain_at_best_single(0.6, 0.8)
    assert pytest.approx(0.25) == gap_at_oracle(0.6, 0.8)
    assert np.isnan(gap_at_oracle(0.0, 0.0))


def test_points_on_the_frontier_are_at_no_distance() -> None:
    """Their own points count, so that who sets the frontier is on it."""
    assert 0 == pareto_distance([Point(0.05, 0.9)], MODELS)
    assert 0 == pareto_distance(MODELS[:2], MODELS[2:])


def test_the_distance_is_taken_on_a_common_scale() -> None:
    """Cost spans 1.9 and accuracy .2: halfway up at the dearest is .5 + 1 … of the nearest."""
    one = Point(2.0, 0.7)

    expected = min((2 - 1.0) / 1.9 + 0.1 / 0.2, (2 - 0.1) / 1.9 + 0.1 / 0.2)
    assert pytest.approx(expected) == pareto_distance([one], MODELS)
    assert pytest.approx(expected / 2) == pareto_distance([one, Point(1.0, 0.8)], MODELS)


@quick
@given(st.floats(0.01, 100), st.floats(0.01, 0.9))
def test_units_do_not_change_the_distance(dollars: float, points: float) -> None:
    """Cents or dollars, shares or percent."""

    def scaled(one: Point) -> Point:
        return Point(one.cost * dollars, one.accuracy * points)

    one = Point(1.5, 0.65)
    others = [scaled(model) for model in MODELS]
    assert pytest.approx(pareto_distance([one], MODELS)) == pareto_distance([scaled(one)], others)


def test_unknown_costs_have_no_distance() -> None:
    """Nor has a policy without settings."""
    assert np.isnan(pareto_distance([Point(np.nan, 0.5)], MODELS))
    assert np.isnan(pareto_distance([], MODELS))


def test_ibc_and_its_lift() -> None:
    """A policy that gains twice as much per dollar as the strong model has a lift of 1."""
    weak, strong = Point(1.0, 0.5), Point(3.0, 0.9)

    assert pytest.approx(0.4) == ibc(Point(1.5, 0.7), weak)
    assert pytest.approx(1.0) == ibc_lift(Point(1.5, 0.7), weak, strong)
    assert pytest.approx(0.0, abs=1e-12) == ibc_lift(strong, weak, strong)
    assert np.isnan(ibc(weak, weak))
    assert np.isnan(ibc_lift(strong, weak, weak))


def test_of_equally_good_models_the_cheapest_is_the_best() -> None:
    """And one of unknown cost is not preferred."""
    assert MODELS[1] == best_single(MODELS)
    assert MODELS[1] == best_single([Point(np.nan, 0.8), *MODELS])


def test_perf_gain_is_that_of_the_best_setting() -> None:
    """Cheap settings do not lower it."""
    assert pytest.approx(0.05) == perf_gain([Point(0.1, 0.5), Point(3.0, 0.85)], MODELS)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ([Point(0.4, 0.79), Point(0.9, 0.9), Point(0.1, 0.7)], 0.6),
        ([Point(1.5, 0.8)], -0.5),
        ([Point(0.4, 0.78)], None),
        ([Point(np.nan, 0.8)], None),
        ([], None),
    ],
)
def test_cost_save_is_that_of_the_cheapest_setting_as_good(
    settings: list[Point], expected: float | None
) -> None:
    """As good is within .01; none has no saving, a dearer one a loss."""
    assert pytest.approx(expected) == cost_save(settings, MODELS)


def test_nothing_is_saved_against_a_free_model() -> None:
    """A share of no cost is no figure."""
    assert cost_save([Point(0.0, 0.9)], [Point(0.0, 0.5)]) is None


def test_rates_of_a_track() -> None:
    """Shares of all prompts of all runs."""
    strong, over = np.array([[1.0, 0], [0, 0]]), np.array([[0.0, 2], [1, 0]])

    assert Point(0.01, 0.5) == point_of(track())
    assert 0.25 == escalation_rate(track(strong=strong))
    assert 0.5 == budget_violation_rate(track(violations=over))


def test_among_several_models_a_second_answer_is_an_escalation() -> None:
    """Where no model is the strong one."""
    assert 0.25 == escalation_rate(track(opened=np.array([[3.0, 1], [1, 0]])))


def test_shares_of_paths_are_of_all_answers() -> None:
    """The most used first; policies without paths have none."""
    paths = (("slm", "llm"), ("llm", "llm"))
    routed = replace(track(), paths=paths)

    assert [("llm", 0.75), ("slm", 0.25)] == list(path_shares(routed).items())
    assert {} == path_shares(track())
