"""How good would each model's answer be? Predictors that see prompts and training labels only."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from secondhalf.evals.track import Floats, Ints


class Predictor(Protocol):
    """Learns from training prompts what score to expect of each model."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    def fit(self, prompts: Sequence[str], scores: Floats) -> None:
        """Learn from ``scores`` of the shape (prompts, models), in [0, 1]."""
        ...

    def predict(self, prompts: Sequence[str]) -> Floats:
        """Expected scores of the shape (prompts, models); only their order is sure to mean much."""
        ...


def group_means(groups: Ints, scores: Floats, number: int, pseudo: float) -> Floats:
    """Mean scores by group, (number, models), shrunk to the mean of all by ``pseudo`` prompts."""
    sums = np.stack([np.bincount(groups, column, number) for column in scores.T], axis=1)
    sizes = np.bincount(groups, minlength=number)[:, None]
    means: Floats = (sums + pseudo * scores.mean(axis=0)) / (sizes + pseudo)
    return means


class LengthPredictor:
    """Mean scores of prompts of like length: ten bins with as many training prompts each."""

    name = "prompt length"
    _BINS = 10
    _PSEUDO = 10.0

    def __init__(self) -> None:
        self._edges: Floats = np.empty(0)
        self._means: Floats = np.empty((0, 0))

    def fit(self, prompts: Sequence[str], scores: Floats) -> None:
        """See ``Predictor.fit``."""
        lengths = prompt_lengths(prompts)
        self._edges = np.quantile(lengths, np.linspace(0, 1, self._BINS + 1)[1:-1])
        self._means = group_means(self._bins(lengths), scores, self._BINS, self._PSEUDO)

    def predict(self, prompts: Sequence[str]) -> Floats:
        """See ``Predictor.predict``."""
        return self._means[self._bins(prompt_lengths(prompts))]

    def _bins(self, lengths: Floats) -> Ints:
        return np.searchsorted(self._edges, lengths)


def prompt_lengths(prompts: Sequence[str]) -> Floats:
    """Characters of each prompt."""
    return np.array([len(prompt) for prompt in prompts], float)
