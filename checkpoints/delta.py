"""Channels stored as differences: their value is an old snapshot and the writes since.

LangGraph's `DeltaChannel` stores a value only now and then. At the other checkpoints the value is
rebuilt from the nearest stored ancestor and the writes of every checkpoint from there on. What is
needed for that must not be deleted.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import DeltaChannelHistory
from langgraph.checkpoint.serde.base import SerializerProtocol

from secondhalf.checkpoints.address import Address
from secondhalf.checkpoints.keys import space_of, version_key
from secondhalf.checkpoints.parts import fetch_values, fetch_writes, sorted_writes
from secondhalf.checkpoints.reader import Reader
from secondhalf.checkpoints.reads import locate
from secondhalf.checkpoints.schema import decoded, encoded
from secondhalf.checkpoints.statements import batches

_STORED = """
SELECT channel_version FROM secondhalf_checkpoint_blobs WHERE space = ? AND channel_version IN ?
"""
# A checkpoint and its ancestors. The outer join makes SQLite look up one parent per step instead of
# scanning the thread.
_STRETCH = """
WITH RECURSIVE line (checkpoint_id, parent_id, type, checkpoint, depth) AS (
  SELECT checkpoint_id, parent_id, type, checkpoint, 0
  FROM secondhalf_checkpoints WHERE space = ? AND checkpoint_id = ?
  UNION ALL
  SELECT up.checkpoint_id, up.parent_id, up.type, up.checkpoint, line.depth + 1
  FROM line LEFT OUTER JOIN secondhalf_checkpoints up
  ON up.space = ? AND up.checkpoint_id = line.parent_id
  WHERE line.parent_id IS NOT NULL AND line.depth < ?
)
SELECT checkpoint_id, type, checkpoint FROM line WHERE checkpoint_id IS NOT NULL ORDER BY depth
"""
_FIRST_STRETCH = 32
"""Ancestors read at once; a further stretch is as long as all before it."""


class Ancestor(NamedTuple):
    """A checkpoint on the way to the root, and where the values stored there are."""

    checkpoint_id: str
    stored: Mapping[str, bytes]
    """Channel to `version_key`, for the channels that hold a value."""


class Trace(NamedTuple):
    """What rebuilds one channel: ancestors nearest first, and the key of the stored value."""

    chain: list[str]
    seed: bytes | None


def history(
    reader: Reader, serde: SerializerProtocol, config: RunnableConfig, channels: Sequence[str]
) -> dict[str, DeltaChannelHistory]:
    """Per channel the writes, oldest first, since the nearest stored value, and that value."""
    target = locate(reader, config) if channels else None
    if target is None:
        return {name: {"writes": []} for name in channels}
    traces = trace(_ancestors(reader, serde, target, channels), channels)
    space = space_of(*target.namespace)
    seeds = fetch_values(reader, space, [t.seed for t in traces.values() if t.seed])
    result: dict[str, DeltaChannelHistory] = {}
    for name, (chain, seed) in traces.items():
        found = fetch_writes(reader, space, chain, name)
        result[name] = {
            "writes": [
                (write.task_id, name, serde.loads_typed(write.value))
                for checkpoint_id in reversed(chain)
                for write in sorted_writes(found.get((space, checkpoint_id), []))
            ]
        }
        if seed is not None:
            result[name]["seed"] = serde.loads_typed(seeds[space, seed])
    return result


def trace(ancestors: Iterable[Ancestor], channels: Iterable[str]) -> dict[str, Trace]:
    """Follow `ancestors`, nearest first and only as far as needed, to each channel's value."""
    traces = {name: Trace([], None) for name in channels}
    searched = set(traces)
    for checkpoint_id, stored in ancestors if searched else ():
        for name in tuple(searched):
            traces[name].chain.append(checkpoint_id)
            if name in stored:
                traces[name] = traces[name]._replace(seed=stored[name])
                searched.remove(name)
        if not searched:
            break
    return traces


def keys_of(versions: Mapping[str, Any], channels: Iterable[str]) -> dict[str, bytes]:
    """Channel to `version_key`, for those of `channels` that have a version."""
    return {name: version_key(name, versions[name]) for name in channels if name in versions}


def _ancestors(
    reader: Reader, serde: SerializerProtocol, target: Address, channels: Sequence[str]
) -> Iterator[Ancestor]:
    """The parents of `target`, nearest first; a loop or a missing parent ends them."""
    space = space_of(*target.namespace)
    seen = {target.checkpoint_id}
    start, length = target.checkpoint_id, _FIRST_STRETCH
    while True:
        rows = list(reader.rows(_STRETCH, space, encoded(start), space, length))
        keys = {
            decoded(id_): keys_of(serde.loads_typed((kind, payload))["channel_versions"], channels)
            for id_, kind, payload in rows[1:]
        }
        stored = _stored(reader, space, {k for v in keys.values() for k in v.values()})
        for checkpoint_id, own in keys.items():
            if checkpoint_id in seen:
                return
            seen.add(checkpoint_id)
            yield Ancestor(checkpoint_id, {n: key for n, key in own.items() if key in stored})
        if len(rows) <= length:
            return
        start, length = decoded(rows[-1][0]), len(seen) - 1


def _stored(reader: Reader, space: bytes, keys: Collection[bytes]) -> set[bytes]:
    """Those of `keys` that hold a value; values are not read."""
    return {
        bytes(key)
        for batch in batches(sorted(keys))
        for (key,) in reader.rows(_STORED, space, batch)
    }
