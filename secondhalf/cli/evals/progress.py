"""How far an evaluation is: a bar on a terminal, now and then a line elsewhere; on stderr."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from secondhalf.cli.screen import console

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from secondhalf.evals.run import Progress

_STEP = 0.1
"""Share of the work between two lines where there is no terminal."""


class Meter:
    """Shows the progress of a run; a context manager."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._said = (-1.0, "")

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = _bar()
            self._task = self._bar.add_task("reading the data", total=None)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, progress: "Progress") -> None:
        """Something was done."""
        if self._bar is not None and self._task is not None:
            total = progress.total or None
            self._bar.update(
                self._task, description=progress.stage, completed=progress.done, total=total
            )
            return
        share = progress.done / progress.total if progress.total else 0.0
        if progress.stage == self._said[1] and share < self._said[0] + _STEP:
            return
        self._said = (share, progress.stage)
        count = f": {progress.done:,} of {progress.total:,}" if progress.total else ""
        print(f"{progress.stage}{count}", file=sys.stderr, flush=True)


def _bar() -> "Bar":
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("prompts,"),
        TimeElapsedColumn(),
        TextColumn("gone,"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=console(err=True),
        transient=True,
    )
