"""Which answers a judge may be asked about, what its verdict does, and what it is worth."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.policy.contest import contest_of, foresee
from secondhalf.policy.opinions import Panel, panel_of
from secondhalf.policy.search.levels import LEVELS, lifting
from secondhalf.policy.standing import Opinion, Standing
from secondhalf.state.estimate import Prospect, Prospects, Reliance
from secondhalf.state.expert import Evidence, ExpertBundle, ExpertResult

SHARES = st.floats(0.0, 1.0)
SKILL = {"weak": 0.5, "fair": 0.6, "good": 0.9}
PROSPECTS = Prospects(
    difficulty=(0.5, 0.3, 0.2),
    arms={name: Prospect(right=(p, p, p)) for name, p in SKILL.items()},
    paths={name: {name: name} for name in SKILL},
    closed=1.0,
    judges={"j": Reliance(right=0.8, decides=0.7)},
)
ESSAY = "One could say much of {}, and many have; here is a long thought without any end to it"


def said(name: str, text: str) -> ExpertBundle:
    answer = ExpertResult(call_id=name, expert=name, role="reasoner", output=text)
    return ExpertBundle(node=name, reasoning=answer)


def verdict(first: str, second: str, preferred: str) -> ExpertBundle:
    """What a judge said, in both orders."""
    calls = [
        ExpertResult(
            call_id=f"{place}",
            expert="judge",
            role="verifier",
            output="o",
            evidence=(
                Evidence(
                    kind="preference",
                    source="m",
                    data={"judge": "j", "shown": list(shown), "preferred": preferred},
                ),
            ),
        )
        for place, shown in enumerate(((first, second), (second, first)))
    ]
    return ExpertBundle(node="compare", verification=calls[0], others=(calls[1],))


def qualities(*bundles: ExpertBundle) -> dict[str, float]:
    panel = panel_of(bundles, PROSPECTS)
    answers = [b.reasoning for b in bundles if b.reasoning is not None]
    return {answer.call_id: panel.quality(answer) or 0.0 for answer in answers}


def test_a_verdict_moves_both_answers_and_makes_neither_certain() -> None:
    """By Bayes' rule with the judge's own reliability."""
    pair = said("weak", "20"), said("fair", "19")

    before, after = qualities(*pair), qualities(*pair, verdict("weak", "fair", "weak"))

    assert before["weak"] < after["weak"] < 1.0
    assert 0.0 < after["fair"] < before["fair"]
    odds = after["weak"] / after["fair"] / (before["weak"] / before["fair"])
    assert odds == pytest.approx(0.8 / 0.2, rel=1e-5)


@pytest.mark.parametrize("texts", [("20", "19"), (ESSAY.format("x"), ESSAY.format("y"))])
def test_no_verdict_changes_nothing(texts: tuple[str, str]) -> None:
    """A judge that turns with the order might as well not have been asked."""
    pair = said("weak", texts[0]), said("fair", texts[1])

    assert qualities(*pair) == qualities(*pair, verdict("weak", "fair", ""))


@pytest.mark.parametrize("right", [0.5, 0.2, 0.0, math.nan])
def test_a_judge_no_better_than_a_coin_says_nothing(right: float) -> None:
    """One that is more often wrong than right is not believed the other way round."""
    standing = Standing(PROSPECTS)
    one, other = (Opinion("weak", g, (0.5, 0.5, 0.5)) for g in (1.0, 2.0))
    standing.add(one)
    standing.add(other)

    after = standing.ruled(one, other, right)

    assert 0.5 == pytest.approx(after.chance)
    assert standing.quality(one) == pytest.approx(after.standing.quality(one))


def test_essays_are_moved_one_by_one() -> None:
    """Both may be right, so that the verdict says less than of two numbers."""
    pair = said("weak", ESSAY.format("x")), said("fair", ESSAY.format("y"))
    before, after = qualities(*pair), qualities(*pair, verdict("weak", "fair", "weak"))

    a, b, r = 0.5, 0.6, 0.8
    chance = a * (1 - b) * r + (1 - a) * b * (1 - r) + (a * b + (1 - a) * (1 - b)) / 2
    assert after["weak"] == pytest.approx(a * ((1 - b) * r + b / 2) / chance)
    assert after["fair"] == pytest.approx(b * ((1 - a) * (1 - r) + a / 2) / chance)
    assert before["weak"] < after["weak"] < 1.0


OPINIONS = st.lists(
    st.tuples(st.sampled_from([None, 1.0, 2.0, 3.0]), st.tuples(SHARES, SHARES, SHARES)),
    min_size=2,
    max_size=5,
)


@given(OPINIONS, SHARES, st.data())
@settings(deadline=None, max_examples=200)
def test_verdicts_keep_probabilities_in_order(
    told: list[tuple[float | None, tuple[float, float, float]]], right: float, data: st.DataObject
) -> None:
    """The two verdicts are as probable as one; on average they change no answer's chance."""
    closed = data.draw(SHARES)
    standing = Standing(PROSPECTS.model_copy(update={"closed": closed}))
    opinions = [Opinion(f"m{k}", gist, rights) for k, (gist, rights) in enumerate(told)]
    for opinion in opinions:
        standing.add(opinion)
    pairs = [*itertools.combinations(range(len(opinions)), 2)]
    one, other = data.draw(st.sampled_from(pairs))

    forth = standing.ruled(opinions[one], opinions[other], right)
    back = standing.ruled(opinions[other], opinions[one], right)

    assert 1.0 == pytest.approx(forth.chance + back.chance)
    for said_ in (forth, back):
        assert 1.0 == pytest.approx(sum(said_.standing.difficulty()))
    mean = forth.chance * forth.standing.quality(forth.winner)
    mean += back.chance * back.standing.quality(back.loser)
    assert standing.quality(opinions[one]) == pytest.approx(mean, abs=1e-6)


