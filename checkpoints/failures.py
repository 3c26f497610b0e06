"""Turns what the driver raises into one clear line."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from secondhalf.checkpoints.errors import (
    DatabaseError,
    DatabaseLockedError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    NotADatabaseError,
)

_ADVICE: dict[int, tuple[type[DatabaseError], str]] = {
    sqlite3.SQLITE_BUSY: (
        DatabaseLockedError,
        "is locked by another process: nothing was stored, try again when it is done",
    ),
    sqlite3.SQLITE_LOCKED: (
        DatabaseLockedError,
        "is locked by another connection: nothing was stored, try again when it is done",
    ),
    sqlite3.SQLITE_READONLY: (
        DatabaseReadOnlyError,
        "is read-only: make the file and its folder writable or use another file",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        DatabaseUnavailableError,
        "cannot be opened: check that it is a file and that its folder is writable",
    ),
    sqlite3.SQLITE_NOTADB: (
        NotADatabaseError,
        "is not an SQLite database: use another file",
    ),
    sqlite3.SQLITE_CORRUPT: (
        NotADatabaseError,
        "is damaged: restore it from a copy or use another file",
    ),
    sqlite3.SQLITE_FULL: (
        DatabaseError,
        "has no room left: nothing was stored, free some disk and try again",
    ),
}


def place_of(url: URL) -> str:
    """The URL as messages show it: quoted, without password or query."""
    return repr(url.set(query={}).render_as_string(hide_password=True))


@contextmanager
def clear_errors(place: str) -> Generator[None, None, None]:
    """Raise a `DatabaseError` naming `place` for whatever the driver raises inside."""
    try:
        yield
    except DBAPIError as error:
        raise _explain(error.orig, place) from error.orig
    except sqlite3.Error as error:
        raise _explain(error, place) from error
    except PoolTimeoutError as error:
        message = f"database {place} has no free connection: use fewer threads or a larger pool"
        raise DatabaseUnavailableError(message) from error


def _explain(error: BaseException | None, place: str) -> DatabaseError:
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int) and (code & 0xFF) in _ADVICE:  # the low byte is the primary code
        kind, advice = _ADVICE[code & 0xFF]
        return kind(f"database {place} {advice}")
    reason = " ".join(str(error).split())
    return DatabaseError(f"database {place} refused: {reason}")
