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
    (predicted,) = cross_fit_together(lambda: [predictor_factory()], prompts, scores, folds)
    return predicted


def cross_fit_together(
    predictors_factory: Callable[[], Sequence[Predictor]],
    prompts: Sequence[str],
    scores: Floats,
    folds: Ints,
) -> list[Floats]:
    """The same for several predictors, which may share features: made anew for each fold."""
    predicted: list[Floats] = []
    for fold in np.unique(folds):
        held_out = folds == fold
        learned, asked = _where(prompts, ~held_out), _where(prompts, held_out)
        predictors = predictors_factory()
        predicted = predicted or [np.empty_like(scores) for _ in predictors]
        for predictor, whole in zip(predictors, predicted, strict=True):
            predictor.fit(learned, scores[~held_out])
            whole[held_out] = predictor.predict(asked)
    return predicted


def _where(prompts: Sequence[str], chosen: Flags) -> list[str]:
    return [prompt for prompt, taken in zip(prompts, chosen.tolist(), strict=True) if taken]
