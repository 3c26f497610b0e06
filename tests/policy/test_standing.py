"""How answers stand that can only be compared with each other."""

import math
from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.policy.standing import DISCOUNT, EVEN, STRENGTH, Opinion, Standing, model_of, worded
from secondhalf.state.estimate import Prospects, Triple

SKILLED: Triple = (0.9, 0.6, 0.2)
SHARES = st.floats(0.0, 1.0)
TRIPLES = st.tuples(SHARES, SHARES, SHARES)
OPINIONS = st.lists(
    st.builds(
        Opinion,
        st.sampled_from(["a", "b", "c", "draft > a"]),
        st.sampled_from([1.0, 2.0, "x", None]),
        TRIPLES,
        st.sampled_from(["", "gpt", "llama"]),
        st.sampled_from([EVEN, (1.5, 1.0, 0.25)]),
    ),
    max_size=7,
)
_SAME: Triple = (0.4, 0.4, 0.4)
ALIKE = Prospects(coincidence=(_SAME, _SAME, _SAME))
"""It does not matter who repeats whose mistake."""


def standing_of(opinions: Sequence[Opinion], prospects: Prospects | None = None) -> Standing:
    found = Standing(prospects or Prospects())
    for opinion in opinions:
        found.add(opinion)
    return found


def qualities(opinions: Sequence[Opinion], prospects: Prospects | None = None) -> dict[str, float]:
    found = standing_of(opinions, prospects)
    return {opinion.arm: found.quality(opinion) for opinion in opinions}


def opinion(
    arm: str, said: float | None = 1.0, right: Triple = SKILLED, family: str = ""
) -> Opinion:
    return Opinion(arm, said, right, family)


@given(
    OPINIONS, TRIPLES.filter(lambda triple: sum(triple) > 1e-6), st.tuples(*[TRIPLES] * 3), SHARES
)
@settings(deadline=None, max_examples=300)
def test_beliefs_are_probabilities(
    opinions: list[Opinion],
    difficulty: Triple,
    coincidence: tuple[Triple, Triple, Triple],
    closed: float,
) -> None:
    """They sum to 1 and none is below 0, even where what was said to be certain did not happen."""
    prospects = Prospects(difficulty=difficulty, coincidence=coincidence, closed=closed)

    found = standing_of(opinions, prospects)

    assert sum(found.difficulty()) == pytest.approx(1.0)
    assert all(weight >= 0.0 for row in [*found.weights, found.open] for weight in row)
    assert 0.0 <= found.closed() <= 1.0 + 1e-9
    assert 0.0 <= found.best() <= 1.0
    assert all(0.0 <= found.quality(each) <= found.best() + 1e-9 for each in opinions)


def test_one_answer_is_as_good_as_its_arm() -> None:
    """With nobody to compare with, what was expected stands."""
    expected = sum(w * r for w, r in zip(Prospects().difficulty, SKILLED, strict=True))

    assert qualities([opinion("a")])["a"] == pytest.approx(expected)


def test_agreement_raises_and_disagreement_lowers() -> None:
    """Both, and each the more the better the other is."""
    alone = qualities([opinion("a")])["a"]
    weak, strong = (0.6, 0.4, 0.1), (0.99, 0.9, 0.6)

    agreeing = [qualities([opinion("a"), opinion("b", 1.0, r)])["a"] for r in (weak, strong)]
    against = [qualities([opinion("a"), opinion("b", 2.0, r)])["a"] for r in (weak, strong)]

    assert alone < agreeing[0] < agreeing[1]
    assert alone > against[0] > against[1]


def test_two_weak_ones_that_agree_are_worth_more_than_a_strong_one() -> None:
    """That is what asking cheap models twice is for."""
    weak, strong = (0.8, 0.5, 0.1), (0.95, 0.7, 0.3)

    agreeing = qualities([opinion("a", 1.0, weak), opinion("b", 1.0, weak)])["a"]

    assert agreeing > qualities([opinion("s", 1.0, strong)])["s"]


