"""A circuit breaker: whoever keeps failing is set aside for a while.

Closed, it lets every call through. After ``threshold`` failures in a row it opens: for
``cooldown`` seconds (or as long as a server's Retry-After says, if that is longer) nothing gets
through. Then it is half open: one call may probe; its success closes the breaker, its failure
opens it again for twice as long, up to ``longest``. The pattern is Nygard's (Release It!, 2007).
"""

import time
from collections.abc import Callable
from threading import Lock

Clock = Callable[[], float]


class Breaker:
    """One breaker; safe to share between threads and event loops, since nothing in it waits."""

    def __init__(
        self,
        *,
        threshold: int = 3,
        cooldown: float = 20.0,
        longest: float = 300.0,
        clock: Clock = time.monotonic,
    ) -> None:
        """Times are seconds of ``clock``."""
        self._threshold = threshold
        self._cooldown = cooldown
        self._longest = longest
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._openings = 0
        self._opens_until: float | None = None
        self._probing = False

    def available(self, now: float | None = None) -> bool:
        """Whether a call would be let through at ``now``, a reading of the breaker's clock."""
        with self._lock:
            return self._lets_through(self._clock() if now is None else now)

    def acquire(self) -> bool:
        """Ask to make a call; if true, tell how it went: ``succeed``, ``fail`` or ``release``."""
        with self._lock:
            if not self._lets_through(self._clock()):
                return False
            self._probing = self._opens_until is not None
            return True

    def succeed(self) -> None:
        """The call went well: close."""
        with self._lock:
            self._failures = self._openings = 0
            self._opens_until = None
            self._probing = False

    def release(self) -> None:
        """The call says nothing about the deployment: it was cancelled, or was at fault itself."""
        with self._lock:
            self._probing = False

    def fail(self, retry_after: float | None = None) -> None:
        """The call failed; ``retry_after`` is the seconds that the server asked for."""
        with self._lock:
            self._failures += 1
            probed, self._probing = self._probing, False
            if probed or self._failures >= self._threshold:
                self._open(retry_after or 0.0)

    def set_aside(self, seconds: float) -> None:
        """Open for ``seconds``, whatever came before: the server said so."""
        with self._lock:
            self._probing = False
            until = self._clock() + min(seconds, self._longest)
            self._opens_until = max(until, self._opens_until or until)

    def remaining(self) -> float:
        """Seconds until a probe is let through; zero if calls are."""
        with self._lock:
            if self._opens_until is None:
                return 0.0
            return max(0.0, self._opens_until - self._clock())

    def _lets_through(self, now: float) -> bool:
        if self._opens_until is None:
            return True
        if self._opens_until - now > self._longest:  # the clock was put back
            self._opens_until = now + self._longest
        return now >= self._opens_until and not self._probing

    def _open(self, at_least: float) -> None:
        pause = max(self._cooldown * 2.0**self._openings, at_least)
        self._openings += 1
        self._opens_until = self._clock() + min(pause, self._longest)


_shared: dict[str, Breaker] = {}
_shared_lock = Lock()


def shared_breaker(key: str) -> Breaker:
    """The process's breaker for ``key``, so that routers made one after another share it."""
    with _shared_lock:
        return _shared.setdefault(key, Breaker())
