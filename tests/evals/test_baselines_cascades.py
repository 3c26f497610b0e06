"""Cascades of agreement: two opinions, and a third model where they differ."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.evals.baselines.cascades import (
    Cascade,
    Opinions,
    best_cascade,
    best_triples,
    cascade_outcome,
    opinions,
)
from secondhalf.evals.baselines.outcome import Recorded
from secondhalf.evals.data.dataset import Answer, DataSet
from secondhalf.policy.agreement import agree, gist
from tests.evals.recorded import recorded

WORDS = st.lists(st.sampled_from(["yes", "No", "12", "-3.5", "1,000", "x", "..."])).map(" ".join)


def data(
    texts: list[list[str | None]], scores: list[list[float]], costs: list[float], samples: int = 1
) -> DataSet:
    """Models "a", "b", … whose answers and labels stand in tables of (prompts, models)."""

    def answer(place: int, model: int, sample: int) -> Answer:
        said = texts[place][model]
        text = said if said is None or sample == 0 else f"{said} {sample}"
        return Answer(text, 10, 10, costs[model], 2.0 + model, scores[place][model])

    models = range(len(costs))
    return DataSet(
        file="made-up.jsonl",
        name="made up",
        prompts=tuple(f"prompt {place}" for place in range(len(texts))),
        ids=tuple(str(place) for place in range(len(texts))),
        models=tuple("abcdefgh"[model] for model in models),
        answers=tuple(
            tuple(tuple(answer(i, j, s) for s in range(samples)) for j in models)
            for i in range(len(texts))
        ),
    )


def tables(dataset: DataSet) -> Recorded:
    """What the first run replays."""
    return Recorded(dataset.scores(), dataset.costs(), dataset.latencies())


def heard(dataset: DataSet, number: int = 0) -> Opinions:
    """Opinions that are there."""
    found = opinions(dataset, number)
    assert found is not None
    return found


THREE = data(
    texts=[["it is 4", "4", "5"], ["it is 4", "6", "5"], ["yes", "yes", "no"]],
    scores=[[1.0, 1.0, 0.0], [0.0, 0.5, 1.0], [0.0, 0.0, 1.0]],
    costs=[1.0, 2.0, 10.0],
)


@given(WORDS | st.text(), WORDS | st.text())
def test_agreement_has_no_first_and_no_second(first: str, second: str) -> None:
    """And an answer that says something that can be compared agrees with itself."""
    assert agree(first, second) == agree(second, first)
    assert agree(first, first) == (gist(first) is not None)


def test_every_pair_of_models_is_heard() -> None:
    """Whether they agree, what both cost, and when both are there if asked at once."""
    found = heard(THREE)

    assert [(0, 1), (0, 2), (1, 2)] == list(
        zip(found.first.tolist(), found.second.tolist(), strict=True)
    )
    assert [[True, False, False], [False] * 3, [True, False, False]] == found.agree.tolist()
    assert [3.0, 11.0, 12.0] == found.cost[0].tolist()
    assert [3.0, 4.0, 4.0] == found.latency_s[0].tolist()


def test_answers_without_text_give_no_opinion() -> None:
    """A model whose answers were not recorded can only come last."""
    without = data([["4", None, "4"]], [[1.0, 1.0, 1.0]], [1.0, 1.0, 1.0])
    none = data([[None, None]], [[1.0, 1.0]], [1.0, 1.0])

    assert ([0], [2]) == (heard(without).first.tolist(), heard(without).second.tolist())
    assert opinions(none) is None


def test_an_empty_answer_agrees_with_none() -> None:
    """A model that failed to answer is opened all the same, and settles nothing."""
    failed = data([["", "", "4"]], [[0.0, 0.0, 1.0]], [1.0, 1.0, 1.0])

    assert [[False, False, False]] == heard(failed).agree.tolist()


def test_two_samples_of_one_model_are_opinions_too() -> None:
    """Run r hears samples r and r + 1; a model with a single sample has no second opinion."""
    one = heard(data([["1", "2"]], [[0.0, 1.0]], [1.0, 5.0]))
    two = heard(data([["word of mouth goes", "2"]], [[0.0, 1.0]], [1.0, 5.0], samples=2), 1)

    assert [(0, 1)] == list(zip(one.first, one.second, strict=True))
    assert [(0, 1), (0, 0), (1, 1)] == list(zip(two.first, two.second, strict=True))
    assert [6.0, 2.0, 10.0] == two.cost[0].tolist()


def test_a_third_model_is_paid_for_only_where_two_disagree() -> None:
    """The first's answer where they agree, else the last's; all that was opened is paid for."""
    outcome = cascade_outcome(heard(THREE), Cascade(pair=0, first=0, last=2), tables(THREE))

    assert [1.0, 1.0, 0.0] == outcome.score.tolist()
    assert [3.0, 13.0, 3.0] == outcome.cost.tolist()
    assert [2, 3, 2] == outcome.opened.tolist()
    assert [0, 2, 0] == outcome.answered_by.tolist()
    assert [3.0, 7.0, 3.0] == outcome.latency_s.tolist()
    assert [[1, 1, 0], [1, 1, 1], [1, 1, 0]] == outcome.asked.tolist()


def test_the_cheaper_of_two_that_agree_answers() -> None:
    """Whatever their order in the data set."""
    turned = THREE.only(models=["b", "a", "c"])

    cascade = best_cascade(heard(turned), tables(turned), 0.01)

    assert Cascade(pair=0, first=1, last=2) == cascade


@pytest.mark.parametrize("usd_price", [0.0, 0.01, 0.1])
@pytest.mark.parametrize("samples", [1, 2])
def test_the_best_cascade_is_the_best_of_all(usd_price: float, samples: int) -> None:
    """Compared with every cascade there is, on its own training prompts."""
    rng = np.random.default_rng(samples)
    texts: list[list[str | None]] = [
        [str(answer) for answer in row] for row in rng.integers(0, 3, (12, 4))
    ]
    scores = rng.random((12, 4)).round(1).tolist()
    dataset = data(texts, scores, [1.0, 2.0, 4.0, 8.0], samples)
    found, played = heard(dataset), tables(dataset)

    def utility(cascade: Cascade) -> float:
        outcome = cascade_outcome(found, cascade, played)
        return float((outcome.score - usd_price * outcome.cost).mean())

    chosen = best_cascade(found, played, usd_price)

    assert chosen is not None
    possible = [
        Cascade(pair, int(found.first[pair]), last)
        for pair in range(len(found.first))
        for last in range(4)
        if last not in (found.first[pair], found.second[pair])
    ]
    assert max(utility(cascade) for cascade in possible) == pytest.approx(utility(chosen))
    assert len(possible) == len(list(combinations(range(4), 2))) * 2 + (
        len(list(permutations(range(4), 2))) if samples == 2 else 0
    )


def test_a_cascade_is_chosen_on_the_other_folds() -> None:
    """What it does on the held-out fold is no part of the choice."""
    folds = np.array([0, 1, 1])
    outcome = best_triples(heard(THREE), tables(THREE), folds, 0.0)

    learned = Recorded(*(table[1:] for table in tables(THREE)))
    found = heard(THREE)
    later = found._replace(
        agree=found.agree[1:], cost=found.cost[1:], latency_s=found.latency_s[1:]
    )
    chosen = best_cascade(later, learned, 0.0)

    assert outcome is not None
    assert chosen is not None
    expected = cascade_outcome(found, chosen, tables(THREE))
    assert expected.score[0] == outcome.score[0]
    assert expected.cost[0] == outcome.cost[0]


def test_two_models_make_no_cascade() -> None:
    """There is nobody left to ask; with two samples each there is."""
    pair = recorded(6, ("small", "large"))
    several = recorded(6, ("small", "large"), samples=2)
    folds = np.arange(6) % 2

    assert best_triples(heard(pair), tables(pair), folds, 1.0) is None
    assert best_triples(heard(several), tables(several), folds, 1.0) is not None
