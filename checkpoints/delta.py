"""Channels stored as differences: their value is an old snapshot and the writes since.

LangGraph's `DeltaChannel` stores a value only now and then. At the other checkpoints the value is
rebuilt from the nearest stored ancestor and the writes of every checkpoint from there on. What is
needed for that must not be deleted.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import DeltaChannelHistory
from langgraph.checkpoint.serde.base import SerializerProtocol
from sqlalchemy import Connection, Integer, Select, and_, literal, select

from secondhalf.checkpoints.address import Address, Namespace
from secondhalf.checkpoints.reads import Write, fetch_values, locate, sorted_writes
from secondhalf.checkpoints.schema import EMPTY, blobs, channel_version, checkpoints, writes
from secondhalf.checkpoints.statements import batches, inside

_FIRST_STRETCH = 32
"""Ancestors read at once; every further stretch is twice as long."""


class Ancestor(NamedTuple):
    """A checkpoint on the way to the root, and where the values stored there are."""

    checkpoint_id: str
    stored: Mapping[str, str]
    """Channel to `channel_version`, for the channels that hold a value."""


class Trace(NamedTuple):
    """What rebuilds one channel: ancestors nearest first, and the key of the stored value."""

    chain: list[str]
    seed: str | None


def history(
    conn: Connection, serde: SerializerProtocol, config: RunnableConfig, channels: Sequence[str]
) -> dict[str, DeltaChannelHistory]:
    """Per channel the writes, oldest first, since the nearest stored value, and that value."""
    target = locate(conn, config) if channels else None
    if target is None:
        return {name: {"writes": []} for name in channels}
    traces = trace(_ancestors(conn, serde, target, channels), channels)
    seeds = fetch_values(conn, target.namespace, [t.seed for t in traces.values() if t.seed])
    result: dict[str, DeltaChannelHistory] = {}
    for name, (chain, seed) in traces.items():
        found = _writes_of(conn, target.namespace, name, chain)
        result[name] = {
            "writes": [
                (write.task_id, name, serde.loads_typed(write.value))
                for checkpoint_id in reversed(chain)
                for write in sorted_writes(found[checkpoint_id])
            ]
        }
        if seed is not None:
            result[name]["seed"] = serde.loads_typed(seeds[seed])
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


def keys_of(versions: Mapping[str, Any], channels: Iterable[str]) -> dict[str, str]:
    """Channel to `channel_version`, for those of `channels` that have a version."""
    return {name: channel_version(name, versions[name]) for name in channels if name in versions}


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


def _stored(conn: Connection, namespace: Namespace, keys: Collection[str]) -> set[str]:
    """Those of `keys` that hold a value; values are not read."""
    found: set[str] = set()
    for batch in batches(sorted(keys)):
        query = select(blobs.c.channel_version).where(
            inside(blobs, namespace), blobs.c.channel_version.in_(batch), blobs.c.type != EMPTY
        )
        found.update(conn.execute(query).scalars())
    return found


def _stretch(start: Address, length: int) -> Select[*tuple[Any, ...]]:
    """`start` and up to `length` ancestors, following the parent ids."""
    c = checkpoints.c
    columns = (c.checkpoint_id, c.parent_id, c.type, c.checkpoint)
    line = (
        select(*columns, literal(0, Integer).label("depth"))
        .where(inside(checkpoints, start.namespace), c.checkpoint_id == start.checkpoint_id)
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
                up.c.thread_id == start.thread_id,
                up.c.checkpoint_ns == start.checkpoint_ns,
                up.c.checkpoint_id == line.c.parent_id,
            ),
        )
        .where(line.c.parent_id.is_not(None), line.c.depth < length)
    )
    whole = line.union_all(step)
    return select(whole).where(whole.c.checkpoint_id.is_not(None)).order_by(whole.c.depth)


def _writes_of(
    conn: Connection, namespace: Namespace, channel: str, chain: Sequence[str]
) -> dict[str, list[Write]]:
    c = writes.c
    columns = (c.checkpoint_id, c.task_path, c.task_id, c.idx, c.type, c.value)
    found: defaultdict[str, list[Write]] = defaultdict(list)
    for batch in batches(chain):
        query = select(*columns).where(
            inside(writes, namespace), c.checkpoint_id.in_(batch), c.channel == channel
        )
        for checkpoint_id, path, task, idx, kind, value in conn.execute(query):
            found[checkpoint_id].append(Write(path, task, idx, channel, (kind, value)))
    return found
