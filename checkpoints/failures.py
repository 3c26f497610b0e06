"""Turns what the driver raises into one clear line."""

import re
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from secondhalf.checkpoints.errors import (
    DatabaseError,
    DatabaseFullError,
    DatabaseLockedError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    DisappointedError,
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
        DatabaseFullError,
        "has no room left: nothing was stored, free some disk and try again",
    ),
}


def place_of(url: URL) -> str:
    """The URL as messages show it: quoted, without password or query."""
    return repr(url.set(query={}).render_as_string(hide_password=True))


_SERVER_ADVICE: tuple[tuple[frozenset[str | int], type[DatabaseError], str], ...] = (
    (
        frozenset({"40001", "40P01", "55P03", 1020, 1205, 1213}),
        DatabaseLockedError,
        "is held by another transaction: nothing was stored, try again",
    ),
    (
        frozenset({"25006", 1290, 1792, 1836}),
        DatabaseReadOnlyError,
        "is read-only: use the server that can be written",
    ),
    (
        frozenset({"53100", 1021, 1114}),
        DatabaseFullError,
        "has no room left: nothing was stored, free some disk and try again",
    ),
    (
        frozenset({"57P01", "57P02", "57P03", "53300", "08000", "08001", "08003", "08006"})
        | {1040, 1053, 1927, 2002, 2003, 2006, 2013, 2055, 0},
        DatabaseUnavailableError,
        "cannot be reached: check that the server is running and its address is right",
    ),
)


@contextmanager
def clear_errors(place: str) -> Generator[None, None, None]:
    """Raise a `DatabaseError` naming `place` for whatever the driver raises inside."""
    try:
        yield
    except DBAPIError as error:
        raise _explain(error.orig, place, lost=error.connection_invalidated) from error.orig
    except sqlite3.Error as error:
        raise _explain(error, place) from error
    except PoolTimeoutError as error:
        message = f"database {place} has no free connection: use fewer threads or a larger pool"
        raise DatabaseUnavailableError(message) from error
    except PendingRollbackError as error:  # the connection died, and the error was lost with it
        raise _explain(error, place, lost=True) from error
    except OSError as error:  # asyncpg lets those of the socket through
        raise _explain(error, place, lost=True) from error
    except Exception as error:
        # What a driver sends in one go it refuses at the end, past SQLAlchemy.
        if not type(error).__module__.startswith(("psycopg", "asyncpg", "pymysql")):
            raise
        raise _explain(error, place) from error


_DISAPPOINTING = frozenset({"23505", "22012"})
"""The SQLSTATE of a key that was taken, and of a division by zero."""


@contextmanager
def disappointing() -> Generator[None, None, None]:
    """Raise `DisappointedError` for what a statement that stores at once says no with."""
    try:
        yield
    except Exception as error:
        if getattr(error, "sqlstate", None) in _DISAPPOINTING:
            raise DisappointedError from error
        raise


def _explain(error: BaseException | None, place: str, *, lost: bool = False) -> DatabaseError:
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int) and (code & 0xFF) in _ADVICE:  # the low byte is the primary code
        kind, advice = _ADVICE[code & 0xFF]
        return kind(f"database {place} {advice}")
    reason = " ".join(str(error).partition("(Background on this")[0].split())
    # Whoever lost the server cannot know what it stored, whatever its last words were.
    number = "08006" if lost or _is_panic(error) else _server_code(error)
    for codes, kind, advice in _SERVER_ADVICE:
        if number in codes:
            return kind(f"database {place} {advice} ({reason})")
    return DatabaseError(f"database {place} refused: {reason}")


_OF_FILES = frozenset({3, 1005, 1006, 1026, 1030})
"""What MariaDB says when it cannot write a file or make a table, whatever the reason."""
_NO_ROOM = re.compile(r"\b(?:errno|errcode|error):? (?:28|135)\b", re.IGNORECASE)
"""The operating system's number of a full disk, and that of the server's storage engines."""


def _is_panic(error: BaseException | None) -> bool:
    """Whether PostgreSQL said that it will now end all sessions, as when its log's disk is full."""
    return getattr(getattr(error, "diag", None), "severity_nonlocalized", None) == "PANIC"


def _server_code(error: BaseException | None) -> str | int | None:
    """The SQLSTATE of PostgreSQL, or the number of MariaDB and MySQL."""
    number = error.args[0] if error is not None and error.args else None
    if isinstance(number, int):  # says more than the SQLSTATE that newer drivers add to it
        return 1021 if number in _OF_FILES and _NO_ROOM.search(str(error)) else number
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return state
    if type(error).__module__.startswith("psycopg") and type(error).__name__ == "OperationalError":
        return "08006"  # the server never answered, so it gave no code
    return None
