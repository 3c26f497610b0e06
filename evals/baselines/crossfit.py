"""Predictions for prompts by predictors that did not learn from them."""

from collections.abc import Callable, Sequence

import numpy as np

from secondhalf.evals.baselines.outcome import Flags
from secondhalf.evals.baselines.predictors import Predictor
from secondhalf.evals.track import Floats, Ints


def folds_of(prompts: int, folds: int, seed: int) -> Ints:
    """The fold of each prompt, (prompts,): as equal in size as can be, drawn by ``seed``."""
    return np.random.default_rng(seed).permutation(np.arange(prompts) % min(folds, prompts))


def cross_fit(
    predictor_factory: Callable[[], Predictor],
    prompts: Sequence[str],
    scores: Floats,
    folds: Ints,
) -> Floats:
    """Out-of-fold expected scores of the shape (prompts, models).

    Each fold is predicted by a new predictor that was fitted on the other folds, and has seen
    neither the labels nor the texts of this one. Needs two folds or more.
    """
    predicted = np.empty_like(scores)
    for fold in np.unique(folds):
        predictor = predictor_factory()
        held_out = folds == fold
        predictor.fit(_where(prompts, ~held_out), scores[~held_out])
        predicted[held_out] = predictor.predict(_where(prompts, held_out))
    return predicted


def _where(prompts: Sequence[str], chosen: Flags) -> list[str]:
    return [prompt for prompt, taken in zip(prompts, chosen.tolist(), strict=True) if taken]
