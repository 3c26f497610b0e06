"""From a URL to a SQLAlchemy engine, private and safe for several threads and processes."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, QueuePool, SingletonThreadPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from secondhalf.memory.failures import place_of
from secondhalf.state.errors import StorageError

# Whoever shares a URL with an async saver may name an async driver; memory works in threads.
_BLOCKING_DRIVERS = {
    "sqlite+aiosqlite": "sqlite",
    "postgresql+asyncpg": "postgresql+psycopg",
    "postgresql+psycopg_async": "postgresql+psycopg",
    "mysql+asyncmy": "mysql+pymysql",
    "mysql+aiomysql": "mysql+pymysql",
    "mariadb+asyncmy": "mariadb+pymysql",
    "mariadb+aiomysql": "mariadb+pymysql",
}


def make_engine(url: str, busy_seconds: float) -> Engine:
    """An engine for ``url``; nothing is opened or created before its first connection.

    Raises:
        StorageError: the URL cannot be read, or its driver is not installed.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        message = "the database URL cannot be read: write it as 'sqlite:///routes.db'"
        raise StorageError(message) from None
    parsed = parsed.set(drivername=_BLOCKING_DRIVERS.get(parsed.drivername, parsed.drivername))
    try:
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed, busy_seconds)
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    except NoSuchModuleError:
        raise StorageError(
            f"database {place_of(parsed)} is of a kind that is not known: "
            "use sqlite, postgresql+psycopg or mariadb+pymysql"
        ) from None
    except ModuleNotFoundError as error:
        raise StorageError(
            f"database {place_of(parsed)} needs a driver: pip install {error.name}"
        ) from None


def checked_engine(engine: Engine) -> Engine:
    """``engine`` itself, if memory can work with it.

    Raises:
        StorageError: it is async, or gives each thread a database of its own.
    """
    if engine.dialect.is_async:
        raise StorageError("memory needs a synchronous engine: make it with create_engine")
    if isinstance(engine.pool, SingletonThreadPool):
        raise StorageError(
            "the engine gives each thread a database of its own: "
            "use Memory.from_url, or create_engine(..., poolclass=StaticPool)"
        )
    return engine


def is_in_memory(url: URL) -> bool:
    """Whether an SQLite database lives in memory only."""
    name = url.database or ":memory:"
    return ":memory:" in name or url.query.get("mode") == "memory"


def file_of(url: str) -> Path | None:
    """The file an SQLite database is kept in; None of a server, in memory, or of a ``file:`` URI.

    Raises:
        ArgumentError, ValueError: the URL cannot be read.
    """
    parsed = make_url(url)
    name = parsed.database or ""
    if parsed.get_backend_name() != "sqlite" or is_in_memory(parsed) or name.startswith("file:"):
        return None
    return Path(name)


def _sqlite(url: URL, busy_seconds: float) -> Engine:
    in_memory = is_in_memory(url)
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": busy_seconds},
        poolclass=QueuePool,
        # A database in memory is one connection, which its threads use in turn.
        pool_size=1 if in_memory else 5,
        max_overflow=0 if in_memory else 10,
    )

    def create(dialect: Any, record: Any, args: list[Any], options: dict[str, Any]) -> None:
        if not in_memory and not str(args[0]).startswith("file:"):
            _create_private(Path(str(args[0])))

    def configure(connection: sqlite3.Connection, record: Any) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA secure_delete=ON")  # what is forgotten is overwritten

    event.listen(engine, "do_connect", create)
    event.listen(engine, "connect", configure)
    return engine


def _create_private(path: Path) -> None:
    """Make the file readable by its owner alone; its journals take over the mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
