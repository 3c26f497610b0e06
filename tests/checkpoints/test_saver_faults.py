"""Connections cut under load, poolers in between, disks that fill up."""

import asyncio
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, PendingRollbackError

from secondhalf.checkpoints import (
    DatabaseError,
    DatabaseFullError,
    DatabaseLockedError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    SQLAlchemySaver,
)
from secondhalf.checkpoints.commit import pause_before
from secondhalf.checkpoints.database import Database
from secondhalf.checkpoints.engine import make_engine
from secondhalf.checkpoints.failures import clear_errors

Put = Callable[..., RunnableConfig]

ROOT: RunnableConfig = {"configurable": {"thread_id": "thread", "checkpoint_ns": ""}}
SERVERS = pytest.mark.parametrize("any_url", ["postgresql", "asyncpg", "mariadb"], indirect=True)


def sessions(conn: Connection) -> list[int]:
    """Those of our own test database."""
    if conn.dialect.name == "postgresql":
        query = (
            "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
            "datname = current_database() AND query LIKE '%secondhalf\\_checkpoint%'"
        )
    else:
        query = (
            "SELECT id FROM information_schema.processlist "
            "WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        )
    return [int(found) for found in conn.execute(text(query)).scalars()]


@pytest.fixture
def beside(any_url: str) -> Iterator[Engine]:
    """Another way into the test's database than the saver's."""
    url = make_url(any_url)
    if url.drivername == "postgresql+asyncpg":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture
def cut(beside: Engine) -> Callable[[], int]:
    """Ends all other sessions of the test's database; returns how many there were."""
    kill = "SELECT pg_terminate_backend({})" if beside.name == "postgresql" else "KILL {}"

    def cut_all() -> int:
        with beside.connect() as conn:
            found = sessions(conn)
            for each in found:
                with suppress(OperationalError):  # it was gone already
                    conn.exec_driver_sql(kill.format(each))
            return len(found)

    return cut_all


@SERVERS
def test_sessions_cut_under_load_lose_nothing_and_show_nothing(
    saver: SQLAlchemySaver, cut: Callable[[], int], put: Put
) -> None:
    """All sessions end again and again while threads put and read: no call fails, none is lost."""
    put(saver, "first")
    stop = threading.Event()
    stored: dict[str, int] = {}

    def work(thread: str) -> None:
        config: RunnableConfig | str = thread
        while not stop.is_set():
            step = stored.get(thread, -1) + 1
            config = put(saver, config, {"x": step, "text": "x" * 8000 + str(step)}, step=step)
            saver.put_writes(config, [("x", step)], "task")
            stored[thread] = step
            found = saver.get_tuple({"configurable": {"thread_id": thread}})
            assert found is not None
            assert step == found.metadata["step"]

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(work, f"thread-{n}") for n in range(4)]
        ended = before = 0
        while ended < 12 and not any(each.done() for each in working):
            if sum(stored.values()) > before:  # they got on since the last time
                before = sum(stored.values())
                ended += cut()
            time.sleep(0.01)
        stop.set()
        for done in working:
            done.result()

    for thread, last in stored.items():
        found = list(saver.list({"configurable": {"thread_id": thread}}))
        assert list(range(last, -1, -1)) == [each.metadata["step"] for each in found]
        for each in found:
            step = each.metadata["step"]
            assert {"x": step, "text": "x" * 8000 + str(step)} == each.checkpoint["channel_values"]
            assert [("task", "x", step)] == each.pending_writes


@pytest.mark.parametrize("any_url", ["postgresql", "mariadb"], indirect=True)
def test_each_transaction_may_meet_another_session(any_url: str, put: Put) -> None:
    """As behind a pooler in transaction mode: nothing is kept on a session in between."""
    settings: Any = {"connect_args": {"prepare_threshold": None}} if "psycopg" in any_url else {}
    engine = create_engine(any_url, poolclass=NullPool, **settings)
    config: RunnableConfig | str = "thread"
    with SQLAlchemySaver.from_engine(engine, fenced=True) as saver:
        for step in range(4):
            config = put(saver, config, {"x": step, "text": "x" * 8000 + str(step)}, step=step)
            saver.put_writes(config, [("x", step)], "task")
            found = saver.get_tuple(ROOT)
            assert found is not None
            assert step == found.metadata["step"]
        saver.copy_thread("thread", "copy")
        assert 3 == saver.retain(thread_ids=["thread"])

        assert [3] == [each.metadata["step"] for each in saver.list(ROOT)]
        assert 4 == len(list(saver.list({"configurable": {"thread_id": "copy"}})))


