"""One decision of the search: what fits, what is worth it, and what is not in order."""

import math
import random

import pytest

from secondhalf.policy.search.candidate import Amount, Candidate, fits, together
from secondhalf.policy.search.decide import MOST_LIVE, Choice, decide, shortlist
from secondhalf.policy.search.levels import Outcomes
from tests.policy.search_worlds import (
    alike,
    batches,
    box,
    optimum,
    problem,
    random_problem,
    worth_of,
)

COIN = alike(0.5, 0.0, 0.0, 0.0, 0.5)
SURE = alike(0.0, 0.0, 0.0, 0.0, 1.0)
HOPELESS = alike(1.0, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("seed", range(60))
def test_the_best_step_is_taken(seed: int) -> None:
    """Opening, several at once or stopping: whichever is worth most."""
    world = random_problem(seed, paths=1 + seed % 4, timed=seed % 3 == 0)
    choice = decide(world)

    reached = worth_of(world, tuple(sorted(choice.open))) if choice.open else world.best
    assert optimum(world) == pytest.approx(reached, abs=1e-8)
    assert reached == pytest.approx(choice.value, abs=1e-8)


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_opened_that_does_not_fit(seed: int) -> None:
    """In every cap, together; nor what is locked. The same problem gets the same answer."""
    world = random_problem(seed, paths=12, timed=seed % 2 == 0)
    choice = decide(world)
    opened = [world.candidates[place] for place in choice.open]

    assert len(set(choice.open)) == len(choice.open)
    assert all(candidate.parent is None for candidate in opened)
    assert not opened or fits(together([c.reserve for c in opened]), world.room)
    assert decide(world) == choice
    assert choice.value >= world.best


@pytest.mark.parametrize("seed", range(20))
def test_of_many_paths_those_are_looked_at_that_matter(seed: int) -> None:
    """A better one among a dozen is found, with all that goes before it."""
    world = random_problem(seed, paths=12)
    kept = shortlist(world)

    assert MOST_LIVE >= len(kept)
    assert all(world.candidates[place].parent in (None, *kept) for place in kept)


def test_a_path_deep_down_draws_the_search_towards_it() -> None:
    """Its ancestors are of no use by themselves."""
    dull = alike(0.1, 0.9, 0.0, 0.0, 0.0)
    others = [box(f"o{place}", alike(0.9, 0.0, 0.0, 0.1, 0.0), 0.05) for place in range(20)]
    way = [box("w0", dull, 0.01), box("w1", dull, 0.01, parent=20)]

    choice = decide(problem(*others, *way, box("goal", SURE, 0.1, parent=21)))

    assert (20,) == choice.open


def test_nothing_to_choose_from_is_a_stop() -> None:
    """With what is in hand."""
    assert Choice((), 0.4, ()) == decide(problem(best=0.4))


def test_what_is_free_is_opened_in_the_order_it_is_given() -> None:
    """Equal values are decided by the index, then by the order."""
    free = [box(name, COIN) for name in ("a", "b", "c")]

    assert (0,) == decide(problem(*free)).open
    assert (1,) == decide(problem(box("useless", HOPELESS), *free)).open


def test_between_opening_and_stopping_for_the_same_it_stops() -> None:
    """What cannot improve anything is not opened, though it costs nothing."""
    choice = decide(problem(box("a", HOPELESS), box("b", COIN, 0.5)))

    assert ((), 0.0) == (choice.open, choice.value)


def test_fallbacks_wait_until_nothing_else_is_worth_opening() -> None:
    """A far better path waits behind a poor one; what cannot improve anything holds nobody back."""
    fallback = box("fallback", SURE, 0.01, fallback=True)

    first = decide(problem(fallback, box("poor", COIN, 0.4)))
    second = decide(problem(fallback, box("dear", COIN, 0.6), box("free", HOPELESS)))

    assert ((1,), (0,)) == (first.open, second.open)


def test_what_goes_on_from_a_fallback_waits_with_it() -> None:
    """Until the fallback is thought of, it is worth nothing."""
    fallback = box("fallback", alike(0.0, 1.0, 0.0, 0.0, 0.0), 0.05, fallback=True)
    child = box("child", SURE, 0.05, parent=0)

    assert (2,) == decide(problem(fallback, child, box("poor", COIN, 0.4))).open
    assert (0,) == decide(problem(fallback, child)).open


def test_paths_that_ask_the_same_first_are_not_opened_together() -> None:
    """However dear waiting is."""
    slow = Amount(usd=0.001, seconds=0.3)
    one = Candidate("one", COIN, slow, slow, first=("llm",))
    other = Candidate("other", COIN, slow, slow, first=("llm",))
    third = Candidate("third", COIN, slow, slow, first=("mid",))

    assert 1 == len(decide(problem(one, other)).open)
    assert {"one", "third"} == {
        ("one", "other", "third")[place] for place in decide(problem(one, other, third)).open
    }


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_path_without_a_price_is_not_opened(bad: float) -> None:
    """In the mean it is not known what it is worth, at the 90th percentile whether it fits."""
    unknown = Candidate("unknown", SURE, Amount(usd=bad), Amount(usd=0.1))
    unbounded = Candidate("unbounded", SURE, Amount(usd=0.1), Amount(tokens=bad))

    assert (2,) == decide(problem(unknown, unbounded, box("known", COIN, 0.1))).open


def test_a_negative_price_is_none() -> None:
    """Nothing pays for being opened."""
    choice = decide(problem(box("paid", COIN, -5.0), best=0.9))

    assert (0,) == choice.open
    assert 0.95 == pytest.approx(choice.value)


@pytest.mark.parametrize("row", [(math.nan,) * 5, (-1.0,) * 5, (math.inf,) * 5, (0.0,) * 5])
def test_outcomes_that_are_no_probabilities_are_fails(row: tuple[float, ...]) -> None:
    """Such a path is not worth anything."""
    broken: Outcomes = (row, row, row)

    assert (1,) == decide(problem(box("broken", broken, 0.01), box("coin", COIN, 0.1))).open


def test_room_that_is_no_number_is_none() -> None:
    """Then nothing fits but what uses nothing, and every path counts as one."""
    nowhere = Amount(*[math.nan] * 5)

    assert () == decide(problem(box("free", SURE), room=nowhere)).open
    assert (0,) == decide(problem(box("free", SURE), room=nowhere._replace(nodes=1.0))).open


@pytest.mark.parametrize(("best", "value"), [(math.nan, 0.0), (-1.0, 0.0), (7.0, 1.0)])
def test_what_is_in_hand_is_a_quality(best: float, value: float) -> None:
    """It is moved into [0, 1]; no number is 0."""
    assert value == decide(problem(best=best)).value


def test_paths_that_wait_for_each_other_are_never_opened() -> None:
    """A cycle of parents has no beginning."""
    one, other = box("one", SURE, parent=1), box("other", SURE, parent=0)

    assert () == decide(problem(one, other)).open


def test_more_paths_than_a_machine_word_has_bits_are_no_trouble() -> None:
    """Only the best of them are looked ahead over."""
    rng = random.Random(7)
    many = [box(f"p{place}", COIN, rng.uniform(0.1, 0.4)) for place in range(200)]
    cheapest = min(range(200), key=lambda place: many[place].expected.usd)

    assert (cheapest,) == decide(problem(*many)).open


def test_options_say_what_each_path_is_worth() -> None:
    """Its worth if opened next, its index and its price; minus infinity for what is locked."""
    parent = box("parent", COIN, 0.1)
    child = box("child", COIN, 0.2, parent=0)
    choice = decide(problem(parent, child, best=0.2))

    one, other = choice.options
    assert (0.1, 0.8) == pytest.approx((one.price, one.index))
    assert 0.5 + 0.5 * 0.2 - 0.1 == pytest.approx(one.worth)
    assert (0.2, 0.6, -math.inf) == pytest.approx((other.price, other.index, other.worth))
    assert [(0,)] == list(batches(problem(parent, child)))
