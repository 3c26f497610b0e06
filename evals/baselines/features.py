"""What learned baselines read off a prompt: its n-grams, and how it is built."""

import re
from collections.abc import Sequence

import numpy as np

from secondhalf.evals.baselines.ngrams import Ngrams, Rows, hashed_rows, telling_weights
from secondhalf.evals.track import Floats

DIMENSION = 4096
STRUCTURE_WEIGHT = 0.15
"""What one standard deviation of a structural feature weighs beside a unit row of n-grams."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


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
    ``ngrams`` can be shared, so that texts are read once for all folds; the features themselves
    by predictors that learn from the same prompts, so that rows are made once for all of them.
    """

    def __init__(self, ngrams: Ngrams | None = None, dimension: int = DIMENSION) -> None:
        self._ngrams = Ngrams() if ngrams is None else ngrams
        self._dimension = dimension
        self._weights: Floats = np.empty(0)
        self._mean: Rows = np.zeros(dimension + 4, np.float32)
        self._middle, self._spread = np.zeros(4), np.ones(4)
        self._fitted: list[str] | None = None
        self._asked: dict[bool, tuple[list[str], Rows]] = {}

    def fit(self, prompts: Sequence[str]) -> Rows:
        """Learn what is telling among ``prompts``; their own rows."""
        if self._fitted != list(prompts):
            self._asked = {}
            self._learn(prompts)
            self._fitted = list(prompts)
        return self.rows(prompts)

    def rows(self, prompts: Sequence[str]) -> Rows:
        """Features of the shape (prompts, dimension + 4). Shared: not to be changed."""
        wanted, learned = list(prompts), self._fitted == list(prompts)
        if learned not in self._asked or self._asked[learned][0] != wanted:
            self._asked[learned] = wanted, self._raw(wanted) - self._mean
        return self._asked[learned][1]

    def _learn(self, prompts: Sequence[str]) -> None:
        counts = self._ngrams.count(prompts)
        self._weights = telling_weights(counts, len(prompts), len(self._ngrams))
        built = structure(prompts)
        spread = built.std(axis=0)
        self._middle, self._spread = built.mean(axis=0), np.where(spread > 0, spread, 1)
        self._mean = self._raw(prompts).mean(axis=0)

    def _raw(self, prompts: Sequence[str]) -> Rows:
        counts = self._ngrams.count(prompts)
        hashed = hashed_rows(
            counts, self._weights, self._ngrams.hashes(), len(prompts), self._dimension
        )
        built = STRUCTURE_WEIGHT * (structure(prompts) - self._middle) / self._spread
        return np.concatenate([hashed, built.astype(np.float32)], axis=1)
