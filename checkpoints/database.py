"""The shared part of all copies of a saver: engine, locks, set-up, threads."""

import random
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, StaticPool, text
from sqlalchemy.exc import SQLAlchemyError

from secondhalf.checkpoints import migrations, schema
from secondhalf.checkpoints.chunks import Memory
from secondhalf.checkpoints.errors import (
    DatabaseError,
    DatabaseLockedError,
    DatabaseUnavailableError,
    SaverClosedError,
)
from secondhalf.checkpoints.failures import clear_errors, disappointing, place_of
from secondhalf.checkpoints.portal import Portal
from secondhalf.checkpoints.reader import Reader, reading
from secondhalf.checkpoints.statements import sqlite_of

T = TypeVar("T")

_WORKERS = 8
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
"""Seconds before a server is tried again."""


class Database:
    """Short transactions on one engine, from any thread.

    SQLite admits one writer: writers of this process queue on a lock instead of polling the file.
    A database in memory has one connection, so its readers queue as well. On a server a
    transaction that lost its connection or a deadlock is tried again: each may run twice.
    """

    def __init__(self, engine: Engine, *, owned: bool, busy_timeout: float) -> None:
        """`owned` engines are tuned and disposed of here; others are left as they are."""
        self.engine = engine
        self.place = place_of(engine.url)
        self.distant = engine.dialect.name != "sqlite"
        """Whether every query is a round trip."""
        self.stores_at_once = engine.dialect.name == "postgresql"
        """Whether one statement can insert into several tables."""
        self.memory = Memory()
        self._owned = owned
        self._busy_timeout = busy_timeout
        self._sqlite = not self.distant
        self._single = isinstance(engine.pool, StaticPool)
        self._portal = Portal() if engine.dialect.is_async else None
        self._writing: Connection | None = None
        self._ready = False
        self._closed = False
        self._setup_lock = threading.Lock()
        self._executor_lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._writer: ThreadPoolExecutor | None = None
        self._write_lock: AbstractContextManager[object] = (
            threading.RLock() if self._sqlite or self._single else nullcontext()
        )
        self._read_lock = self._write_lock if self._single else nullcontext()

    def query(self, work: Callable[[Reader], T], *, loose: bool = False) -> T:
        """What `work` returns, as `read` does, in a fraction of its time.

        If `loose`, each query may see another state, which saves two round trips.
        """
        self.prepare()
        return self._persistently(lambda: self._call(lambda: self._look(work, loose=loose)))

    def write_at_once(self, statement: str, given: Sequence[Any]) -> None:
        """Run a statement that is a transaction of its own: one round trip, and durable after it.

        Raises:
            DisappointedError: a key was taken, or the statement divided by zero to say no.
        """

        def work(reader: Reader) -> None:
            with disappointing():
                reader.execute(statement, given)

        self.query(work, loose=True)

    def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns; every query in it sees the same state."""
        self.prepare()
        return self._persistently(lambda: self._run("BEGIN", self._read_lock, work))

    def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once what it wrote is durable; if it raises, nothing is."""
        self.prepare()
        return self._persistently(lambda: self._run("BEGIN IMMEDIATE", self._write_lock, work))

    @property
    def executor(self) -> ThreadPoolExecutor:
        """The threads that serve the async methods, whatever event loop calls."""
        with self._executor_lock:  # held for an instant only: event loops pass here
            self._check_open()
            if self._executor is None:
                self._executor = ThreadPoolExecutor(_WORKERS, "secondhalf-checkpoints")
            return self._executor

    @property
    def writer(self) -> ThreadPoolExecutor:
        """The thread that commits for the async methods."""
        with self._executor_lock:
            self._check_open()
            if self._writer is None:
                self._writer = ThreadPoolExecutor(1, "secondhalf-checkpoints-writer")
            return self._writer

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
            sqlite_of(conn).executescript("PRAGMA incremental_vacuum")

    def close(self) -> None:
        """Finish what is under way and release threads and connections. Once is enough."""
        with self._executor_lock:
            self._closed = True
            executors = [each for each in (self._executor, self._writer) if each is not None]
            self._executor = self._writer = None
        for executor in executors:
            executor.shutdown()
        if self._owned:
            with self._write_lock:
                if self._writing is not None:
                    self._writing.close()
                    self._writing = None
                self._call(self.engine.dispose)
        if self._portal is not None:
            self._portal.close()

    def found_version(self) -> int:
        """The version of the tables as they are now, 0 where there are none; changes nothing.

        Raises:
            SchemaError: the tables are somebody else's, or of a newer version.
        """
        self._check_open()
        return self._run(
            "BEGIN", self._read_lock, lambda conn: schema.found_version(conn, self.place)
        )

    def _run(
        self, begin: str, lock: AbstractContextManager[object], work: Callable[[Connection], T]
    ) -> T:
        def whole() -> T:
            with self._transaction(begin, lock) as conn:
                return work(conn)

        return self._call(whole)

    def _call(self, work: Callable[[], T]) -> T:
        return work() if self._portal is None else self._portal.call(work)

    def _look(self, work: Callable[[Reader], T], *, loose: bool) -> T:
        with (
            clear_errors(self.place),
            self._read_lock,
            reading(self.engine, self.memory, loose=loose) as reader,
        ):
            return work(reader)

    @contextmanager
    def _transaction(
        self, begin: str, lock: AbstractContextManager[object]
    ) -> Generator[Connection, None, None]:
        if begin == "BEGIN IMMEDIATE" and self._sqlite and self._owned and not self._single:
            with clear_errors(self.place), lock, self._one_writer() as conn:
                yield conn
            return
        with clear_errors(self.place), lock, self.engine.connect() as conn:
            if conn.dialect.name == "postgresql":  # whose connections commit each statement
                level = "REPEATABLE READ" if begin == "BEGIN" else "READ COMMITTED"
                conn.execution_options(isolation_level=level)
            with conn.begin():
                # The driver would begin later, and deferred; a foreign engine may have begun.
                if self._sqlite and not sqlite_of(conn).in_transaction:
                    conn.exec_driver_sql(begin)
                yield conn

    @contextmanager
    def _one_writer(self) -> Generator[Connection, None, None]:
        """A transaction on a connection that is kept: fetching one takes longer than to commit."""
        if self._writing is None:
            self._writing = self.engine.connect()
        conn = self._writing
        try:
            driver = sqlite_of(conn)
            driver.execute("BEGIN IMMEDIATE")
            yield conn
            driver.commit()
            conn.rollback()  # only SQLAlchemy is told: there is nothing left to roll back
        except BaseException:
            self._writing = None
            conn.close()  # rolls back
            raise

    def _persistently(self, work: Callable[[], T]) -> T:
        """`work`, again and again while a server that was there is gone or in two minds."""
        deadline = time.monotonic() + self._busy_timeout
        pause = _FIRST_PAUSE
        first: DatabaseError | None = None
        while True:
            try:
                return work()
            except (DatabaseUnavailableError, DatabaseLockedError) as error:
                if self._sqlite or time.monotonic() + pause > deadline:
                    if first is not None and str(first) != str(error):
                        error.add_note(f"At first it was: {first}")  # a server's last words
                    raise
                first = first or error
            self._call(self._drop_dead)
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads, and hides nothing
            pause = min(2 * pause, _LONGEST_PAUSE)

    def closed(self) -> SaverClosedError:
        """What to say to whoever comes too late."""
        return SaverClosedError(f"the saver of database {self.place} is closed: make a new one")

    def _drop_dead(self) -> None:
        """Where one connection was dead others may be: SQLAlchemy drops all when it meets one."""
        with suppress(SQLAlchemyError, OSError), self.engine.connect() as conn:
            conn.exec_driver_sql("SELECT 1")

    def _check_open(self) -> None:
        if self._closed:
            raise self.closed()

    def prepare(self) -> None:
        """Make sure that the tables are there and up to date."""
        self._check_open()
        if self._ready:
            return
        with self._setup_lock:
            if not self._ready:
                self._set_up()
                self._ready = True

    def _set_up(self) -> None:
        """Look before writing: a database that is set up may be read-only or busy."""
        if self._run("BEGIN", self._read_lock, lambda c: schema.is_current(c, self.place)):
            return
        if self._sqlite and self._owned and not self._single:
            self._tune_file()
        self._run("BEGIN IMMEDIATE", self._write_lock, self._bring_up_to_date)

    def _bring_up_to_date(self, conn: Connection) -> None:
        with _set_up_alone(conn):
            migrations.migrate(conn, self.place)

    def _tune_file(self) -> None:
        """Choose what the file keeps for good: freed pages can be returned, readers never wait."""
        deadline = time.monotonic() + self._busy_timeout
        while True:
            try:
                with clear_errors(self.place), self.engine.connect() as conn:
                    sqlite_of(conn).execute("PRAGMA auto_vacuum=INCREMENTAL")
                    sqlite_of(conn).execute("PRAGMA journal_mode=WAL").fetchall()
                return
            except DatabaseLockedError:  # this switch does not wait by itself
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


_SET_UP = "secondhalf_checkpoints"


@contextmanager
def _set_up_alone(conn: Connection) -> Generator[None, None, None]:
    """Keep other processes from setting up at the same time. SQLite's transaction does already."""
    name = conn.dialect.name
    if name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": _SET_UP})
        yield
    elif name in ("mysql", "mariadb"):
        if not conn.execute(text("SELECT GET_LOCK(:name, 60)"), {"name": _SET_UP}).scalar():
            raise DatabaseError("another process has been setting up the tables for a minute")
        try:
            yield
            conn.exec_driver_sql("COMMIT")  # the next one has to see what was done
        finally:
            conn.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": _SET_UP})
    else:
        yield
