"""Turns what a database driver raises into one clear line."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from secondhalf.state.errors import StorageError

_ADVICE = {
    sqlite3.SQLITE_BUSY: "is locked by another process: try again when it is done",
    sqlite3.SQLITE_LOCKED: "is locked by another connection: try again when it is done",
    sqlite3.SQLITE_READONLY: "is read-only: make the file and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check its path and its folder's permissions",
    sqlite3.SQLITE_NOTADB: "is not an SQLite database: choose another file",
    sqlite3.SQLITE_CORRUPT: "is damaged: restore it from a copy or choose another file",
    sqlite3.SQLITE_FULL: "has no room left: free some disk and try again",
}

# Serialization failure, deadlock and a table made by both, as PostgreSQL and as MariaDB say it.
_RACES = ("40001", "40P01", "42P07", 1020, 1213, 1050, 1684)


def place_of(url: URL) -> str:
    """The database as messages name it: quoted, without password or query."""
    return repr(url.set(query={}).render_as_string(hide_password=True))


@contextmanager
def clear_errors(place: str) -> Generator[None]:
    """Raise a ``StorageError`` that names ``place`` for whatever goes wrong inside."""
    try:
        yield
    except PoolTimeoutError as error:
        message = f"database {place} has no free connection: use fewer threads or a larger pool"
        raise StorageError(message) from error
    except DBAPIError as error:
        raise _explained(error.orig or error, place) from error
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise _explained(error, place) from error


def lost_race(error: DBAPIError) -> bool:
    """Whether a transaction failed only because another was quicker, so that it may be redone."""
    codes = (getattr(error.orig, "sqlstate", None), *getattr(error.orig, "args", ())[:1])
    return isinstance(error, IntegrityError) or any(code in _RACES for code in codes)


def _explained(error: BaseException, place: str) -> StorageError:
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int) and code & 0xFF in _ADVICE:  # the low byte is the primary code
        return StorageError(f"database {place} {_ADVICE[code & 0xFF]}")
    reason = " ".join(str(error).split())
    return StorageError(f"database {place} cannot be used: {reason}")
