"""Cross-fitting: a predictor never meets what it is tried on."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.evals.baselines.crossfit import cross_fit, folds_of
from secondhalf.evals.baselines.ridge import RidgePredictor
from secondhalf.evals.track import Floats


class Parrot:
    """Predicts what it was told; an unknown prompt gets the mean."""

    name = "parrot"

    def __init__(self) -> None:
        self.told: dict[str, Floats] = {}

    def fit(self, prompts: Sequence[str], scores: Floats) -> None:
        self.told = dict(zip(prompts, scores, strict=True))

    def predict(self, prompts: Sequence[str]) -> Floats:
        mean = np.mean(list(self.told.values()), axis=0)
        return np.array([self.told.get(prompt, mean) for prompt in prompts])


@given(st.integers(2, 60), st.integers(2, 12), st.integers(0, 5))
def test_folds_are_of_like_size_and_drawn_by_the_seed(prompts: int, folds: int, seed: int) -> None:
    """Sizes differ by one at most; fewer prompts than folds are a fold each."""
    drawn = folds_of(prompts, folds, seed)

    sizes = np.bincount(drawn)
    assert min(prompts, folds) == len(sizes)
    assert sizes.max() - sizes.min() <= 1
    assert drawn.tolist() == folds_of(prompts, folds, seed).tolist()


def test_other_seeds_draw_other_folds() -> None:
    """Else the mean over seeds would be the mean of one."""
    assert folds_of(100, 5, 0).tolist() != folds_of(100, 5, 1).tolist()


def test_a_held_out_label_is_never_seen() -> None:
    """Who learns by heart predicts the mean of the other folds."""
    prompts = [f"prompt {number}" for number in range(6)]
    scores = np.arange(12.0).reshape(6, 2)
    folds = np.array([0, 1, 2, 0, 1, 2])

    predicted = cross_fit(Parrot, prompts, scores, folds)

    expected = np.array([scores[folds != fold].mean(axis=0) for fold in folds])
    assert expected == pytest.approx(predicted)


def test_changing_a_label_does_not_change_its_own_prediction() -> None:
    """The same for a predictor that really learns: of one fold only the other folds tell."""
    prompts = [f"{colour} {thing}" for colour in ("red", "blue") for thing in "abcdefghij"]
    scores = np.repeat([[1.0, 0.0], [0.0, 1.0]], 10, axis=0)
    folds = folds_of(20, 4, 0)
    changed = scores.copy()
    changed[folds == 0] = 1 - changed[folds == 0]

    before = cross_fit(RidgePredictor, prompts, scores, folds)
    after = cross_fit(RidgePredictor, prompts, changed, folds)

    assert before[folds == 0].tolist() == after[folds == 0].tolist()
    assert before[folds == 1].tolist() != after[folds == 1].tolist()
