"""Whom to ask where answers only speak for each other: against brute force, and in plain cases."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.policy.search.panel import MOST, Panelist, worth_of_asking
from secondhalf.policy.standing import EVEN, Opinion, Standing, worded
from secondhalf.state.estimate import Prospects, Triple

ROOM = (1e9,) * 4
MIDDLING: Triple = (0.9, 0.6, 0.2)
GOOD: Triple = (0.97, 0.8, 0.4)

ODDS = st.lists(st.floats(0.02, 0.98), min_size=3, max_size=3).map(lambda p: sorted(p)[::-1])
RIGHTS = ODDS.map(lambda p: (p[0], p[1], p[2]))
FAMILIES = st.sampled_from(["", "gpt", "llama"])
TELLS = st.sampled_from([(1.0, 1.0), (0.5, 0.5), (0.8, 0.4), (0.95, 0.7), (0.3, 0.6)])
PANELS = st.lists(
    st.tuples(
        RIGHTS,
        FAMILIES,
        st.floats(0.0, 0.05),
        st.floats(0.0, 0.05),
        TELLS,
        st.sampled_from([0, 1, 2]),
    ),
    min_size=1,
    max_size=4,
).map(
    lambda many: [
        Panelist(f"m{n % 3} [{n}]", family, right, money, waiting, (usd, 1, 1, 1), tells)
        for n, (right, family, money, waiting, tells, usd) in enumerate(many)
    ]
)
OPINIONS = st.lists(
    st.builds(
        Opinion,
        st.sampled_from(["o1", "o2", "m1"]),
        st.sampled_from([1.0, 2.0, 3.0]),
        RIGHTS,
        FAMILIES,
        st.sampled_from([EVEN, (0.5, 1.0, 4.0)]),
    ),
    max_size=3,
)


def member(arm: str, right: Triple = MIDDLING, money: float = 0.01, **fields: object) -> Panelist:
    return Panelist(arm, "", right, money, 0.0)._replace(**fields)  # type: ignore[arg-type]


CLOSED = st.sampled_from([0.0, 0.3, 0.9, 1.0])


def standing_of(*opinions: Opinion, closed: float = 0.9) -> Standing:
    found = Standing(Prospects(closed=closed))
    for opinion in opinions:
        found.add(opinion)
    return found


def chance_of(standing: Standing) -> float:
    return sum(standing.difficulty())


def in_hand(standing: Standing) -> float:
    """The joint weight of the best group, be the prompt closed-ended or open-ended."""
    alone = [
        max(sum(w * r for w, r in zip(standing.open, o.right, strict=True)) for o in group)
        for group in standing.groups
    ]
    closed = [sum(row) for row in standing.weights[:-1]]
    return max((c + a for c, a in zip(closed, alone, strict=True)), default=0.0)


def brute(standing: Standing, panel: Sequence[Panelist], depth: int, usd: float) -> float:
    """The best joint value of stopping, or of asking any of ``panel`` that fits and going on."""
    fitting = [place for place, one in enumerate(panel) if one.reserve[0] <= usd]
    if depth == 0 or not fitting:
        return in_hand(standing)
    asked = [brute_one(standing, panel, place, depth, usd) for place in fitting]
    return max(in_hand(standing), *asked)


def brute_one(
    standing: Standing, panel: Sequence[Panelist], place: int, depth: int, usd: float
) -> float:
    asked, rest = panel[place], [*panel[:place], *panel[place + 1 :]]
    ways = wordings(asked) if depth > 1 else [(1.0, 1.0)]
    found = sum(
        if_wrong * brute(s, rest, depth - 1, usd - asked.reserve[0])
        for if_right, if_wrong in ways
        for s in standing.foreseen(heard(asked, if_right, if_wrong))
    )
    return found - asked.price * chance_of(standing)


def wordings(asked: Panelist) -> list[tuple[float, float]]:
    """How often it is worded like a right answer, and like a wrong one: if right, and if wrong."""
    if_right, if_wrong = asked.tells
    ways = [(if_right, if_wrong), (1.0 - if_right, 1.0 - if_wrong)]
    return [way for way in ways if way[1] > 0.0]


def heard(asked: Panelist, if_right: float, if_wrong: float) -> Opinion:
    plain = Opinion(asked.arm, None, asked.right, asked.family)
    return worded(plain, math.log(if_right / if_wrong))


@given(PANELS, OPINIONS, CLOSED, st.sampled_from([2.0, 3.0, 9.0]))
@settings(deadline=None, max_examples=150)
def test_worth_is_what_brute_force_finds(
    panel: list[Panelist], opinions: list[Opinion], closed: float, usd: float
) -> None:
    """Every way that the answers may fall out, two answers deep, or three where there is none."""
    standing = standing_of(*opinions, closed=closed)

    worth = worth_of_asking(standing, panel, standing.best(), (usd, 9.0, 9.0, 9.0), 1.0)

    depth = 2 if opinions else 3
    expected = [brute_one(standing, panel, place, depth, usd) for place in range(len(panel))]
    assert expected == pytest.approx(worth.one.tolist())


@given(PANELS, OPINIONS, CLOSED)
@settings(deadline=None, max_examples=60)
def test_two_side_by_side_pay_both_and_wait_once(
    panel: list[Panelist], opinions: list[Opinion], closed: float
) -> None:
    """Whatever the first says, the second has been asked."""
    standing = standing_of(*opinions, closed=closed)

    worth = worth_of_asking(standing, panel, standing.best(), ROOM, 1.0)

    for i, one in enumerate(panel):
        assert worth.two[i, i] == -np.inf
        for j, other in enumerate(panel):
            if i != j:
                paid = one.money + other.money + max(one.waiting, other.waiting)
                both = sum(
                    if_wrong * in_hand(s)
                    for if_right, if_wrong in wordings(one)
                    for first in standing.foreseen(heard(one, if_right, if_wrong))
                    for s in first.foreseen(Opinion(other.arm, None, other.right, other.family))
                )
                assert both - paid == pytest.approx(worth.two[i, j])


@pytest.mark.parametrize("tells", [(1.0, 0.5), (0.0, 0.5), (0.5, 1.0), (1.0, 1.0 - 2**-53)])
def test_a_wording_that_was_never_seen_is_only_rare(tells: tuple[float, float]) -> None:
    """Counts may round to never or always, of right answers or of wrong ones; nothing fails."""
    near = min(0.9999999, max(1e-7, tells[0])), min(0.9999999, max(1e-7, tells[1]))

    def worth(tells: tuple[float, float]) -> list[float]:
        asked = [member("a", tells=tells), member("b", money=0.02)]
        found: list[float] = worth_of_asking(standing_of(), asked, 0.0, ROOM, 0.8).one.tolist()
        return found

    assert worth(near) == pytest.approx(worth(tells), abs=1e-5)


def test_two_who_disagree_call_for_a_third_and_two_who_agree_do_not() -> None:
    """The value of one more opinion is in what it may change."""
    third = [member("c", money=0.03)]
    apart = standing_of(Opinion("a", 1.0, MIDDLING), Opinion("b", 2.0, MIDDLING))
    agreed = standing_of(Opinion("a", 1.0, GOOD), Opinion("b", 1.0, GOOD))

    def gain(standing: Standing) -> float:
        worth = worth_of_asking(standing, third, standing.best(), ROOM, 1.0)
        return float(worth.one[0]) - standing.best()

    assert gain(apart) > 0.0 > gain(agreed)


def test_nothing_is_foreseen_that_does_not_fit() -> None:
    """Two that fit only one by one are not asked side by side, nor counted on one after another."""
    reserve = (0.6, 1.0, 1.0, 1.0)
    panel = [member(name, money=0.001, reserve=reserve) for name in "ab"]
    standing = standing_of()

    roomy = worth_of_asking(standing, panel, 0.0, (1.2, 9.0, 9.0, 9.0), 1.0)
    tight = worth_of_asking(standing, panel, 0.0, (1.0, 9.0, 9.0, 9.0), 1.0)

    alone = sum(w * r for w, r in zip(Prospects().difficulty, MIDDLING, strict=True)) - 0.001
    assert [alone, alone] == pytest.approx(tight.one.tolist())
    assert np.isneginf(tight.two).all()
    assert np.isfinite(roomy.two[0, 1])


@pytest.mark.parametrize("cap", range(4))
def test_every_cap_counts(cap: int) -> None:
    """Dollars, seconds, tokens and calls."""
    room = [9.0] * 4
    room[cap] = 1.5
    panel = [member(name, reserve=(1.0, 1.0, 1.0, 1.0)) for name in "ab"]

    assert np.isneginf(worth_of_asking(standing_of(), panel, 0.0, room, 1.0).two).all()


def test_many_are_asked_together_where_waiting_is_dear() -> None:
    """Two at once cost one wait; where time is free it is better to see the first answer."""
    for waiting, together in ((0.0, False), (0.08, True)):
        panel = [member(name, money=0.01, waiting=waiting) for name in "abc"]
        apart = standing_of(Opinion("x", 1.0, MIDDLING), Opinion("y", 2.0, MIDDLING))
        worth = worth_of_asking(apart, panel, apart.best(), ROOM, 1.0)

        assert together == bool(worth.two.max() > worth.one.max())


def test_of_many_the_best_are_looked_at() -> None:
    """Whoever is beaten in both chance and price may be left out; the best may not."""
    rng = np.random.default_rng(0)
    panel = [
        member(f"m{n}", (float(p), float(p) / 2, float(p) / 4), float(money))
        for n, (p, money) in enumerate(rng.uniform([0.2, 0.01], [0.9, 0.1], (60, 2)))
    ]
    panel[31] = member("best", GOOD, 0.005)
    panel[47] = member("free", MIDDLING, 0.0)

    worth = worth_of_asking(standing_of(), panel, 0.0, ROOM, 1.0)

    assert MOST == int(np.isfinite(worth.one).sum())
    assert {31, 47} == {*worth.one.argsort()[-2:].tolist()}
    assert np.isfinite(worth.one[[31, 47]]).all()


def test_free_opinions_are_worth_having() -> None:
    """What costs nothing never takes from the value, and adds to it where it may change a thing."""
    standing = standing_of(Opinion("a", 1.0, MIDDLING))
    free = [member(name, MIDDLING, 0.0) for name in "bc"]

    worth = worth_of_asking(standing, free, standing.best(), ROOM, 1.0)

    assert (worth.one > standing.best()).all()


def test_what_may_not_be_comparable_is_worth_less_alone_and_together() -> None:
    """Two essays side by side are not worth more than one, whatever they cost."""
    panel = [member(name, money=0.01) for name in "ab"]
    standing = standing_of()

    whole, partly, never = (worth_of_asking(standing, panel, 0.0, ROOM, c) for c in (1.0, 0.5, 0.0))

    alone = sum(w * r for w, r in zip(Prospects().difficulty, MIDDLING, strict=True))
    assert [alone - 0.01] * 2 == pytest.approx(never.one.tolist())
    assert alone - 0.02 == pytest.approx(never.two[0, 1])
    assert partly.two[0, 1] == pytest.approx((whole.two[0, 1] + never.two[0, 1]) / 2)
    assert np.isneginf(never.two.diagonal()).all()


def test_an_essay_in_hand_keeps_only_its_own_quality() -> None:
    """That somebody else's number is good does not make the essay good once numbers differ."""
    essay = Opinion("essay", None, (0.3, 0.1, 0.05))
    with_essay = standing_of(essay, Opinion("a", 1.0, MIDDLING))
    without = standing_of(Opinion("a", 1.0, MIDDLING))
    panel = [member("b"), member("c")]

    both = [worth_of_asking(s, panel, s.best(), ROOM, 1.0) for s in (with_essay, without)]

    assert both[0].one == pytest.approx(both[1].one, abs=0.01)
    assert both[0].two[0, 1] == pytest.approx(both[1].two[0, 1], abs=0.01)


