"""Logistic regression on the features of a prompt: what the router learns of prompts by."""

from collections.abc import Sequence

import numpy as np

from secondhalf.evals.baselines.features import PromptFeatures
from secondhalf.evals.track import Floats
from secondhalf.policy.estimates.features import Rows
from secondhalf.policy.estimates.logistic import fit_logistic, squashed


class LogisticPredictor:
    """Penalised logistic regression of each model's score, by accelerated gradient descent."""

    name = "logistic"

    def __init__(self, features: PromptFeatures | None = None, *, seed: int = 0) -> None:
        self._features = PromptFeatures() if features is None else features
        self._seed = seed
        self._weights: Rows = np.empty((0, 0), np.float32)
        self._offset: Rows = np.empty(0, np.float32)

    def fit(self, prompts: Sequence[str], scores: Floats) -> None:
        """See ``Predictor.fit``."""
        rows = self._features.fit(prompts)
        self._weights, self._offset = fit_logistic(rows, scores, seed=self._seed)

    def predict(self, prompts: Sequence[str]) -> Floats:
        """See ``Predictor.predict``. In [0, 1]."""
        return squashed(self._features.rows(prompts) @ self._weights + self._offset).astype(float)
