"""Labels as rows: how good single answers were, in whose word, and with what else it taught."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from secondhalf.memory import schema
from secondhalf.memory.records import Row, body_of, load
from secondhalf.memory.schema import key_of
from secondhalf.state.analysis import Level, Share
from secondhalf.state.base import Noun
from secondhalf.state.estimate import Answered, Wording

_BATCH = 500  # databases limit how many values a statement may have


class Label(Noun):
    """How good the answer of an arm to a prompt was."""

    prompt: str
    arm: str
    score: Share
    principal: str | None = None
    """Whose word it is; None if nobody's: an executable check, or told without a route."""
    level: Level = "medium"
    """Without a route: how difficult an analysis calls the prompt."""
    answer: Answered | None = None
    """Without a route: what else is known of the answer."""
    wording: Wording | None = None
    """How the answer is worded, where that is known."""
    place: int = 0
    """Without a route: which of the examples that were taught at once."""


class Kept(NamedTuple):
    """A label with its row."""

    name: str
    route_id: str
    """Its key; empty if it was told without a route."""
    given_at: float
    label: Label


def name_of(route_id: str, path: str) -> str:
    """The id of the label of a route's path."""
    return _digest(json.dumps([route_id, path]))


def name_told(tenant: str, arm: str, prompt: str) -> str:
    """The id of a label that was told without a route."""
    return _digest(json.dumps([tenant, arm, prompt]))


def keep(
    connection: Connection, tenant: str, route_id: str, labels: Mapping[str, Label], now: float
) -> None:
    """Store labels by their id, none of which is there, as of ``now`` (Unix time in seconds)."""
    rows: list[Row] = [
        {
            "id": name,
            "tenant": key_of(tenant),
            "route_id": key_of(route_id) if route_id else "",
            "arm": key_of(label.arm),
            "given_at": now,
            "body": body_of(label),
        }
        for name, label in labels.items()
    ]
    for start in range(0, len(rows), _BATCH):
        connection.execute(insert(schema.labels), rows[start : start + _BATCH])


def rewrite(connection: Connection, labels: Mapping[str, Label]) -> None:
    """Put these in the place of those of the same ids; they keep their time."""
    for name, label in labels.items():
        change = update(schema.labels).filter_by(id=name)
        connection.execute(change.values(body=body_of(label)))


def drop(connection: Connection, names: Iterable[str]) -> int:
    """Delete labels by their ids; returns how many there were."""
    all_names = list(names)
    column = schema.labels.c.id
    return sum(
        connection.execute(
            delete(schema.labels).where(column.in_(all_names[start : start + _BATCH]))
        ).rowcount
        for start in range(0, len(all_names), _BATCH)
    )


def of_route(connection: Connection, route_id: str) -> dict[str, Label | None]:
    """The labels of a route by their ids; None for one that cannot be read."""
    return of_route_key(connection, key_of(route_id))


def of_route_key(connection: Connection, key: str) -> dict[str, Label | None]:
    """The same of a route by its key."""
    query = select(schema.labels).filter_by(route_id=key)
    rows = connection.execute(query).mappings()
    return {row["id"]: load(Label, row["body"], "a label", []) for row in rows}


def there(connection: Connection, names: Sequence[str]) -> dict[str, Label | None]:
    """Those labels of these ids that are kept; None for one that cannot be read."""
    found: dict[str, Label | None] = {}
    for start in range(0, len(names), _BATCH):
        query = select(schema.labels.c.id, schema.labels.c.body)
        query = query.where(schema.labels.c.id.in_(names[start : start + _BATCH]))
        for name, body in connection.execute(query):
            found[name] = load(Label, body, "a label", [])
    return found


def number_of(connection: Connection, tenant: str) -> int:
    """How many labels a tenant has."""
    query = select(func.count()).select_from(schema.labels).filter_by(tenant=key_of(tenant))
    return connection.scalar(query) or 0


def newest(connection: Connection, tenant: str, most: int) -> list[Kept]:
    """The newest labels of a tenant, the oldest of them first; broken rows are left out."""
    table = schema.labels
    query = select(table).filter_by(tenant=key_of(tenant))
    query = query.order_by(table.c.given_at.desc(), table.c.id).limit(most)
    found: list[Kept] = []
    for row in connection.execute(query).mappings():
        label = load(Label, row["body"], "a label", [])
        if label is not None:
            found.append(Kept(row["id"], row["route_id"], row["given_at"], label))
    return found[::-1]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
