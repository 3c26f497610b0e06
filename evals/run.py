"""A whole run: the router's presets and every baseline over one data set, to a report."""

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from secondhalf.evals.baselines.tracks import baseline_tracks
from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.errors import UnfinishedRunError
from secondhalf.evals.jobs import Flip, Job, finished, flips, jobs_of, size_of
from secondhalf.evals.report.content import Report
from secondhalf.evals.report.folder import write_report
from secondhalf.evals.report.played import write_played
from secondhalf.evals.router_tracks import name_of, router_track
from secondhalf.evals.settings import RunSettings
from secondhalf.evals.summary import summarize
from secondhalf.evals.track import Track
from secondhalf.evals.workers import run_jobs
from secondhalf.policy.defaults import default_policy

WORK = "work"
"""Folder of a run that has not ended; it is gone once the report is written."""


class Progress(NamedTuple):
    """How far a run is: finished and all parts, in routed prompts."""

    done: int
    total: int
    stage: str


Watcher = Callable[[Progress], None]


def run(
    settings: RunSettings,
    out: Path,
    *,
    workers: int | None = None,
    fresh: bool = False,
    watch: Watcher = lambda _: None,
) -> Report:
    """Evaluates the router and the baselines; writes ``report.json`` and ``report.html``.

    What is finished when a run is interrupted is kept in ``out``: the same run goes on from
    there. ``fresh`` throws it away. ``workers`` is how many processes route at once.

    Raises:
        DataSetError: the data cannot be used.
        UnfinishedRunError: ``out`` holds a run of other settings that has not ended.
        ForbiddenSightError: a policy reached for what it may not see.
    """
    watch(Progress(0, 0, "reading the data"))
    data = settings.load()
    work = _work_folder(out, settings, data, fresh)
    jobs = jobs_of(settings)
    total = sum(size_of(job, len(data)) for job in jobs)

    def look() -> None:
        done = sum(min(finished(work, job), size_of(job, len(data))) for job in jobs)
        watch(Progress(done, total, "routing"))

    with ThreadPoolExecutor(1) as beside:
        baselines = beside.submit(_baselines, settings, data)
        run_jobs(settings, jobs, work, workers=workers or _workers(), watch=look)
        watch(Progress(total, total, "baselines"))
        presets = [router_track(settings, data, work, preset) for preset in settings.presets]
        tracks = [*presets, *baselines.result()]
    watch(Progress(total, total, "figures"))
    report = summarize(settings, data, tracks, _flips(work, jobs))
    write_report(out, report)
    write_played(out / "played.npz", tracks, data.ids)
    shutil.rmtree(work)
    return report


def _workers() -> int:
    """One process per processor, and one to fill their gaps."""
    return (os.cpu_count() or 1) + 1


def _work_folder(out: Path, settings: RunSettings, data: DataSet, fresh: bool) -> Path:
    work, mark = out / WORK, out / WORK / "run.json"
    if fresh:
        shutil.rmtree(work, ignore_errors=True)
    this = {
        "run": settings.fingerprint(data),
        "policy": default_policy().version,
        "settings": settings.model_dump(mode="json"),
    }
    if not mark.exists():
        work.mkdir(parents=True, exist_ok=True)
        mark.write_text(json.dumps(this, indent=1))
        return work
    before = json.loads(mark.read_text())
    if (before["run"], before["policy"]) != (this["run"], this["policy"]):
        raise UnfinishedRunError(
            f"{str(out)!r} holds a run of other settings that has not ended: "
            "choose another --out, or throw it away with --fresh"
        )
    return work


def _baselines(settings: RunSettings, data: DataSet) -> list[Track]:
    prices = default_policy().prices
    pair = data.models if len(data.models) == 2 else (None, None)
    return baseline_tracks(
        data,
        seeds=range(settings.seeds),
        folds=settings.folds,
        usd_prices={preset: prices[preset].usd for preset in settings.presets},
        weak=pair[0],
        strong=pair[1],
    )


def _flips(work: Path, jobs: list[Job]) -> dict[str, list[Flip]]:
    """What the perturbations changed, by name of the policy."""
    disturbed = [job for job in jobs if job.kind == "disturb"]
    return {name_of(job.preset): list(flips(work, job)) for job in disturbed}