def test_kin_speak_for_each_other_less_than_strangers() -> None:
    """Models of one family repeat each other's mistakes; one model repeats its own even more."""
    first = opinion("a", family="gpt")

    stranger = qualities([first, opinion("b", family="llama")])["a"]
    family = qualities([first, opinion("b", family="gpt")])["a"]
    itself = standing_of([first, opinion("draft > a", family="gpt")]).quality(first)

    assert stranger > family > itself > qualities([first])["a"]


def test_models_without_a_family_are_strangers() -> None:
    """An empty family is not one that is shared."""
    both = [opinion("a"), opinion("b")]
    apart = [opinion("a", family="gpt"), opinion("b", family="llama")]

    assert qualities(both) == qualities(apart)


@pytest.mark.parametrize(
    ("arm", "model"),
    [
        ("gpt-4", "gpt-4"),
        ("draft > retriever > gpt-4", "gpt-4"),
        ("gpt-4 without retriever without tool", "gpt-4"),
        ("llama@host", "llama"),
        ("llama [step by step]", "llama"),
        ("llama#2", "llama"),
        ("@odd", "@odd"),
        ("", ""),
    ],
)
def test_arms_of_one_model_are_known_as_such(arm: str, model: str) -> None:
    """Whatever it goes on from, or went without."""
    assert model == model_of(arm)


def test_two_answers_stand_the_same_in_either_order() -> None:
    """Agreeing or not, of kin or of strangers."""
    for said in (1.0, 2.0):
        for family in ("gpt", "llama"):
            pair = [opinion("a", family="gpt"), opinion("b", said, (0.8, 0.5, 0.4), family)]

            assert qualities(pair) == pytest.approx(qualities(pair[::-1]))


def test_the_order_of_answers_matters_little_to_who_stands_best() -> None:
    """Where all say different things it matters not at all; a majority stays one in any order."""
    different = [opinion(name, float(place)) for place, name in enumerate("abcd")]
    majority = [opinion("a"), opinion("b"), opinion("c"), opinion("d", 2.0, (0.95, 0.7, 0.3))]

    for order in permutations(different):
        assert qualities(order, ALIKE) == pytest.approx(qualities(different, ALIKE))
    for order in permutations(majority):
        found = qualities(order)
        assert found["a"] > 0.8 > 0.2 > found["d"]


@given(OPINIONS, TRIPLES)
@settings(deadline=None, max_examples=100)
def test_what_cannot_be_compared_changes_nothing_for_others(
    opinions: list[Opinion], right: Triple
) -> None:
    """An essay neither speaks for the number nor against it."""
    loose = opinion("essay", None, right)
    before, after = standing_of(opinions), standing_of([loose, *opinions])

    assert _all(before) == _all(after)
    assert [before.quality(o) for o in opinions] == [after.quality(o) for o in opinions]
    assert 0 == after.agreeing(loose)


def test_an_answer_that_cannot_be_compared_is_as_good_as_its_arm_on_such_a_prompt() -> None:
    """What the others say of the difficulty counts for it too."""
    loose = opinion("essay", None)
    easy = standing_of([loose, opinion("a"), opinion("b"), opinion("c")])
    hard = standing_of([loose, opinion("a", 1.0), opinion("b", 2.0), opinion("c", 3.0)])

    assert easy.quality(loose) > standing_of([loose]).quality(loose) > hard.quality(loose)


def test_two_who_are_certain_and_disagree_leave_something() -> None:
    """Each is right half of the time, and what comes after is still weighed."""
    sure: Triple = (1.0, 1.0, 1.0)
    closed = Prospects(closed=1.0)
    found = standing_of([opinion("x", 1.0, sure), opinion("y", 2.0, sure)], closed)

    assert found.quality(opinion("x", 1.0)) > 0.4 < found.quality(opinion("y", 2.0))
    found.add(opinion("a", 2.0))
    assert found.quality(opinion("y", 2.0)) > 0.5 > found.quality(opinion("x", 1.0))


