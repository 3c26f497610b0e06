"""The dynamic programme, against trying everything."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.policy.search.candidate import (
    Amount,
    Candidate,
    Problem,
    clean,
    openable,
    select,
)
from secondhalf.policy.search.index import own_index
from secondhalf.policy.search.levels import LEVELS, Belief, Row
from secondhalf.policy.search.lookahead import look_ahead
from secondhalf.policy.search.tables import depth, layer, step
from tests.policy.search_worlds import (
    AMPLE,
    alike,
    batches,
    beliefs,
    box,
    distributions,
    optimum,
    problem,
    random_problem,
    worth_of,
)

COIN = alike(0.5, 0.0, 0.0, 0.0, 0.5)
REVEALING = ((0.0, 1.0, 0.0, 0.0, 0.0), (0.5, 0.5, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0, 0.0))
EASY_ONLY = ((0.0, 0.0, 0.0, 0.0, 1.0), (0.5, 0.0, 0.0, 0.0, 0.5), (1.0, 0.0, 0.0, 0.0, 0.0))


def live(whole: Problem) -> Problem:
    """The part of a problem that can be opened at some time."""
    whole = clean(whole)
    return select(whole, openable(whole, range(len(whole.candidates))))


def value(whole: Problem) -> float:
    """The value of stopping or going on."""
    ahead = look_ahead(whole)
    return max(whole.best, *ahead.paths, *ahead.batches.values())


@pytest.mark.parametrize("seed", range(60))
def test_what_a_path_is_worth_is_what_the_best_plan_that_begins_with_it_is(seed: int) -> None:
    """In worlds with prerequisites, caps, hidden difficulty and paths that close others."""
    world = live(random_problem(seed, paths=1 + seed % 4))
    if not world.candidates:
        return
    found = look_ahead(world).paths

    possible = {batch[0]: worth_of(world, batch) for batch in batches(world)}
    expected = [possible.get(place, -math.inf) for place in range(len(world.candidates))]
    assert expected == pytest.approx(list(found), abs=1e-9)


@pytest.mark.parametrize("seed", range(30))
def test_so_are_paths_side_by_side_where_waiting_is_dear(seed: int) -> None:
    """Every batch that the best plan could begin with, and no other, has its worth."""
    world = live(random_problem(1000 + seed, paths=2 + seed % 2, timed=True))
    if len(world.candidates) < 2:
        return
    found = look_ahead(world)

    assert max(world.best, optimum(world)) == pytest.approx(value(world), abs=1e-9)
    for batch, worth in found.batches.items():
        if worth > -math.inf:
            assert worth_of(world, batch) == pytest.approx(worth, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_five_paths_are_planned_to_the_end(seed: int) -> None:
    """As far ahead as any plan can go."""
    world = live(random_problem(2000 + seed, paths=5))

    assert optimum(world) == pytest.approx(value(world), abs=1e-9)


def test_a_path_that_only_shows_the_difficulty_is_worth_opening() -> None:
    """It never improves the answer; knowing the difficulty saves the price of the other."""
    even: Belief = (0.5, 0.0, 0.5)
    dear = box("dear", EASY_ONLY, 0.45)

    alone = problem(dear, belief=even)
    informed = problem(box("glance", REVEALING, 0.05), dear, belief=even)

    assert 0.05 == pytest.approx(value(alone))
    assert 0.5 * (1.0 - 0.45) - 0.05 == pytest.approx(value(informed))
    assert look_ahead(informed).paths[0] > look_ahead(informed).paths[1]


def test_a_failure_of_one_path_is_no_reason_to_pay_for_the_other() -> None:
    """Both need an easy prompt: after one failed the other is not worth its price any more."""
    first, second = box("first", EASY_ONLY, 0.1), box("second", EASY_ONLY, 0.2)

    found = look_ahead(problem(first, second, belief=(0.5, 0.0, 0.5)))

    assert 0.5 - 0.1 == pytest.approx(found.paths[0])


def test_children_wait_for_an_uncertain_parent() -> None:
    """What a parent is worth counts what it unlocks, where it does not fail."""
    parent = box("parent", alike(0.5, 0.5, 0.0, 0.0, 0.0), 0.1)
    child = box("child", alike(0.0, 0.0, 0.0, 0.0, 1.0), 0.2, parent=0)

    strict = look_ahead(problem(parent, child)).paths
    lenient = look_ahead(problem(parent._replace(fail_locks=False), child)).paths

    assert (-0.1 + 0.5 * 0.8, -math.inf) == pytest.approx(strict)
    assert (-0.1 + 0.8, -math.inf) == pytest.approx(lenient)


def test_a_path_that_another_makes_pointless_is_not_counted_after_it() -> None:
    """Asking the same expert once more adds nothing."""
    one = box("one", COIN, 0.1, asks=frozenset({"llm"}))
    again = box("again", COIN, 0.1, closed_by=(frozenset({"llm"}),))

    after, before = look_ahead(problem(one, again)).paths

    assert 0.5 - 0.1 == pytest.approx(after)
    assert 0.5 + 0.5 * 0.5 - 0.15 == pytest.approx(before)


@given(st.lists(distributions, min_size=1, max_size=4), beliefs, st.floats(0.0, 1.0))
@settings(deadline=None, max_examples=50)
def test_more_paths_never_make_a_plan_worse(rows: list[Row], belief: Belief, best: float) -> None:
    """One need not open them; and stopping is worth what is in hand."""
    candidates = [box(f"p{place}", alike(*row), 0.05) for place, row in enumerate(rows)]
    fewer = problem(*candidates, belief=belief, best=best)
    more = problem(*candidates, box("more", COIN, 0.1), belief=belief, best=best)

    assert best <= value(fewer) + 1e-9
    assert value(fewer) <= value(more) + 1e-9


@pytest.mark.parametrize("seed", range(20))
def test_room_and_a_better_answer_in_hand_never_hurt(seed: int) -> None:
    """The value of a plan rises with both."""
    world = live(random_problem(seed, paths=5)._replace(room=Amount(1e9, 1e9, 1e9, 1e9, 5.0)))
    world = world._replace(room=world.room._replace(usd=0.5 + 0.1 * seed))
    ample = world._replace(room=AMPLE)
    better = world._replace(best=min(1.0, world.best + 0.2))

    assert value(world) <= value(ample) + 1e-9
    assert value(world) <= value(better) + 1e-9


@pytest.mark.parametrize("seed", range(10))
def test_to_know_the_difficulty_never_hurts(seed: int) -> None:
    """What one can reach without knowing it is no more than the mean of what one can knowing it."""
    world = live(random_problem(seed, paths=4))
    known = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    knowing = [value(world._replace(belief=belief)) for belief in known]

    mean = sum(w * v for w, v in zip(world.belief, knowing, strict=True))
    assert value(world) <= mean + 1e-9


def weitzman_value(whole: Problem) -> float:
    """Of independent boxes: E[max of what each gives, capped at its index] (Kleinberg, 2016)."""
    capped = [
        [(min(level, z), p) for level, p in zip(LEVELS, candidate.outcomes[0], strict=True)]
        for candidate in whole.candidates
        for z in [own_index(candidate, whole)]
    ]
    points = sorted({x for box in capped for x, _ in box if x > whole.best} | {whole.best})
    below, total = 0.0, 0.0
    for point in points:
        within = math.prod(sum(p for x, p in box if x <= point) for box in capped)
        below, total = within, total + point * (within - below)
    return total


@pytest.mark.parametrize("seed", range(10))
def test_independent_paths_are_worth_what_theory_says(seed: int) -> None:
    """Up to five are planned to the end; plans for more are never promised too much."""
    rng = random.Random(seed)
    boxes = [
        box(f"p{place}", alike(*(w / sum(row) for w in row)), rng.uniform(0.01, 0.1))
        for place in range(8)
        for row in [[rng.gammavariate(0.7, 1.0) for _ in LEVELS]]
    ]
    few, many = problem(*boxes[:5], best=0.1), problem(*boxes, best=0.1)

    assert weitzman_value(few) == pytest.approx(value(few))
    assert weitzman_value(few) <= weitzman_value(many)
    assert 0.95 * weitzman_value(many) <= value(many) <= weitzman_value(many) + 1e-9
    assert depth(8, 4) < 8


def test_batches_fit_together_or_not_at_all() -> None:
    """Each fits by itself; two do not."""
    coins = [
        Candidate(name, COIN, AMPLE._replace(usd=0.0, seconds=0.2), AMPLE._replace(usd=0.6))
        for name in ("one", "other")
    ]
    room = AMPLE._replace(seconds=1e12, tokens=1e12, calls=1e12, nodes=1e12)

    ample = look_ahead(problem(*coins, room=room))
    short = look_ahead(problem(*coins, room=room._replace(usd=1.0)))

    assert 0.75 - 0.2 == pytest.approx(ample.batches[0, 1])
    assert -math.inf == short.batches[0, 1]


def test_where_time_is_free_nothing_is_opened_side_by_side() -> None:
    """What is opened later is opened knowing more."""
    assert {} == look_ahead(problem(box("one", COIN, 0.1), box("other", COIN, 0.1))).batches


@pytest.mark.parametrize(("n", "levels", "opened", "size"), [(4, 2, 1, 1), (5, 3, 1, 2)])
def test_tables_lead_from_each_history_to_those_that_follow(
    n: int, levels: int, opened: int, size: int
) -> None:
    """Each history of a layer is followed by one history for each outcome of a batch."""
    here, later = layer(n, levels, opened), layer(n, levels, opened + size)
    batches, rows, turned = step(n, levels, opened, size)
    places = len(turned)

    for one in range(len(here.sets)):
        for batch, row in zip(batches[one], rows[one], strict=True):
            union, place = divmod(int(row), places)
            added = int(later.sets[union]) & ~int(here.sets[one])
            assert added.bit_count() == size
            assert int(here.sets[one]) & added == 0
            assert batch < math.comb(n, size)
            histories = turned[place].reshape(levels**size, levels**opened)
            assert sorted(histories.ravel()) == list(range(levels ** (opened + size)))
