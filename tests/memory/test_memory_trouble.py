"""Databases that cannot be used: one clear line each, and nothing lost."""

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from secondhalf.memory import Memory
from secondhalf.memory.schema import VERSION
from secondhalf.state.errors import StorageError


def _message(url: str) -> str:
    with Memory.from_url(url, busy_seconds=0.05) as memory, pytest.raises(StorageError) as caught:
        memory.routes()
    text = str(caught.value)
    assert "\n" not in text
    return text


Make = Callable[[Path], None]


def _text(file: Path) -> None:
    file.write_text("Dear diary, " * 100, encoding="utf-8")


def _folder(file: Path) -> None:
    file.mkdir()


def _sql(*statements: str) -> Make:
    def make(file: Path) -> None:
        connection = sqlite3.connect(file)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    return make


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (_text, "is not an SQLite database"),
        (_folder, "cannot be opened"),
        (_sql("CREATE TABLE secondhalf_routes (x)"), "'secondhalf_routes' that is not secondhalf"),
        (_sql("CREATE TABLE secondhalf_memory_schema (x)"), "that is not secondhalf's"),
        (
            _sql(
                "CREATE TABLE secondhalf_memory_schema (version INTEGER PRIMARY KEY)",
                f"INSERT INTO secondhalf_memory_schema VALUES ({VERSION + 1})",  # noqa: S608
            ),
            "upgrade secondhalf",
        ),
    ],
    ids=["text", "folder", "foreign", "foreign-schema", "newer"],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, make: Make, expected: str) -> None:
    """Not a database, somebody else's tables, a newer version: said, and left as it was."""
    file = tmp_path / "odd.db"
    make(file)
    before = file.read_bytes() if file.is_file() else b""

    assert expected in _message(f"sqlite:///{file}")
    if file.is_file() and b"diary" in before:
        assert before == file.read_bytes()


def test_a_read_only_database_is_refused(tmp_path: Path) -> None:
    """The message says what to do about it."""
    file = tmp_path / "kept.db"
    _sql("CREATE TABLE t (x)")(file)

    assert "is read-only" in _message(f"sqlite:///file:{file}?mode=ro&uri=true")


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_locked_database_is_refused_in_the_end(tmp_path: Path, mode: str) -> None:
    """After `busy_seconds` the caller hears of it; later calls work."""
    file = tmp_path / "busy.db"
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute(f"PRAGMA journal_mode={mode}")
    holder.execute("CREATE TABLE t (x)")
    with Memory.from_url(f"sqlite:///{file}", busy_seconds=0.05) as memory:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="is locked by another process"):
            memory.routes()
        holder.execute("ROLLBACK")
        holder.close()

        assert memory.routes() == ()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file stands where the database's folder should be."""
    (tmp_path / "file").touch()

    assert "cannot be used" in _message(f"sqlite:///{tmp_path}/file/routes.db")


@pytest.mark.parametrize("url", ["nonsense", "", "sqlite:/x", "://"])
def test_a_url_that_cannot_be_read(url: str) -> None:
    """The message shows one that can."""
    with pytest.raises(StorageError, match=r"sqlite:///routes\.db"):
        Memory.from_url(url)


def test_an_unknown_kind_of_database_hides_the_password() -> None:
    """The place is named, the password is not."""
    with pytest.raises(StorageError, match="is of a kind that is not known") as caught:
        Memory.from_url("mystery://ann:hunter2@host/db?password=hunter2")

    assert "ann" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An async driver's URL asks for the driver that memory works with."""
    monkeypatch.setitem(sys.modules, "pymysql", None)

    with pytest.raises(StorageError, match="pip install pymysql") as caught:
        Memory.from_url("mysql+asyncmy://ann:hunter2@host/db")

    assert "hunter2" not in str(caught.value)
