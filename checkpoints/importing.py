"""Moving over from the official savers: their rows, read without making any object of them.

Values are copied as the bytes they are, or, where one blob holds them all, cut apart with every
extension left closed. Nothing is unpickled: a value of that kind is refused, with its thread.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple, cast

import ormsgpack
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from sqlalchemy import Connection, Engine, bindparam, inspect, text

from secondhalf.checkpoints import schema
from secondhalf.checkpoints.address import Address
from secondhalf.checkpoints.chunks import pack
from secondhalf.checkpoints.engine import make_engine
from secondhalf.checkpoints.errors import CheckpointConfigError, DamagedError
from secondhalf.checkpoints.failures import clear_errors, place_of
from secondhalf.checkpoints.keys import run_key, space_of, task_key, version_key
from secondhalf.checkpoints.saver import SQLAlchemySaver
from secondhalf.checkpoints.writes import Change

_SAFE = frozenset({"msgpack", "json", "bytes", "bytearray", "null"})
_OPTIONS = ormsgpack.OPT_NON_STR_KEYS

Payload = tuple[str, bytes]
Row = Mapping[str, Any]


class Imported(NamedTuple):
    """What became of an import."""

    threads: int
    checkpoints: int
    skipped: list[str]
    """One line per thread that was left alone, with the reason."""


def import_official(url: str, saver: SQLAlchemySaver) -> Imported:
    """Copy all threads of the database at `url`, one after another, each whole or not at all.

    The database is that of langgraph-checkpoint-sqlite or -postgres, and is only read. A thread
    that `saver` holds already is left alone, so that an import can be repeated.

    Raises:
        CheckpointConfigError: there is no such database, or `saver` encrypts.
        DatabaseError: one of the two databases refused.
    """
    if type(saver.serde) is not JsonPlusSerializer:
        raise CheckpointConfigError(
            "an import copies values as they are: use a saver with LangGraph's plain serialiser"
        )
    engine = make_engine(url, durability="normal", busy_timeout=5.0)
    if engine.dialect.is_async:
        raise CheckpointConfigError("an import reads with a synchronous driver: postgresql+psycopg")
    try:
        with clear_errors(place_of(engine.url)):
            return _import_all(engine, saver)
    finally:
        engine.dispose()


def _import_all(engine: Engine, saver: SQLAlchemySaver) -> Imported:
    threads, checkpoints, skipped = 0, 0, list[str]()
    with engine.connect() as conn:
        changes_of = _reader(conn, place_of(engine.url))
        found = conn.execute(text("SELECT DISTINCT thread_id FROM checkpoints ORDER BY 1"))
        for thread in found.scalars().all():
            if next(saver.list({"configurable": {"thread_id": thread}}, limit=1), None):
                skipped.append(f"{thread!r} is there already")
                continue
            try:
                changes = list(changes_of(conn, thread, saver.serde))
            except DamagedError as error:
                skipped.append(f"{thread!r}: {error}")
                continue
            saver.store_changes(changes)
            threads += 1
            checkpoints += sum(change.checkpoint is not None for change in changes)
    return Imported(threads, checkpoints, skipped)


def _reader(conn: Connection, place: str) -> Any:
    names = set(inspect(conn).get_table_names())
    if {"checkpoints", "checkpoint_blobs", "checkpoint_writes"} <= names:
        return _from_postgres
    if {"checkpoints", "writes"} <= names:
        return _from_sqlite
    raise CheckpointConfigError(
        f"database {place} holds no checkpoints of an official saver: check the URL"
    )


def _from_sqlite(conn: Connection, thread: str, serde: JsonPlusSerializer) -> Iterator[Change]:
    seen: set[tuple[bytes, bytes]] = set()
    for row in _rows(conn, "checkpoints", thread):
        whole = _opened(row["type"], row["checkpoint"])
        values = whole.pop("channel_values", {})
        metadata: dict[str, Any] = json.loads(row["metadata"] or "{}")
        change = _checkpoint(serde, row, whole, metadata)
        for name, value in values.items():
            version = whole["channel_versions"].get(name)
            key = (change.space, version_key(name, version))
            if version is not None and key not in seen:
                seen.add(key)
                _add_value(change, key, _closed(row["type"], value))
        yield change
    yield from _writes(_rows(conn, "writes", thread), "value")


def _from_postgres(conn: Connection, thread: str, serde: JsonPlusSerializer) -> Iterator[Change]:
    blobs = {
        (row["checkpoint_ns"], row["channel"], row["version"]): (row["type"], row["blob"])
        for row in _rows(conn, "checkpoint_blobs", thread)
        if row["type"] != "empty"
    }
    seen: set[tuple[bytes, bytes]] = set()
    for row in _rows(conn, "checkpoints", thread):
        whole = dict(row["checkpoint"])
        inline: dict[str, Any] = whole.pop("channel_values", None) or dict[str, Any]()
        change = _checkpoint(serde, row, whole, row["metadata"] or {})
        for name, version in whole["channel_versions"].items():
            key = (change.space, version_key(name, version))
            stored = blobs.get((row["checkpoint_ns"], name, str(version)))
            if stored is None and name in inline:
                stored = serde.dumps_typed(inline[name])
            if stored is not None and key not in seen:
                seen.add(key)
                _add_value(change, key, stored)
        yield change
    yield from _writes(_rows(conn, "checkpoint_writes", thread), "blob")


def _rows(conn: Connection, table: str, thread: str) -> Sequence[Row]:
    order = "checkpoint_ns, checkpoint_id"
    if "writes" in table:
        order += ", task_id, idx"
    if table == "checkpoint_blobs":
        order = "checkpoint_ns"
    query = f"SELECT * FROM {table} WHERE thread_id = :thread ORDER BY {order}"  # noqa: S608 - names from here
    rows = conn.execute(text(query).bindparams(bindparam("thread", thread)))
    return [dict(row) for row in rows.mappings()]


def _checkpoint(
    serde: JsonPlusSerializer, row: Row, rest: dict[str, Any], metadata: dict[str, Any]
) -> Change:
    address = Address(row["thread_id"], row["checkpoint_ns"], row["checkpoint_id"])
    change = Change(address, space_of(*address.namespace), row["parent_checkpoint_id"])
    run_id = metadata.get("run_id")
    try:
        packed = (*serde.dumps_typed(rest), *serde.dumps_typed(metadata))
    except (TypeError, ValueError) as error:
        raise DamagedError(f"checkpoint {address.checkpoint_id!r} is of an old form") from error
    change.checkpoint = (
        change.space,
        schema.encoded(address.checkpoint_id),
        schema.encoded(address.thread_id),
        schema.encoded(address.checkpoint_ns),
        None if change.parent_id is None else schema.encoded(change.parent_id),
        None if run_id is None else run_key(str(run_id)),
        *packed,
    )
    return change


def _add_value(change: Change, key: tuple[bytes, bytes], payload: Payload) -> None:
    kind, value = _safe(*payload)
    change.blobs.append((*key, kind, *pack(value, change.chunks)))


def _writes(rows: Iterable[Row], column: str) -> Iterator[Change]:
    def place(row: Row) -> tuple[str, str, str]:
        return row["thread_id"], row["checkpoint_ns"], row["checkpoint_id"]

    for (thread, ns, checkpoint), group in groupby(rows, place):
        change = Change(Address(thread, ns, checkpoint), space_of(thread, ns))
        for row in group:
            kind, value = _safe(row["type"], row[column])
            entry = (
                change.space,
                schema.encoded(checkpoint),
                task_key(row["task_id"]),
                row["idx"],
                schema.encoded(row["task_id"]),
                None,
                schema.encoded(row["task_path"]),
                schema.encoded(row["channel"]),
                kind,
                *pack(value, change.chunks),
            )
            (change.special if row["idx"] < 0 else change.writes).append(entry)
        yield change


def _safe(kind: str, value: bytes | None) -> Payload:
    """A value as it is, if reading it runs nothing but the serialiser's own code.

    Raises:
        DamagedError: it was pickled, or encrypted with a key that is not here.
    """
    if kind not in _SAFE:
        raise DamagedError(f"a value is stored as {kind!r}, which is not read")
    return kind, bytes(value or b"")


def _opened(kind: str, value: bytes) -> dict[str, Any]:
    """A whole checkpoint, every extension type in it left closed."""
    _safe(kind, value)
    try:
        found: Any = (
            json.loads(value)
            if kind == "json"
            else ormsgpack.unpackb(value, ext_hook=ormsgpack.Ext, option=_OPTIONS)
        )
    except (ValueError, TypeError) as error:
        raise DamagedError(f"a checkpoint cannot be read ({error})") from error
    if not isinstance(found, dict) or "channel_versions" not in found:
        raise DamagedError("a checkpoint is of an unknown form")
    return cast("dict[str, Any]", found)


def _closed(kind: str, value: Any) -> Payload:
    """One value of a checkpoint that `_opened` took apart, as the serialiser would store it."""
    if value is None:
        return "null", b""
    if isinstance(value, bytes):
        return "bytes", value
    if kind == "json":
        return "json", json.dumps(value).encode()
    return "msgpack", ormsgpack.packb(value, option=_OPTIONS)
