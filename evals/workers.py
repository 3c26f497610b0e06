"""Jobs in processes of their own: as many at once as there is room for, and none left behind."""

import os
import signal
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from secondhalf.evals.jobs import Job, run_job
from secondhalf.evals.settings import RunSettings
from secondhalf.state.errors import SecondHalfError

LOOK = 0.2
"""Seconds between two looks at the jobs."""
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""How many threads linear algebra takes; read when NumPy is first imported."""


class _Running(NamedTuple):
    process: BaseProcess
    errors: Connection


def run_jobs(
    settings: RunSettings,
    jobs: Sequence[Job],
    folder: Path,
    *,
    workers: int,
    watch: Callable[[], None],
) -> None:
    """Runs all jobs to their end, ``workers`` at once; ``watch`` is called again and again.

    Raises:
        SecondHalfError: what one of them ended with; the others are stopped.
        KeyboardInterrupt: the user's wish; all are stopped, and what is finished stays.
    """
    context = get_context("spawn")
    waiting, running = list(jobs), list[_Running]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                receiver, sender = context.Pipe(duplex=False)
                process = context.Process(
                    target=_child,
                    args=(settings.model_dump_json(), waiting.pop(0), folder, sender),
                    daemon=True,
                )
                with one_thread_each():
                    process.start()
                sender.close()
                running.append(_Running(process, receiver))
            watch()
            time.sleep(LOOK)
            for ended in [r for r in running if not r.process.is_alive()]:
                running.remove(ended)
                _check(ended)
    finally:
        for left in running:
            left.process.terminate()
        for left in running:
            left.process.join()


@contextmanager
def one_thread_each() -> Generator[None]:
    """Processes that are started in here do linear algebra in one thread each.

    Several that share the processors would wait for each other, and spin: with two on two cores a
    run took twice as long. And sums come out the same however many cores there are. What the
    environment says of it stands.
    """
    ours = [name for name in _THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(ours, "1"))
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)


def _check(ended: _Running) -> None:
    error = _received(ended.errors)
    if error is not None:
        raise error
    if ended.process.exitcode:
        raise SecondHalfError(
            f"a process of this run ended with code {ended.process.exitcode}: "
            "run the same command again to go on where it stopped"
        )


def _received(errors: Connection) -> BaseException | None:
    try:
        return errors.recv() if errors.poll() else None
    except EOFError:
        return None


def _child(settings: str, job: Job, folder: Path, errors: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides, and ends us
    try:
        run_job(RunSettings.model_validate_json(settings), job, folder)
    except Exception as error:  # noqa: BLE001 - it is the parent's to raise
        errors.send(_portable(error))


def _portable(error: Exception) -> BaseException:
    if isinstance(error, SecondHalfError):
        return type(error)(str(error))
    return SecondHalfError(f"unexpected {type(error).__name__} in a job: {error}")
