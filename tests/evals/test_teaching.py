"""Teaching the router from recorded answers, fold by fold."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from secondhalf.evals import play as play_module
from secondhalf.evals.baselines.crossfit import folds_of
from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.jobs import Job, plays, run_job
from secondhalf.evals.play import Chooser
from secondhalf.evals.replay.clock import run_virtually
from secondhalf.evals.settings import RunSettings
from secondhalf.memory import Example, Memory
from tests.evals.recorded import recorded

MODELS = ("small", "large")


def swapped(number: int) -> DataSet:
    """The small model is always right and the large one never: the opposite of what one expects."""
    data = recorded(number, MODELS)
    answers = tuple(
        tuple(tuple(a._replace(score=score) for a in samples) for samples, score in pairs)
        for pairs in (zip(row, (1.0, 0.0), strict=True) for row in data.answers)
    )
    return replace(data, answers=answers)


def expected(data: DataSet, taught: Sequence[int], place: int) -> dict[str, float]:
    async def work() -> dict[str, float]:
        return (await Chooser(data, "quality", taught=taught).choose(place)).expected

    return run_virtually(work())


def test_what_a_chooser_was_taught_it_expects() -> None:
    """On a prompt that it was not taught, and it turns what was expected around."""
    data = swapped(80)

    before, after = (expected(data, taught, 0) for taught in ((), range(1, 80)))

    assert before["large"] > before["small"]
    assert after["small"] > 0.85 > 0.3 > after["large"]


def test_routing_teaches_a_chooser_nothing() -> None:
    """What it is asked stays no part of what it knows: every prompt meets the same router."""
    data = swapped(20)

    async def work() -> bool:
        chooser = Chooser(data, "quality", taught=range(10))
        first = await chooser.choose(11)
        for place in range(12, 20):
            await chooser.choose(place)
        return first == await chooser.choose(11)

    assert run_virtually(work())


def test_every_fold_is_taught_the_others_and_never_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all their labels, as the baselines have; each prompt is chosen for once."""
    data, told = recorded(20, MODELS), list[set[str]]()
    asked = list[tuple[int, int]]()
    teach, choose = Memory.teach, Chooser.choose

    def noted(memory: Memory, examples: Sequence[Example], tenant: str = "") -> None:
        told.append({example.prompt for example in examples})
        assert {len(MODELS)} == {len(example.answers) for example in examples}
        teach(memory, examples, tenant)

    async def noted_choice(chooser: Chooser, place: int, prompt: str | None = None) -> object:
        asked.append((place, len(told) - 1))
        return await choose(chooser, place, prompt)

    def load(_: RunSettings) -> DataSet:
        return data

    monkeypatch.setattr(RunSettings, "load", load)
    monkeypatch.setattr(play_module.Memory, "teach", noted)
    monkeypatch.setattr(Chooser, "choose", noted_choice)
    settings = RunSettings.model_validate(
        {"data": "recorded.jsonl", "protocol": "kfold", "folds": 4, "pre_generation": True}
    )
    job = Job("play", "balanced", 0)

    run_job(settings, job, tmp_path)

    folds = folds_of(20, 4, 0)
    assert list(range(20)) == sorted(play.place for play in plays(tmp_path, job))
    assert list(range(20)) == sorted(place for place, _ in asked)
    for place, lesson in asked:
        others = {data.prompts[p] for p in range(20) if folds[p] != folds[place]}
        assert others == told[lesson]


def test_without_folds_nothing_is_taught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A prequential choice before any generation has seen no label."""
    data = recorded(6, MODELS)

    def load(_: RunSettings) -> DataSet:
        return data

    def refused(*_: object) -> None:
        raise AssertionError("labels were given away")

    monkeypatch.setattr(RunSettings, "load", load)
    monkeypatch.setattr(play_module.Memory, "teach", refused)
    settings = RunSettings.model_validate(
        {"data": "recorded.jsonl", "protocol": "prequential", "pre_generation": True}
    )

    run_job(settings, Job("play", "balanced", 0), tmp_path)

    assert 6 == len([*plays(tmp_path, Job("play", "balanced", 0))])
