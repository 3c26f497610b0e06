"""What the tests of the local experts share: every solver, on a fixed day."""

from collections.abc import Sequence
from datetime import date

import pytest

from secondhalf.experts.local import Solver, exact_solvers

TODAY = date(2024, 4, 10)


@pytest.fixture(scope="session")
def solvers() -> Sequence[Solver]:
    """All of them but tables; it is Wednesday, 10 April 2024."""
    return exact_solvers(clock=lambda: TODAY)
