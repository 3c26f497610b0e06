"""What goes to the driver itself: SQLAlchemy would take longer over it than the database.

Connections still come from the engine's pool, and one that died is taken out of it.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Engine, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError

from secondhalf.checkpoints.chunks import Memory
from secondhalf.checkpoints.statements import mark

Row = tuple[Any, ...]

_CURSOR = "secondhalf_cursor"

_OFTEN = 100
"""A query with more parameters than this is spelled anew each time."""


class Reader:
    """The queries of one transaction: all see the same state."""

    def __init__(self, connection: PoolProxiedConnection, dialect: Dialect, memory: Memory) -> None:
        self.memory = memory
        """Large values whose chunks need not be fetched."""
        self._dialect = dialect
        self._cursor: Any
        if dialect.driver == "psycopg":
            kept = connection.info.get(_CURSOR) or _psycopg_cursor(connection)
            self._cursor = connection.info[_CURSOR] = kept
        else:
            self._cursor = connection.cursor()

    def close(self) -> None:
        """End a query that was not read to its end."""
        if self._dialect.driver != "psycopg":
            self._cursor.close()

    def rows(self, query: str, *given: Any) -> Iterator[Row]:
        """What the database answers, texts of ours as bytes; the next query ends it.

        Each `?` stands for a value of `given`, or for a list of them in brackets.
        """
        shape = tuple(len(each) if isinstance(each, list) else -1 for each in given)  # pyright: ignore[reportUnknownArgumentType]  # lists of anything
        spell = _spelled if sum(shape) < _OFTEN else _spelled.__wrapped__
        flat: list[Any] = []
        for each in given:
            flat.extend(each) if isinstance(each, list) else flat.append(each)  # pyright: ignore[reportUnknownArgumentType]  # likewise
        self.execute(spell(self._dialect, query, shape), flat)
        rows: Iterator[Row] = iter(self._cursor)
        return rows

    def execute(self, statement: str, given: Sequence[Any]) -> None:
        """Run a statement that has the driver's own marks: `$1` on PostgreSQL."""
        if self._dialect.driver == "psycopg" and len(given) >= _OFTEN:
            # Spelled for this many values: to prepare it would cost more than it ever saves.
            self._cursor.execute(statement, tuple(given), prepare=False)
        else:
            self._cursor.execute(statement, tuple(given))


def _psycopg_cursor(connection: PoolProxiedConnection) -> Any:
    """One per connection: another would take longer to make than a query to run.

    It does not search statements for parameters, and its answers are binary.
    """
    from psycopg import RawCursor  # loaded late: the driver is an extra

    driver: Any = connection.driver_connection
    cursor: Any = RawCursor(driver)
    cursor.format = 1  # as `cursor(binary=True)` sets it
    return cursor


@contextmanager
def reading(engine: Engine, memory: Memory, *, loose: bool) -> Generator[Reader, None, None]:
    """A transaction on a connection of the pool, to read in; in the end it is rolled back.

    A `loose` one is none on PostgreSQL: each statement stands alone, may see another state, and is
    durable if it writes; begin and end need no round trip.

    Raises:
        DBAPIError: the driver's error inside, as SQLAlchemy wraps it.
    """
    connection: PoolProxiedConnection | None = None
    dialect, begun = engine.dialect, True
    try:
        connection = engine.raw_connection()
        begun = _begin(dialect, connection, loose=loose)
        with closing(Reader(connection, dialect, memory)) as reader:
            yield reader
    except dialect.loaded_dbapi.Error as error:
        driver = connection and connection.dbapi_connection
        lost = dialect.is_disconnect(error, driver, None)
        if lost and connection is not None:
            connection.invalidate(error)
        raise DBAPIError(None, None, error, connection_invalidated=lost) from error
    finally:
        if connection is not None:
            _give_back(dialect, connection, begun=begun)


def _begin(dialect: Dialect, connection: PoolProxiedConnection, *, loose: bool) -> bool:
    """Choose one state to look at; most drivers begin by themselves with the first query.

    Returns:
        Whether there will be anything to end.
    """
    driver: Any = connection.dbapi_connection
    if dialect.name == "sqlite" and not driver.in_transaction:
        driver.execute("BEGIN")
    elif dialect.name == "postgresql":
        if loose and driver.autocommit:  # as the connections of our own engines are
            return False
        dialect.set_isolation_level(driver, "AUTOCOMMIT" if loose else "REPEATABLE READ")
    return True


def _give_back(dialect: Dialect, connection: PoolProxiedConnection, *, begun: bool) -> None:
    try:
        if begun and connection.is_valid:
            connection.rollback()
            if dialect.name == "postgresql":
                driver: Any = connection.dbapi_connection
                dialect.reset_isolation_level(driver)
    except dialect.loaded_dbapi.Error as error:  # what was read is good all the same
        connection.invalidate(error)
    finally:
        connection.close()


@lru_cache(512)
def _spelled(dialect: Dialect, query: str, shape: Sequence[int]) -> str:
    """`query` as the driver wants it, for lists of these lengths; -1 is a single value."""
    first, *rest = query.split("?")
    parts, place = [first], 1
    for length, after in zip(shape, rest, strict=True):
        marks = [_mark(dialect, place + n) for n in range(abs(length))]
        place += len(marks)
        parts += [marks[0] if length < 0 else f"({', '.join(marks) or 'NULL'})", after]
    return "".join(parts)


def _mark(dialect: Dialect, place: int) -> str:
    return f"${place}" if dialect.name == "postgresql" else mark(dialect, place)
