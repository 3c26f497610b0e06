"""Ridge regression on the features of a prompt: the strong simple baseline."""

from collections.abc import Sequence

import numpy as np

from secondhalf.evals.baselines.features import PromptFeatures
from secondhalf.evals.track import Floats
from secondhalf.policy.estimates.features import Rows
from secondhalf.policy.estimates.logistic import drawn_penalties


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
