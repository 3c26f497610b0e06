"""The parts of a run that route prompts, each in a process of its own and resumable."""

import json
import os
import zlib
from collections.abc import AsyncIterator, Collection, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from secondhalf.evals.baselines.crossfit import folds_of
from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.perturbations import PERTURBATIONS
from secondhalf.evals.play import Choice, Chooser, Play, Player
from secondhalf.evals.replay.clock import run_virtually
from secondhalf.evals.settings import Order, RunSettings
from secondhalf.evals.topics import topics
from secondhalf.state.base import Noun
from secondhalf.state.policy import Preset

DISTURBED = 120
"""Prompts whose routing is tried under perturbations; every one costs five routes a preset."""


class Job(NamedTuple):
    """One process's share: a preset in one run, or its robustness."""

    kind: Literal["play", "disturb"]
    preset: Preset
    number: int

    @property
    def name(self) -> str:
        """What its file and folder are called."""
        return f"{self.kind}-{self.preset}-{self.number}"


class Flip(Noun):
    """The choice for a prompt as it is, and under a perturbation."""

    place: int
    perturbation: str
    before: str
    after: str


def jobs_of(settings: RunSettings) -> list[Job]:
    """All jobs of a run, the longest first."""
    plays = [Job("play", p, n) for n in range(settings.seeds) for p in reversed(settings.presets)]
    return plays + [Job("disturb", preset, 0) for preset in settings.presets]


def size_of(job: Job, prompts: int) -> int:
    """How many lines ``job`` writes."""
    if job.kind == "play":
        return prompts
    return len(PERTURBATIONS) * min(prompts, DISTURBED)


def run_job(settings: RunSettings, job: Job, folder: Path) -> None:
    """Does what is left of ``job``; each finished prompt is a line in ``folder``.

    Raises:
        ForbiddenSightError: the router reached for what it may not see.
    """
    data = settings.load()
    if job.kind == "disturb":
        run_virtually(_disturb(settings, data, job, folder))
    elif settings.pre_generation:
        run_virtually(_choose(settings, data, job, folder))
    else:
        run_virtually(_play(settings, data, job, folder))


async def _play(settings: RunSettings, data: DataSet, job: Job, folder: Path) -> None:
    own = folder / job.name
    own.mkdir(exist_ok=True)
    done = {play.place for play in plays(folder, job)}
    left = [p for p in order_of(data, settings.order, job.number) if p not in done]
    options = {"number": job.number, "budget": settings.budget, "folder": own}
    with Player(data, job.preset, **options) as player, _Lines(folder, job) as lines:  # type: ignore[arg-type]
        for first, place in enumerate(left):
            if not first:
                await player.forget(place)
            play = await player.play(place)
            if settings.protocol == "prequential":
                await player.learn(play)
            lines.write(play)


async def _choose(settings: RunSettings, data: DataSet, job: Job, folder: Path) -> None:
    done = {play.place for play in plays(folder, job)}
    scores, costs = data.scores(job.number), data.costs(job.number)
    two = len(data.models) == 2
    with _Lines(folder, job) as lines:
        async for place, choice in _choices(settings, data, job, done):
            column = data.models.index(choice.model) if choice.model else -1
            chosen = column >= 0
            weak, strong = (choice.expected.get(name, 0.0) for name in data.models[:2])
            cost = float(costs[place, column]) if chosen else 0.0
            lines.write(
                Play(
                    place=place,
                    score=float(scores[place, column]) if chosen else 0.0,
                    cost_usd=None if np.isnan(cost) else cost,
                    quality=choice.expected[choice.model] if chosen else None,
                    opened=(choice.model,) if chosen else (),
                    answered_by=choice.model,
                    path=choice.model,
                    need=strong - weak if two else None,
                )
            )


