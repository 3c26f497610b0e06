"""What comes out: checkpoints with their channels and pending writes.

One query finds the checkpoints and two more fill in those of each namespace, however many.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple, PendingWrite, writes_sort_key
from langgraph.checkpoint.serde.base import SerializerProtocol
from sqlalchemy import BindParameter, Connection, Select, bindparam, select

from secondhalf.checkpoints.address import (
    Address,
    Namespace,
    checkpoint_of,
    config_of,
    namespace_of,
    thread_of,
)
from secondhalf.checkpoints.chunks import NAMES, Packed, unpack
from secondhalf.checkpoints.keys import space_of, thread_range, version_key
from secondhalf.checkpoints.schema import blobs, checkpoints, chunks, writes
from secondhalf.checkpoints.statements import batches

# Built once: building a statement takes longer than running it.
_SPACE: BindParameter[bytes] = bindparam("space")
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_VALUES = select(
    blobs.c.space, blobs.c.channel_version, blobs.c.type, blobs.c.packing, blobs.c.value
).where(blobs.c.space == _SPACE, blobs.c.channel_version.in_(_KEYS))
_WRITES = select(
    writes.c.space,
    writes.c.checkpoint_id,
    writes.c.task_path,
    writes.c.task_id,
    writes.c.idx,
    writes.c.channel,
    writes.c.type,
    writes.c.packing,
    writes.c.value,
).where(writes.c.space == _SPACE, writes.c.checkpoint_id.in_(_KEYS))
_CHANNEL_WRITES = _WRITES.where(writes.c.channel == bindparam("channel"))
_HEADERS = select(
    checkpoints.c.thread_id,
    checkpoints.c.checkpoint_ns,
    checkpoints.c.checkpoint_id,
    checkpoints.c.parent_id,
    checkpoints.c.type,
    checkpoints.c.checkpoint,
    checkpoints.c.metadata_type,
    checkpoints.c.metadata,
)
_NAMED = _HEADERS.where(
    checkpoints.c.space == _SPACE, checkpoints.c.checkpoint_id == bindparam("checkpoint_id")
)
_LATEST = (
    _HEADERS.where(checkpoints.c.space == _SPACE)
    .order_by(checkpoints.c.checkpoint_id.desc())
    .limit(1)
)
_NEWEST = (
    select(checkpoints.c.checkpoint_id)
    .where(checkpoints.c.space == _SPACE)
    .order_by(checkpoints.c.checkpoint_id.desc())
    .limit(1)
)

Payload = tuple[str, bytes]
"""A serialised value: its type tag and its bytes."""


class Write(NamedTuple):
    """One pending write, its value still serialised."""

    task_path: str
    task_id: str
    idx: int
    channel: str
    value: Payload


class Record(NamedTuple):
    """All the rows of one checkpoint, the values still serialised."""

    address: Address
    parent_id: str | None
    checkpoint: dict[str, Any]
    metadata: dict[str, Any]
    channels: dict[str, Payload]
    writes: list[Write]


def fetch_one(conn: Connection, serde: SerializerProtocol, config: RunnableConfig) -> Record | None:
    """The checkpoint a config names, or the thread's latest."""
    namespace = Namespace(thread_of(config), namespace_of(config))
    given = {"space": space_of(*namespace), "checkpoint_id": checkpoint_of(config)}
    query = _NAMED if given["checkpoint_id"] else _LATEST
    records = [_record(serde, row) for row in conn.execute(query, given).all()]
    return _complete(conn, records)[0] if records else None


def fetch_many(
    conn: Connection,
    serde: SerializerProtocol,
    config: RunnableConfig | None,
    *,
    filter: Mapping[str, Any] | None,
    before: RunnableConfig | None,
    limit: int | None,
) -> list[Record]:
    """Matching checkpoints, newest first.

    Metadata is opaque to the database, possibly encrypted, so `filter` is applied here: with one,
    every checkpoint that the rest of the query admits is read until `limit` is reached.
    """
    if limit is not None and limit <= 0:
        return []
    c = checkpoints.c
    query = _HEADERS.order_by(c.checkpoint_id.desc(), c.thread_id, c.checkpoint_ns)
    if config is not None:
        if (config.get("configurable") or {}).get("checkpoint_ns") is not None:
            space = space_of(thread_of(config), namespace_of(config))
            query = query.where(checkpoints.c.space == space)
        else:
            query = query.where(checkpoints.c.space.between(*thread_range(thread_of(config))))
        if checkpoint_id := checkpoint_of(config):
            query = query.where(checkpoints.c.checkpoint_id == checkpoint_id)
    if before is not None and (bound := checkpoint_of(before)):
        query = query.where(checkpoints.c.checkpoint_id < bound)
    return _complete(conn, _scan(conn, serde, query, filter=filter, limit=limit))


def locate(conn: Connection, config: RunnableConfig) -> Address | None:
    """The address a config names, which need not exist, or that of the thread's latest."""
    namespace = Namespace(thread_of(config), namespace_of(config))
    checkpoint_id = checkpoint_of(config)
    if checkpoint_id is None:
        checkpoint_id = newest(conn, space_of(*namespace))
    return Address(*namespace, checkpoint_id) if checkpoint_id else None


def newest(conn: Connection, space: bytes) -> str | None:
    """The latest checkpoint of a namespace, None where there is none."""
    return conn.execute(_NEWEST, {"space": space}).scalar()


