"""The shared part of all copies of a saver: engine, locks, set-up, threads."""

import sqlite3
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import cast

from sqlalchemy import Connection, Engine, StaticPool

from secondhalf.checkpoints import schema
from secondhalf.checkpoints.errors import DatabaseLockedError, SaverClosedError
from secondhalf.checkpoints.failures import clear_errors, place_of

_WORKERS = 8


class Database:
    """Short transactions on one engine, from any thread.

    SQLite admits one writer: writers of this process queue on a lock instead of polling the file.
    A database in memory has one connection, so its readers queue as well.
    """

    def __init__(self, engine: Engine, *, owned: bool, busy_timeout: float) -> None:
        """`owned` engines are tuned and disposed of here; others are left as they are."""
        self.engine = engine
        self.place = place_of(engine.url)
        self._owned = owned
        self._busy_timeout = busy_timeout
        self._sqlite = engine.dialect.name == "sqlite"
        self._single = isinstance(engine.pool, StaticPool)
        self._ready = False
        self._closed = False
        self._setup_lock = threading.Lock()
        self._executor_lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._write_lock: AbstractContextManager[object] = (
            threading.RLock() if self._sqlite or self._single else nullcontext()
        )
        self._read_lock = self._write_lock if self._single else nullcontext()

    @contextmanager
    def read(self) -> Generator[Connection, None, None]:
        """A transaction in which every query sees the same state."""
        self._prepare()
        with self._transaction("BEGIN", self._read_lock) as conn:
            yield conn

    @contextmanager
    def write(self) -> Generator[Connection, None, None]:
        """A transaction that is durable when the block ends, and gone if the block raises."""
        self._prepare()
        with self._transaction("BEGIN IMMEDIATE", self._write_lock) as conn:
            yield conn

    @property
    def executor(self) -> ThreadPoolExecutor:
        """The threads that serve the async methods, whatever event loop calls."""
        with self._executor_lock:  # held for an instant only: event loops pass here
            self._check_open()
            if self._executor is None:
                self._executor = ThreadPoolExecutor(_WORKERS, "secondhalf-checkpoints")
            return self._executor

    def reclaim(self) -> None:
        """Give the pages that a deletion freed back to the disk, if nobody is in the way."""
        if not self._sqlite or self._single or not self._owned:
            return
        with (
            suppress(DatabaseLockedError),
            clear_errors(self.place),
            self._write_lock,
            self.engine.connect() as conn,
        ):
            # A step frees one page: execute() would take one step, a script takes all.
            _driver(conn).executescript("PRAGMA incremental_vacuum")

    def close(self) -> None:
        """Finish what is under way and release threads and connections. Once is enough."""
        with self._executor_lock:
            self._closed = True
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown()
        if self._owned:
            with self._write_lock:
                self.engine.dispose()

    @contextmanager
    def _transaction(
        self, begin: str, lock: AbstractContextManager[object]
    ) -> Generator[Connection, None, None]:
        with clear_errors(self.place), lock, self.engine.begin() as conn:
            # The driver would begin later, and deferred; a foreign engine may have begun already.
            if self._sqlite and not _driver(conn).in_transaction:
                conn.exec_driver_sql(begin)
            yield conn

    def _check_open(self) -> None:
        if self._closed:
            raise SaverClosedError(f"the saver of database {self.place} is closed: make a new one")

    def _prepare(self) -> None:
        self._check_open()
        if self._ready:
            return
        with self._setup_lock:
            if not self._ready:
                self._set_up()
                self._ready = True

    def _set_up(self) -> None:
        """Look before writing: a database that is set up may be read-only or busy."""
        with self._transaction("BEGIN", self._read_lock) as conn:
            if schema.is_current(conn, self.place):
                return
        if self._sqlite and self._owned and not self._single:
            self._tune_file()
        with self._transaction("BEGIN IMMEDIATE", self._write_lock) as conn:
            if not schema.is_current(conn, self.place):  # another process may have been faster
                schema.create(conn)

    def _tune_file(self) -> None:
        """Choose what the file keeps for good: freed pages can be returned, readers never wait."""
        deadline = time.monotonic() + self._busy_timeout
        while True:
            try:
                with clear_errors(self.place), self.engine.connect() as conn:
                    _driver(conn).execute("PRAGMA auto_vacuum=INCREMENTAL")
                    _driver(conn).execute("PRAGMA journal_mode=WAL").fetchall()
                return
            except DatabaseLockedError:  # this switch does not wait by itself
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


def _driver(conn: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", conn.connection.dbapi_connection)
