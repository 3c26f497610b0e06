"""AIQ: the area under the hull of (cost, accuracy) points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.evals.metrics.bootstrap import resample_counts
from secondhalf.evals.metrics.hull import Point, aiq, aiq_gain, aiq_samples, hull

quick = settings(max_examples=25, deadline=None)
costs = st.floats(0, 2, allow_subnormal=False)
points = st.lists(st.builds(Point, costs, st.floats(0, 1)), max_size=8)


def envelope(found: list[Point], cost: float) -> float:
    """The hull's height by its definition: the best mix of two points that costs so much."""
    found = [Point(0, 0), *found]
    level = [p.accuracy for p in found if p.cost <= cost]
    mixed = [
        a.accuracy + (b.accuracy - a.accuracy) * (cost - a.cost) / (b.cost - a.cost)
        for a in found
        for b in found
        if a.cost <= cost < b.cost
    ]
    return max(level + mixed)


def test_one_point_is_a_ramp_and_a_plateau() -> None:
    """From answering nothing up to the point, then level to the top."""
    assert pytest.approx(0.8 * (0.25 / 2 + 0.75)) == aiq([Point(0.25, 0.8)], 1.0)


def test_a_free_point_counts_from_the_start() -> None:
    """What costs nothing is there at every budget."""
    assert pytest.approx(0.6) == aiq([Point(0, 0.6), Point(0.5, 0.5)], 1.0)


def test_a_point_below_the_hull_changes_nothing() -> None:
    """A setting that a mix of others beats is never used."""
    good = [Point(0.2, 0.6), Point(1.0, 0.9)]

    assert aiq(good, 1.0) == aiq([*good, Point(0.6, 0.61), Point(0.9, 0.2)], 1.0)


def test_a_point_beyond_the_top_is_cut_by_a_line() -> None:
    """Up to the top it is reached in part: as often as the budget allows."""
    assert pytest.approx(0.5 * 0.8 / 2) == aiq([Point(2.0, 0.8)], 1.0)


def test_corners_are_those_of_the_hull() -> None:
    """In order of cost, without what is below, and without what is not known."""
    found = hull([Point(1, 0.9), Point(0.5, 0.8), Point(0.7, 0.8), Point(np.nan, 1)])

    assert ((0, 0), (0.5, 0.8), (1, 0.9)) == found


@quick
@given(points, st.floats(0.1, 2))
def test_the_area_is_that_of_the_best_mixes(found: list[Point], top: float) -> None:
    """Against the definition, on a fine grid."""
    grid = np.linspace(0, top, 201)
    heights = [envelope(found, float(cost)) for cost in grid]
    rise = envelope(found, 0.0)

    area = np.trapezoid(heights, grid) / top
    assert pytest.approx(area, abs=(1 - rise) / 100 + 1e-9) == aiq(found, top)


@quick
@given(points, st.builds(Point, costs, st.floats(0, 1)))
def test_another_setting_never_lowers_the_area(found: list[Point], more: Point) -> None:
    """One may always leave it unused."""
    assert aiq([*found, more], 1.0) >= aiq(found, 1.0) - 1e-9


@quick
@given(points)
def test_the_corners_span_the_same_area(found: list[Point]) -> None:
    """What is drawn is what is measured."""
    assert pytest.approx(aiq(found, 1.5)) == aiq(hull(found), 1.5)


def test_costs_an_ulp_apart_do_no_harm() -> None:
    """Very steep rises stay finite."""
    found = aiq([Point(5e-324, 0.5), Point(1e-300, 0.7), Point(1.0, 0.7)], 1.0)

    assert pytest.approx(0.7) == found


@pytest.mark.parametrize("top", [0.0, np.nan])
def test_without_a_range_of_costs_there_is_no_figure(top: float) -> None:
    """Where all models are free, or prices are not known."""
    assert np.isnan(aiq([Point(0.1, 0.5)], top))
    assert np.isnan(aiq([Point(np.nan, 0.5)], 1.0))


def test_resamples_at_once_are_resamples_one_by_one() -> None:
    """The hulls of a batch do not touch each other."""
    rng = np.random.default_rng(0)
    cost, accuracy, top = rng.random((30, 6)), rng.random((30, 6)), rng.random(30) + 0.2

    alone = [
        aiq([Point(*pair) for pair in zip(*row, strict=True)], float(limit))
        for *row, limit in zip(cost, accuracy, top, strict=True)
    ]
    assert pytest.approx(alone) == aiq_samples(cost, accuracy, top).tolist()


def test_a_gain_takes_the_dearest_model_of_each_resample() -> None:
    """Against resamples written out."""
    rng = np.random.default_rng(1)
    score, cost = rng.random((50, 2)), rng.random((50, 2))
    model_score, model_cost = rng.random((50, 3)), rng.random((50, 3))

    def gain(rows: list[int]) -> float:
        settings = zip(cost[rows].mean(0), score[rows].mean(0), strict=True)
        models = list(zip(model_cost[rows].mean(0), model_score[rows].mean(0), strict=True))
        top = max(price for price, _ in models)
        return aiq([Point(*p) for p in settings], top) - aiq([Point(*p) for p in models], top)

    counts = resample_counts(50, 200, 4).astype(int)
    samples = [gain(np.repeat(np.arange(50), row).tolist()) for row in counts]
    low, high = np.quantile(samples, [0.025, 0.975])
    found = aiq_gain(score, cost, model_score, model_cost, resamples=200, seed=4)
    assert pytest.approx((low, gain(list(range(50))), high)) == tuple(found)


def test_a_router_that_is_one_of_the_models_gains_nothing_surely() -> None:
    """Paired: with all models as its settings the difference is 0 in every resample."""
    rng = np.random.default_rng(2)
    score, cost = rng.random((40, 3)), rng.random((40, 3))

    assert (0, 0, 0) == aiq_gain(score, cost, score, cost)


def test_runs_are_averaged_before_prompts_are_drawn() -> None:
    """Two runs of the same prompts are no second sample of prompts."""
    rng = np.random.default_rng(3)
    score, cost = rng.random((40, 3)), rng.random((40, 3))
    models = rng.random((40, 2)), rng.random((40, 2))

    once = aiq_gain(score, cost, *models)
    assert once == aiq_gain(np.stack([score] * 4), np.stack([cost] * 4), *models)
