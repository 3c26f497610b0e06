"""The gate: a bet that may be looked at at any time."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.policy.learning.gate import (
    LEAST_PAIRS,
    MOST_ALIKE,
    MOST_PAIRS,
    harmed,
    judge,
    spent_alpha,
    wealth,
)

PAIRS = st.lists(st.floats(-1.0, 1.0), max_size=60)


@given(PAIRS)
def test_wealth_is_never_negative_and_begins_at_one(pairs: list[float]) -> None:
    """Nobody who bets a share of what they have can owe anything."""
    found = wealth(pairs)

    assert len(found) == len(pairs)
    assert all(value >= 0.0 for value in found)
    assert wealth([0.0]) == [pytest.approx(1.0)]


def test_wealth_is_fair_where_nothing_is_better() -> None:
    """Over all ways that a fair coin can fall, it stays what it was on average."""
    length = 10
    total = 0.0
    for ways in range(2**length):
        total += wealth([1.0 if ways >> place & 1 else -1.0 for place in range(length)])[-1]

    assert total / 2**length == pytest.approx(1.0)


def test_what_is_clearly_better_is_accepted_but_not_before_there_are_enough_pairs() -> None:
    """Luck is not enough."""
    few = judge([1.0] * (LEAST_PAIRS - 1), 0.05)
    enough = judge([1.0] * LEAST_PAIRS, 0.05)

    assert ("wait", "accept") == (few.action, enough.action)
    assert enough.wealth >= enough.needed == pytest.approx(20.0)
    assert f"{LEAST_PAIRS} pairs" in enough.reason


def test_what_is_worse_is_rejected_and_what_is_the_same_is_given_up() -> None:
    """A proposal does not wait for ever."""
    even = [0.1, -0.1] * (MOST_PAIRS // 2)

    assert "reject" == judge([-1.0] * 20, 0.05).action
    assert "wait" == judge(even[:-2], 0.05).action
    assert "reject" == judge(even, 0.05).action
    assert "reject" == judge([1.0], 0.05, alike=MOST_ALIKE).action
    assert "wait" == judge([1.0] * 3, 0.05, alike=MOST_ALIKE).action


def test_harm_is_found_without_waiting_for_pairs() -> None:
    """Users get it meanwhile."""
    assert "reject" == harmed([-1.0] * 12, 0.05).action
    assert "wait" == harmed([1.0] * 200, 0.05).action
    assert "wait" == harmed([], 0.05).action


def test_alpha_is_spent_once_over_all_proposals() -> None:
    """However many there will be."""
    assert math.fsum(spent_alpha(0.05, k) for k in range(1, 10_000)) < 0.05
    assert spent_alpha(0.05, 1) > 0.03
    assert spent_alpha(0.05, 0) == spent_alpha(0.05, 1)


@pytest.mark.parametrize("slope", [0.0, -0.05])
def test_peeking_after_every_pair_rarely_accepts_what_is_no_better(slope: float) -> None:
    """Of 400 worlds, at most as many as α says, and some for chance (a fixed seed)."""
    chance = random.Random(7)
    accepted = 0
    for _ in range(400):
        pairs = [
            float(chance.random() < 0.7 + slope) - float(chance.random() < 0.7) for _ in range(300)
        ]
        accepted += judge(pairs, 0.05).action == "accept"

    assert accepted <= 0.05 * 400
