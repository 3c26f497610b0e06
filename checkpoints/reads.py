"""What comes out: checkpoints with their channels and pending writes.

One query finds the checkpoints and one more fills in those of each namespace, however many.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple, PendingWrite
from langgraph.checkpoint.serde.base import SerializerProtocol

from secondhalf.checkpoints.address import (
    Address,
    Namespace,
    checkpoint_of,
    config_of,
    namespace_of,
    thread_of,
)
from secondhalf.checkpoints.errors import DamagedError
from secondhalf.checkpoints.keys import space_of, thread_range, version_key
from secondhalf.checkpoints.parts import VALUES, Parts, Payload, Write, sorted_writes
from secondhalf.checkpoints.reader import Reader
from secondhalf.checkpoints.schema import decoded, encoded

_HEADER, _METADATA = -1, -2
"""In place of a packing: the row is a part of the checkpoint itself."""

_HEADERS = """
SELECT thread_id, checkpoint_ns, checkpoint_id, parent_id, type, checkpoint, metadata_type, metadata
FROM secondhalf_checkpoints
"""
_NAMED = f"{_HEADERS} WHERE space = ? AND checkpoint_id = ?"
_LATEST = f"{_HEADERS} WHERE space = ? ORDER BY checkpoint_id DESC LIMIT 1"
_NEWEST = """
SELECT checkpoint_id FROM secondhalf_checkpoints WHERE space = ? ORDER BY checkpoint_id DESC LIMIT 1
"""
# The latest checkpoint in two rows, its writes, and the values it is expected to have. What decides
# the types of the columns comes first.
_EXPECTED = f"""
WITH latest AS ({_LATEST})
SELECT w.checkpoint_id, w.type, w.packing, w.value, w.task_path, w.task_id, w.idx, w.channel
FROM secondhalf_checkpoint_writes w
WHERE w.space = ? AND w.checkpoint_id = (SELECT checkpoint_id FROM latest)
UNION ALL SELECT checkpoint_id, type, {_HEADER}, checkpoint, parent_id, NULL, NULL, NULL FROM latest
UNION ALL SELECT checkpoint_id, metadata_type, {_METADATA}, metadata, NULL, NULL, NULL, NULL
FROM latest
UNION ALL {VALUES}
"""  # noqa: S608 - constants of this module


class Record(NamedTuple):
    """All the rows of one checkpoint, the values still serialised."""

    address: Address
    parent_id: str | None
    checkpoint: dict[str, Any]
    metadata: dict[str, Any]
    channels: dict[str, Payload]
    writes: list[Write]


def fetch_one(reader: Reader, serde: SerializerProtocol, config: RunnableConfig) -> Record | None:
    """The checkpoint a config names, or the thread's latest."""
    space = space_of(thread_of(config), namespace_of(config))
    checkpoint_id = checkpoint_of(config)
    if checkpoint_id:
        rows = reader.rows(_NAMED, space, encoded(checkpoint_id))
    else:
        rows = reader.rows(_LATEST, space)
    records = [_record(serde, row) for row in rows]
    return _complete(reader, records)[0] if records else None


def fetch_expected(
    reader: Reader,
    serde: SerializerProtocol,
    namespace: Namespace,
    versions: Mapping[str, Any],
) -> tuple[bool, Record | None]:
    """The latest checkpoint in one query, if all its channels have the `versions` expected of them.

    Large values take a query more, which may see another state: chunks are named by their content,
    so what is found is right.

    Returns:
        Whether that query was enough, and the checkpoint, None where there is none.
    """
    space = space_of(*namespace)
    expected = [version_key(*each) for each in versions.items()]
    rows = list(reader.rows(_EXPECTED, space, space, space, expected))
    header = {row[2]: row for row in rows if row[2] < 0}
    if not header:
        return True, None
    id_, *checkpoint, parent = (header[_HEADER][n] for n in (0, 1, 3, 4))
    found = (*map(encoded, namespace), id_, parent, *checkpoint, *header[_METADATA][1:4:2])
    record = _record(serde, found)
    own = _value_keys(record)
    if not set(own.values()).issubset(expected):
        return False, None
    parts = Parts(reader)
    try:
        parts.add(space, (row for row in rows if row[2] >= 0))
    except DamagedError:  # or deleted in between
        return False, None
    return True, _filled(record, space, own, parts)


