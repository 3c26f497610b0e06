"""What a database may be, and the one line that says what is wrong with it."""

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event
from sqlalchemy.pool import NullPool

from secondhalf.checkpoints import (
    CheckpointError,
    DatabaseError,
    DatabaseLockedError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    NotADatabaseError,
    SaverClosedError,
    SchemaError,
    SQLAlchemySaver,
    UnsupportedDatabaseError,
)

Put = Callable[..., RunnableConfig]

ROOT: RunnableConfig = {"configurable": {"thread_id": "thread", "checkpoint_ns": ""}}


def one_line(error: pytest.ExceptionInfo[CheckpointError]) -> str:
    """The message, which must be a single line with advice after a colon."""
    message = str(error.value)
    assert "\n" not in message
    assert ": " in message
    return message


def test_nothing_is_touched_before_first_use(path: Path, url: str) -> None:
    """Making a saver makes no file."""
    with SQLAlchemySaver.from_url(url):
        assert not path.exists()


def test_a_new_file_and_its_journals_are_private(path: Path, url: str, put: Put) -> None:
    """Database, WAL and shared memory are readable by their owner alone."""
    with SQLAlchemySaver.from_url(url) as saver:
        put(saver)

        files = list(path.parent.iterdir())
        assert 3 == len(files)
        assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in files}


def test_an_existing_file_keeps_its_mode_and_its_tables(path: Path, url: str, put: Put) -> None:
    """A database that holds something else is shared with it."""
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE checkpoints (x)")
    conn.close()
    path.chmod(0o640)
    with SQLAlchemySaver.from_url(url) as saver:
        put(saver)

        assert 1 == len(list(saver.list(None)))
    assert 0o640 == stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(("durability", "level"), [("normal", 1), ("full", 2)])
def test_durability_sets_the_synchronous_level(url: str, durability: str, level: int) -> None:
    """NORMAL unless FULL is asked for; the journal is a WAL either way."""
    with SQLAlchemySaver.from_url(url, durability=durability) as saver:  # type: ignore[arg-type]  # parametrised
        assert saver.get_tuple(ROOT) is None
        found = saver._database.read(  # pyright: ignore[reportPrivateUsage]  # the pragma is per connection
            lambda conn: [
                conn.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("synchronous", "journal_mode")
            ]
        )
        assert [level, "wal"] == found


def test_a_relative_path_means_the_folder_it_was_given_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, put: Put
) -> None:
    """Changing folder later does not change the database."""
    monkeypatch.chdir(tmp_path)
    with SQLAlchemySaver.from_url("sqlite:///here.db") as saver:
        monkeypatch.chdir("/")
        put(saver)

    assert (tmp_path / "here.db").exists()


def test_rows_outlive_the_saver(url: str, put: Put) -> None:
    """A second saver on the file finds what the first stored."""
    with SQLAlchemySaver.from_url(url) as saver:
        config = put(saver, values={"x": 1})
    with SQLAlchemySaver.from_url(url) as saver:
        found = saver.get_tuple(ROOT)

    assert found is not None
    assert config == found.config


def test_a_read_only_database_can_be_read(path: Path, url: str, put: Put) -> None:
    """Reading works; writing says that the database is read-only."""
    with SQLAlchemySaver.from_url(url) as saver:
        put(saver)
    with SQLAlchemySaver.from_url(f"sqlite:///file:{path}?mode=ro&uri=true") as saver:
        assert saver.get_tuple(ROOT) is not None
        with pytest.raises(DatabaseReadOnlyError) as error:
            put(saver)

    assert "read-only" in one_line(error)


def test_a_read_only_database_cannot_be_set_up(path: Path, put: Put) -> None:
    """An empty read-only file is refused at first use."""
    path.touch()
    with (
        SQLAlchemySaver.from_url(f"sqlite:///file:{path}?mode=ro&uri=true") as saver,
        pytest.raises(DatabaseReadOnlyError) as error,
    ):
        saver.get_tuple(ROOT)

    assert "read-only" in one_line(error)


