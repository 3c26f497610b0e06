"""The tables, their version, and how they come to be.

Identifiers are stored as bytes: no collation, NUL or lone surrogate changes what they equal or how
they sort. Keys fit MariaDB's 3072 bytes and PostgreSQL's index rows with the lengths given here;
SQLite ignores the lengths. Longer identifiers would need a fixed-length hash in the key, which is
left to the work on those servers.

No table refers to another: a write may arrive before its checkpoint.
"""

from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    insert,
    inspect,
    select,
)
from sqlalchemy.dialects.mysql import LONGBLOB, VARBINARY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from secondhalf.checkpoints.errors import SchemaError

SCHEMA_VERSION = 1
"""Raised by one whenever a table changes shape."""


class Identifier(TypeDecorator[str]):
    """Text compared byte for byte; `length` bounds it in bytes on MariaDB and MySQL."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, length: int = 255) -> None:
        super().__init__()
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """VARBINARY where a BLOB cannot be a key, the plain binary type elsewhere."""
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(VARBINARY(self.length))
        return dialect.type_descriptor(LargeBinary())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Encode; UTF-8 keeps the order of code points."""
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Decode."""
        return None if value is None else bytes(value).decode("utf-8", "surrogatepass")


def _payload() -> LargeBinary:
    return LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb")


metadata = MetaData()

schema_version = Table(
    "secondhalf_checkpoint_schema",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

checkpoints = Table(
    "secondhalf_checkpoints",
    metadata,
    Column("thread_id", Identifier(512), primary_key=True),
    Column("checkpoint_ns", Identifier(1024), primary_key=True),
    Column("checkpoint_id", Identifier(), primary_key=True),
    Column("parent_id", Identifier()),
    Column("run_id", Identifier()),
    Column("type", String(255), nullable=False),
    Column("checkpoint", _payload(), nullable=False),
    Column("metadata_type", String(255), nullable=False),
    Column("metadata", _payload(), nullable=False),
    Index("secondhalf_checkpoints_run", "run_id"),
)

blobs = Table(
    "secondhalf_checkpoint_blobs",
    metadata,
    Column("thread_id", Identifier(512), primary_key=True),
    Column("checkpoint_ns", Identifier(1024), primary_key=True),
    Column("channel_version", Identifier(768), primary_key=True),
    Column("type", String(255), nullable=False),
    Column("value", _payload(), nullable=False),
)

writes = Table(
    "secondhalf_checkpoint_writes",
    metadata,
    Column("thread_id", Identifier(512), primary_key=True),
    Column("checkpoint_ns", Identifier(1024), primary_key=True),
    Column("checkpoint_id", Identifier(), primary_key=True),
    Column("task_id", Identifier(), primary_key=True),
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("run_id", Identifier()),
    Column("task_path", Identifier(4096), nullable=False),
    Column("channel", Identifier(512), nullable=False),
    Column("type", String(255), nullable=False),
    Column("value", _payload(), nullable=False),
)

EMPTY = "empty"
"""The `blobs.type` of a channel that had no value at that version."""


def channel_version(channel: str, version: object) -> str:
    """The key of a channel's value: one column, so that a list of keys is looked up by index."""
    return f"{channel}\0{version}"


DATA_TABLES = (checkpoints, blobs, writes)


def is_current(conn: Connection, place: str) -> bool:
    """Whether the tables stand at `SCHEMA_VERSION`; False when there are none yet.

    Raises:
        SchemaError: the tables are somebody else's, or of another version.
    """
    names = set(inspect(conn).get_table_names())
    if schema_version.name not in names:
        taken = sorted(table.name for table in DATA_TABLES if table.name in names)
        if taken:
            raise SchemaError(_foreign(place, taken[0]))
        return False
    found = _read_version(conn, place)
    if found != SCHEMA_VERSION:
        raise SchemaError(
            f"database {place} holds checkpoints of schema version {found!r} and this release "
            f"reads version {SCHEMA_VERSION}: upgrade secondhalf or use another database"
        )
    return True


def create(conn: Connection) -> None:
    """Create what is missing and record the version. The caller holds the write transaction."""
    metadata.create_all(conn)
    conn.execute(insert(schema_version).values(version=SCHEMA_VERSION))


def _read_version(conn: Connection, place: str) -> int:
    try:
        found = conn.execute(select(schema_version.c.version)).scalars().all()
    except DBAPIError as error:
        raise SchemaError(_foreign(place, schema_version.name)) from error.orig
    if len(found) != 1:
        raise SchemaError(_foreign(place, schema_version.name))
    return int(found[0])


def _foreign(place: str, table: str) -> str:
    return (
        f"database {place} has a table {table!r} that this checkpointer did not make: "
        "use another database"
    )
