"""Statements that each database spells differently, and lists of keys cut to what it admits."""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple, TypeVar, cast

from sqlalchemy import Connection, Dialect, Table

from secondhalf.checkpoints.schema import VERSION_TABLE

T = TypeVar("T")

_BATCH = 15_000
"""Keys in one list: two lists and a few parameters more stay below SQLite's limit of 32766."""

_MOST_PARAMETERS = 16_384
"""In one statement: a quarter of what PostgreSQL admits."""

Clash = Literal["replace", "ignore", "refuse"]
"""What becomes of a row whose primary key is taken; `refuse` is an error."""


class Insert(NamedTuple):
    """Rows of encoded values in the order of the table's columns."""

    table: Table
    rows: Sequence[tuple[Any, ...]]
    clash: Clash


def insert_rows(
    conn: Connection, table: Table, rows: Sequence[tuple[Any, ...]], clash: Clash
) -> int | None:
    """Insert rows of encoded values in the order of the table's columns.

    Returns:
        How many of them are new, or replaced; None where the database does not say.
    """
    if not rows:
        return 0
    sql = insert_sql(conn.dialect, table, clash)
    if conn.dialect.name == "sqlite":  # SQLAlchemy would take longer over it than the database
        return sqlite_of(conn).executemany(sql, rows).rowcount
    done = conn.exec_driver_sql(sql, list(rows))
    # MariaDB counts rows that were there as well, asyncpg counts none.
    return done.rowcount if conn.dialect.driver == "psycopg" else None


def sqlite_of(conn: Connection) -> sqlite3.Connection:
    """The driver's own connection."""
    return cast("sqlite3.Connection", conn.connection.dbapi_connection)


def at_once(inserts: Sequence[Insert], generation: int | None) -> tuple[str, list[Any]] | None:
    """One statement of PostgreSQL that inserts all, or nothing, and its parameters.

    It fails unless the generation of chunks is still `generation`, if one is given; then nobody
    deletes chunks until it is done.

    Returns:
        None if one statement cannot hold so much.
    """
    parts: list[str] = []
    values = [value for insert in inserts for row in insert.rows for value in row]
    if len(values) >= _MOST_PARAMETERS:
        return None
    marks, used = _marks(), 0
    for table, rows, clash in inserts:
        if rows:
            width = len(table.columns)
            ends = range(used + width, used + width * len(rows) + 1, width)
            into, otherwise = _insert_parts("postgresql", table, clash)
            lists = ", ".join([f"({', '.join(marks[end - width : end])})" for end in ends])
            parts.append(f"part{len(parts)} AS ({into} VALUES {lists}{otherwise})")
            used += width * len(rows)
    then = "SELECT 1"
    if generation is not None:
        # There is no other way to refuse without looking at an answer first.
        then = f"SELECT 1 / (generation = ${used + 1})::int FROM {VERSION_TABLE} FOR SHARE"  # noqa: S608 - a constant
        values.append(generation)
    return (f"WITH {', '.join(parts)} {then}" if parts else then), values


@cache
def _marks() -> Sequence[str]:
    return [f"${place}" for place in range(1, _MOST_PARAMETERS + 1)]


@lru_cache(256)
def insert_sql(dialect: Dialect, table: Table, clash: Clash) -> str:
    """An insert for the driver itself: compiling one each time would cost more than running it."""
    into, otherwise = _insert_parts(dialect.name, table, clash)
    marks = ", ".join(mark(dialect, place) for place in range(1, len(table.columns) + 1))
    return f"{into} VALUES ({marks}){otherwise}"


@lru_cache(64)
def _insert_parts(database: str, table: Table, clash: Clash) -> tuple[str, str]:
    """What an insert says before its values, and after them."""
    names = [column.name for column in table.columns]
    into = f"INSERT INTO {table.name} ({', '.join(names)})"
    if clash == "refuse":
        return into, ""
    keys = [column.name for column in table.primary_key]
    rest = [name for name in names if name not in keys]
    if database in ("mysql", "mariadb"):
        # INSERT IGNORE would swallow every other error too; assigning a key to itself does not.
        changed = rest if clash == "replace" else keys[:1]
        assignments = ", ".join(f"{name}=VALUES({name})" for name in changed)
        return into, f" ON DUPLICATE KEY UPDATE {assignments}"
    if clash == "ignore":
        return into, f" ON CONFLICT ({', '.join(keys)}) DO NOTHING"
    assignments = ", ".join(f"{name}=excluded.{name}" for name in rest)
    return into, f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {assignments}"


def mark(dialect: Dialect, place: int) -> str:
    """The driver's sign for its parameter number `place`, counted from 1."""
    return {"qmark": "?", "numeric_dollar": f"${place}"}.get(dialect.paramstyle, "%s")


def batches(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """`keys` in pieces that fit one query each: nearly always a single piece."""
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]