@given(OPINIONS, st.sampled_from(["a", "new"]), TRIPLES)
@settings(deadline=None, max_examples=100)
def test_what_is_foreseen_is_all_that_may_come(
    opinions: list[Opinion], arm: str, right: Triple
) -> None:
    """The chances add up to 1, and each, once it has come, stands as if it had been added."""
    now = standing_of(opinions)

    foreseen = now.foreseen(Opinion(arm, None, right))

    assert sum(sum(each.difficulty()) for each in foreseen) == pytest.approx(1.0)
    assert len(now.groups) + 1 == len(foreseen)
    for place, group in enumerate(now.groups):
        chance = sum(foreseen[place].difficulty())
        added = standing_of([*opinions, Opinion(arm, group[0].gist, right)])
        scaled = [w / chance for w in _all(foreseen[place])]
        assert scaled == pytest.approx(_all(added))


def _all(standing: Standing) -> list[float]:
    return [w for row in [*standing.weights, standing.open] for w in row]


def test_an_answer_foreseen_is_not_taken_for_one_that_was_given() -> None:
    """Whatever words an answer consists of."""
    now = standing_of([Opinion("a", f"{n} others", SKILLED) for n in range(3)])

    assert [3, 3, 3, 4] == [len(each.groups) for each in now.foreseen(opinion("b"))]


OPEN = Prospects(closed=0.0)


def test_to_an_open_ended_prompt_each_answer_is_as_good_as_its_arm() -> None:
    """Whoever says the same, and however many say something else."""
    several = [opinion("a"), opinion("b"), opinion("c", 2.0, (0.5, 0.4, 0.3)), opinion("d", 3.0)]

    for each, quality in zip(several, qualities(several, OPEN).values(), strict=True):
        assert quality == pytest.approx(qualities([each], OPEN)[each.arm])


def test_many_good_answers_that_all_differ_show_that_a_prompt_is_open_ended() -> None:
    """One of two is probably wrong; that of six good models five are wrong is less probable."""
    apart = [standing_of([opinion(f"m{n}", float(n)) for n in range(many)]) for many in range(7)]
    together = standing_of([opinion(f"m{n}") for n in range(3)])
    closed = [found.closed() for found in apart]

    assert closed[0] == pytest.approx(closed[1]) == pytest.approx(Prospects().closed)
    assert closed[1] > closed[2] > closed[4] > closed[6]
    assert closed[6] < 0.5 < 0.9 < together.closed()


def test_among_many_that_differ_none_is_given_up_for_lost() -> None:
    """Where prompts may be open-ended, that all differ says less against each of them."""
    apart = [opinion(f"m{n}", float(n)) for n in range(6)]
    sure = Prospects(closed=1.0)

    assert qualities(apart)["m0"] > 2 * qualities(apart, sure)["m0"]
    assert qualities(apart[:1])["m0"] == pytest.approx(qualities(apart[:1], sure)["m0"])


def test_a_verdict_between_two_answers_to_an_open_ended_prompt_moves_both() -> None:
    """As it does for essays: both may be right."""
    one, other = opinion("a", 1.0), opinion("b", 2.0)
    essays = one._replace(gist=None), other._replace(gist=None)
    numbers = standing_of([one, other], OPEN)

    said = numbers.ruled(one, other, 0.8)
    of_essays = standing_of(essays, OPEN).ruled(essays[0], essays[1], 0.8)

    assert said.chance == pytest.approx(of_essays.chance)
    won, lost = said.standing.quality(said.winner), said.standing.quality(said.loser)
    assert won == pytest.approx(of_essays.standing.quality(of_essays.winner))
    assert lost == pytest.approx(of_essays.standing.quality(of_essays.loser))
    assert won > numbers.quality(one)
    assert lost < numbers.quality(other)


