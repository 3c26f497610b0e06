"""From the lines that jobs wrote to the track of a preset."""

from pathlib import Path

import numpy as np

from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.errors import UnfinishedRunError
from secondhalf.evals.jobs import Job, order_of, plays
from secondhalf.evals.play import Play
from secondhalf.evals.settings import RunSettings
from secondhalf.evals.track import Floats, Track
from secondhalf.state.policy import Preset


def name_of(preset: Preset) -> str:
    """What reports call the router under a preset."""
    return f"secondhalf/{preset}"


def router_track(settings: RunSettings, data: DataSet, folder: Path, preset: Preset) -> Track:
    """What the router did under ``preset``, in all runs.

    Raises:
        UnfinishedRunError: a job has not written all its lines.
    """
    runs = [_run(data, folder, Job("play", preset, n)) for n in range(settings.seeds)]
    two = data.models[-1] if len(data.models) == 2 else None

    def table(of: str) -> Floats:
        return np.array([[_number(getattr(play, of)) for play in run] for run in runs], float)

    def each(strong: str) -> Floats:
        return np.array([[float(strong in play.opened) for play in run] for run in runs])

    score = table("score")
    return Track(
        name=name_of(preset),
        kind="router",
        score=score,
        cost=table("cost_usd"),
        latency_s=table("latency_s"),
        strong=np.full(score.shape, np.nan) if two is None else each(two),
        quality=table("quality"),
        opened=np.array([[float(len(play.opened)) for play in run] for run in runs]),
        answered_by=np.array([[_column(data, play) for play in run] for run in runs]),
        need=table("need"),
        violations=np.array([[float(bool(play.violated)) for play in run] for run in runs]),
        order=np.array([order_of(data, settings.order, n) for n in range(settings.seeds)]),
        paths=tuple(tuple(play.path for play in run) for run in runs),
    )


def _run(data: DataSet, folder: Path, job: Job) -> list[Play]:
    """The plays of one job in the order of the data set."""
    by_place = {play.place: play for play in plays(folder, job)}
    if len(by_place) != len(data):
        raise UnfinishedRunError(
            f"{len(by_place)} of {len(data)} prompts of {job.name} are done: run it again"
        )
    return [by_place[place] for place in range(len(data))]


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _column(data: DataSet, play: Play) -> int:
    return data.models.index(play.answered_by) if play.answered_by else -1
