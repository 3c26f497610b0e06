"""Policies that do not look at the prompt."""

import numpy as np

from secondhalf.evals.baselines.outcome import (
    Outcome,
    Recorded,
    expected_outcome,
    outcome_of,
)
from secondhalf.evals.track import Floats, Ints

_TIE = 1e-12


def single(recorded: Recorded, model: int) -> Outcome:
    """One model for all prompts."""
    return outcome_of(recorded, np.full(len(recorded.score), model))


def best_single(score: Floats, cost: Floats) -> int:
    """Place of the most accurate model; the cheapest of equals, unknown costs last.

    Both have the shape (prompts, models). In hindsight if they are those of all prompts.
    """
    accuracy = score.mean(axis=0)
    price = np.nan_to_num(cost.mean(axis=0), nan=np.inf)
    best = np.flatnonzero(accuracy >= accuracy.max() - _TIE)
    return int(best[np.argmin(price[best])])


def best_single_on(recorded: Recorded, folds: Ints) -> Outcome:
    """The best single model, as chosen for each fold on the others."""
    chosen = np.empty(len(folds), np.int64)
    for fold in np.unique(folds):
        learned = folds != fold
        chosen[~learned] = best_single(recorded.score[learned], recorded.cost[learned])
    return outcome_of(recorded, chosen)


def cheapest(recorded: Recorded) -> int:
    """Place of the model that costs least on average; costs must be known."""
    return int(np.argmin(recorded.cost.mean(axis=0)))


def uniform(recorded: Recorded) -> Outcome:
    """Any model with the same chance: what to expect of it."""
    models = recorded.score.shape[1]
    return expected_outcome(recorded, [1 / models] * models)


def mix(recorded: Recorded, first: int, second: int, share: float) -> Outcome:
    """A blind mix of two models: ``second`` for a ``share`` of the prompts, whichever they are.

    What to expect of it: a point on the line between the two models.
    """
    shares = [0.0] * recorded.score.shape[1]
    shares[first] += 1 - share
    shares[second] += share
    return expected_outcome(recorded, shares)
