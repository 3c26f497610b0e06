"""Virtual time: an event loop on which waiting takes no time, so a day of traffic takes minutes.

Timers keep their order and their distances. When nothing is left to do but wait, the clock jumps
to the next timer; while threads still work, it stands still. So a span measured on the loop's
clock is exactly the sum of what was waited for, whatever the machine was doing.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock starts at 0 and moves only by jumps to its next timer."""

    def __init__(self) -> None:
        self._now = 0.0
        self._threads = 0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        """Seconds of virtual time."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Move the clock on."""
        self._now += seconds

    @property
    def threads(self) -> int:
        """How many jobs in threads have not come back."""
        return self._threads

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> "asyncio.Future[T]":
        """As always, but the clock stands still until ``func`` is done."""
        future: asyncio.Future[T] = super().run_in_executor(executor, func, *args)
        self._threads += 1
        future.add_done_callback(self._thread_is_back)
        return future

    def _thread_is_back(self, _: object) -> None:
        self._threads -= 1


class _Jumping(selectors.DefaultSelector):
    """Waits for files and threads as ever; instead of waiting for a timer, jumps."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if self._loop.threads:
            return super().select(None)
        ready = super().select(0)
        if not ready:
            self._loop.jump(timeout)
        return ready


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """Runs ``work`` to its end on a ``VirtualLoop`` of its own; returns what it returns."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