def to_tuple(serde: SerializerProtocol, record: Record) -> CheckpointTuple:
    """Deserialise one record; every call makes values of its own.

    Raises:
        DamagedError: the serialiser cannot read what is stored.
    """
    values = {name: serde.loads_typed(value) for name, value in record.channels.items()}
    pending: list[PendingWrite] = [
        (write.task_id, write.channel, serde.loads_typed(write.value)) for write in record.writes
    ]
    parent = record.parent_id and record.address._replace(checkpoint_id=record.parent_id)
    return CheckpointTuple(
        config=config_of(record.address),
        checkpoint={**record.checkpoint, "channel_values": values},  # type: ignore[typeddict-item]  # the serialiser gives back what put received
        metadata=record.metadata,  # type: ignore[arg-type]  # likewise
        parent_config=config_of(parent) if parent else None,
        pending_writes=pending,
    )


def sorted_writes(found: list[Write]) -> list[Write]:
    """In the order in which a live run applies the writes of one step."""
    return sorted(found, key=lambda write: writes_sort_key(*write[:3]))


def _scan(
    conn: Connection,
    serde: SerializerProtocol,
    query: Select[*tuple[Any, ...]],
    *,
    filter: Mapping[str, Any] | None,
    limit: int | None,
) -> list[Record]:
    if not filter and limit is not None:
        query = query.limit(limit)
    found: list[Record] = []
    for row in conn.execute(query):
        if filter:
            described = serde.loads_typed((row[6], row[7]))
            if any(described.get(key) != value for key, value in filter.items()):
                continue
        found.append(_record(serde, row))
        if len(found) == limit:
            break
    return found


def _record(serde: SerializerProtocol, row: Any) -> Record:
    """A checkpoint whose channels and writes are still to be added."""
    thread, ns, id_, parent, kind, payload, metadata_kind, metadata = row
    checkpoint = serde.loads_typed((kind, payload))
    described = serde.loads_typed((metadata_kind, metadata))
    return Record(Address(thread, ns, id_), parent, checkpoint, described, {}, [])


def _complete(conn: Connection, records: list[Record]) -> list[Record]:
    """Add channels and writes to `records`: two queries for all, and few more for large values."""
    keyed = [(space_of(*r.address.namespace), _value_keys(r), r) for r in records]
    wanted: defaultdict[bytes, set[bytes]] = defaultdict(set)
    ids: defaultdict[bytes, list[str]] = defaultdict(list)
    for space, keys, record in keyed:
        wanted[space].update(keys.values())
        ids[space].append(record.address.checkpoint_id)
    values = fetch_values(conn, {space: sorted(keys) for space, keys in wanted.items()})
    pending = fetch_writes(conn, ids)
    return [
        record._replace(
            channels={n: values[space, k] for n, k in keys.items() if (space, k) in values},
            writes=sorted_writes(pending.get((space, record.address.checkpoint_id), [])),
        )
        for space, keys, record in keyed
    ]


def _value_keys(record: Record) -> dict[str, bytes]:
    versions: dict[str, Any] = record.checkpoint["channel_versions"]
    return {name: version_key(name, version) for name, version in versions.items()}


def fetch_values(
    conn: Connection, wanted: Mapping[bytes, Sequence[bytes]]
) -> dict[tuple[bytes, bytes], Payload]:
    """The stored values among the keys wanted in each space; those that are absent are left out."""
    rows = [
        row
        for space, batch in _by_space(wanted)
        for row in conn.execute(_VALUES, {"space": space, "keys": batch}).all()
    ]
    values = _unpack(conn, [(row[0], Packed(row[3], row[4])) for row in rows])
    return {
        (bytes(row[0]), bytes(row[1])): (row[2], value)
        for row, value in zip(rows, values, strict=True)
    }


def fetch_writes(
    conn: Connection, wanted: Mapping[bytes, Sequence[str]], channel: str | None = None
) -> dict[tuple[bytes, str], list[Write]]:
    """The writes on the checkpoints wanted in each space, of one channel or of all."""
    query, given = _WRITES, dict[str, Any]()
    if channel is not None:
        query, given = _CHANNEL_WRITES, {"channel": channel}
    rows = [
        row
        for space, batch in _by_space(wanted)
        for row in conn.execute(query, {"space": space, "keys": batch, **given}).all()
    ]
    values = _unpack(conn, [(row[0], Packed(row[7], row[8])) for row in rows])
    found: defaultdict[tuple[bytes, str], list[Write]] = defaultdict(list)
    for row, value in zip(rows, values, strict=True):
        found[bytes(row[0]), row[1]].append(Write(*row[2:6], (row[6], value)))
    return found


def _by_space(wanted: Mapping[bytes, Sequence[Any]]) -> Iterator[tuple[bytes, Sequence[Any]]]:
    for space, keys in wanted.items():
        for batch in batches(keys):
            yield space, batch


def _unpack(conn: Connection, packed: Sequence[tuple[bytes, Packed]]) -> list[bytes]:
    """Values of several spaces, large ones put together from the chunks of their space."""
    spaces = {bytes(space) for space, value in packed if value.packing >= NAMES}
    c = chunks.c

    def fetch(names: Collection[bytes]) -> dict[bytes, Packed]:
        found: dict[bytes, Packed] = {}
        for space, batch in _by_space(dict.fromkeys(spaces, sorted(names))):
            query = select(c.digest, c.packing, c.value)
            query = query.where(c.space == space, c.digest.in_(batch))
            found.update((bytes(name), Packed(*rest)) for name, *rest in conn.execute(query))
        return found

    return unpack([value for _, value in packed], fetch)
