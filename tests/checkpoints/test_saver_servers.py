"""What the servers will be told, as far as that can be seen without one."""

import pytest
from sqlalchemy import Dialect
from sqlalchemy.dialects.mysql.pymysql import dialect as mysql_dialect
from sqlalchemy.dialects.postgresql.psycopg import dialect as postgresql_dialect
from sqlalchemy.schema import CreateTable

from secondhalf.checkpoints.schema import DATA_TABLES, Identifier
from secondhalf.checkpoints.statements import insert_or_ignore, insert_or_replace

MARIADB_KEY_BYTES = 3072
DIALECTS: dict[str, Dialect] = {
    "postgresql": postgresql_dialect(),  # type: ignore[no-untyped-call]  # untyped upstream
    "mysql": mysql_dialect(),
}


class FakeConnection:
    """Has the one attribute that the choice of statement looks at."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect


@pytest.mark.parametrize(("name", "binary"), [("postgresql", "BYTEA"), ("mysql", "LONGBLOB")])
def test_values_and_ids_are_binary_everywhere(name: str, binary: str) -> None:
    """No value is text, no id has a collation, and no table refers to another."""
    for table in DATA_TABLES:
        ddl = str(CreateTable(table).compile(dialect=DIALECTS[name]))
        assert binary in ddl
        assert "TEXT" not in ddl
        assert "REFERENCES" not in ddl


def test_keys_fit_mariadb() -> None:
    """Each primary key stays below the server's limit."""
    for table in DATA_TABLES:
        lengths = [
            column.type.length if isinstance(column.type, Identifier) else 4
            for column in table.primary_key
        ]
        assert sum(lengths) <= MARIADB_KEY_BYTES


@pytest.mark.parametrize(
    ("name", "replace", "ignore"),
    [
        ("postgresql", "DO UPDATE SET", "DO NOTHING"),
        ("mysql", "ON DUPLICATE KEY UPDATE", "ON DUPLICATE KEY UPDATE"),
    ],
)
def test_upserts_are_spelled_for_each_server(name: str, replace: str, ignore: str) -> None:
    """Both kinds of insert compile on every table."""
    connection = FakeConnection(DIALECTS[name])
    for table in DATA_TABLES:
        for build, expected in ((insert_or_replace, replace), (insert_or_ignore, ignore)):
            statement = build(connection, table)  # type: ignore[arg-type]  # only the dialect is read
            assert expected in str(statement.compile(dialect=DIALECTS[name]))
