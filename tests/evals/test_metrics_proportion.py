"""Shares of few, with an interval that can be believed."""

import math

import pytest

from secondhalf.evals.metrics.proportion import wilson


@pytest.mark.parametrize(
    ("successes", "number", "low", "high"),
    # R: prop.test(x, n, correct = FALSE)$conf.int
    [(15, 20, 0.5313, 0.8881), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0)],
)
def test_the_interval_is_wilsons(successes: float, number: int, low: float, high: float) -> None:
    """Also at 0 and 1, where a normal interval has no width."""
    found = wilson(successes, number)

    assert pytest.approx((low, successes / number, high), abs=1e-4) == found


def test_nothing_has_no_share() -> None:
    """Nan, not 0."""
    assert math.isnan(wilson(0, 0).mean)
