"""A process of its own for computer algebra: it can be killed, and it holds no secrets.

One line of JSON goes in, one comes out. The process starts at the first request, serves the
following ones, is killed when it takes too long, and is started anew for the next.
"""

import atexit
import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from typing import IO, Any

from secondhalf.state.base import Json

LIMIT = 5.0
"""Seconds one request may take."""
START_LIMIT = 60.0
"""Seconds the process may take to start: the import of sympy on a busy machine."""
NOT_AGAIN = 60.0
"""Seconds during which a request that took too long is refused at once."""
MAX_REMEMBERED = 256
_KEPT = ("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL", "VIRTUAL_ENV")


class Worker:
    """Runs ``python -m module`` and asks it one thing at a time; safe for threads and forks."""

    def __init__(self, module: str, limit: float = LIMIT) -> None:
        self._module = module
        self._limit = limit
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._owner = 0
        self._too_long: dict[str, float] = {}

    def ask(self, request: Json) -> Any:
        """The answer as JSON; None if it took too long, or the process died over it.

        A request that took too long is not tried again for a minute.
        """
        line = json.dumps(request)
        if time.monotonic() < self._too_long.get(line, 0.0) or not self._lock.acquire(
            timeout=START_LIMIT
        ):
            return None
        try:
            process = self._running()
            if process is None or process.stdin is None:
                return None
            process.stdin.write(line + "\n")
            process.stdin.flush()
            return json.loads(self._lines.get(timeout=self._limit))
        except (OSError, ValueError, queue.Empty):
            self._stop()
            self._remember(line)
            return None
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the process, if there is one; the next request starts another."""
        with self._lock:
            self._stop()

    def _remember(self, line: str) -> None:
        if len(self._too_long) >= MAX_REMEMBERED:
            self._too_long.clear()
        self._too_long[line] = time.monotonic() + NOT_AGAIN

    def _running(self) -> subprocess.Popen[str] | None:
        if self._owner != os.getpid():  # a fork has no reader thread, and must not share pipes
            self._process, self._owner = None, os.getpid()
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        process = subprocess.Popen(  # noqa: S603 - our own module, no argument from outside
            [sys.executable, "-P", "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
            text=True,
            encoding="utf-8",
        )
        self._process, self._lines = process, queue.SimpleQueue()
        threading.Thread(target=_read, args=(process.stdout, self._lines), daemon=True).start()
        atexit.register(self.close)
        if self._lines.get(timeout=START_LIMIT) != "ready\n":
            raise OSError("the worker did not start")
        return process

    def _stop(self) -> None:
        process, self._process = self._process, None
        atexit.unregister(self.close)
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        if process.stdin is not None:
            with contextlib.suppress(OSError):  # what it had not read yet
                process.stdin.close()


def _read(stream: IO[str] | None, lines: "queue.SimpleQueue[str]") -> None:
    if stream is None:
        return
    with stream:
        for line in stream:
            lines.put(line)
    lines.put("")  # the process has ended: whoever waits must not wait on


def child_environment() -> dict[str, str]:
    """What the process needs to start; no keys."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or name.startswith(("PYTHON", "COVERAGE_PROCESS", "COV_CORE"))
    }
