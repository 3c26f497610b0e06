"""Predictions of rewards that do not know the rows they are used on: cross-fitting.

A doubly robust estimate corrects a model by the log. Had the model seen the rewards that correct
it, the correction would be too small and the interval too narrow. Chernozhukov et al. (2018).
"""

import numpy as np
from numpy.typing import NDArray

from secondhalf.evals.offpolicy_log import LoggedChoices
from secondhalf.evals.track import Floats, Ints

_FOLDS = 5
_PENALTY = 5.0


def cross_fitted(
    log: LoggedChoices,
    features: Floats | None = None,
    *,
    folds: int = _FOLDS,
    penalty: float = _PENALTY,
    seed: int = 0,
) -> Floats:
    """Reward predicted of each action: (rows, actions), each row by a model of the other folds.

    Without ``features``, an action's mean reward, drawn to that of all actions as ``penalty``
    rows would, which is above 0. With them, shape (rows, features), a ridge regression for each
    action from there, kept within the rewards of the other folds.
    """
    rows = len(log)
    number = min(folds, rows)
    fold = np.random.default_rng(seed).permutation(rows) % number
    means = _means(log, fold, number, penalty)
    predicted = means[fold]
    if features is not None:
        table = _standardised(features)
        for held_out in range(number):
            seen = fold != held_out
            _tilt(predicted, log, table, seen, means[held_out], penalty)
    return predicted


def _means(log: LoggedChoices, fold: Ints, number: int, penalty: float) -> Floats:
    """Mean reward by (folds, actions) in all the other folds."""
    actions = len(log.actions)
    place = fold * actions + log.taken
    others = 1.0 - np.eye(number)
    shape = (number, actions)
    count = others @ np.bincount(place, minlength=number * actions).reshape(shape)
    total = others @ np.bincount(place, log.reward, minlength=number * actions).reshape(shape)
    overall = total.sum(axis=1) / np.maximum(count.sum(axis=1), 1)
    means: Floats = (total + penalty * overall[:, None]) / (count + penalty)
    return means


def _standardised(features: Floats) -> Floats:
    spread = features.std(axis=0)
    table: Floats = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return table


def _tilt(
    predicted: Floats,
    log: LoggedChoices,
    table: Floats,
    seen: NDArray[np.bool_],
    mean: Floats,
    penalty: float,
) -> None:
    """Add to the means of rows not seen what the features of the rows seen make of them."""
    taken, reward = log.taken[seen], log.reward[seen]
    if not len(reward):
        return
    slopes = [
        _slope(table[seen][taken == action], reward[taken == action] - mean[action], penalty)
        for action in range(len(log.actions))
    ]
    tilted = predicted[~seen] + table[~seen] @ np.stack(slopes, axis=1)
    predicted[~seen] = np.clip(tilted, reward.min(), reward.max())


def _slope(known: Floats, residual: Floats, penalty: float) -> Floats:
    """Ridge regression (Hoerl and Kennard, 1970) without an intercept."""
    square = known.T @ known + penalty * np.eye(known.shape[1])
    return np.asarray(np.linalg.solve(square, known.T @ residual), np.float64)
