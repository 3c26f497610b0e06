"""Runs an engine whose driver is async from any thread: an event loop in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.util import greenlet_spawn

T = TypeVar("T")


class Portal:
    """The loop that owns the connections of one async driver."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def call(self, work: Callable[[], T]) -> T:
        """What `work` returns, run where the driver can wait; not from within the loop itself."""
        return asyncio.run_coroutine_threadsafe(greenlet_spawn(work), self._running()).result()

    def close(self) -> None:
        """End the loop."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="secondhalf-asyncpg", daemon=True
                )
                self._thread.start()
            return self._loop
