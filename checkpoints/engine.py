"""Builds the engine behind a URL, and says no to what cannot serve."""

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from sqlalchemy import URL, Engine, QueuePool, StaticPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from secondhalf.checkpoints.errors import DatabaseUnavailableError, UnsupportedDatabaseError
from secondhalf.checkpoints.failures import place_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

Durability = Literal["normal", "full"]
"""What a returned write survives on SQLite: the death of the process, or also that of the power."""

_DRIVERS = frozenset({"pysqlite", "psycopg", "asyncpg", "pymysql", "mysqldb", "mariadbconnector"})

_DEFAULT_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "mariadb": "mariadb+pymysql",
    "mysql": "mysql+pymysql",
}

_POOL = {"pool_size": 10, "max_overflow": 10, "pool_use_lifo": True}
"""The connection that was used last is used first: what it looked at lies in its cache."""

_UNREADABLE = "the database URL cannot be read: write it as 'sqlite:///routes.db'"


def make_engine(url: str | URL, *, durability: Durability, busy_timeout: float) -> Engine:
    """An engine with a pool for `url`; nothing is opened or created yet.

    Raises:
        UnsupportedDatabaseError: the URL cannot be read, its driver is missing or only async.
    """
    parsed = _parse(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            engine = _sqlite_engine(parsed, durability, busy_timeout)
        else:
            engine = _server_engine(parsed)
    except NoSuchModuleError:  # an ArgumentError too, so it comes first
        raise UnsupportedDatabaseError(
            f"database {place_of(parsed)} is of a kind SQLAlchemy does not know: "
            "use sqlite, postgresql+psycopg or mariadb+pymysql"
        ) from None
    except ArgumentError:
        raise UnsupportedDatabaseError(_UNREADABLE) from None
    except ModuleNotFoundError as error:
        raise UnsupportedDatabaseError(
            f"database {place_of(parsed)} needs the driver {error.name!r}: install it"
        ) from None
    return checked_engine(engine)


def checked_engine(engine: "Engine | AsyncEngine") -> Engine:
    """`engine` itself, once it is known to be able to serve.

    Raises:
        UnsupportedDatabaseError: its driver is async, or each thread would see its own database.
    """
    if not isinstance(engine, Engine) or engine.dialect.driver not in _DRIVERS:
        raise UnsupportedDatabaseError(
            f"the checkpointer cannot use a {type(engine).__name__} with the driver "
            f"{engine.dialect.driver!r}: use from_url or create_engine with sqlite, "
            "postgresql+psycopg, postgresql+asyncpg or mariadb+pymysql"
        )
    sqlite = engine.dialect.name == "sqlite"
    if sqlite and _is_memory(engine.url) and not isinstance(engine.pool, StaticPool):
        raise UnsupportedDatabaseError(
            f"database {place_of(engine.url)} has a pool that gives each thread its own database: "
            "use from_url, or create_engine(..., poolclass=StaticPool)"
        )
    return engine


def _server_engine(url: URL) -> Engine:
    """An engine whose sessions keep nothing on the server, so that a pooler may come between.

    PostgreSQL's commit each statement, unless a transaction is asked for: most stand alone.
    """
    settings: dict[str, Any] = {"hide_parameters": True, **_POOL}
    driver = url.get_dialect().driver
    if url.get_backend_name() == "postgresql":
        settings["isolation_level"] = "AUTOCOMMIT"
    if driver == "asyncpg":
        # Loaded late: it needs greenlet, which comes with the extra "asyncpg".
        from sqlalchemy.ext.asyncio import create_async_engine

        settings["connect_args"] = {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": lambda: f"secondhalf_{uuid4().hex}",
        }
        return create_async_engine(url, **settings).sync_engine
    if driver == "psycopg":
        settings["connect_args"] = {"prepare_threshold": None}
    return create_engine(url, **settings)


def _parse(url: str | URL) -> URL:
    """The URL with a driver: one without gets ours, not SQLAlchemy's first."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UnsupportedDatabaseError(_UNREADABLE) from None
    return parsed.set(drivername=_DEFAULT_DRIVERS.get(parsed.drivername, parsed.drivername))


def _sqlite_engine(url: URL, durability: Durability, busy_timeout: float) -> Engine:
    in_memory = _is_memory(url)
    if not in_memory and not _is_uri(url):
        url = url.set(database=str(Path(url.database or "").resolve()))
    engine = create_engine(
        url,
        **({"poolclass": StaticPool} if in_memory else {"poolclass": QueuePool, **_POOL}),
        connect_args={"check_same_thread": False, "timeout": busy_timeout},
        hide_parameters=True,
    )
    synchronous = {"normal": "NORMAL", "full": "FULL"}[durability]

    @event.listens_for(engine, "do_connect")
    def _(dialect: Any, record: Any, args: list[Any], kwargs: dict[str, Any]) -> None:  # pyright: ignore[reportUnusedFunction]  # registered by the decorator
        if not in_memory and not _is_uri(url):
            _create_private(Path(str(args[0])), place_of(url))

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, record: Any) -> None:  # pyright: ignore[reportUnusedFunction]  # registered by the decorator
        connection.execute(f"PRAGMA synchronous={synchronous}")

    return engine


def _is_uri(url: URL) -> bool:
    return (url.database or "").startswith("file:")


def _is_memory(url: URL) -> bool:
    database = url.database or ":memory:"
    return (
        database == ":memory:"
        or database.startswith("file::memory:")
        or url.query.get("mode") == "memory"
    )


def _create_private(path: Path, place: str) -> None:
    """Make the file readable by its owner alone; its journals take over the mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise DatabaseUnavailableError(
            f"database {place} cannot be created ({error.strerror}): "
            "check that its folder exists and is writable"
        ) from error
