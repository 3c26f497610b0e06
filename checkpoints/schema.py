"""The tables, their version, and how they come to be.

A thread and namespace are one `space`: 16 bytes hashed from the thread, 8 from the namespace, so
that a thread is a range of keys and ids may be of any length and script. Ids are stored as bytes:
no collation, NUL or lone surrogate changes what they equal or how they sort. Every key fits
MariaDB's 3072 bytes and PostgreSQL's index rows.

No table refers to another: a write may arrive before its checkpoint.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    Index,
    Inspector,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    TypeDecorator,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects.mysql import BINARY, LONGBLOB, VARBINARY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from secondhalf.checkpoints.errors import SchemaError

SCHEMA_VERSION = 2
"""Raised by one whenever a table changes shape; `migrations.py` says how."""

CHECKPOINT_ID_BYTES = 1024
"""The longest checkpoint id in UTF-8: it is a key, and its order is that of time."""

SPACE_BYTES, DIGEST_BYTES = 24, 16


class Text(TypeDecorator[str]):
    """Text of any length as bytes. With a `length` in bytes it can be a key everywhere."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__()
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """VARBINARY where a BLOB cannot be a key, the plain binary type elsewhere."""
        if dialect.name in ("mysql", "mariadb"):
            kind = LONGBLOB() if self.length is None else VARBINARY(self.length)
            return dialect.type_descriptor(kind)
        return dialect.type_descriptor(LargeBinary())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Encode; UTF-8 keeps the order of code points."""
        return None if value is None else encoded(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Decode."""
        return None if value is None else decoded(value)


def encoded(value: str) -> bytes:
    """An id as the tables hold it."""
    return value.encode("utf-8", "surrogatepass")


def decoded(value: bytes) -> str:
    """What `encoded` was given."""
    return bytes(value).decode("utf-8", "surrogatepass")


def _binary(length: int) -> LargeBinary:
    return LargeBinary(length).with_variant(BINARY(length), "mysql", "mariadb")


def _payload() -> LargeBinary:
    return LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb")


def _key(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, primary_key=True, autoincrement=False)


metadata = MetaData()

VERSION_TABLE = "secondhalf_checkpoint_schema"

schema_version = Table(
    VERSION_TABLE,
    metadata,
    _key("version", Integer),
    Column("generation", BigInteger, nullable=False),
)
"""One row. `generation` grows when chunks are deleted: whoever remembers chunks forgets them."""

checkpoints = Table(
    "secondhalf_checkpoints",
    metadata,
    _key("space", _binary(SPACE_BYTES)),
    _key("checkpoint_id", Text(CHECKPOINT_ID_BYTES)),
    Column("thread_id", Text(), nullable=False),
    Column("checkpoint_ns", Text(), nullable=False),
    Column("parent_id", Text()),
    Column("run", _binary(DIGEST_BYTES)),
    Column("type", String(255), nullable=False),
    Column("checkpoint", _payload(), nullable=False),
    Column("metadata_type", String(255), nullable=False),
    Column("metadata", _payload(), nullable=False),
    Index("secondhalf_checkpoints_by_run", "run"),
    Index("secondhalf_checkpoints_by_id", "checkpoint_id"),
)

blobs = Table(
    "secondhalf_checkpoint_blobs",
    metadata,
    _key("space", _binary(SPACE_BYTES)),
    _key("channel_version", _binary(DIGEST_BYTES)),
    Column("type", String(255), nullable=False),
    Column("packing", SmallInteger, nullable=False),
    Column("value", _payload(), nullable=False),
    sqlite_with_rowid=False,
)

writes = Table(
    "secondhalf_checkpoint_writes",
    metadata,
    _key("space", _binary(SPACE_BYTES)),
    _key("checkpoint_id", Text(CHECKPOINT_ID_BYTES)),
    _key("task", _binary(DIGEST_BYTES)),
    _key("idx", Integer),
    Column("task_id", Text(), nullable=False),
    Column("run", _binary(DIGEST_BYTES)),
    Column("task_path", Text(), nullable=False),
    Column("channel", Text(), nullable=False),
    Column("type", String(255), nullable=False),
    Column("packing", SmallInteger, nullable=False),
    Column("value", _payload(), nullable=False),
    sqlite_with_rowid=False,
)

chunks = Table(
    "secondhalf_checkpoint_chunks",
    metadata,
    _key("space", _binary(SPACE_BYTES)),
    _key("digest", _binary(DIGEST_BYTES)),
    Column("packing", SmallInteger, nullable=False),
    Column("value", _payload(), nullable=False),
)
"""Pieces of large values, each once per space however many values share it."""

claims = Table(
    "secondhalf_checkpoint_claims",
    metadata,
    _key("space", _binary(SPACE_BYTES)),
    _key("parent_id", Text(CHECKPOINT_ID_BYTES)),
    Column("checkpoint_id", Text(), nullable=False),
    sqlite_with_rowid=False,
)
"""The one checkpoint that a fenced saver let follow each parent ("" for none)."""

DATA_TABLES = (checkpoints, blobs, writes, chunks, claims)


def is_current(conn: Connection, place: str) -> bool:
    """Whether the tables stand at `SCHEMA_VERSION`; False when there are none yet, or old ones.

    Raises:
        SchemaError: the tables are somebody else's, or of a newer version.
    """
    return found_version(conn, place) == SCHEMA_VERSION


def found_version(conn: Connection, place: str) -> int:
    """The version of the tables, 0 where there are none.

    Raises:
        SchemaError: the tables are somebody else's, or of a newer version.
    """
    inspector = inspect(conn)
    names = set(inspector.get_table_names())
    for table in metadata.sorted_tables if schema_version.name not in names else ():
        if table.name in names and not _is_ours(inspector, table):
            raise SchemaError(_foreign(place, table.name))
    if schema_version.name not in names:
        return 0
    found = _read_versions(conn, place)
    if not found and _is_ours(inspector, schema_version):
        return 0  # a server that commits each table by itself was left in the middle
    if len(found) != 1:
        raise SchemaError(_foreign(place, schema_version.name))
    if not 1 <= found[0] <= SCHEMA_VERSION:
        raise SchemaError(
            f"database {place} holds checkpoints of schema version {found[0]!r} and this release "
            f"reads version {SCHEMA_VERSION}: upgrade secondhalf or use another database"
        )
    return found[0]


def create(conn: Connection) -> None:
    """Create what is missing and record the version. The caller holds the set-up lock."""
    metadata.create_all(conn)
    conn.execute(insert(schema_version).values(version=SCHEMA_VERSION, generation=0))


def generation(conn: Connection) -> int:
    """The generation of chunks; until the transaction ends nobody deletes any."""
    query = select(schema_version.c.generation).with_for_update(read=True)
    return int(conn.execute(query).scalar_one())


def next_generation(conn: Connection) -> None:
    """Say that chunks are about to be deleted; waits for those who are storing some."""
    c = schema_version.c
    conn.execute(update(schema_version).values(generation=c.generation + 1))


def _is_ours(inspector: Inspector, table: Table) -> bool:
    found = {column["name"] for column in inspector.get_columns(table.name)}
    return found == {column.name for column in table.columns}


def _read_versions(conn: Connection, place: str) -> list[int]:
    try:
        return [int(found) for found in conn.execute(select(schema_version.c.version)).scalars()]
    except DBAPIError as error:
        raise SchemaError(_foreign(place, schema_version.name)) from error.orig


def _foreign(place: str, table: str) -> str:
    return (
        f"database {place} has a table {table!r} that this checkpointer did not make: "
        "use another database"
    )
