"""How much longer prompts are, where they arrive, than our requests can have been."""

import math
import time
from collections.abc import Callable

FADING = 0.9
"""What is left of the most with each request that has less."""
HALF_LIFE = 600.0
"""Seconds in which half of it is forgotten: one odd prompt must not price a model out for good, and
who is not asked makes no requests that could tell otherwise."""


class Overhead:
    """Tokens that a wrapper or a gateway adds (instructions, passages): the most of late."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._most = 0.0
        self._noted = clock()

    @property
    def tokens(self) -> int:
        """How many to reckon with."""
        return round(self._left())

    def note(self, tokens: int) -> None:
        """Note by how much a prompt was longer than our request can have been, if it was."""
        self._most = max(float(tokens), FADING * self._left())
        self._noted = self._clock()

    def _left(self) -> float:
        return self._most * math.exp2((self._noted - self._clock()) / HALF_LIFE)
