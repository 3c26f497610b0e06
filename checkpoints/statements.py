"""Statements that each database spells differently, and lists of keys cut to what it admits."""

import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal, TypeVar, cast

from sqlalchemy import Connection, Dialect, Table

T = TypeVar("T")

_BATCH = 15_000
"""Keys in one list: two lists and a few parameters more stay below SQLite's limit of 32766."""

Clash = Literal["replace", "ignore"]
"""What becomes of a row whose primary key is taken."""


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


@lru_cache(256)
def insert_sql(dialect: Dialect, table: Table, clash: Clash) -> str:
    """An insert for the driver itself: compiling one each time would cost more than running it."""
    names = [column.name for column in table.columns]
    marks = ", ".join(mark(dialect, place) for place in range(1, len(names) + 1))
    insert = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - names from schema.py
    keys = [column.name for column in table.primary_key]
    rest = [name for name in names if name not in keys]
    if dialect.name in ("mysql", "mariadb"):
        # INSERT IGNORE would swallow every other error too; assigning a key to itself does not.
        changed = rest if clash == "replace" else keys[:1]
        assignments = ", ".join(f"{name}=VALUES({name})" for name in changed)
        return f"{insert} ON DUPLICATE KEY UPDATE {assignments}"
    if clash == "ignore":
        return f"{insert} ON CONFLICT ({', '.join(keys)}) DO NOTHING"
    assignments = ", ".join(f"{name}=excluded.{name}" for name in rest)
    return f"{insert} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {assignments}"


def mark(dialect: Dialect, place: int) -> str:
    """The driver's sign for its parameter number `place`, counted from 1."""
    return {"qmark": "?", "numeric_dollar": f"${place}"}.get(dialect.paramstyle, "%s")


@contextmanager
def in_one_go(conn: Connection) -> Generator[None, None, None]:
    """Inserts, the last of their transaction, which ends here: sent without waiting in between.

    Only one driver can do that; with the others nothing is different.
    """
    if conn.dialect.driver != "psycopg":
        yield
        return
    driver: Any = conn.connection.driver_connection
    try:
        with driver.pipeline():
            yield
            driver.commit()
    except Exception as error:  # a connection that stopped in a pipeline cannot even roll back
        conn.invalidate(error)
        raise


def batches(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """`keys` in pieces that fit one query each: nearly always a single piece."""
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]
