"""How much of what is taught may be one principal's."""

import pytest

from secondhalf.policy.caps import Tally, allowance
from secondhalf.state.caps import UNCAPPED, Caps


@pytest.mark.parametrize(
    ("tally", "expected"),
    [
        (Tally(), 20),
        (Tally(today=15, own=15, everybody=15, principals=1), 5),
        (Tally(today=20, own=20, everybody=20, principals=1), 0),
        (Tally(today=25, own=25, everybody=25, principals=1), 0),
        (Tally(today=0, own=500, everybody=500, principals=1), 20),
    ],
)
def test_one_who_is_alone_is_capped_by_the_day(tally: Tally, expected: int) -> None:
    """With nobody else to outweigh, only the day counts."""
    assert expected == allowance(Caps(), "ann", tally, 100)


def test_among_few_twice_an_equal_part() -> None:
    """Of three, none may have more than two thirds."""
    tally = Tally(own=10, everybody=20, principals=3)

    found = allowance(Caps(per_day=None), "ann", tally, 100)

    assert 10 == found
    assert (10 + found) / (20 + found) == pytest.approx(2 / 3)


def test_among_many_the_share_that_is_set() -> None:
    """A tenth, of forty principals."""
    tally = Tally(own=1, everybody=40, principals=40)

    assert 3 == allowance(Caps(per_day=None), "ann", tally, 100)
    assert 0 == allowance(Caps(per_day=None), "ann", tally._replace(own=4), 100)


@pytest.mark.parametrize("others", [1, 2, 3, 19, 1000])
def test_a_newcomer_may_always_speak(others: int) -> None:
    """However few labels the others have given."""
    tally = Tally(everybody=others, principals=others)

    assert allowance(Caps(), "new", tally, 1) == 1


def test_who_is_trusted_has_no_cap() -> None:
    """Graders and evaluations; and nobody has one where none is wanted."""
    tally = Tally(today=999, own=999, everybody=1000, principals=50)

    assert 7 == allowance(Caps(trusted=("grader",)), "grader", tally, 7)
    assert 7 == allowance(UNCAPPED, "ann", tally, 7)
    assert 0 == allowance(Caps(per_day=0), "ann", Tally(), 7)
