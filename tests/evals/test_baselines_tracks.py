"""All baselines over one data set, as tracks."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from secondhalf.evals.baselines.crossfit import cross_fit, folds_of
from secondhalf.evals.baselines.ridge import RidgePredictor
from secondhalf.evals.baselines.tracks import baseline_tracks
from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.data.reading import load_dataset
from secondhalf.evals.errors import DataSetError
from secondhalf.evals.metrics.two_models import apgr
from secondhalf.evals.track import Track
from tests.evals.recorded import recorded

PRICES = {"economy": 20.0, "balanced": 4.0, "quality": 1.0}
LEARNED = ("kNN", "k-means", "ridge", "logistic")


def tracks(
    dataset: DataSet, runs: int = 1, pair: tuple[str, str] | None = None
) -> dict[str, Track]:
    """The baselines by name."""
    weak, strong = pair or (None, None)
    found = baseline_tracks(
        dataset, seeds=range(runs), folds=3, usd_prices=PRICES, weak=weak, strong=strong
    )
    return {track.name: track for track in found}


@pytest.fixture(scope="module")
def many() -> dict[str, Track]:
    """Four models, two runs."""
    return tracks(recorded(12, latency_s=2.0), 2)


@pytest.fixture(scope="module")
def two() -> dict[str, Track]:
    """Two models, the stronger first."""
    return tracks(recorded(12, ("large", "small")), 2, ("small", "large"))


def test_every_baseline_is_there(many: dict[str, Track]) -> None:
    """Models, rules, the learned and the cascades per preset, oracles."""
    per_preset = [f"{name}/{preset}" for name in (*LEARNED, "cascade") for preset in PRICES]

    assert [
        *("small", "other", "middle", "large"),
        *("best single", "cheapest", "random", "prompt length"),
        *per_preset,
        *("oracle", "oracle at 25 %"),
    ] == list(many)
    assert {"model", "baseline", "oracle"} == {track.kind for track in many.values()}


def test_tracks_have_the_shape_of_runs_and_prompts(many: dict[str, Track]) -> None:
    """All arrays of all tracks."""
    shapes = {
        getattr(track, field.name).shape
        for track in many.values()
        for field in fields(track)
        if isinstance(getattr(track, field.name), np.ndarray)
    }

    assert {(2, 12)} == shapes


def test_a_model_is_its_recorded_self(many: dict[str, Track]) -> None:
    """Score, cost and latency as they were recorded."""
    data = recorded(12, latency_s=2.0)

    assert data.scores()[:, 2].tolist() == many["middle"].score[0].tolist()
    assert data.costs()[:, 2].tolist() == many["middle"].cost[1].tolist()
    assert {2.0} == set(many["middle"].latency_s.ravel().tolist())


def test_nobody_beats_the_oracle(many: dict[str, Track]) -> None:
    """Not on a single prompt."""
    for track in many.values():
        assert (many["oracle"].score >= track.score - 1e-12).all()


def test_the_budgeted_oracle_keeps_to_a_quarter_of_the_best_models_cost(
    many: dict[str, Track],
) -> None:
    """The large model is the best."""
    assert many["oracle at 25 %"].cost[0].sum() <= many["large"].cost[0].sum() / 4 + 1e-12
    assert many["oracle at 25 %"].score.mean() > many["small"].score.mean()


def test_a_dearer_dollar_is_spent_less(many: dict[str, Track]) -> None:
    """Economy costs no more than quality."""
    for name in (*LEARNED, "cascade"):
        assert many[f"{name}/economy"].cost.mean() <= many[f"{name}/quality"].cost.mean() + 1e-12


def test_folds_differ_between_runs() -> None:
    """Each seed draws its own; the same seeds give the same tracks."""
    data = recorded(30)
    first, again = tracks(data, 2), tracks(data, 2)
    quality = first["ridge/balanced"].quality

    assert quality[0].tolist() != quality[1].tolist()
    assert quality.tolist() == again["ridge/balanced"].quality.tolist()


def test_what_is_expected_of_an_answer_is_its_quality(many: dict[str, Track]) -> None:
    """In [0, 1] for the learned; those who expect nothing say nothing."""
    quality = many["ridge/balanced"].quality

    assert ((quality >= 0) & (quality <= 1)).all()
    assert np.isnan(many["random"].quality).all()


def test_of_many_models_none_is_the_strong_one(many: dict[str, Track]) -> None:
    """No need, and no share of strong calls."""
    assert all(np.isnan(track.need).all() for track in many.values())
    assert all(np.isnan(track.strong).all() for track in many.values())


def test_of_two_models_one_is_needed(two: dict[str, Track]) -> None:
    """The length of a prompt is its need; for the learned, what the strong one is better by."""
    data = recorded(12)

    assert [float(len(prompt)) for prompt in data.prompts] == two["prompt length"].need[1].tolist()
    assert not np.isnan(two["ridge/economy"].need).any()
    assert two["ridge/economy"].need.tolist() == two["ridge/quality"].need.tolist()
    assert [1.0, 0.0, 0.5] == [two[name].strong.mean() for name in ("large", "small", "random")]
    assert {0.0} == set(two["random"].need.ravel().tolist())


def test_the_need_is_what_the_strong_model_is_expected_to_gain(two: dict[str, Track]) -> None:
    """The first model of the set is the strong one here."""
    data = recorded(12, ("large", "small"))
    expected = cross_fit(
        lambda: RidgePredictor(seed=1), data.prompts, data.scores(), folds_of(12, 3, 1)
    )

    assert expected[:, 0] - expected[:, 1] == pytest.approx(two["ridge/quality"].need[1], abs=1e-6)


def test_without_prices_there_are_no_presets() -> None:
    """Nor budgets and cascades; the cheapest model is the weak one, and so is the oracle's."""
    found = tracks(recorded(12, ("large", "small"), priced=False), 1, ("small", "large"))
    data = recorded(12, ("large", "small"))

    assert [
        *("large", "small", "best single", "cheapest", "random"),
        *("prompt length", *LEARNED, "oracle"),
    ] == list(found)
    assert found["small"].score.tolist() == found["cheapest"].score.tolist()
    assert np.isnan(found["ridge"].cost).all()
    only_large = (data.scores()[:, 0] > data.scores()[:, 1]).astype(float)
    assert only_large.tolist() == found["oracle"].strong[0].tolist()


