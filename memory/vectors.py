"""Vectors of texts that are kept in this process, the least used of them not for ever."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secondhalf.policy.estimates.features import Rows

_MOST_BYTES = 128_000_000
"""Of vectors that are kept: those of 20,000 prompts, 1,536 numbers long."""


class Vectors:
    """Vectors by their texts, of which only digests are held. Safe for several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Rows] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def look(self, text: str) -> "Rows | None":
        """The vector of ``text``, if it is kept."""
        with self._lock:
            found = self._kept.get(_key(text))
            if found is not None:
                self._kept.move_to_end(_key(text))
            return found

    def keep(self, text: str, vector: Sequence[float]) -> "Rows":
        """Keep a vector, in the place of an earlier one of this text; returns it.

        Raises:
            ValueError: it is no vector.
        """
        import numpy as np

        row = np.asarray(vector, np.float32)
        if row.ndim != 1 or not row.size or not np.isfinite(row).all():
            raise ValueError("the embeddings made a vector that is none")
        with self._lock:
            before = self._kept.pop(_key(text), None)
            self._kept[_key(text)] = row
            self._bytes += row.nbytes - (0 if before is None else before.nbytes)
            while self._bytes > _MOST_BYTES and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return row

    def clear(self) -> None:
        """Keep none of them any longer."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
