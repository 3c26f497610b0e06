"""Weitzman's index, and that of a path with all that goes before it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.policy.search.candidate import Amount
from secondhalf.policy.search.index import chain_indices, expected_best, index
from secondhalf.policy.search.levels import LEVELS, Row
from tests.policy.search_worlds import AMPLE, alike, box, distributions, problem

prices = st.floats(0.0, 2.0)
COIN = alike(0.5, 0.0, 0.0, 0.0, 0.5)


def gain(row: Row, z: float) -> float:
    """E[(Q − z)+]."""
    return sum(p * max(0.0, level - z) for p, level in zip(row, LEVELS, strict=True))


@given(distributions, st.floats(0.001, 2.0))
def test_the_index_is_the_quality_at_which_opening_just_pays(row: Row, price: float) -> None:
    """E[(Q − z)+] is the price."""
    assert price == pytest.approx(gain(row, index(row, price)))


@given(distributions)
def test_what_is_free_has_the_best_it_can_give_as_its_index(row: Row) -> None:
    """As long as the best in hand is below that, there is something to gain."""
    reachable = max(level for p, level in zip(row, LEVELS, strict=True) if p > 0.0)

    assert reachable == pytest.approx(index(row, 0.0))


@given(distributions, prices, prices)
def test_the_index_falls_as_the_price_rises(row: Row, one: float, other: float) -> None:
    """And what costs without bound is never opened."""
    low, high = sorted((one, other))

    assert index(row, low) >= index(row, high) - 1e-12
    assert -math.inf == index(row, math.inf)


@given(distributions, distributions, prices)
def test_a_better_path_has_no_lower_index(row: Row, other: Row, price: float) -> None:
    """Better: at every level at least as probable to reach it."""
    merged = [max(sum(row[k:]), sum(other[k:])) for k in range(5)]
    better = tuple(above - below for above, below in zip(merged, [*merged[1:], 0.0], strict=True))

    assert index(better, price) >= max(index(row, price), index(other, price)) - 1e-9


@given(distributions, st.floats(0.0, 1.0))
def test_what_can_be_chosen_from_is_no_worse_than_what_is_in_hand(row: Row, best: float) -> None:
    """Nor than the mean of what is opened."""
    mean = sum(p * level for p, level in zip(row, LEVELS, strict=True))

    assert expected_best(row, best) >= max(best, mean) - 1e-9


def test_a_chain_is_one_box() -> None:
    """Its price is that of each path times the probability of getting there."""
    parent = box("parent", alike(0.5, 0.0, 0.5, 0.0, 0.0), 0.1)
    child = box("child", COIN, 0.2, parent=0)

    own, chain = chain_indices(problem(parent, child))

    best_of_both = (0.5, 0.0, 0.25, 0.0, 0.25)
    assert index(parent.outcomes[0], 0.1) == pytest.approx(own)
    assert index(best_of_both, 0.1 + 0.5 * 0.2) == pytest.approx(chain)


def test_a_chain_knows_that_its_paths_share_the_difficulty() -> None:
    """Where the parent does well enough to unlock the child, that does well too."""
    good, bad = alike(0.0, 0.0, 1.0, 0.0, 0.0)[0], alike(1.0, 0.0, 0.0, 0.0, 0.0)[0]
    half = ((0.0, 0.0, 0.0, 0.0, 1.0), (0.5, 0.0, 0.0, 0.0, 0.5), bad)
    parent = box("parent", (good, (0.5, 0.0, 0.5, 0.0, 0.0), bad), 0.0)

    shared = chain_indices(problem(parent, box("child", half, 0.1, parent=0)))[1]
    alone = chain_indices(problem(parent, box("child", COIN, 0.1, parent=0)))[1]

    assert shared > alone


def test_a_chain_that_does_not_fit_what_is_left_comes_last() -> None:
    """The means of what goes before it are spent by then."""
    parent, child = box("parent", COIN, 0.6), box("child", COIN, 0.6, parent=0)
    short = problem(parent, child, room=AMPLE._replace(usd=1.0))

    assert [True, False] == [math.isfinite(z) for z in chain_indices(short)]


def test_an_order_in_which_children_come_first_changes_nothing() -> None:
    """Parents are found wherever they stand."""
    parent = box("parent", alike(0.2, 0.3, 0.5, 0.0, 0.0), 0.1)
    child, grandchild = box("child", COIN, 0.2), box("grandchild", COIN, 0.1)

    downwards = problem(parent, child._replace(parent=0), grandchild._replace(parent=1))
    upwards = problem(grandchild._replace(parent=1), child._replace(parent=2), parent)

    assert chain_indices(downwards) == pytest.approx(chain_indices(upwards)[::-1])


def test_a_node_counts_in_the_room_of_a_chain() -> None:
    """The cap on opened paths is a cap like the others."""
    parent, child = box("parent", COIN), box("child", COIN, parent=0)
    one_more = problem(parent, child, room=Amount(9.0, 9.0, 9.0, 9.0, 1.0))

    assert -math.inf == chain_indices(one_more)[1]
