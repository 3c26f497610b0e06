"""What comes out: checkpoints with their channels and pending writes.

One query finds the checkpoints and two more fill in those of each namespace, however many.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple, PendingWrite, writes_sort_key
from langgraph.checkpoint.serde.base import SerializerProtocol
from sqlalchemy import Connection, Select, func, select

from secondhalf.checkpoints.address import (
    Address,
    Namespace,
    checkpoint_of,
    config_of,
    namespace_of,
    thread_of,
)
from secondhalf.checkpoints.schema import EMPTY, blobs, channel_version, checkpoints, writes
from secondhalf.checkpoints.statements import batches, inside

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
    query = _headers().where(inside(checkpoints, namespace))
    if checkpoint_id := checkpoint_of(config):
        query = query.where(checkpoints.c.checkpoint_id == checkpoint_id)
    found = _complete(conn, serde, _scan(conn, serde, query, filter=None, limit=1))
    return found[0] if found else None


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
    query = _headers()
    if config is not None:
        query = query.where(checkpoints.c.thread_id == thread_of(config))
        if (config.get("configurable") or {}).get("checkpoint_ns") is not None:
            query = query.where(checkpoints.c.checkpoint_ns == namespace_of(config))
        if checkpoint_id := checkpoint_of(config):
            query = query.where(checkpoints.c.checkpoint_id == checkpoint_id)
    if before is not None and (bound := checkpoint_of(before)):
        query = query.where(checkpoints.c.checkpoint_id < bound)
    return _complete(conn, serde, _scan(conn, serde, query, filter=filter, limit=limit))


def locate(conn: Connection, config: RunnableConfig) -> Address | None:
    """The address a config names, which need not exist, or that of the thread's latest."""
    namespace = Namespace(thread_of(config), namespace_of(config))
    checkpoint_id = checkpoint_of(config)
    if checkpoint_id is None:
        latest = select(func.max(checkpoints.c.checkpoint_id)).where(inside(checkpoints, namespace))
        checkpoint_id = conn.execute(latest).scalar()
    return Address(*namespace, checkpoint_id) if checkpoint_id else None


def to_tuple(serde: SerializerProtocol, record: Record) -> CheckpointTuple:
    """Deserialise one record; every call makes values of its own."""
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


def _headers() -> Select[*tuple[Any, ...]]:
    columns = checkpoints.c
    return select(
        columns.thread_id,
        columns.checkpoint_ns,
        columns.checkpoint_id,
        columns.parent_id,
        columns.type,
        columns.checkpoint,
        columns.metadata_type,
        columns.metadata,
    ).order_by(columns.checkpoint_id.desc(), columns.thread_id, columns.checkpoint_ns)


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
    for thread, ns, id_, parent, kind, payload, metadata_kind, metadata in conn.execute(query):
        described = serde.loads_typed((metadata_kind, metadata))
        if filter and any(described.get(key) != value for key, value in filter.items()):
            continue
        checkpoint = serde.loads_typed((kind, payload))
        found.append(Record(Address(thread, ns, id_), parent, checkpoint, described, {}, []))
        if len(found) == limit:
            break
    return found


def _complete(conn: Connection, serde: SerializerProtocol, records: list[Record]) -> list[Record]:
    """Add channels and writes to `records`: two queries for each namespace among them."""
    groups: defaultdict[Namespace, list[Record]] = defaultdict(list)
    for record in records:
        groups[record.address.namespace].append(record)
    pending: dict[Address, list[Write]] = {}
    values: dict[Namespace, dict[str, Payload]] = {}
    for namespace, members in groups.items():
        pending.update(_pending(conn, namespace, [m.address.checkpoint_id for m in members]))
        keys = {key for member in members for key in _value_keys(member).values()}
        values[namespace] = fetch_values(conn, namespace, sorted(keys))
    return [
        record._replace(
            writes=sorted_writes(pending.get(record.address, [])),
            channels={
                name: values[record.address.namespace][key]
                for name, key in _value_keys(record).items()
                if key in values[record.address.namespace]
            },
        )
        for record in records
    ]


def _value_keys(record: Record) -> dict[str, str]:
    versions: dict[str, Any] = record.checkpoint["channel_versions"]
    return {name: channel_version(name, version) for name, version in versions.items()}


def fetch_values(conn: Connection, namespace: Namespace, keys: Sequence[str]) -> dict[str, Payload]:
    """The stored values among `keys`; those absent or empty are left out."""
    c = blobs.c
    found: dict[str, Payload] = {}
    for batch in batches(keys):
        query = select(c.channel_version, c.type, c.value).where(
            inside(blobs, namespace), c.channel_version.in_(batch), c.type != EMPTY
        )
        found.update((key, (kind, value)) for key, kind, value in conn.execute(query))
    return found


def _pending(
    conn: Connection, namespace: Namespace, checkpoint_ids: Sequence[str]
) -> dict[Address, list[Write]]:
    c = writes.c
    columns = (c.checkpoint_id, c.task_path, c.task_id, c.idx, c.channel, c.type, c.value)
    found: defaultdict[Address, list[Write]] = defaultdict(list)
    for batch in batches(checkpoint_ids):
        query = select(*columns).where(inside(writes, namespace), c.checkpoint_id.in_(batch))
        for checkpoint_id, path, task, idx, channel, kind, value in conn.execute(query):
            write = Write(path, task, idx, channel, (kind, value))
            found[Address(*namespace, checkpoint_id)].append(write)
    return found