def test_of_many_models_without_prices_none_is_the_cheapest() -> None:
    """Nobody knows which; that two of them are named makes no pair of four."""
    found = tracks(recorded(12, priced=False), 1, ("small", "large"))

    assert "cheapest" not in found
    assert np.isnan(found["ridge"].need).all()


def test_each_run_replays_its_own_samples() -> None:
    """Where there are several, cascades hear two of one model."""
    found = tracks(recorded(12, ("small", "large"), samples=3), 2, ("small", "large"))

    assert "cascade/balanced" in found
    assert {2.0, 3.0} >= set(found["cascade/balanced"].opened.ravel().tolist())


def test_one_prompt_is_not_enough() -> None:
    """Nothing could be held out."""
    with pytest.raises(DataSetError, match=r"'recorded.jsonl' holds 1 prompts"):
        tracks(recorded(1))


def test_a_model_that_is_not_recorded_is_named() -> None:
    """The message says which."""
    with pytest.raises(DataSetError, match="no answers of 'huge'"):
        tracks(recorded(4), 1, ("small", "huge"))


def test_no_runs_make_no_tracks() -> None:
    """Nothing is guessed."""
    assert {} == tracks(recorded(4), 0)


def test_ridge_beats_prompt_length_on_recorded_answers(data_dir: Path) -> None:
    """The published pair, on a third of it: a baseline worth beating."""
    data = load_dataset(
        data_dir / "routellm_mixtral_gpt4.jsonl.gz",
        dataset="gsm8k",
        needs_answers=False,
        needs_prices=False,
    )
    scores = data.scores()
    strong = int(scores.mean(axis=0).argmax())

    predicted = cross_fit(RidgePredictor, data.prompts, scores, folds_of(len(data), 2, 0))

    need = predicted[:, strong] - predicted[:, 1 - strong]
    length = np.array([len(prompt) for prompt in data.prompts], float)
    weak, best = scores[:, 1 - strong], scores[:, strong]
    assert apgr(need, weak, best) > apgr(length, weak, best) > 0.59
