"""The values and the writes of checkpoints, large ones put together from their chunks."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from itertools import zip_longest
from typing import NamedTuple

from langgraph.checkpoint.base import writes_sort_key

from secondhalf.checkpoints.chunks import Packed, unpack
from secondhalf.checkpoints.reader import Reader, Row
from secondhalf.checkpoints.schema import decoded, encoded
from secondhalf.checkpoints.statements import batches

# The columns of all: key, type, packing, value, and what only a write has.
VALUES = """
SELECT channel_version, type, packing, value, NULL, NULL, NULL, NULL
FROM secondhalf_checkpoint_blobs WHERE space = ? AND channel_version IN ?
"""
_WRITES = """
SELECT checkpoint_id, type, packing, value, task_path, task_id, idx, channel
FROM secondhalf_checkpoint_writes WHERE space = ? AND checkpoint_id IN ?
"""
_BOTH = f"{VALUES} UNION ALL {_WRITES}"
_CHANNEL_WRITES = f"{_WRITES} AND channel = ?"
_CHUNKS = """
SELECT digest, packing, value FROM secondhalf_checkpoint_chunks WHERE space = ? AND digest IN ?
"""

Payload = tuple[str, bytes]
"""A serialised value: its type tag and its bytes."""


class Write(NamedTuple):
    """One pending write, its value still serialised."""

    task_path: str
    task_id: str
    idx: int
    channel: str
    value: Payload


Values = dict[tuple[bytes, bytes], Payload]
"""By space and `version_key`."""
Writes = dict[tuple[bytes, str], list[Write]]
"""By space and checkpoint."""


def sorted_writes(found: list[Write]) -> list[Write]:
    """In the order in which a live run applies the writes of one step."""
    return sorted(found, key=lambda write: writes_sort_key(*write[:3]))


class Parts:
    """The values and writes that were found."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.values: Values = {}
        self.writes: Writes = defaultdict(list)

    def fetch(self, space: bytes, keys: Sequence[bytes], checkpoint_ids: Sequence[bytes]) -> None:
        """Add the values among `keys` and the writes of these checkpoints, in one query."""
        for some, few in zip_longest(batches(keys), batches(checkpoint_ids)):
            self.add(space, self._reader.rows(_BOTH, space, some or [], space, few or []))

    def add(self, space: bytes, rows: Iterable[Row]) -> None:
        """Add rows of one space; large values are put together.

        Raises:
            DamagedError: a chunk is missing or changed.
        """
        found = list(rows)  # before the next query
        packed = [Packed(row[2], bytes(row[3])) for row in found]
        unpacked = unpack(packed, partial(self._chunks, space), self._reader.memory)
        for (key, kind, _, _, path, task, idx, channel), value in zip(found, unpacked, strict=True):
            if channel is None:
                self.values[space, bytes(key)] = (kind, value)
            else:
                write = Write(decoded(path), decoded(task), idx, decoded(channel), (kind, value))
                self.writes[space, decoded(key)].append(write)

    def _chunks(self, space: bytes, names: Collection[bytes]) -> dict[bytes, Packed]:
        return {
            bytes(digest): Packed(packing, bytes(value))
            for batch in batches(sorted(names))
            for digest, packing, value in self._reader.rows(_CHUNKS, space, batch)
        }


def fetch_values(reader: Reader, space: bytes, keys: Sequence[bytes]) -> Values:
    """The stored values among `keys`; those that are absent are left out."""
    parts = Parts(reader)
    for batch in batches(keys):
        parts.add(space, reader.rows(VALUES, space, batch))
    return parts.values


def fetch_writes(
    reader: Reader, space: bytes, checkpoint_ids: Sequence[str], channel: str
) -> Writes:
    """The writes of one channel on these checkpoints."""
    parts = Parts(reader)
    for batch in batches([encoded(each) for each in checkpoint_ids]):
        parts.add(space, reader.rows(_CHANNEL_WRITES, space, batch, encoded(channel)))
    return parts.writes