async def _choices(
    settings: RunSettings, data: DataSet, job: Job, done: Collection[int]
) -> AsyncIterator[tuple[int, Choice]]:
    """The choice for every prompt that is not ``done``, by its place.

    By folds, the router has learned the labels of all the other folds, as the baselines have.
    """
    order = order_of(data, settings.order, job.number)
    folds = [0] * len(data)
    if settings.protocol == "kfold":
        folds = folds_of(len(data), settings.folds, job.number).tolist()
    for fold in sorted(set(folds)):
        left = [place for place in order if folds[place] == fold and place not in done]
        taught = [place for place in order if folds[place] != fold]
        chooser = Chooser(data, job.preset, number=job.number, taught=taught) if left else None
        for place in left:
            if chooser is not None:
                yield place, await chooser.choose(place)


async def _disturb(settings: RunSettings, data: DataSet, job: Job, folder: Path) -> None:
    done = {(flip.place, flip.perturbation) for flip in flips(folder, job)}
    rng = np.random.default_rng(0)
    places: list[int] = rng.permutation(len(data))[:DISTURBED].tolist()
    kfold, tried = settings.protocol == "kfold", set(places)
    taught = [place for place in range(len(data)) if place not in tried] if kfold else []
    chooser = Chooser(data, job.preset, taught=taught)
    with _Lines(folder, job) as lines:
        for place in places:
            todo = [name for name in PERTURBATIONS if (place, name) not in done]
            if not todo:
                continue
            before = await chooser.choose(place)
            for name in todo:
                own = np.random.default_rng(zlib.crc32(f"{place} {name}".encode()))
                prompt = PERTURBATIONS[name](data.prompts[place], own)
                after = await chooser.choose(place, prompt)
                lines.write(
                    Flip(place=place, perturbation=name, before=before.model, after=after.model)
                )


def order_of(data: DataSet, order: Order, number: int) -> list[int]:
    """Places of the prompts as run ``number`` meets them.

    ``drifting``: one topic after the other (groups of the data set, else prompts of like length),
    in an order drawn by the run; within a topic at random.
    """
    rng = np.random.default_rng(number)
    shuffled: list[int] = rng.permutation(len(data)).tolist()
    if order == "shuffled":
        return shuffled
    of = topics(data)
    names = sorted(set(of))
    drawn: list[str] = rng.permutation(names).tolist()
    rank = {name: place for place, name in enumerate(drawn)}
    return sorted(shuffled, key=lambda place: rank[of[place]])


def plays(folder: Path, job: Job) -> Iterator[Play]:
    """The finished prompts of a job that plays; a line that was cut short does not count."""
    yield from (Play.model_validate_json(line) for line in _lines(folder, job))


def flips(folder: Path, job: Job) -> Iterator[Flip]:
    """The finished perturbations of a job that disturbs."""
    yield from (Flip.model_validate_json(line) for line in _lines(folder, job))


def finished(folder: Path, job: Job) -> int:
    """How many lines of ``job`` are written."""
    file = folder / f"{job.name}.jsonl"
    return file.read_bytes().count(b"\n") if file.exists() else 0


def _lines(folder: Path, job: Job) -> list[str]:
    file = folder / f"{job.name}.jsonl"
    if not file.exists():
        return []
    return [line for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]


class _Lines:
    """Appends lines to a job's file; begins by cutting off a line that was not finished."""

    def __init__(self, folder: Path, job: Job) -> None:
        self._file = folder / f"{job.name}.jsonl"
        self._parent = os.getppid()
        whole = "".join(_lines(folder, job))
        if self._file.exists() and self._file.read_text() != whole:
            self._file.write_text(whole)

    def __enter__(self) -> "_Lines":
        self._handle = self._file.open("a")
        return self

    def __exit__(self, *_: object) -> None:
        self._handle.close()

    def write(self, line: Noun) -> None:
        """One line, on its way to the disk before this returns; ends an orphaned process."""
        if os.getppid() != self._parent:
            raise SystemExit("the run that began this job is gone")
        self._handle.write(json.dumps(line.model_dump(mode="json")) + "\n")
        self._handle.flush()