def test_how_answers_to_an_open_ended_prompt_fall_out_does_not_depend_on_their_order() -> None:
    """Any order in which the same groups come about is as probable."""
    for said in permutations([1.0, 1.0, 2.0, 3.0, 1.0]):
        found = standing_of([opinion(f"m{n}", each) for n, each in enumerate(said)], OPEN)
        chances = [1.0]
        for n, each in enumerate(said):
            before = standing_of([opinion(f"m{k}", said[k]) for k in range(n)], OPEN)
            place = before.group_of(each)
            joins = before.joins_if_open(opinion(f"m{n}", each))
            chances.append(chances[-1] * joins[-1 if place is None else place])

        assert sum(found.joins_if_open(opinion("new"))) == pytest.approx(1.0)
        assert chances[-1] == pytest.approx(_chance_of_three_one_one())


def _chance_of_three_one_one() -> float:
    d, t = DISCOUNT, STRENGTH
    joins = (1 - d) * (2 - d)
    begins = (t + d) * (t + 2 * d)
    return joins * begins / ((1 + t) * (2 + t) * (3 + t) * (4 + t))


def test_a_model_that_repeats_itself_does_not_show_that_a_prompt_is_closed_ended() -> None:
    """Strangers who agree do."""
    mostly_open = Prospects(closed=0.2)
    itself = standing_of([opinion(f"m#{n}") for n in range(3)], mostly_open)
    strangers = standing_of([opinion(f"m{n}") for n in range(3)], mostly_open)

    assert itself.closed() < 0.5 < strangers.closed()


def test_who_was_not_weighed_is_moved_by_no_verdict() -> None:
    """And nothing fails."""
    one, other = opinion("a"), opinion("b", 2.0)
    said = standing_of([one]).ruled(one, other, 0.9)

    assert other == said.loser
    assert 1.0 == pytest.approx(sum(said.standing.difficulty()))


def test_a_verdict_on_an_open_ended_prompt_may_make_another_answer_the_best() -> None:
    """The best is looked for among all, as they stand after it."""
    weak, good = (0.5, 0.5, 0.5), (0.6, 0.6, 0.6)
    one, other = opinion("a", 1.0, weak), opinion("b", 2.0, good)
    before = standing_of([one, other], OPEN)

    after = before.ruled(one, other, 0.95)

    assert before.best() == pytest.approx(before.quality(other))
    assert after.standing.best() == pytest.approx(after.standing.quality(after.winner))
    assert after.standing.best() > before.best()


@given(TRIPLES, st.floats(-4.0, 4.0))
@settings(deadline=None, max_examples=100)
def test_wording_multiplies_the_odds_at_each_difficulty(right: Triple, told: float) -> None:
    """Bayes' rule, over a difficulty that the wording tells of as well."""
    plain = opinion("a", 1.0, tuple_of(right))
    read = worded(plain, told)
    found = standing_of([read])

    odds = math.exp(told)
    joint = list(zip(Prospects().difficulty, plain.right, strict=True))
    is_right = sum(d * r * odds for d, r in joint)
    is_wrong = sum(d * (1.0 - r) for d, r in joint)
    assert pytest.approx(is_right / (is_right + is_wrong), abs=1e-4) == found.quality(read)


def tuple_of(right: Triple) -> Triple:
    """Nobody is certain."""
    a, b, c = (min(0.99, max(0.01, r)) for r in right)
    return a, b, c


@pytest.mark.parametrize("said", [1.0, None])
def test_an_answer_that_reads_like_a_wrong_one_speaks_for_a_difficult_prompt(
    said: float | None,
) -> None:
    """Also one that cannot be compared: the others have it as difficult."""
    doubtful, usual, sure = (worded(opinion("a", said), told) for told in (-2.0, 0.0, 2.0))
    hard, plain, easy = (standing_of([one]).difficulty() for one in (doubtful, usual, sure))

    assert hard[2] > plain[2] > easy[2]
    assert [1.0] * 3 == [pytest.approx(sum(each)) for each in (hard, plain, easy)]
    assert plain == pytest.approx(Prospects().difficulty)
