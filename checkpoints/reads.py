"""What comes out: checkpoints with their channels and pending writes.

One query finds the checkpoints and one more fills in those of each namespace, however many.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple, PendingWrite, writes_sort_key
from langgraph.checkpoint.serde.base import SerializerProtocol

from secondhalf.checkpoints.address import (
    Address,
    Namespace,
    checkpoint_of,
    config_of,
    namespace_of,
    thread_of,
)
from secondhalf.checkpoints.chunks import Packed, unpack
from secondhalf.checkpoints.errors import DamagedError
from secondhalf.checkpoints.keys import space_of, thread_range, version_key
from secondhalf.checkpoints.reader import Reader, Row
from secondhalf.checkpoints.schema import decoded, encoded
from secondhalf.checkpoints.statements import batches

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
# One column after the other: key, type, packing, value, and what only a write has.
_VALUES = """
SELECT channel_version, type, packing, value, NULL, NULL, NULL, NULL
FROM secondhalf_checkpoint_blobs WHERE space = ? AND channel_version IN ?
"""
_WRITES = """
SELECT checkpoint_id, type, packing, value, task_path, task_id, idx, channel
FROM secondhalf_checkpoint_writes WHERE space = ? AND checkpoint_id IN ?
"""
_PARTS = f"{_VALUES} UNION ALL {_WRITES}"
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
UNION ALL {_VALUES}
"""  # noqa: S608 - constants of this module
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
) -> Record | None:
    """The latest checkpoint in one query, if all its channels have the `versions` expected of them.

    None if they have not, or if there is no checkpoint. Large values take a query more, which may
    see another state: chunks are named by their content, so what is found is right.
    """
    space = space_of(*namespace)
    expected = [version_key(*each) for each in versions.items()]
    rows = list(reader.rows(_EXPECTED, space, space, space, expected))
    header = {row[2]: row for row in rows if row[2] < 0}
    if not header:
        return None
    id_, *checkpoint, parent = (header[_HEADER][n] for n in (0, 1, 3, 4))
    found = (*map(encoded, namespace), id_, parent, *checkpoint, *header[_METADATA][1:4:2])
    record = _record(serde, found)
    own = _value_keys(record)
    if not set(own.values()).issubset(expected):
        return None
    values: Values = {}
    pending: Writes = defaultdict(list)
    try:
        _sort(reader, space, [row for row in rows if row[2] >= 0], values, pending)
    except DamagedError:  # or deleted in between
        return None
    return _filled(record, space, own, values, pending)


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


def sorted_writes(found: list[Write]) -> list[Write]:
    """In the order in which a live run applies the writes of one step."""
    return sorted(found, key=lambda write: writes_sort_key(*write[:3]))


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
    values: Values = {}
    pending: Writes = defaultdict(list)
    for space in keys:
        for some, few in zip_longest(batches(sorted(keys[space])), batches(ids[space])):
            rows = reader.rows(_PARTS, space, some or [], space, few or [])
            _sort(reader, space, rows, values, pending)
    return [_filled(record, space, own, values, pending) for space, own, record in keyed]


def _filled(
    record: Record, space: bytes, own: Mapping[str, bytes], values: Values, pending: Writes
) -> Record:
    return record._replace(
        channels={name: values[space, k] for name, k in own.items() if (space, k) in values},
        writes=sorted_writes(pending[space, record.address.checkpoint_id]),
    )


def _value_keys(record: Record) -> dict[str, bytes]:
    versions: dict[str, Any] = record.checkpoint["channel_versions"]
    return {name: version_key(name, version) for name, version in versions.items()}


def fetch_values(reader: Reader, space: bytes, keys: Sequence[bytes]) -> Values:
    """The stored values among `keys`; those that are absent are left out."""
    values: Values = {}
    for batch in batches(keys):
        _sort(reader, space, reader.rows(_VALUES, space, batch), values, {})
    return values


def fetch_writes(
    reader: Reader, space: bytes, checkpoint_ids: Sequence[str], channel: str
) -> Writes:
    """The writes of one channel on these checkpoints."""
    pending: Writes = defaultdict(list)
    for batch in batches([encoded(each) for each in checkpoint_ids]):
        rows = reader.rows(_CHANNEL_WRITES, space, batch, encoded(channel))
        _sort(reader, space, rows, {}, pending)
    return pending


def _sort(
    reader: Reader, space: bytes, rows: Iterable[Row], values: Values, pending: Writes
) -> None:
    """Add each row to `values` or `pending`, its value put together."""
    found = list(rows)  # before the next query
    unpacked = _unpack(reader, space, [Packed(*row[2:4]) for row in found])
    for (key, kind, _, _, path, task, idx, channel), value in zip(found, unpacked, strict=True):
        if channel is None:
            values[space, bytes(key)] = (kind, value)
        else:
            write = Write(decoded(path), decoded(task), idx, decoded(channel), (kind, value))
            pending[space, decoded(key)].append(write)


def _unpack(reader: Reader, space: bytes, packed: Sequence[Packed]) -> list[bytes]:
    """Values of one space, large ones put together from its chunks."""

    def fetch(names: Collection[bytes]) -> dict[bytes, Packed]:
        return {
            bytes(digest): Packed(packing, value)
            for batch in batches(sorted(names))
            for digest, packing, value in reader.rows(_CHUNKS, space, batch)
        }

    return unpack(packed, fetch)