@pytest.mark.parametrize("any_url", ["postgresql", "asyncpg"], indirect=True)
def test_no_session_of_a_server_holds_anything_of_ours(saver: SQLAlchemySaver, put: Put) -> None:
    """No prepared statement, no lock, no setting outlives its transaction."""
    for step in range(20):
        put(saver, values={"x": step})
        saver.get_tuple(ROOT)
        list(saver.list(ROOT))

    def held(conn: Connection) -> list[Any]:
        mine = "pid = pg_backend_pid()"
        return [
            conn.execute(text(query)).scalar()
            for query in (
                # asyncpg prepares this query itself, under a name of its own
                "SELECT count(*) FROM pg_prepared_statements WHERE statement NOT LIKE '%pg_prep%'",
                f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {mine}",  # noqa: S608
                "SELECT count(*) FROM pg_settings WHERE source = 'session' "
                "AND name <> 'transaction_isolation'",
            )
        ]

    assert [0, 0, 0] == saver._database.read(held)  # pyright: ignore[reportPrivateUsage]  # on a session of the pool


def test_a_connection_that_died_in_the_middle_is_unavailable() -> None:
    """Whatever SQLAlchemy makes of it."""
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached"), clear_errors("'db'"):
        raise PendingRollbackError("Can't reconnect until invalid transaction is rolled back")


def test_a_full_disk_is_named_and_loses_nothing(url: str, path: Path, put: Put) -> None:
    """The call that does not fit raises, what was stored stays, and goes on once there is room."""
    with SQLAlchemySaver.from_url(url) as saver:
        config = put(saver, values={"x": 0})
        room = limit_pages(saver, 40)
        with pytest.raises(DatabaseFullError, match="no room left"):
            put(saver, config, {"x": "".join(map(chr, range(0x4E00, 0x9FFF))) * 20})
        kept = saver.get_tuple(ROOT)
        assert kept is not None
        assert config == kept.config

        limit_pages(saver, room)
        after = put(saver, config, {"x": 1})
        assert [after, config] == [each.config for each in saver.list(ROOT)]
    with sqlite3.connect(path) as conn:
        assert ("ok",) == conn.execute("PRAGMA integrity_check").fetchone()
    conn.close()


async def test_a_full_disk_is_told_to_each_who_wait(url: str, put: Put) -> None:
    """Of calls that share a transaction those that fit are stored, the others raise."""
    with SQLAlchemySaver.from_url(url) as saver:
        await saver.aput(ROOT, empty_checkpoint(), {}, {})
        limit_pages(saver, 60)
        calls = [saver.aput(on(n), *sized(100 if n % 2 else 400_000)) for n in range(8)]
        results = await asyncio.gather(*calls, return_exceptions=True)

        failed = [n for n, each in enumerate(results) if isinstance(each, BaseException)]
        assert {DatabaseFullError} == {type(results[n]) for n in failed}
        assert [0, 2, 4, 6] == failed
        for n in (1, 3, 5, 7):
            assert await saver.aget_tuple(on(n)) is not None


@contextmanager
def no_room_for_chunks(beside: Engine) -> Generator[None, None, None]:
    """The server refuses the parts of large values as it does when its disk is full."""
    make = [
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$",
        "CREATE TRIGGER no_room BEFORE INSERT ON secondhalf_checkpoint_chunks "
        "FOR EACH ROW EXECUTE FUNCTION no_room()",
    ]
    end = "DROP FUNCTION no_room() CASCADE"
    if beside.name != "postgresql":
        make = [
            "CREATE TRIGGER no_room BEFORE INSERT ON secondhalf_checkpoint_chunks FOR EACH ROW "
            "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'"
        ]
        end = "DROP TRIGGER no_room"
    with beside.connect() as conn:
        for each in make:
            conn.exec_driver_sql(each)
        yield
        conn.exec_driver_sql(end)


