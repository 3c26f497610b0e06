"""Predict by the training prompts that are most alike."""

from collections.abc import Sequence

import numpy as np

from secondhalf.evals.baselines.features import LIKENESS_WEIGHT, PromptFeatures
from secondhalf.evals.track import Floats
from secondhalf.policy.estimates.features import Rows, unit


class KnnPredictor:
    """Mean score of the nearest training prompts, weighted by their cosine similarity.

    Shrunk to the mean of all by ``pseudo``, in units of similarity. Li, Rethinking Predictive
    Modeling for LLM Routing: When Simple kNN Beats Complex Learned Routers (arXiv 2505.12601).
    """

    name = "kNN"

    def __init__(
        self, features: PromptFeatures | None = None, *, k: int = 80, pseudo: float = 1.0
    ) -> None:
        self._features = PromptFeatures(weight=LIKENESS_WEIGHT) if features is None else features
        self._k, self._pseudo = k, pseudo
        self._rows: Rows = np.empty((0, 0), np.float32)
        self._scores: Floats = np.empty((0, 0))

    def fit(self, prompts: Sequence[str], scores: Floats) -> None:
        """See ``Predictor.fit``."""
        self._rows = unit(self._features.fit(prompts))
        self._scores = scores

    def predict(self, prompts: Sequence[str]) -> Floats:
        """See ``Predictor.predict``."""
        alike = unit(self._features.rows(prompts)) @ self._rows.T
        k = min(self._k, len(self._rows))
        nearest = np.argpartition(-alike, k - 1, axis=1)[:, :k]
        weight = np.maximum(np.take_along_axis(alike, nearest, axis=1), 0).astype(float)
        summed = np.einsum("nk,nkm->nm", weight, self._scores[nearest])
        total = weight.sum(axis=1, keepdims=True)
        prior = self._scores.mean(axis=0)
        expected: Floats = (summed + self._pseudo * prior) / (total + self._pseudo)
        return expected
