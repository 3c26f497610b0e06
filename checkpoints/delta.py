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
from sqlalchemy import Connection, Integer, Select, and_, literal, select

from secondhalf.checkpoints.address import Address, Namespace
from secondhalf.checkpoints.keys import space_of, version_key
from secondhalf.checkpoints.reads import fetch_values, fetch_writes, locate, sorted_writes
from secondhalf.checkpoints.schema import blobs, checkpoints
from secondhalf.checkpoints.statements import batches

_FIRST_STRETCH = 32
"""Ancestors read at once; every further stretch is twice as long."""


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
    conn: Connection, serde: SerializerProtocol, config: RunnableConfig, channels: Sequence[str]
) -> dict[str, DeltaChannelHistory]:
    """Per channel the writes, oldest first, since the nearest stored value, and that value."""
    target = locate(conn, config) if channels else None
    if target is None:
        return {name: {"writes": []} for name in channels}
    traces = trace(_ancestors(conn, serde, target, channels), channels)
    space = space_of(*target.namespace)
    seeds = fetch_values(conn, {space: [t.seed for t in traces.values() if t.seed]})
    result: dict[str, DeltaChannelHistory] = {}
    for name, (chain, seed) in traces.items():
        found = fetch_writes(conn, {space: chain}, name)
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
    conn: Connection, serde: SerializerProtocol, target: Address, channels: Sequence[str]
) -> Iterator[Ancestor]:
    """The parents of `target`, nearest first; a loop or a missing parent ends them."""
    seen = {target.checkpoint_id}
    start, length = target, _FIRST_STRETCH
    while True:
        rows = conn.execute(_stretch(start, length)).all()
        keys = {
            id_: keys_of(serde.loads_typed((kind, payload))["channel_versions"], channels)
            for id_, _, kind, payload, _ in rows[1:]
        }
        stored = _stored(conn, target.namespace, {k for v in keys.values() for k in v.values()})
        for checkpoint_id, *_ in rows[1:]:
            if checkpoint_id in seen:
                return
            seen.add(checkpoint_id)
            here = {n: key for n, key in keys[checkpoint_id].items() if key in stored}
            yield Ancestor(checkpoint_id, here)
        if len(rows) <= length:
            return
        start, length = start._replace(checkpoint_id=rows[-1][0]), length * 2


def _stored(conn: Connection, namespace: Namespace, keys: Collection[bytes]) -> set[bytes]:
    """Those of `keys` that hold a value; values are not read."""
    found: set[bytes] = set()
    for batch in batches(sorted(keys)):
        query = select(blobs.c.channel_version).where(
            blobs.c.space == space_of(*namespace), blobs.c.channel_version.in_(batch)
        )
        found.update(map(bytes, conn.execute(query).scalars()))
    return found


def _stretch(start: Address, length: int) -> Select[*tuple[Any, ...]]:
    """`start` and up to `length` ancestors, following the parent ids."""
    c = checkpoints.c
    columns = (c.checkpoint_id, c.parent_id, c.type, c.checkpoint)
    line = (
        select(*columns, literal(0, Integer).label("depth"))
        .where(c.space == space_of(*start.namespace), c.checkpoint_id == start.checkpoint_id)
        .cte("line", recursive=True)
    )
    up = checkpoints.alias("up")
    # The outer join makes SQLite look up one parent per step instead of scanning the thread.
    step = (
        select(up.c.checkpoint_id, up.c.parent_id, up.c.type, up.c.checkpoint, line.c.depth + 1)
        .select_from(line)
        .outerjoin(
            up,
            and_(
                up.c.space == space_of(*start.namespace),
                up.c.checkpoint_id == line.c.parent_id,
            ),
        )
        .where(line.c.parent_id.is_not(None), line.c.depth < length)
    )
    whole = line.union_all(step)
    return select(whole).where(whole.c.checkpoint_id.is_not(None)).order_by(whole.c.depth)
