"""What learned baselines read off a prompt: its n-grams, and how it is built."""

import re
from collections.abc import Sequence
from typing import Self

import numpy as np

from secondhalf.evals.baselines.ngrams import Ngrams, Rows, hashed_rows, telling_weights
from secondhalf.evals.track import Floats

DIMENSION = 4096
STRUCTURE_WEIGHT = 0.15
"""What one standard deviation of a structural feature weighs beside a unit row of n-grams."""
_NUMBER = re.compile(r"\d[\d,.]*")


def structure(prompts: Sequence[str]) -> Floats:
    """Length (log characters), numbers, different numbers and full stops: (prompts, 4)."""
    rows = [
        (np.log1p(len(prompt)), len(numbers), len(set(numbers)), prompt.count("."))
        for prompt, numbers in ((prompt, _NUMBER.findall(prompt)) for prompt in prompts)
    ]
    return np.array(rows, float).reshape(len(prompts), 4)


class PromptFeatures:
    """Rows of hashed n-grams beside standardised structure, as deviations from the training mean.

    Weights, means and deviations are learned from training prompts alone, without labels.
    ``ngrams`` can be shared, so that texts are read once for all folds.
    """

    def __init__(self, ngrams: Ngrams | None = None, dimension: int = DIMENSION) -> None:
        self._ngrams = Ngrams() if ngrams is None else ngrams
        self._dimension = dimension
        self._weights: Floats = np.empty(0)
        self._mean: Rows = np.zeros(dimension + 4, np.float32)
        self._middle, self._spread = np.zeros(4), np.ones(4)

    def fit(self, prompts: Sequence[str]) -> Self:
        """Learn what is telling among ``prompts``."""
        counts = self._ngrams.count(prompts)
        self._weights = telling_weights(counts, len(prompts), len(self._ngrams))
        built = structure(prompts)
        self._middle, spread = built.mean(axis=0), built.std(axis=0)
        self._spread = np.where(spread > 0, spread, 1)
        self._mean = np.zeros(self._dimension + 4, np.float32)
        self._mean = self.rows(prompts).mean(axis=0)
        return self

    def rows(self, prompts: Sequence[str]) -> Rows:
        """Features of the shape (prompts, dimension + 4)."""
        counts = self._ngrams.count(prompts)
        hashed = hashed_rows(
            counts, self._weights, self._ngrams.hashes(), len(prompts), self._dimension
        )
        built = STRUCTURE_WEIGHT * (structure(prompts) - self._middle) / self._spread
        rows: Rows = np.concatenate([hashed, built.astype(np.float32)], axis=1)
        return rows - self._mean
