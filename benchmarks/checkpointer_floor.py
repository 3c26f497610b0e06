"""What no saver can beat: commits and look-ups of the bare driver, one after another."""

import os
import sqlite3
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from checkpointer_savers import POSTGRES
from sqlalchemy import make_url

Figures = dict[str, float]

PUTS = 10
"""Checkpoints of one run of the chain: its input, the start and eight nodes. LangGraph hands each
over when the one before it is durable, so as many commits follow one another."""
_ROW = b"r" * 2048
_TIMES = 50


def floors(none: Figures) -> Figures:
    """For each database ms per `commit` and `select` of a row of 2 KB, and what follows from it.

    `run`: a run without a saver, its figures `none`, and ten commits that wait for one another.
    """
    found = {**_sqlite(), **(_postgresql() if POSTGRES in os.environ else {})}
    for database in ("sqlite", "postgresql"):
        if f"{database}_commit" in found and "ms" in none:
            found[f"{database}_run"] = none["ms"] + PUTS * found[f"{database}_commit"]
    return found


def _sqlite() -> Figures:
    with TemporaryDirectory() as folder:
        conn = sqlite3.connect(Path(folder) / "floor.db", isolation_level=None)
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("PRAGMA synchronous=NORMAL")
        conn.execute("CREATE TABLE floor (id INTEGER PRIMARY KEY, value BLOB)")

        def commit(number: int) -> None:
            conn.execute("INSERT INTO floor VALUES (?, ?)", (number, _ROW))

        def select(number: int) -> None:
            conn.execute("SELECT value FROM floor WHERE id = ?", (number,)).fetchall()

        found = {"sqlite_commit": _timed(commit), "sqlite_select": _timed(select)}
        conn.close()
    return found


def _postgresql() -> Figures:
    import psycopg

    url = make_url(os.environ[POSTGRES]).set(drivername="postgresql")
    conn: Any = psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
    table = f"floor_{uuid.uuid4().hex[:12]}"
    conn.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, value BYTEA)")
    try:

        def commit(number: int) -> None:
            conn.execute(f"INSERT INTO {table} VALUES (%s, %s)", (number, _ROW))  # noqa: S608

        def select(number: int) -> None:
            conn.execute(f"SELECT value FROM {table} WHERE id = %s", (number,)).fetchall()  # noqa: S608

        return {"postgresql_commit": _timed(commit), "postgresql_select": _timed(select)}
    finally:
        conn.execute(f"DROP TABLE {table}")
        conn.close()


def _timed(call: Callable[[int], None]) -> float:
    """The median ms of a call."""
    took: list[float] = []
    for number in range(_TIMES):
        began = time.perf_counter()
        call(number)
        took.append(time.perf_counter() - began)
    return 1000 * median(took)