def test_a_locked_database_says_so_and_loses_nothing(path: Path, url: str, put: Put) -> None:
    """A write that waits in vain raises, earlier rows stay, and the saver works afterwards."""
    with SQLAlchemySaver.from_url(url, busy_timeout=0.1) as saver:
        first = put(saver, values={"x": 1})
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLockedError) as error:
            put(saver, first, {"x": 2})
        assert "locked" in one_line(error)
        assert saver.get_tuple(first) is not None
        other.execute("ROLLBACK")
        other.close()

        assert first == next(saver.list(ROOT)).config
        put(saver, first, {"x": 3})
        assert 2 == len(list(saver.list(ROOT)))


def test_a_database_locked_at_first_use_says_so(path: Path, url: str) -> None:
    """Set-up waits for the busy timeout and then raises; later it succeeds."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with SQLAlchemySaver.from_url(url, busy_timeout=0.1) as saver:
        with pytest.raises(DatabaseLockedError):
            saver.get_tuple(ROOT)
        other.execute("ROLLBACK")
        other.close()
        assert saver.get_tuple(ROOT) is None


def test_a_file_that_is_no_database_is_named(path: Path, url: str) -> None:
    """A text file is refused and left as it was."""
    path.write_text("notes " * 1000)
    with SQLAlchemySaver.from_url(url) as saver, pytest.raises(NotADatabaseError) as error:
        saver.get_tuple(ROOT)

    assert str(path) in one_line(error)
    assert "notes " * 1000 == path.read_text()


@pytest.mark.parametrize("name", ["missing/routes.db", "."])
def test_a_place_that_cannot_hold_a_file_is_named(tmp_path: Path, name: str) -> None:
    """A missing folder, or a folder in place of the file, is refused."""
    with (
        SQLAlchemySaver.from_url(f"sqlite:///{tmp_path / name}") as saver,
        pytest.raises(DatabaseUnavailableError) as error,
    ):
        saver.get_tuple(ROOT)

    assert str(tmp_path) in one_line(error)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE secondhalf_checkpoints (x)",
        "CREATE TABLE secondhalf_checkpoint_schema (x)",
        "CREATE TABLE secondhalf_checkpoint_schema (version INTEGER)",
    ],
)
def test_tables_of_somebody_else_are_left_alone(path: Path, url: str, statement: str) -> None:
    """A table of ours that we did not make is refused."""
    with sqlite3.connect(path) as conn:
        conn.execute(statement)
    conn.close()
    with SQLAlchemySaver.from_url(url) as saver, pytest.raises(SchemaError) as error:
        saver.get_tuple(ROOT)

    assert "did not make" in one_line(error)


def test_a_newer_schema_is_left_alone(path: Path, url: str, put: Put) -> None:
    """Rows of a later release are neither read nor written."""
    with SQLAlchemySaver.from_url(url) as saver:
        put(saver)
    with sqlite3.connect(path) as conn:
        conn.execute("UPDATE secondhalf_checkpoint_schema SET version = 7")
    conn.close()
    with SQLAlchemySaver.from_url(url) as saver, pytest.raises(SchemaError) as error:
        put(saver)

    assert "version 7" in one_line(error)


def test_a_closed_saver_says_so(url: str, put: Put) -> None:
    """After close every call raises; closing twice is fine."""
    saver = SQLAlchemySaver.from_url(url)
    put(saver)
    saver.close()
    saver.close()

    with pytest.raises(SaverClosedError) as error:
        saver.get_tuple(ROOT)
    assert "closed" in one_line(error)


async def test_a_saver_closed_by_async_with_says_so(url: str) -> None:
    """The async methods raise after close as the sync ones do."""
    async with SQLAlchemySaver.from_url(url) as saver:
        assert await saver.aget_tuple(ROOT) is None

    with pytest.raises(SaverClosedError):
        await saver.aget_tuple(ROOT)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite://",
        "nonsense://user:hunter2@host/db",
        "no url hunter2",
        "sqlite://user:hunter2@host/db",
        "oracle+oracledb://user:hunter2@host/db",
    ],
)
def test_a_url_that_cannot_serve_is_refused_without_its_password(url: str) -> None:
    """Async or missing drivers, unknown databases and malformed URLs raise at once."""
    with pytest.raises(UnsupportedDatabaseError) as error:
        SQLAlchemySaver.from_url(url)

    assert "hunter2" not in one_line(error)


def test_a_callers_engine_that_cannot_connect_is_named(put: Put) -> None:
    """The message of a failed connection says which database it was."""
    engine = create_engine("sqlite:////nowhere/at/all.db")
    with SQLAlchemySaver.from_engine(engine) as saver, pytest.raises(CheckpointError) as error:
        put(saver)
    assert "/nowhere/at/all.db" in one_line(error)


def test_an_engine_of_the_callers_stays_theirs(url: str, put: Put) -> None:
    """Closing the saver spares the engine, and its rows are there."""
    engine = create_engine(url, poolclass=NullPool)
    with SQLAlchemySaver.from_engine(engine) as saver:
        config = put(saver, values={"x": 1})
    with engine.connect() as conn:
        count = conn.exec_driver_sql("SELECT count(*) FROM secondhalf_checkpoints").scalar()

    assert 1 == count
    with SQLAlchemySaver.from_url(url) as saver:
        assert config == next(saver.list(None)).config


@pytest.mark.parametrize("any_url", ["file", "postgresql"], indirect=True)
@pytest.mark.parametrize("level", ["AUTOCOMMIT", "SERIALIZABLE"])
def test_an_engine_of_any_isolation_still_writes_whole_transactions(
    any_url: str, level: str, put: Put
) -> None:
    """The saver begins and commits by itself, whatever the engine's isolation level."""
    engine = create_engine(any_url, isolation_level=level, poolclass=NullPool)
    with SQLAlchemySaver.from_engine(engine) as saver:
        config = put(saver, values={"x": 1})
        found = saver.get_tuple(config)
        interrupting = Interrupting(engine)
        with pytest.raises(DatabaseError):
            saver.copy_thread("thread", "copy")
        interrupting.stop()

        assert saver.get_tuple({"configurable": {"thread_id": "copy"}}) is None

    assert found is not None
    assert {"x": 1} == found.checkpoint["channel_values"]


