"""Tables on disk, as read-only SQLite: a SQLite file itself, or a CSV file read into memory."""

import csv
import re
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from secondhalf.state.errors import ConfigError

MAX_BYTES = 64 << 20
"""Size of a CSV file that is read into memory."""
MAX_ROWS = 200
"""Rows one query may give back."""
MAX_SECONDS = 3.0
"""Time one query may take."""
_STEPS = 10_000
_ALLOWED = {"count", "sum", "avg", "min", "max", "lower", "trim", "total"}
_SQLITE_MAGIC = b"SQLite format 3\x00"
_SNIFFED = 8_192
_NOTHING: list[str] = []

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?")
"""A cell that is a number; ``02139`` is a code, and stays text."""

Cell = str | int | float | bytes | None


class Table(NamedTuple):
    """One table: the file's name, its name in SQL, and its columns as they are spelled."""

    file: str
    name: str
    columns: tuple[str, ...]
    numeric: frozenset[str]
    """Columns whose every value is a number."""


class Rows(NamedTuple):
    """What a query gave: column names and rows."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class TableFile:
    """One file and its tables; every query on it is read-only, short and guarded."""

    def __init__(self, path: str) -> None:
        """Open ``path``.

        Raises:
            ConfigError: it is missing, too big, or neither CSV nor SQLite.
        """
        self.path = Path(path)
        self._lock = threading.Lock()
        try:
            with self.path.open("rb") as file:
                head = file.read(len(_SQLITE_MAGIC))
            is_csv = head != _SQLITE_MAGIC
            self._connection = self._read_csv() if is_csv else self._open_sqlite()
            self._close = weakref.finalize(self, self._connection.close)
            self.tables: tuple[Table, ...] = tuple(self._describe())
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                f"table file {path!r} cannot be read ({error}): give a CSV or SQLite file"
            ) from None
        if not self.tables:
            raise ConfigError(f"table file {path!r} holds no table: give one with columns")
        _guard(self._connection)

    def query(self, sql: str, values: Sequence[Cell] = ()) -> Rows:
        """What ``sql``, with ``values`` bound, gives back, at most ``MAX_ROWS`` rows.

        Raises:
            sqlite3.Error: it is refused, wrong, or took longer than ``MAX_SECONDS``.
        """
        with self._lock:
            limit = time.monotonic() + MAX_SECONDS
            self._connection.set_progress_handler(lambda: time.monotonic() > limit, _STEPS)
            cursor = self._connection.execute(sql, tuple(values))
            try:
                names = tuple(str(column[0]) for column in cursor.description)
                return Rows(names, tuple(cursor.fetchmany(MAX_ROWS)))
            finally:
                cursor.close()

    def close(self) -> None:
        """Close the file."""
        self._close()

    def _open_sqlite(self) -> sqlite3.Connection:
        uri = f"file:{quote(str(self.path.resolve()))}?mode=ro"
        return sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)

    def _read_csv(self) -> sqlite3.Connection:
        if self.path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"table file {str(self.path)!r} is over {MAX_BYTES >> 20} MB: "
                              "load it into SQLite and give that")  # fmt: skip
        connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        try:
            self._load(connection)
        except (csv.Error, UnicodeDecodeError, sqlite3.Error) as error:
            connection.close()
            raise ConfigError(
                f"table file {str(self.path)!r} is not a CSV file with a header ({error})"
            ) from None
        except BaseException:
            connection.close()
            raise
        return connection

    def _load(self, connection: sqlite3.Connection) -> None:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            sample = file.read(_SNIFFED)
            file.seek(0)
            reader = csv.reader(file, _dialect(sample), strict=True)
            header = [name.strip() for name in next(reader, _NOTHING)]
            folded = [name.casefold() for name in header]
            if not header or not all(header) or len(set(folded)) != len(folded):
                raise csv.Error("the first line must name each column once")
            table = quoted(re.sub(r"\W", "_", self.path.stem) or "data")
            columns = ", ".join(quoted(name) for name in header)
            connection.execute(f"CREATE TABLE {table} ({columns})")
            marks = ", ".join("?" * len(header))
            texts: set[int] = set()  # columns with a cell that is no plain number
            rows = (_padded(row, len(header), texts) for row in reader if row)
            connection.execute("BEGIN")
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
            for place in set(range(len(header))) - texts:
                name = quoted(header[place])
                connection.execute(f"UPDATE {table} SET {name} = CAST({name} AS NUMERIC)")  # noqa: S608
            connection.execute("COMMIT")

    def _describe(self) -> Iterator[Table]:
        found = self._connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
            " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        ).fetchall()
        for (name,) in found:
            cursor = self._connection.execute(f"SELECT * FROM {quoted(name)} LIMIT 0")  # noqa: S608
            columns = tuple(str(column[0]) for column in cursor.description)
            numeric = frozenset(c for c in columns if self._is_numeric(str(name), c))
            yield Table(self.path.name, str(name), columns, numeric)

    def _is_numeric(self, table: str, column: str) -> bool:
        words = self._connection.execute(
            f"SELECT count(*) FROM (SELECT {quoted(column)} AS c FROM {quoted(table)} LIMIT 100000)"  # noqa: S608
            " WHERE typeof(c) NOT IN ('integer', 'real', 'null') AND c <> ''"
        ).fetchone()
        return bool(words[0] == 0)


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _dialect(sample: str) -> Any:
    try:
        return csv.Sniffer().sniff(sample, delimiters=",;\t|")
    except csv.Error:
        return csv.excel


def _padded(row: list[str], width: int, texts: set[int]) -> list[str | None]:
    """The cells of a line, missing ones as None; notes in ``texts`` which are not numbers."""
    if len(row) > width:
        raise csv.Error(f"a line has {len(row)} cells, the header {width}")
    cells = [cell.strip() or None for cell in row]
    texts.update(n for n, cell in enumerate(cells) if cell and not _NUMBER.fullmatch(cell))
    return cells + [None] * (width - len(row))


def _guard(connection: sqlite3.Connection) -> None:
    """Deny everything but reading: no ATTACH, PRAGMA, writes, extensions or odd functions."""

    def allow(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}:
            return sqlite3.SQLITE_OK if action != sqlite3.SQLITE_RECURSIVE else sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _ALLOWED:
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000)
    connection.set_authorizer(allow)
