"""How much of what was guessed is used: means and 90th percentiles."""

import random
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.policy.estimates.use import LEAST, UNTRIED, Use, shrunk, together, with_answer


def used(*shares: float, keep: float = 1.0) -> Use:
    """What is known after answers that used these shares."""
    return reduce(lambda use, share: with_answer(use, share, keep), shares, Use())


def test_before_any_answer_the_guess_stands() -> None:
    """It is the 90th percentile, and twice the mean."""
    untried = shrunk(Use(), UNTRIED)

    assert [1.0, 0.5] == pytest.approx([untried.high, untried.share])


@pytest.mark.parametrize(("median", "spread"), [(0.8, 0.3), (2.0, 0.5), (6.0, 0.9)])
def test_nine_of_ten_answers_stay_below_what_is_reserved(median: float, spread: float) -> None:
    """Whether they are shorter than was guessed, or many times as long."""
    draw = random.Random(7)
    shares = [median * draw.lognormvariate(0.0, spread) for _ in range(2_000)]

    high = shrunk(used(*shares), UNTRIED).high

    assert 0.88 <= sum(share <= high for share in shares) / len(shares) <= 0.92


def test_a_few_long_answers_are_enough_to_expect_more() -> None:
    """A model that thinks for long is soon given the room for it."""
    assert 1.0 < shrunk(used(4.0), UNTRIED).high < shrunk(used(4.0, 4.0, 4.0), UNTRIED).high
    assert shrunk(used(*[4.0] * 10), UNTRIED).high >= 4.0


def test_what_spreads_widely_is_not_taken_for_more_than_was_seen() -> None:
    """Short and long answers in turn: their logarithms spread far, and their mean does not."""
    assert shrunk(used(*[0.02, 3.0] * 50), UNTRIED).high <= 3.5


def test_what_is_reserved_pays_for_the_prompt() -> None:
    """However little of a guess was used so far."""
    assert LEAST == shrunk(used(*[0.01] * 100), UNTRIED).high


def test_who_was_never_asked_is_expected_to_use_what_others_do() -> None:
    """Untried arms are drawn to all arms, tried ones to what they did."""
    short, long = used(*[0.2] * 50), used(*[3.0] * 50)
    usual = shrunk(together([short, long]), UNTRIED)

    assert shrunk(short, usual).high < shrunk(Use(), usual).high
    assert shrunk(long, usual).high >= 3.0


@given(st.lists(st.floats(0.0, 1e6), max_size=40), st.floats(0.0, 1.0))
def test_nothing_that_is_reported_breaks_the_estimate(shares: list[float], keep: float) -> None:
    """Nothing at all, or a million times as much as was guessed."""
    found = shrunk(used(*shares, keep=keep), UNTRIED)

    assert LEAST <= found.high < float("inf")
    assert found.share <= found.high
