"""A prepared database: tables made once, short transactions, one kind of error."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from threading import Lock
from typing import TypeVar

from sqlalchemy import Connection, Engine, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from secondhalf.memory.engine import is_in_memory
from secondhalf.memory.failures import clear_errors, lost_race, place_of
from secondhalf.memory.schema import VERSION, metadata, schema_version
from secondhalf.state.errors import StorageError

T = TypeVar("T")
_TRIES = 8


class Database:
    """Runs units of work, each in one transaction; safe for several threads and processes.

    An engine of our own has ``busy_seconds``: ``close`` disposes of it, and an SQLite file
    becomes one that writes ahead (WAL). A caller's engine is left as it is.
    """

    def __init__(self, engine: Engine, busy_seconds: float | None = None) -> None:
        self._engine = engine
        self._busy_seconds = busy_seconds
        self._sqlite = engine.dialect.name == "sqlite"
        # SQLite's transactions are snapshots by themselves.
        self._snapshots = (
            engine if self._sqlite else engine.execution_options(isolation_level="REPEATABLE READ")
        )
        self._place = place_of(engine.url)
        self._preparing = Lock()
        self._ready = False
        in_memory = self._sqlite and is_in_memory(engine.url)
        self._file = self._sqlite and not in_memory
        # A pool may hand out the one connection of a database in memory to several threads.
        self._turn = Lock() if in_memory else nullcontext()

    def read(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns, all of it seen at one moment.

        Raises:
            StorageError: the database cannot be used.
        """
        with clear_errors(self._place):
            self._prepare()
            return self._transact(work, self._snapshots, "BEGIN")

    def write(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns once all it wrote is committed. It may be run more than once.

        Raises:
            StorageError: the database cannot be used; then nothing was written.
        """
        with clear_errors(self._place):
            self._prepare()
            return self._write(work)

    def erase(self) -> bool | None:
        """Write an SQLite file of our own anew, so that nothing deleted is left in it.

        Returns:
            False where somebody else is in the way, or the file is not ours; None on a server and
            in memory, where there is nothing to do.
        """
        if not self._file:
            return None
        if self._busy_seconds is None:
            return False
        with clear_errors(self._place), self._engine.connect() as connection:
            try:
                connection.exec_driver_sql("VACUUM")
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            except OperationalError as error:
                if "locked" not in str(error.orig):
                    raise
                return False
        return not busy

    def close(self) -> None:
        """Close the connections of an owned engine."""
        if self._busy_seconds is not None:
            self._engine.dispose()

    def _write(self, work: Callable[[Connection], T]) -> T:
        for attempt in range(1, _TRIES):
            try:
                return self._transact(work, self._engine, "BEGIN IMMEDIATE")
            except DBAPIError as error:
                if not lost_race(error):
                    raise
            time.sleep(0.01 * attempt)
        return self._transact(work, self._engine, "BEGIN IMMEDIATE")

    def _transact(self, work: Callable[[Connection], T], engine: Engine, begin: str) -> T:
        with self._turn, engine.begin() as connection:
            if self._sqlite:
                _begin(connection, begin)
            return work(connection)

    def _prepare(self) -> None:
        with self._preparing:
            if self._ready:
                return
            if self._file and self._busy_seconds is not None:
                self._write_ahead(self._busy_seconds)
            self._write(self._make_tables)
            self._ready = True

    def _write_ahead(self, busy_seconds: float) -> None:
        """SQLite refuses to switch while another process does; it does not wait by itself."""
        deadline = time.monotonic() + busy_seconds
        while True:
            try:
                with self._engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                return
            except OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() > deadline:
                    raise
            time.sleep(0.02)

    def _make_tables(self, connection: Connection) -> None:
        self._refuse_foreign_tables(connection)
        version = _version(connection)
        if version is None:
            metadata.create_all(connection)
            connection.execute(insert(schema_version).values(version=VERSION))
        elif version < VERSION:  # tables were added, none has changed
            metadata.create_all(connection)
            connection.execute(update(schema_version).values(version=VERSION))
        elif version > VERSION:
            raise StorageError(
                f"database {self._place} was written by a newer secondhalf "
                f"(memory schema {version}, this one knows {VERSION}): upgrade secondhalf"
            )

    def _refuse_foreign_tables(self, connection: Connection) -> None:
        found = inspect(connection)
        for name in set(found.get_table_names()) & set(metadata.tables):
            columns = {column["name"] for column in found.get_columns(name)}
            if not columns >= set(metadata.tables[name].columns.keys()):
                raise StorageError(
                    f"database {self._place} has a table {name!r} that is not secondhalf's: "
                    "choose another database"
                )


def _begin(connection: Connection, statement: str) -> None:
    """Begin explicitly: a writer must take its lock before it reads, or two of them deadlock."""
    raw = connection.connection.dbapi_connection
    if raw is not None and not raw.in_transaction:
        connection.exec_driver_sql(statement)


def _version(connection: Connection) -> int | None:
    if not inspect(connection).has_table(schema_version.name):
        return None
    return connection.scalar(select(schema_version.c.version))
