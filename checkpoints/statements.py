"""Statements that each database spells differently, and lists of keys cut to what it admits."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, and_
from sqlalchemy.sql.dml import Insert

from secondhalf.checkpoints.address import Namespace

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgreSQLInsert
    from sqlalchemy.dialects.sqlite import Insert as SQLiteInsert

T = TypeVar("T")

_BATCH = 30_000
"""Keys in one query: with a few parameters more it stays below SQLite's limit of 32766."""


def insert_or_replace(conn: Connection, table: Table) -> Insert:
    """An insert that overwrites the row with the same primary key."""
    rest = [column.name for column in table.columns if not column.primary_key]
    if conn.dialect.name in ("mysql", "mariadb"):
        from sqlalchemy.dialects.mysql import insert as mysql_insert

        overwrite = mysql_insert(table)
        return overwrite.on_duplicate_key_update({name: overwrite.inserted[name] for name in rest})
    replace = _insert(conn, table)
    return replace.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: replace.excluded[name] for name in rest},
    )


def insert_or_ignore(conn: Connection, table: Table) -> Insert:
    """An insert that leaves the row with the same primary key as it is."""
    if conn.dialect.name in ("mysql", "mariadb"):
        from sqlalchemy.dialects.mysql import insert as mysql_insert

        # INSERT IGNORE would swallow every other error too; assigning a key to itself does not.
        keep = next(iter(table.primary_key)).name
        ignore = mysql_insert(table)
        return ignore.on_duplicate_key_update({keep: table.c[keep]})
    return _insert(conn, table).on_conflict_do_nothing(index_elements=list(table.primary_key))


def _insert(conn: Connection, table: Table) -> "SQLiteInsert | PostgreSQLInsert":
    """An insert with ON CONFLICT. A dialect is loaded when it is used: each takes .1 s."""
    if conn.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table)
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert(table)


def inside(table: Table, namespace: Namespace) -> ColumnElement[bool]:
    """The condition that a row of `table` lies in `namespace`."""
    return and_(
        table.c.thread_id == namespace.thread_id,
        table.c.checkpoint_ns == namespace.checkpoint_ns,
    )


def batches(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """`keys` in pieces that fit one query each: nearly always a single piece."""
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]