@SERVERS
async def test_a_full_server_is_told_to_each_who_wait(
    saver: SQLAlchemySaver, beside: Engine
) -> None:
    """Nothing of a call that does not fit is stored, all of the others; then the saver goes on."""
    config = await saver.aput(ROOT, *sized(100))
    with no_room_for_chunks(beside):
        with pytest.raises(DatabaseFullError, match="no room left"):
            await saver.aput(config, *sized(40_000))
        found = await saver.aget_tuple(ROOT)
        assert found is not None
        assert config == found.config
        calls = [saver.aput(on(n), *sized(100 if n % 2 else 40_000)) for n in range(8)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        failed = [n for n, each in enumerate(results) if isinstance(each, BaseException)]
        assert [0, 2, 4, 6] == failed
        assert {DatabaseFullError} == {type(results[n]) for n in failed}
        stats = saver.stats()
        assert (5, 5, 5, 0) == tuple(
            stats[name] for name in ("threads", "checkpoints", "values", "chunks")
        )

    await asyncio.gather(*(saver.aput(on(n), *sized(40_000)) for n in failed))
    assert (9, []) == saver.check()


@pytest.mark.parametrize("any_url", ["mariadb"], indirect=True)
@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (1021, DatabaseFullError),
        (1114, DatabaseFullError),
        (1020, DatabaseLockedError),
        (1205, DatabaseLockedError),
        (1213, DatabaseLockedError),
        (1290, DatabaseReadOnlyError),
        (1040, DatabaseUnavailableError),
        (1927, DatabaseUnavailableError),
    ],
)
def test_mariadb_is_understood_by_its_numbers(
    beside: Engine, number: int, kind: type[DatabaseError]
) -> None:
    """Newer drivers add an SQLSTATE to them, which says less."""
    signal = f"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {number}"
    with pytest.raises(DatabaseError) as found, clear_errors("'db'"), beside.connect() as conn:
        conn.exec_driver_sql(signal)
    assert kind is found.type


@pytest.mark.parametrize(
    ("number", "text", "kind"),
    [
        (
            3,
            "Error writing file './ddl_recovery.log' (Errcode: 28 \"No space\")",
            DatabaseFullError,
        ),
        (1005, 'Can\'t create table (errno: 135 "No more room in file")', DatabaseFullError),
        (1030, 'Got error 28 "No space left on device" from storage engine', DatabaseFullError),
        (1005, 'Can\'t create table (errno: 13 "Permission denied")', DatabaseError),
        (1064, "You have an error in your SQL syntax near 'errno: 28'", DatabaseError),
    ],
)
def test_mariadb_without_room_for_a_file_is_full(
    number: int, text: str, kind: type[DatabaseError]
) -> None:
    """These numbers mean any trouble with a file: only the text tells which."""
    errors = pytest.importorskip("pymysql").err
    with pytest.raises(DatabaseError) as found, clear_errors("'db'"):
        raise errors.InternalError(number, text)
    assert kind is found.type


def test_a_server_that_panics_is_gone() -> None:
    """Its log's disk is full, and perhaps it stored the call: not to be told that it did not."""
    errors = pytest.importorskip("psycopg").errors
    for severity, kind in ((b"ERROR", DatabaseFullError), (b"PANIC", DatabaseUnavailableError)):
        error = errors.DiskFull("no space", info={ord("V"): severity, ord("C"): b"53100"})
        with pytest.raises(DatabaseError) as found, clear_errors("'db'"):
            raise error
        assert kind is found.type


def test_the_last_words_of_a_server_are_kept() -> None:
    """That nobody answers any more tells less than why."""
    last_words = iter([DatabaseUnavailableError("no space left")])
    engine = make_engine(
        "postgresql+psycopg://nobody@127.0.0.1:1/none", durability="normal", busy_timeout=0
    )
    database = Database(engine, owned=True, busy_timeout=0.1)

    def work() -> None:
        raise next(last_words, DatabaseUnavailableError("nobody answers"))

    with pytest.raises(DatabaseUnavailableError, match="nobody answers") as found:
        database._persistently(work)  # pyright: ignore[reportPrivateUsage]  # a server that dies
    database.close()

    assert ["At first it was: no space left"] == found.value.__notes__


def on(n: int) -> RunnableConfig:
    return {"configurable": {"thread_id": f"thread-{n}", "checkpoint_ns": ""}}


def sized(length: int) -> Any:
    """A checkpoint with a value of about so many bytes that do not compress."""
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"x": random.Random(length).randbytes(length)}
    checkpoint["channel_versions"] = {"x": "1"}
    return checkpoint, {}, checkpoint["channel_versions"]


def limit_pages(saver: SQLAlchemySaver, pages: int) -> int:
    """Let the file have so many pages, on the connection that writes; the limit before."""
    database = saver._database  # pyright: ignore[reportPrivateUsage]  # the pragma is per connection

    def limit(conn: Connection) -> int:
        before = int(conn.exec_driver_sql("PRAGMA max_page_count").scalar_one())
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        return before

    return database.write(limit)


def test_writes_wait_for_their_checkpoint_an_instant_at_most() -> None:
    """A flush is saved where one is due at once; a fast database is not slowed down."""
    assert 0.0005 == pause_before(since=0, took=0.004)
    assert 0.0001 == pause_before(since=0, took=0.0004)
    assert 0.0 == pause_before(since=1, took=0.004)
