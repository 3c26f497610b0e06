"""Predict by the cluster that a prompt falls into."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from secondhalf.evals.baselines.features import LIKENESS_WEIGHT, PromptFeatures
from secondhalf.evals.baselines.predictors import group_means
from secondhalf.evals.track import Floats
from secondhalf.policy.estimates.features import Rows, unit

_ROUNDS = 20
_PROMPTS_PER_CLUSTER = 20


def spherical_kmeans(rows: Rows, k: int, rng: Generator) -> Rows:
    """Centres of the shape (k, dimension), of length one: k-means by cosine, from k-means++.

    ``rows`` have length one. An empty cluster keeps its centre.
    """
    centres = rows[_spread_out(rows, k, rng)]
    nearest = np.full(len(rows), -1)
    for _ in range(_ROUNDS):
        before, nearest = nearest, (rows @ centres.T).argmax(axis=1)
        if np.array_equal(before, nearest):
            break
        member = np.zeros((k, len(rows)), np.float32)
        member[nearest, np.arange(len(rows))] = 1
        summed = member @ rows
        centres = np.where(np.linalg.norm(summed, axis=1, keepdims=True) > 0, unit(summed), centres)
    return centres


def _spread_out(rows: Rows, k: int, rng: Generator) -> list[int]:
    """Places of k rows, each drawn in proportion to its distance from those before."""
    chosen = [int(rng.integers(len(rows)))]
    distance = np.full(len(rows), np.inf)
    for _ in range(k - 1):
        distance = np.minimum(distance, np.maximum(1 - rows @ rows[chosen[-1]], 0).astype(float))
        total = distance.sum()
        chances = distance / total if total > 0 else None
        chosen.append(int(rng.choice(len(rows), p=chances)))
    return chosen


class KmeansPredictor:
    """Mean scores of the nearest clusters of training prompts.

    As Avengers-Pro (Zhang et al., arXiv 2508.12631), on n-grams instead of a model's embeddings:
    k clusters, a mean score per cluster and model, and the mean of the ``nearest`` clusters.
    """

    name = "k-means"
    _PSEUDO = 5.0

    def __init__(
        self,
        features: PromptFeatures | None = None,
        *,
        k: int = 60,
        nearest: int = 4,
        seed: int = 0,
    ) -> None:
        self._features = PromptFeatures(weight=LIKENESS_WEIGHT) if features is None else features
        self._k, self._nearest, self._seed = k, nearest, seed
        self._centres: Rows = np.empty((0, 0), np.float32)
        self._means: Floats = np.empty((0, 0))

    def fit(self, prompts: Sequence[str], scores: Floats) -> None:
        """See ``Predictor.fit``. Few prompts make fewer clusters: one in twenty."""
        rows = unit(self._features.fit(prompts))
        k = max(1, min(self._k, len(prompts) // _PROMPTS_PER_CLUSTER))
        self._centres = spherical_kmeans(rows, k, np.random.default_rng(self._seed))
        cluster = (rows @ self._centres.T).argmax(axis=1)
        self._means = group_means(cluster, scores, k, self._PSEUDO)

    def predict(self, prompts: Sequence[str]) -> Floats:
        """See ``Predictor.predict``."""
        alike = unit(self._features.rows(prompts)) @ self._centres.T
        nearest = np.argsort(-alike, axis=1, kind="stable")[:, : self._nearest]
        expected: Floats = self._means[nearest].mean(axis=1)
        return expected
