"""Ridge regression on the features of a prompt: the strong simple baseline."""

from collections.abc import Sequence

import numpy as np

from secondhalf.evals.baselines.features import PromptFeatures
from secondhalf.evals.baselines.ngrams import Rows
from secondhalf.evals.track import Floats

PENALTIES = np.array([2.0**power for power in range(-2, 13)])
_MOST = 768
"""Training prompts from which the penalty is chosen: an eigendecomposition takes their cube."""


class RidgePredictor:
    """Ridge regression of each model's score, each with its own penalty.

    The penalty is chosen by the exact leave-one-out error in closed form (Allen's PRESS).
    """

    name = "ridge"

    def __init__(self, features: PromptFeatures | None = None, *, seed: int = 0) -> None:
        self._features = PromptFeatures() if features is None else features
        self._seed = seed
        self._weights: Rows = np.empty((0, 0), np.float32)
        self._mean: Floats = np.empty(0)

    def fit(self, prompts: Sequence[str], scores: Floats) -> None:
        """See ``Predictor.fit``."""
        rows = self._features.fit(prompts)
        self._mean = scores.mean(axis=0)
        penalties = drawn_penalties(rows, scores, self._seed)
        self._weights = ridge_weights(rows, scores - self._mean, penalties)

    def predict(self, prompts: Sequence[str]) -> Floats:
        """See ``Predictor.predict``. Not clipped to [0, 1]."""
        return self._features.rows(prompts) @ self._weights + self._mean


def drawn_penalties(rows: Rows, scores: Floats, seed: int) -> Floats:
    """``leave_one_out_penalties`` of at most 768 prompts drawn by ``seed``.

    The best penalty is the noise over the prior variance of the weights, and so does not depend
    on how many prompts there are.
    """
    drawn = np.random.default_rng(seed).permutation(len(rows))[:_MOST]
    return leave_one_out_penalties(rows[drawn], scores[drawn])


def leave_one_out_penalties(rows: Rows, scores: Floats) -> Floats:
    """For each model the penalty with the least leave-one-out squared error; (models,).

    With the eigenvectors U and values s of the centred rows' Gram matrix, the fit under penalty p
    has the hat matrix U s/(s+p) Uᵀ + 1/n, and a prompt left out the residual e / (1 − h).
    """
    number = len(rows)
    if number < 3:
        return np.full(int(scores.shape[1]), PENALTIES[-1])
    centred = rows - rows.mean(axis=0)
    values, vectors = np.linalg.eigh((centred @ centred.T).astype(float))
    values = np.maximum(values, 0)
    target = scores - scores.mean(axis=0)
    kept = values[:, None] / (values[:, None] + PENALTIES)
    leverage = np.minimum(vectors**2 @ kept + 1 / number, 1 - 1e-9)
    fitted = np.tensordot(vectors, kept[:, :, None] * (vectors.T @ target)[:, None, :], axes=1)
    left = (target[:, None, :] - fitted) / (1 - leverage)[:, :, None]
    chosen: Floats = PENALTIES[(left**2).mean(axis=0).argmin(axis=0)]
    return chosen


def ridge_weights(rows: Rows, target: Floats, penalties: Floats) -> Rows:
    """Weights of the shape (dimension, models) that minimise |rows·w − target|² + penalty·|w|².

    Solves the smaller of the two normal equations, once for each different penalty.
    """
    prompts, dimension = rows.shape
    dual = prompts <= dimension
    gram = rows @ rows.T if dual else rows.T @ rows
    aim = (target if dual else rows.T @ target).astype(np.float32)
    weights = np.empty((dimension, target.shape[1]), np.float32)
    for penalty in np.unique(penalties):
        models = np.flatnonzero(penalties == penalty)
        damped = gram + np.diag(np.full(len(gram), penalty, np.float32))
        solved = np.linalg.solve(damped, aim[:, models])
        weights[:, models] = rows.T @ solved if dual else solved
    return weights
