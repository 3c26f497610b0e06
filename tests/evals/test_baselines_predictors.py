"""Predictors learn from prompts and training labels, and from nothing else."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import Generator

from secondhalf.evals.baselines.clusters import KmeansPredictor, spherical_kmeans
from secondhalf.evals.baselines.features import PromptFeatures
from secondhalf.evals.baselines.logistic import LogisticPredictor
from secondhalf.evals.baselines.neighbours import KnnPredictor
from secondhalf.evals.baselines.predictors import LengthPredictor, Predictor, group_means
from secondhalf.evals.baselines.ridge import RidgePredictor, ridge_weights
from secondhalf.evals.track import Floats
from secondhalf.policy.estimates.features import Rows, structure, unit
from secondhalf.policy.estimates.logistic import (
    PENALTIES,
    leave_one_out_penalties,
    logistic_weights,
)

LEARNED: list[Callable[[], Predictor]] = [
    KnnPredictor,
    KmeansPredictor,
    RidgePredictor,
    LogisticPredictor,
]
ALL: list[Callable[[], Predictor]] = [*LEARNED, LengthPredictor]
SUBJECTS = {
    "algebra": ["equation", "polynomial", "matrix", "integer", "root"],
    "history": ["emperor", "treaty", "revolution", "dynasty", "parliament"],
}


@pytest.fixture
def rng() -> Generator:
    """Randomness that is the same in every run."""
    return np.random.default_rng(3)


def questions(number: int, rng: Generator) -> tuple[list[str], Floats]:
    """Framed questions of two subjects; the first model knows one subject, the second the other."""
    prompts: list[str] = []
    scores: list[tuple[float, float]] = []
    for _ in range(number):
        knows = bool(rng.random() < 0.5)
        words = rng.choice(SUBJECTS["algebra" if knows else "history"], 3).tolist()
        prompts.append(f"Please answer in JSON.\n\nWhat of {' and '.join(words)}?\n\nThanks")
        scores.append((float(knows), float(not knows)))
    return prompts, np.array(scores)


@pytest.mark.parametrize("make", LEARNED)
def test_a_learned_predictor_knows_which_model_to_ask(
    make: Callable[[], Predictor], rng: Generator
) -> None:
    """Most held-out questions go to the model that knows their subject."""
    prompts, scores = questions(200, rng)
    others, truth = questions(100, rng)
    predictor = make()

    predictor.fit(prompts, scores)
    expected = predictor.predict(others)

    assert (100, 2) == expected.shape
    assert (expected.argmax(axis=1) == truth.argmax(axis=1)).mean() > 0.95


@pytest.mark.parametrize("make", ALL)
def test_where_all_answers_are_alike_so_is_what_is_expected(
    make: Callable[[], Predictor], rng: Generator
) -> None:
    """Nothing is made of nothing; one model always right, one never, one in between."""
    prompts, _ = questions(60, rng)
    predictor = make()

    predictor.fit(prompts, np.tile([1.0, 0.0, 0.4], (60, 1)))

    assert np.tile([1.0, 0.0, 0.4], (3, 1)) == pytest.approx(
        predictor.predict(["one", "", prompts[0]]), abs=1e-5
    )


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_handful_of_prompts_is_enough(make: Callable[[], Predictor], number: int) -> None:
    """Too few to learn from gives the mean, not an error."""
    prompts = [f"question {place}" for place in range(number)]
    predictor = make()

    predictor.fit(prompts, np.ones((number, 2)))

    assert np.ones((2, 2)) == pytest.approx(predictor.predict(["a", "b"]), abs=1e-5)


@pytest.mark.parametrize("make", ALL)
def test_a_prediction_does_not_depend_on_its_company(
    make: Callable[[], Predictor], rng: Generator
) -> None:
    """Held-out prompts are predicted one by one: none tells anything of another."""
    prompts, scores = questions(80, rng)
    others, _ = questions(5, rng)
    predictor = make()
    predictor.fit(prompts, scores)

    alone = np.concatenate([predictor.predict([prompt]) for prompt in others])

    assert predictor.predict(others) == pytest.approx(alone, abs=1e-5)


def test_prompt_length_tells_where_models_fail_on_long_prompts() -> None:
    """Mean scores by bins of length, shrunk a little to the mean of all."""
    prompts = ["x" * length for length in range(1, 201)]
    scores = np.array([[float(length <= 100), 0.5] for length in range(1, 201)])
    predictor = LengthPredictor()

    predictor.fit(prompts, scores)
    short, long = predictor.predict(["x" * 20, "x" * 180])

    assert (1 * 20 + 0.5 * 10) / 30 == pytest.approx(short[0], abs=0.02)
    assert (0 * 20 + 0.5 * 10) / 30 == pytest.approx(long[0], abs=0.02)
    assert 0.5 == pytest.approx(short[1])


def test_an_empty_group_has_the_mean_of_all() -> None:
    """Shrinkage leaves nothing undefined."""
    means = group_means(np.array([0, 0, 2]), np.array([[1.0], [0.0], [0.2]]), 3, 2.0)

    assert [0.45, 0.4, (0.2 + 0.8) / 3] == pytest.approx(means[:, 0].tolist(), abs=0.01)


def test_neighbours_without_likeness_do_not_count() -> None:
    """A prompt that is like none gets the mean of all."""
    predictor = KnnPredictor(k=2)
    prompts = ["red red rose", "red red wine", "blue blue sky", "blue blue sea"]

    predictor.fit(prompts, np.array([[1.0], [1.0], [0.0], [0.0]]))

    assert predictor.predict(["red red rug"])[0, 0] > 0.7
    assert predictor.predict(["blue blue bag"])[0, 0] < 0.3


def blobs(rng: Generator) -> Rows:
    """Thirty rows around each of three directions."""
    middles = np.repeat(np.eye(3, 8), 30, axis=0)
    return unit(middles + 0.1 * rng.standard_normal((90, 8)))


def test_kmeans_finds_the_clusters(rng: Generator) -> None:
    """Rows around one direction end in one cluster, and the same seed gives the same centres."""
    rows = blobs(rng)

    centres = spherical_kmeans(rows, 3, np.random.default_rng(0))
    cluster = (rows @ centres.T).argmax(axis=1).reshape(3, 30)

    assert [1, 1, 1] == [len(set(part.tolist())) for part in cluster]
    assert 3 == len(set(cluster[:, 0].tolist()))
    assert centres.tolist() == spherical_kmeans(rows, 3, np.random.default_rng(0)).tolist()


def test_kmeans_stands_more_clusters_than_different_rows() -> None:
    """Identical rows leave nothing to draw by distance."""
    rows = unit(np.ones((4, 3)))

    assert (4, 3) == spherical_kmeans(rows, 4, np.random.default_rng(0)).shape


@pytest.mark.parametrize("shape", [(12, 40), (40, 12)])
def test_ridge_solves_the_normal_equations_either_way(
    shape: tuple[int, int], rng: Generator
) -> None:
    """More features than prompts or fewer: the gradient of the penalised error is zero."""
    rows = rng.standard_normal(shape).astype(np.float32)
    target = rng.standard_normal((shape[0], 3))
    penalties = np.array([1.0, 4.0, 1.0])

    weights = ridge_weights(rows, target, penalties)

    gradient = rows.T @ (rows @ weights - target) + penalties * weights
    assert 0 == pytest.approx(float(np.abs(gradient).max()), abs=1e-3)


def test_logistic_regression_reaches_the_least_penalised_cross_entropy(rng: Generator) -> None:
    """The gradient is zero: for the weights with their penalty, and for the offset without."""
    rows = rng.standard_normal((60, 5)).astype(np.float32)
    rows -= rows.mean(axis=0)
    scores = (rng.random((60, 2)) < [0.3, 0.9]).astype(float)
    penalties = np.array([2.0, 5.0])

    weights, offset = logistic_weights(rows, scores, penalties)

    left = 1 / (1 + np.exp(-(rows @ weights + offset))) - scores
    assert 0 == pytest.approx(float(np.abs(rows.T @ left + penalties * weights).max()), abs=1e-2)
    assert 0 == pytest.approx(float(np.abs(left.mean(axis=0)).max()), abs=1e-3)


def test_logistic_regression_stands_rows_of_zeros() -> None:
    """Prompts that share all and tell nothing: the mean is expected of each model."""
    weights, offset = logistic_weights(
        np.zeros((4, 3), np.float32), np.array([[1.0], [0.0], [1.0], [1.0]]), np.ones(1)
    )

    assert 0 == np.abs(weights).max()
    assert 0.75 == pytest.approx(float(1 / (1 + np.exp(-offset[0]))), abs=1e-5)


def test_the_penalty_has_the_least_error_on_prompts_left_out(rng: Generator) -> None:
    """The closed form agrees with leaving each prompt out in turn and fitting again."""
    rows = rng.standard_normal((25, 6)).astype(np.float32)
    scores = rows[:, :2] @ np.array([[1.0, 0.1], [0.5, 0.0]]) + rng.standard_normal((25, 2))

    def left_out_error(penalty: float) -> Floats:
        errors = np.zeros(2)
        for place in range(25):
            kept = np.arange(25) != place
            mean, middle = scores[kept].mean(axis=0), rows[kept].mean(axis=0)
            weights = ridge_weights(rows[kept] - middle, scores[kept] - mean, np.full(2, penalty))
            errors += ((rows[place] - middle) @ weights + mean - scores[place]) ** 2
        return errors

    errors = np.array([left_out_error(penalty) for penalty in PENALTIES])

    best = PENALTIES[errors.argmin(axis=0)]
    assert best.tolist() == leave_one_out_penalties(rows, scores).tolist()


def test_structure_counts_what_a_prompt_is_built_of() -> None:
    """Log characters, numbers, different numbers, full stops."""
    (row,) = structure(["7 or 7. Not 1,000."]).tolist()

    assert [np.log1p(18), 3, 2, 2] == row


def test_features_are_deviations_from_the_training_mean() -> None:
    """Held-out prompts are seen as the training prompts make them look."""
    features = PromptFeatures()
    prompts = ["a red rose.", "a red wine", "12 blue skies. 13 seas"]

    rows = features.fit(prompts)
    held_out = features.rows(["a red sky"])

    assert 0 == pytest.approx(float(np.abs(rows.mean(axis=0)).max()), abs=1e-6)
    assert (1, rows.shape[1]) == held_out.shape
    assert rows.tolist() == features.rows(prompts).tolist()


def test_features_fitted_anew_forget_the_old() -> None:
    """One object can serve several predictors, one fold after the other."""
    features = PromptFeatures()
    features.fit(["one two", "one three", "four"])
    before = features.rows(["one"]).tolist()
    features.fit(["five six", "five seven", "one"])

    assert before != features.rows(["one"]).tolist()
    assert PromptFeatures().fit(["one two", "one three", "four"]).tolist() == (
        features.fit(["one two", "one three", "four"]).tolist()
    )