def test_a_cheap_answer_that_gives_itself_away_is_asked_first() -> None:
    """Where it tells nothing of itself, the dear model is asked at once."""
    dear = member("dear", (0.99, 0.98, 0.9), 0.1)
    plain = member("cheap", (0.7, 0.6, 0.5), 0.02)
    telling = plain._replace(tells=(0.95, 0.1))

    worth = [
        worth_of_asking(standing_of(), [c, dear], 0.0, ROOM, 1.0).one for c in (plain, telling)
    ]

    assert [1, 0] == [int(one.argmax()) for one in worth]
    assert worth[0][1] == pytest.approx(worth[1][1], abs=1e-3)


def test_wording_that_tells_as_much_of_wrong_answers_tells_nothing() -> None:
    """How often an answer is worded so does not matter by itself."""
    standing = standing_of(Opinion("a", 1.0, MIDDLING))
    panel = [member(name) for name in "bc"]

    plain, even = (
        worth_of_asking(
            standing, [p._replace(tells=tells) for p in panel], standing.best(), ROOM, 0.7
        )
        for tells in ((1.0, 1.0), (0.8, 0.8))
    )

    assert plain.one.tolist() == pytest.approx(even.one.tolist())
    assert plain.two[0, 1] == pytest.approx(even.two[0, 1])
