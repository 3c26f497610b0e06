"""How values are packed: small ones whole, large ones as the names of their chunks.

A chunk is named by a hash of its content and stored once per space. Where a value is cut depends
on the bytes around the cut alone, so two versions of a value that differ at one place share the
chunks everywhere else; a list that grows at its end costs what was added. The list of names is cut
again while it is long, so a value of n bytes that grows costs O(log n) more per version.
"""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from secondhalf.checkpoints.errors import DamagedError
from secondhalf.checkpoints.keys import chunk_key
from secondhalf.checkpoints.schema import DIGEST_BYTES

if TYPE_CHECKING:
    from numpy import uint8
    from numpy.typing import NDArray

PLAIN, DEFLATED = 0, 1
"""`packing` of bytes as they are, and compressed. From `NAMES` on: that many levels of names."""
NAMES = 16

WHOLE = 6144
"""Values up to so many bytes are kept whole."""
_SHORTEST, _WINDOW = 3072, 1024
"""A chunk is as long as the first, and up to the second longer."""
_REMEMBERED = 64_000_000
"""Bytes of large values that are kept in memory to compare the next version with."""
_WORTH_DEFLATING = 512
_LEVEL = 1
_WINDOW_BITS, _MEMORY_LEVEL = 13, 6
"""As much as values of up to 8 KB have use for: it takes longer to clear the usual 256 KB.

Any zlib reads what is packed so.
"""

Chunks = dict[bytes, bytes]
"""Chunks by name."""


class Packed(NamedTuple):
    """A value as a row holds it."""

    packing: int
    value: bytes


class _Cut(NamedTuple):
    """A payload and where it was cut: the end and the name of each chunk by its start."""

    payload: bytes
    pieces: dict[int, tuple[int, bytes]]


