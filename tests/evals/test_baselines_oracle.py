"""Oracles: nobody can do better, with money or without."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.evals.baselines.oracle import (
    budget_curve,
    budgeted_oracle,
    cheapest_best,
    steps,
)
from secondhalf.evals.track import Floats, Ints

Tables = tuple[Floats, Floats]


@st.composite
def tables(draw: st.DrawFn) -> Tables:
    """Scores and costs of a few prompts and models; zero costs and ties are common."""
    prompts, models = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    cell = st.integers(0, 4)

    def table() -> Floats:
        rows = draw(st.lists(st.lists(cell, min_size=models, max_size=models),
                             min_size=prompts, max_size=prompts))  # fmt: skip
        return np.array(rows, float)

    return table() / 4, table()


def totals(score: Floats, cost: Floats, chosen: Ints) -> tuple[float, float]:
    """Total score and cost of a choice; -1 chooses none."""
    rows = np.arange(len(score))
    asked = chosen >= 0
    return (
        float(np.where(asked, score[rows, chosen], 0).sum()),
        float(np.where(asked, cost[rows, chosen], 0).sum()),
    )


def test_the_cheapest_of_the_best_answers_is_chosen() -> None:
    """If nobody is right the cheapest model is."""
    score = np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.5, 0.0, 1.0]])
    cost = np.array([[1.0, 3.0, 2.0], [2.0, 1.0, 3.0], [1.0, 1.0, 9.0]])

    assert [2, 1, 2] == cheapest_best(score, cost).tolist()


def test_without_prices_the_first_of_the_best_is_chosen() -> None:
    """Unknown costs are no error, and a known one is taken before them."""
    score = np.ones((2, 2))

    assert [0, 0] == cheapest_best(score, np.full((2, 2), np.nan)).tolist()
    assert [1, 1] == cheapest_best(score, np.array([[np.nan, 5.0]] * 2)).tolist()


@given(tables(), st.floats(0, 12))
def test_the_budget_is_kept_and_the_score_the_best_but_for_one_prompt(
    tables: Tables, budget: float
) -> None:
    """Compared with every possible choice."""
    score, cost = tables
    models = range(-1, score.shape[1])
    choices = [np.array(choice) for choice in product(models, repeat=len(score))]
    within = [totals(score, cost, c) for c in choices if totals(score, cost, c)[1] <= budget]

    reached, spent = totals(score, cost, budgeted_oracle(score, cost, budget))

    assert spent <= budget + 1e-6
    best = max(reached for reached, _ in within)
    assert best - score.max() - 1e-9 <= reached <= best + 1e-9


@given(tables())
def test_with_money_enough_it_is_the_oracle(tables: Tables) -> None:
    """The same answers at the same cost."""
    score, cost = tables

    rich = budgeted_oracle(score, cost, float(cost.sum()) + 1)

    oracle = cheapest_best(score, cost)
    assert totals(score, cost, oracle) == pytest.approx(totals(score, cost, rich))


@given(tables())
def test_the_curve_is_concave_and_ends_at_the_best_total(tables: Tables) -> None:
    """Each further dollar buys no more than the one before."""
    score, cost = tables

    curve = budget_curve(score, cost)

    worth = [step.gain / step.cost if step.cost else np.inf for step in steps(score, cost)]
    assert (0.0, 0.0) == (curve.cost[0], curve.score[0])
    assert (np.diff(curve.cost) >= 0).all()
    assert sorted(worth, reverse=True) == pytest.approx(worth)
    assert score.max(axis=1).sum() == pytest.approx(curve.score[-1])


@given(tables(), st.floats(0, 12), st.floats(0, 12))
def test_more_money_never_scores_less(tables: Tables, first: float, second: float) -> None:
    """Monotone in the budget."""
    score, cost = tables
    less, more = sorted([first, second])

    assert (
        totals(score, cost, budgeted_oracle(score, cost, less))[0]
        <= totals(score, cost, budgeted_oracle(score, cost, more))[0] + 1e-9
    )