class Interrupting:
    """Fails every transaction of an engine just before it would be committed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        event.listen(engine, "commit", self)

    def __call__(self, conn: Connection) -> None:
        conn.exec_driver_sql("SELECT no_such_column FROM secondhalf_checkpoints")

    def stop(self) -> None:
        """Let them be committed again."""
        event.remove(self._engine, "commit", self)


def test_an_exhausted_pool_says_so(url: str) -> None:
    """A call that finds no free connection in time names the pool."""
    engine = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    with SQLAlchemySaver.from_engine(engine) as saver:
        assert saver.get_tuple(ROOT) is None
        with engine.connect(), pytest.raises(DatabaseUnavailableError) as error:
            saver.get_tuple(ROOT)
    engine.dispose()

    assert "larger pool" in one_line(error)


def test_a_memory_engine_must_share_its_one_database() -> None:
    """A pool that gives each thread its own empty database is refused; a shared one serves."""
    with pytest.raises(UnsupportedDatabaseError) as error:
        SQLAlchemySaver.from_engine(create_engine("sqlite://"))
    assert "from_url" in one_line(error)

    shared = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    with SQLAlchemySaver.from_engine(shared) as saver:
        assert saver.get_tuple(ROOT) is None
    shared.dispose()


def test_every_error_has_the_same_root() -> None:
    """Catching CheckpointError catches all that the package raises, and all names are exported."""
    import secondhalf.checkpoints as package

    assert sorted(package.__all__) == package.__all__
    for name in package.__all__:
        if name.endswith("Error"):
            assert issubclass(getattr(package, name), CheckpointError)
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(package, "no_such_name")  # noqa: B009 - pyright would say the same sooner
