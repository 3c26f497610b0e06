"""Percentile intervals over prompts."""

import numpy as np
import pytest

from secondhalf.evals.metrics.bootstrap import (
    Interval,
    difference_interval,
    mean_interval,
    over_runs,
    percentile_interval,
    resample_counts,
    statistic_interval,
)


def test_every_resample_draws_as_many_prompts_as_there_are() -> None:
    """And which ones depends on the seed alone."""
    counts = resample_counts(30, 50, 1)

    assert [30] * 50 == counts.sum(axis=1).tolist()
    assert not np.array_equal(counts, resample_counts(30, 50, 2))
    resample_counts.cache_clear()
    assert np.array_equal(counts, resample_counts(30, 50, 1))


def test_draws_are_multinomial() -> None:
    """A prompt is drawn once on average, with the variance 1 − 1/n."""
    counts = resample_counts(20, 20_000, 0)

    assert pytest.approx(1, abs=0.03) == counts.mean()
    assert pytest.approx(1 - 1 / 20, abs=0.03) == counts.var()


def test_a_cached_draw_cannot_be_spoilt() -> None:
    """All figures share it."""
    with pytest.raises(ValueError, match="read-only"):
        resample_counts(5, 5, 0)[0, 0] = 9


def test_an_interval_of_a_mean_covers_it() -> None:
    """In 300 samples of 200 the 95 % interval holds the truth about 95 % of the time."""
    rng = np.random.default_rng(0)
    samples = (rng.random((300, 200)) < 0.7) * 1.0

    found = [mean_interval(sample, resamples=400) for sample in samples]
    covered = np.mean([one.low <= 0.7 <= one.high for one in found])
    assert 0.91 <= covered <= 0.98


def test_runs_are_averaged_first() -> None:
    """Five runs over the same prompts do not make the interval narrower by themselves."""
    values = np.random.default_rng(0).random(50)

    assert mean_interval(values) == mean_interval(np.stack([values] * 5))
    assert values.tolist() == over_runs(values).tolist()


def test_a_difference_is_paired() -> None:
    """A policy that is better by .1 on every prompt is better by .1, without any doubt."""
    values = np.random.default_rng(0).random(50)

    assert pytest.approx((0.1, 0.1, 0.1)) == tuple(difference_interval(values + 0.1, values))


def test_any_statistic_will_do() -> None:
    """A ratio of two means, say."""
    rng = np.random.default_rng(0)
    above, below = rng.random(60) + 1, rng.random(60) + 1

    found = statistic_interval(lambda counts: (counts @ above) / (counts @ below), 60)
    assert pytest.approx(above.sum() / below.sum()) == found.mean
    assert found.low < found.mean < found.high


def test_resamples_without_a_figure_are_left_out() -> None:
    """As where strong equals weak in one of them."""
    found = percentile_interval(np.array([np.nan, 1.0, 3.0]), 2.0, level=0.5)

    assert Interval(1.5, 2.0, 2.5) == found


@pytest.mark.parametrize("values", [[], [1.0, np.nan]])
def test_no_figure_no_interval(values: list[float]) -> None:
    """Nothing to measure, and costs that are not known."""
    assert np.isnan(mean_interval(np.array(values))).all()
