"""The savers that `checkpointer.py` compares, each on an empty database, and what they take up."""

import asyncio
import os
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from sqlalchemy import URL, create_engine, make_url, text

from secondhalf.checkpoints import SQLAlchemySaver

Saver = BaseCheckpointSaver[Any] | None
POSTGRES, MARIADB = "SECONDHALF_TEST_POSTGRES_URL", "SECONDHALF_TEST_MARIADB_URL"


class Bench(NamedTuple):
    """A saver that is open, and how to ask how many bytes its database takes."""

    saver: Saver
    disk: Callable[[], int]


Maker = Callable[[Path], AbstractAsyncContextManager[Bench]]


@asynccontextmanager
async def nothing(folder: Path) -> AsyncGenerator[Bench, None]:
    """No saver: what LangGraph itself takes."""
    yield Bench(None, lambda: 0)


@asynccontextmanager
async def in_memory(folder: Path) -> AsyncGenerator[Bench, None]:
    """LangGraph's saver without a database."""
    yield Bench(InMemorySaver(), lambda: 0)


@asynccontextmanager
async def official_sqlite(folder: Path) -> AsyncGenerator[Bench, None]:
    """langgraph-checkpoint-sqlite on a file."""
    async with AsyncSqliteSaver.from_conn_string(str(folder / "official.db")) as saver:
        await saver.setup()
        yield Bench(saver, lambda: _size(folder, "official.db"))


@asynccontextmanager
async def ours_sqlite(folder: Path) -> AsyncGenerator[Bench, None]:
    """This saver on a file."""
    async with SQLAlchemySaver.from_url(f"sqlite:///{folder / 'ours.db'}") as saver:
        yield Bench(saver, lambda: _size(folder, "ours.db"))


@asynccontextmanager
async def official_postgresql(folder: Path) -> AsyncGenerator[Bench, None]:
    """langgraph-checkpoint-postgres on one connection: with a pool it is slower."""
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

    async with _database(POSTGRES) as url:
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        async with AsyncPostgresSaver.from_conn_string(plain) as saver:
            await saver.setup()
            yield Bench(saver, lambda: _server_size(url))


@asynccontextmanager
async def ours_postgresql(folder: Path) -> AsyncGenerator[Bench, None]:
    """This saver on PostgreSQL with psycopg."""
    async with _ours_on_a_server(POSTGRES, "postgresql+psycopg") as bench:
        yield bench


@asynccontextmanager
async def ours_prepared(folder: Path) -> AsyncGenerator[Bench, None]:
    """The same on an engine that prepares statements, as it may where no pooler is in between."""
    async with _database(POSTGRES) as url:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            isolation_level="AUTOCOMMIT",
            pool_use_lifo=True,
            connect_args={"prepare_threshold": 2},
        )
        async with SQLAlchemySaver.from_engine(engine) as saver:
            yield Bench(saver, lambda: _server_size(url))
        await asyncio.to_thread(engine.dispose)


@asynccontextmanager
async def ours_asyncpg(folder: Path) -> AsyncGenerator[Bench, None]:
    """This saver on PostgreSQL with asyncpg."""
    async with _ours_on_a_server(POSTGRES, "postgresql+asyncpg") as bench:
        yield bench


@asynccontextmanager
async def ours_mariadb(folder: Path) -> AsyncGenerator[Bench, None]:
    """This saver on MariaDB."""
    async with _ours_on_a_server(MARIADB, "mariadb+pymysql") as bench:
        yield bench


def makers() -> dict[str, Maker]:
    """Every saver whose database is there, by name."""
    found: dict[str, Maker] = {
        "none": nothing,
        "in memory": in_memory,
        "sqlite official": official_sqlite,
        "sqlite ours": ours_sqlite,
    }
    if POSTGRES in os.environ:
        found["postgresql official"] = official_postgresql
        found["postgresql ours"] = ours_postgresql
        found["postgresql ours (prepared)"] = ours_prepared
        found["postgresql ours (asyncpg)"] = ours_asyncpg
    if MARIADB in os.environ:
        found["mariadb ours"] = ours_mariadb
    return found


@asynccontextmanager
async def _ours_on_a_server(variable: str, driver: str) -> AsyncGenerator[Bench, None]:
    async with AsyncExitStack() as stack:
        url = (await stack.enter_async_context(_database(variable))).set(drivername=driver)
        saver = await stack.enter_async_context(SQLAlchemySaver.from_url(url))
        yield Bench(saver, lambda: _server_size(url))


@asynccontextmanager
async def _database(variable: str) -> AsyncGenerator[URL, None]:
    """A new database on the server that an environment variable names."""
    server = _sync(make_url(os.environ[variable]))
    name = f"bench_{uuid.uuid4().hex[:12]}"
    await asyncio.to_thread(_execute, server, f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name)
    finally:
        force = " WITH (FORCE)" if server.get_backend_name() == "postgresql" else ""
        await asyncio.to_thread(_execute, server, f"DROP DATABASE {name}{force}")


def _sync(url: URL) -> URL:
    postgresql = url.get_backend_name() == "postgresql"
    return url.set(drivername="postgresql+psycopg" if postgresql else "mariadb+pymysql")


def _execute(server: URL, statement: str) -> Any:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        result = conn.execute(text(statement))
        found = result.scalar() if result.returns_rows else None
    engine.dispose()
    return found


def _size(folder: Path, name: str) -> int:
    return sum(file.stat().st_size for file in folder.glob(f"{name}*"))


def _server_size(url: URL) -> int:
    if url.get_backend_name() == "postgresql":
        query = f"SELECT pg_database_size('{url.database}')"
        empty = "SELECT pg_database_size('template1')"
        return int(_execute(_sync(url), query)) - int(_execute(_sync(url), empty))
    query = (
        "SELECT SUM(data_length + index_length) FROM information_schema.tables "  # noqa: S608
        f"WHERE table_schema = '{url.database}'"
    )
    return int(_execute(_sync(url), query) or 0)
