"""From one version of the tables to the next, without losing a row.

Each step can be taken up again: on a server that commits every change of a table by itself, a
process that was killed in between leaves a state from which the next one goes on.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, MetaData, RowMapping, Table, inspect, select, text, update

from secondhalf.checkpoints import chunks, schema
from secondhalf.checkpoints.keys import run_key, space_of, task_key, text_key
from secondhalf.checkpoints.statements import insert_rows

Row = tuple[Any, ...]
Old = RowMapping

_BATCH = 500
_OLD = "_v1"
_EMPTY = "empty"
"""The type by which version 1 said that a channel has no value; now it has no row."""


def migrate(conn: Connection, place: str) -> None:
    """Bring the tables to `SCHEMA_VERSION`. The caller holds the set-up lock."""
    found = schema.found_version(conn, place)
    if found == schema.SCHEMA_VERSION:  # another process was faster
        return
    if found == 0:
        schema.create(conn)
        return
    for step in _STEPS[found - 1 :]:
        step(conn)


def _from_1_to_2(conn: Connection) -> None:
    """Keys of fixed length, packed values: every row is written anew beside the old ones."""
    converters = {
        schema.checkpoints: _checkpoint,
        schema.blobs: _blob,
        schema.writes: _write,
    }
    for table in converters:
        if not inspect(conn).has_table(table.name + _OLD):
            conn.execute(text(f"ALTER TABLE {table.name} RENAME TO {table.name}{_OLD}"))
    schema.metadata.create_all(conn, tables=schema.DATA_TABLES)
    for table, convert in converters.items():
        old = Table(table.name + _OLD, MetaData(), autoload_with=conn)
        for rows in conn.execute(select(old)).mappings().partitions(_BATCH):
            found: dict[tuple[bytes, bytes], bytes] = {}
            converted = [convert(row, found) for row in rows]
            pieces = [(*key, *chunks.deflate(piece)) for key, piece in found.items()]
            insert_rows(conn, schema.chunks, pieces, "ignore")
            insert_rows(conn, table, [row for row in converted if row is not None], "replace")
    if "generation" not in {c["name"] for c in inspect(conn).get_columns(schema.VERSION_TABLE)}:
        column = "generation BIGINT NOT NULL DEFAULT 0"
        conn.execute(text(f"ALTER TABLE {schema.VERSION_TABLE} ADD COLUMN {column}"))
    for table in converters:
        conn.execute(text(f"DROP TABLE {table.name}{_OLD}"))
    conn.execute(update(schema.schema_version).values(version=2))


Found = dict[tuple[bytes, bytes], bytes]


def _checkpoint(old: Old, found: Found) -> Row | None:
    return (
        _space(old),
        old["checkpoint_id"],
        old["thread_id"],
        old["checkpoint_ns"],
        old["parent_id"],
        _run(old),
        old["type"],
        old["checkpoint"],
        old["metadata_type"],
        old["metadata"],
    )


def _blob(old: Old, found: Found) -> Row | None:
    if old["type"] == _EMPTY:
        return None
    return (_space(old), text_key(_text(old["channel_version"])), old["type"], *_pack(old, found))


def _write(old: Old, found: Found) -> Row | None:
    return (
        _space(old),
        old["checkpoint_id"],
        task_key(_text(old["task_id"])),
        old["idx"],
        old["task_id"],
        _run(old),
        old["task_path"],
        old["channel"],
        old["type"],
        *_pack(old, found),
    )


def _pack(old: Old, found: Found) -> chunks.Packed:
    pieces: chunks.Chunks = {}
    packed = chunks.pack(bytes(old["value"]), pieces)
    found.update(((_space(old), name), piece) for name, piece in pieces.items())
    return packed


def _space(old: Old) -> bytes:
    return space_of(_text(old["thread_id"]), _text(old["checkpoint_ns"]))


def _run(old: Old) -> bytes | None:
    return None if old["run_id"] is None else run_key(_text(old["run_id"]))


def _text(value: bytes) -> str:
    return bytes(value).decode("utf-8", "surrogatepass")


_STEPS: tuple[Callable[[Connection], None], ...] = (_from_1_to_2,)
