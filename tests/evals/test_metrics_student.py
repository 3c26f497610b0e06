"""Student's quantiles."""

import pytest

from secondhalf.evals.metrics.student import student_t


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [(3, 3.182), (5, 2.571), (10, 2.228), (29, 2.045), (100, 1.984), (1e9, 1.960)],
)
def test_quantiles_are_those_of_the_tables(freedom: float, expected: float) -> None:
    """Two-sided, 95 %."""
    assert pytest.approx(expected, abs=0.03 if freedom < 5 else 0.005) == student_t(freedom)


def test_other_levels_and_the_fewest_observations() -> None:
    """99 % with 10; below 3 the quantile of 3 is the widest."""
    assert pytest.approx(3.169, abs=0.01) == student_t(10, 0.99)
    assert student_t(3) == student_t(0)
