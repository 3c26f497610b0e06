"""The parts of a run: orders, lines that survive an interruption."""

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.errors import UnfinishedRunError
from secondhalf.evals.jobs import Job, finished, flips, jobs_of, order_of, plays, run_job, size_of
from secondhalf.evals.perturbations import PERTURBATIONS
from secondhalf.evals.router_tracks import router_track
from secondhalf.evals.settings import RunSettings
from tests.evals.recorded import recorded

PLAY = Job("play", "economy", 0)


def load_always(monkeypatch: pytest.MonkeyPatch, data: DataSet) -> None:
    def load(_: RunSettings) -> DataSet:
        return data

    monkeypatch.setattr(RunSettings, "load", load)


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> DataSet:
    """What every settings load."""
    data = recorded(8)
    load_always(monkeypatch, data)
    return data


def settings(**changes: object) -> RunSettings:
    return RunSettings.model_validate({"data": "recorded.jsonl", **changes})


def test_every_run_has_an_order_of_its_own() -> None:
    """Each meets every prompt once, and the same seed the same way again."""
    data = recorded(50)
    first, second = order_of(data, "shuffled", 0), order_of(data, "shuffled", 1)

    assert list(range(50)) == sorted(first) == sorted(second)
    assert first != second
    assert first == order_of(data, "shuffled", 0)


def test_topics_come_one_after_the_other_when_drifting() -> None:
    """Groups of the data set are met in one stretch each."""
    groups = tuple("abc"[place % 3] for place in range(30))
    met = [groups[place] for place in order_of(replace(recorded(30), groups=groups), "drifting", 4)]

    assert 2 == sum(one != after for one, after in pairwise(met))
    assert {"a": 10, "b": 10, "c": 10} == Counter(met)


def test_without_groups_topics_are_prompts_of_like_length() -> None:
    """The drift is in length then, in four blocks."""
    data = recorded(40)
    data = replace(data, prompts=tuple("x" * (place + 1) for place in range(40)))
    blocks = [place // 10 for place in order_of(data, "drifting", 0)]

    assert 3 == sum(one != after for one, after in pairwise(blocks))


def test_a_job_that_was_cut_short_goes_on(data: DataSet, tmp_path: Path) -> None:
    """Finished lines stay, half a line is thrown away, the rest is played."""
    run_job(settings(), PLAY, tmp_path)
    file = tmp_path / f"{PLAY.name}.jsonl"
    whole = file.read_text().splitlines(keepends=True)
    file.write_text("".join(whole[:3]) + whole[3][:20])

    assert 3 == finished(tmp_path, PLAY)
    run_job(settings(), PLAY, tmp_path)

    again = file.read_text().splitlines(keepends=True)
    assert whole[:3] == again[:3]
    assert [json.loads(line)["place"] for line in whole] == [
        json.loads(line)["place"] for line in again
    ]
    assert list(range(8)) == sorted(play.place for play in plays(tmp_path, PLAY))


def test_a_finished_job_has_nothing_to_do(data: DataSet, tmp_path: Path) -> None:
    """Doing it again changes nothing."""
    run_job(settings(), PLAY, tmp_path)
    before = (tmp_path / f"{PLAY.name}.jsonl").read_text()
    run_job(settings(), PLAY, tmp_path)

    assert before == (tmp_path / f"{PLAY.name}.jsonl").read_text()
    assert size_of(PLAY, 8) == finished(tmp_path, PLAY)


def test_before_generation_nothing_but_the_choice_is_scored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The chosen model's label and cost, and how much the strong model is needed."""
    data = recorded(5, ("small", "large"))
    load_always(monkeypatch, data)
    run_job(settings(pre_generation=True), PLAY, tmp_path)

    for play in plays(tmp_path, PLAY):
        column = data.models.index(play.answered_by)
        assert data.sample(play.place, column).score == play.score
        assert data.sample(play.place, column).cost_usd == play.cost_usd
        assert play.need is not None


def test_perturbations_are_tried_on_the_real_graph(data: DataSet, tmp_path: Path) -> None:
    """Every perturbation of every prompt has a choice before and after."""
    job = Job("disturb", "balanced", 0)
    run_job(settings(), job, tmp_path)
    found = list(flips(tmp_path, job))

    assert size_of(job, 8) == len(found) == 8 * len(PERTURBATIONS)
    assert set(PERTURBATIONS) == {flip.perturbation for flip in found}
    assert all(flip.before in data.models and flip.after in data.models for flip in found)


def test_lines_make_a_track(data: DataSet, tmp_path: Path) -> None:
    """In the order of the data set, whatever order they were played in."""
    run_job(settings(), PLAY, tmp_path)
    track = router_track(settings(), data, tmp_path, "economy")
    by_place = {play.place: play for play in plays(tmp_path, PLAY)}

    assert (1, 8) == track.score.shape
    assert [by_place[place].score for place in range(8)] == track.score[0].tolist()
    assert [by_place[place].cost_usd for place in range(8)] == track.cost[0].tolist()
    assert order_of(data, "shuffled", 0) == track.order[0].tolist()


def test_a_job_that_is_not_done_makes_no_track(data: DataSet, tmp_path: Path) -> None:
    """It says what is missing."""
    with pytest.raises(UnfinishedRunError, match="0 of 8 prompts of play-economy-0"):
        router_track(settings(), data, tmp_path, "economy")


def test_an_orphaned_job_ends(
    data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the run that began it is gone, it writes no further line."""
    parents = iter([1, 1, 2])
    monkeypatch.setattr("os.getppid", lambda: next(parents))
    with pytest.raises(SystemExit):
        run_job(settings(), PLAY, tmp_path)

    assert 1 == finished(tmp_path, PLAY)


def test_a_run_has_a_job_per_preset_and_seed() -> None:
    """And one for the robustness of each preset."""
    made = jobs_of(settings(seeds=2, presets=("economy", "quality")))

    assert Counter({"play": 4, "disturb": 2}) == Counter(job.kind for job in made)
    assert len(made) == len({job.name for job in made})
