"""What several answers of one path are worth, before any is given."""

import pytest

from secondhalf.policy.search.votes import vote
from secondhalf.state.estimate import Prospect, Prospects, Triple

SKILLED: Triple = (0.9, 0.6, 0.2)


def of(*arms: str, closed: float = 0.9, right: Triple = SKILLED) -> Prospects:
    return Prospects(closed=closed, arms={arm: Prospect(right=right) for arm in arms})


def mean(right: Triple = SKILLED) -> float:
    return sum(w * r for w, r in zip(Prospects().difficulty, right, strict=True))


def test_the_second_of_equals_adds_nothing_where_answers_cannot_speak_for_each_other() -> None:
    """To an open-ended prompt all are as good as one; to a closed-ended one three are better."""
    names = "a", "b", "c"

    assert vote(names, of(*names, closed=0.0)).quality == pytest.approx(mean(), abs=1e-4)
    assert vote(names, of(*names, closed=1.0)).quality > mean() + 0.02


def test_one_model_again_and_again_is_worth_less_than_strangers() -> None:
    """It repeats its mistakes."""
    itself, strangers = ("m#1", "m#2", "m#3"), ("a", "b", "c")

    assert vote(itself, of(*itself)).quality < vote(strangers, of(*strangers)).quality


def test_levels_are_distributions_with_the_mean_that_is_stated() -> None:
    """At each difficulty; together they make the quality."""
    names = "a", "b", "c"
    for closed in (0.0, 0.4, 1.0):
        found = vote(names, of(*names, closed=closed))
        levels = [place / (len(found.levels[0]) - 1) for place in range(len(found.levels[0]))]
        means = [sum(p * q for p, q in zip(row, levels, strict=True)) for row in found.levels]

        assert [sum(row) for row in found.levels] == pytest.approx([1.0] * 3)
        stated = sum(w * m for w, m in zip(Prospects().difficulty, means, strict=True))
        assert stated == pytest.approx(found.quality, abs=1e-6)
