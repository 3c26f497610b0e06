"""Jobs of a run in the test's own process: their order and outcome, without their start-up."""

from collections.abc import Callable, Sequence
from pathlib import Path

from secondhalf.evals.jobs import Job, run_job
from secondhalf.evals.settings import RunSettings


def run_jobs_here(
    settings: RunSettings,
    jobs: Sequence[Job],
    folder: Path,
    *,
    workers: int,
    watch: Callable[[], None],
) -> None:
    for job in jobs:
        run_job(settings, job, folder)
        watch()