def fetch_many(
    reader: Reader,
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
    where, given = _conditions(config, before)
    query = f"{_HEADERS} WHERE {where} ORDER BY checkpoint_id DESC, thread_id, checkpoint_ns"
    return _complete(reader, _scan(reader, serde, query, given, filter=filter, limit=limit))


def _conditions(
    config: RunnableConfig | None, before: RunnableConfig | None
) -> tuple[str, list[bytes]]:
    """What must hold of the rows that a listing admits, and the values in it."""
    where: dict[str, tuple[bytes, ...]] = {"1 = 1": ()}
    if config is not None:
        if (config.get("configurable") or {}).get("checkpoint_ns") is not None:
            where["space = ?"] = (space_of(thread_of(config), namespace_of(config)),)
        else:
            where["space BETWEEN ? AND ?"] = thread_range(thread_of(config))
        if checkpoint_id := checkpoint_of(config):
            where["checkpoint_id = ?"] = (encoded(checkpoint_id),)
    if before is not None and (bound := checkpoint_of(before)):
        where["checkpoint_id < ?"] = (encoded(bound),)
    return " AND ".join(where), [each for given in where.values() for each in given]


def locate(reader: Reader, config: RunnableConfig) -> Address | None:
    """The address a config names, which need not exist, or that of the thread's latest."""
    namespace = Namespace(thread_of(config), namespace_of(config))
    checkpoint_id = checkpoint_of(config)
    if checkpoint_id is None:
        checkpoint_id = newest(reader, space_of(*namespace))
    return Address(*namespace, checkpoint_id) if checkpoint_id else None


def newest(reader: Reader, space: bytes) -> str | None:
    """The latest checkpoint of a namespace, None where there is none."""
    return next((decoded(row[0]) for row in reader.rows(_NEWEST, space)), None)


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


def _scan(
    reader: Reader,
    serde: SerializerProtocol,
    query: str,
    given: Sequence[bytes],
    *,
    filter: Mapping[str, Any] | None,
    limit: int | None,
) -> list[Record]:
    if filter or limit is None:
        rows = reader.rows(query, *given)
    else:
        rows = reader.rows(f"{query} LIMIT ?", *given, limit)
    found: list[Record] = []
    for row in rows:
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
    address = Address(decoded(thread), decoded(ns), decoded(id_))
    return Record(address, parent and decoded(parent), checkpoint, described, {}, [])


def _complete(reader: Reader, records: list[Record]) -> list[Record]:
    """Add channels and writes to `records`: one query per namespace, and few for large values."""
    keyed = [(space_of(*r.address.namespace), _value_keys(r), r) for r in records]
    keys: defaultdict[bytes, set[bytes]] = defaultdict(set)
    ids: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for space, own, record in keyed:
        keys[space].update(own.values())
        ids[space].append(encoded(record.address.checkpoint_id))
    parts = Parts(reader)
    for space in keys:
        parts.fetch(space, sorted(keys[space]), ids[space])
    return [_filled(record, space, own, parts) for space, own, record in keyed]


def _filled(record: Record, space: bytes, own: Mapping[str, bytes], parts: Parts) -> Record:
    return record._replace(
        channels={n: parts.values[space, k] for n, k in own.items() if (space, k) in parts.values},
        writes=sorted_writes(parts.writes[space, record.address.checkpoint_id]),
    )


def _value_keys(record: Record) -> dict[str, bytes]:
    versions: dict[str, Any] = record.checkpoint["channel_versions"]
    return {name: version_key(name, version) for name, version in versions.items()}