class Memory:
    """How the last version of a large value was cut.

    Most of the next version is the same, and whoever reads the value as it is needs no chunk.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cuts: OrderedDict[Hashable, tuple[_Cut, Packed]] = OrderedDict()
        self._keys: dict[Packed, Hashable] = {}
        self._bytes = 0

    def last(self, key: Hashable) -> _Cut:
        """What was cut under this key before."""
        with self._lock:
            return self._cuts.get(key, _NOTHING)[0]

    def keep(self, key: Hashable, cut: _Cut, packed: Packed) -> None:
        """Remember a cut in place of the one before; the oldest go when there is too much."""
        with self._lock:
            self._forget(key)
            self._bytes += len(cut.payload)
            self._cuts[key] = (cut, packed)
            self._keys[packed] = key
            while self._bytes > _REMEMBERED:
                self._forget(next(iter(self._cuts)))

    def payload(self, packed: Packed) -> bytes | None:
        """The value that became `packed`: equal names are names of equal chunks."""
        with self._lock:
            cut, found = self._cuts.get(self._keys.get(packed), _NOTHING)
            return cut.payload if found == packed else None

    def _forget(self, key: Hashable) -> None:
        cut, packed = self._cuts.pop(key, _NOTHING)
        self._bytes -= len(cut.payload)
        self._keys.pop(packed, None)


_NOTHING = _Cut(b"", {}), Packed(PLAIN, b"")


def pack(
    payload: bytes, found: Chunks, memory: Memory | None = None, key: Hashable = None
) -> Packed:
    """`payload` as a row holds it; the chunks it needs are added to `found`.

    With a `memory`, what is as it was under `key` the last time is not cut and hashed again.
    """
    if len(payload) <= WHOLE:
        return deflate(payload)
    cut = _cut(payload, found, memory.last(key) if memory else _NOTHING[0])
    names, levels = _names(cut), 0
    while len(names) > WHOLE:
        names = _names(_cut(names, found, _NOTHING[0]))
        levels += 1
    packed = Packed(NAMES + levels, names)
    if memory:
        memory.keep(key, cut, packed)
    return packed


@lru_cache(512)
def deflate(payload: bytes) -> Packed:
    """Compressed if that is worth it. A task's write is a channel's value a moment later."""
    if len(payload) >= _WORTH_DEFLATING:
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL)
        small = packer.compress(payload) + packer.flush()
        if len(small) < 0.9 * len(payload):
            return Packed(DEFLATED, small)
    return Packed(PLAIN, payload)


def inflate(packing: int, value: bytes) -> bytes:
    """What `deflate` was given.

    Raises:
        DamagedError: the bytes are not those that were stored.
    """
    if packing == PLAIN:
        return bytes(value)
    try:
        return zlib.decompress(value)
    except zlib.error as error:
        raise DamagedError(f"a stored value is damaged ({error})") from None


def unpack(
    packed: Collection[Packed],
    fetch: Callable[[Collection[bytes]], Mapping[bytes, Packed]],
    memory: Memory,
) -> list[bytes]:
    """The payloads of values; `fetch` is called once per level of names that are not in `memory`.

    Raises:
        DamagedError: a chunk is missing or changed.
    """
    values = [_remembered(each, memory) if each.packing >= NAMES else each for each in packed]
    while any(value.packing >= NAMES for value in values):
        wanted = {name for each in values if each.packing >= NAMES for name in names_in(each.value)}
        found = fetch(wanted)
        values = [_join(each, found) if each.packing >= NAMES else each for each in values]
    return [inflate(*value) for value in values]


def _remembered(packed: Packed, memory: Memory) -> Packed:
    payload = memory.payload(packed)
    return packed if payload is None else Packed(PLAIN, payload)


def _join(packed: Packed, found: Mapping[bytes, Packed]) -> Packed:
    pieces: list[bytes] = []
    for name in names_in(packed.value):
        if name not in found:
            raise DamagedError(f"a part of a stored value is missing ({name.hex()})")
        piece = inflate(*found[name])
        if chunk_key(piece) != name:
            raise DamagedError(f"a part of a stored value is not what was stored ({name.hex()})")
        pieces.append(piece)
    levels = packed.packing - NAMES
    return Packed(NAMES + levels - 1 if levels else PLAIN, b"".join(pieces))


def names_in(value: bytes) -> Iterator[bytes]:
    """The names in a row of names."""
    for start in range(0, len(value), DIGEST_BYTES):
        yield bytes(value[start : start + DIGEST_BYTES])


def _cut(payload: bytes, found: Chunks, before: _Cut) -> _Cut:
    """Cut `payload` into chunks, the same as `before` where the bytes are."""
    import numpy

    view = numpy.frombuffer(payload, numpy.uint8)
    pieces: dict[int, tuple[int, bytes]] = {}
    start, total = 0, len(payload)
    while start < total:
        end, name = before.pieces.get(start, (0, b""))
        piece = payload[start:end]
        if not end or end == len(before.payload) or piece != before.payload[start:end]:
            end = total
            if total - start > _SHORTEST + _WINDOW:
                window = view[start + _SHORTEST : start + _SHORTEST + _WINDOW + 3]
                end = start + _SHORTEST + 1 + _peak(window)
            piece = payload[start:end]
            name = chunk_key(piece)
        found[name] = piece
        pieces[start] = (end, name)
        start = end
    return _Cut(payload, pieces)


def _names(cut: _Cut) -> bytes:
    return b"".join(name for _, name in cut.pieces.values())


def _peak(window: "NDArray[uint8]") -> int:
    """Where four bytes, mixed, are the greatest: a place that is the same wherever it lies."""
    import numpy

    wide = window.astype(numpy.uint32)
    mixed = wide[:-3] | wide[1:-2] << 8 | wide[2:-1] << 16 | wide[3:] << 24
    mixed *= numpy.uint32(2654435761)
    mixed ^= mixed >> 15
    mixed *= numpy.uint32(2246822519)
    return int(mixed.argmax())