def contest(*bundles: ExpertBundle) -> tuple[str, str] | None:
    found = contest_of(panel_of(bundles, PROSPECTS), bundles)
    return None if found is None else (found.first.call_id, found.second.call_id)


def test_the_best_answer_is_compared_with_the_next_that_differs() -> None:
    """Those that say the same need no judge; nor does one alone."""
    assert None is contest()
    assert None is contest(said("good", "20"))
    assert None is contest(said("good", "20"), said("weak", "The answer is 20."))
    assert ("good", "fair") == contest(said("weak", "1"), said("good", "2"), said("fair", "3"))
    assert ("good", "fair") == contest(said("weak", "20"), said("fair", "19"), said("good", "20"))


def test_essays_that_are_not_the_same_text_differ() -> None:
    """Nothing but a judge can compare them."""
    one = ESSAY.format("x")

    assert None is contest(said("weak", one), said("fair", one.upper() + " "))
    assert ("fair", "weak") == contest(said("weak", one), said("fair", ESSAY.format("y")))


def test_what_was_compared_is_not_compared_again() -> None:
    """With or without a verdict, and whoever says the same as those two; a third answer may be."""
    pair = said("weak", "20"), said("fair", "19")
    for preferred in ("", "weak", "fair"):
        heard = verdict("weak", "fair", preferred)
        assert None is contest(*pair, heard)
        found = contest(*pair, heard, said("good", "18"))
        assert found is not None
        assert "good" in found


def worth(panel: Panel, bundles: tuple[ExpertBundle, ...], trust: Reliance) -> tuple[float, float]:
    found = contest_of(panel, bundles)
    assert found is not None
    held = max(panel.quality(answer) or 0.0 for answer in found.answers)
    verdicts = foresee(found, panel, trust, {}, held)
    assert 1.0 == pytest.approx(sum(chance for chance, _ in verdicts.ways))
    assert verdicts.gain == pytest.approx(
        sum(chance * standing.best() for chance, standing in verdicts.ways) - held, abs=1e-3
    )
    return verdicts.gain, verdicts.turns


def test_a_verdict_is_worth_what_it_may_change() -> None:
    """Much between equals, nothing where one is far ahead, nothing from who cannot judge."""
    even = said("weak", "20"), said("fair", "19")
    uneven = said("good", "20"), said("weak", "19")

    def of(bundles: tuple[ExpertBundle, ...], right: float, decides: float = 1.0) -> float:
        trust = Reliance(right=right, decides=decides)
        return worth(panel_of(bundles, PROSPECTS), bundles, trust)[0]

    assert of(even, 0.9) > of(even, 0.7) > 0.0
    assert of(even, 0.9, 0.5) == pytest.approx(of(even, 0.9) / 2)
    assert 0.0 == of(uneven, 0.7)
    assert 0.0 == of(even, 0.5)


CLOSED = st.sampled_from([0.0, 0.3, 0.9, 1.0])


@given(st.lists(st.sampled_from(["19", "20"]), min_size=2, max_size=4), CLOSED, st.floats(0.5, 1.0))
@settings(deadline=None, max_examples=100)
def test_nothing_is_gained_by_hearing_that_the_leader_is_right(
    texts: list[str], closed: float, right: float
) -> None:
    """Be the leader the first or the last of those that say the same; gain is what may change."""
    names = ["weak", "fair", "good", "fair"]
    bundles = [said(name, text) for name, text in zip(names, texts, strict=False)]
    panel = panel_of(bundles[:3], PROSPECTS.model_copy(update={"closed": closed}))
    found = contest_of(panel, bundles[:3])
    if found is not None:
        answers = [bundle.reasoning for bundle in bundles[:3] if bundle.reasoning is not None]
        best = max(panel.quality(answer) or 0.0 for answer in answers)
        verdicts = foresee(found, panel, Reliance(right=right, decides=1.0), {}, best)
        after = sum(chance * standing.best() for chance, standing in verdicts.ways)

        assert verdicts.gain == pytest.approx(after - best, abs=0.02)


@given(st.floats(0.0, 0.999), SHARES, SHARES)
@settings(deadline=None, max_examples=200)
def test_outcomes_lift_the_best_by_the_gain(best: float, share: float, chance: float) -> None:
    """No more, no less: whatever the steps of the levels are."""
    gain = share * (1.0 - best)

    row = lifting(best, gain, chance)

    assert 1.0 == pytest.approx(sum(row))
    assert min(row) >= 0.0
    reached = sum(p * max(best, level) for p, level in zip(row, LEVELS, strict=True))
    assert best + gain == pytest.approx(reached)
