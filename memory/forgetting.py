"""Deleting what is kept of a thread or a principal, and what was learned from it."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, Connection, Table, delete, select

from secondhalf.memory import labels as rows
from secondhalf.memory import schema
from secondhalf.memory.records import INTERRUPTED
from secondhalf.memory.schema import key_of
from secondhalf.memory.tallies import forget_tallies
from secondhalf.state.errors import InputError

_BATCH = 500  # databases limit how many values a statement may have


class DeletesThreads(Protocol):
    """The part of a LangGraph saver that forgetting needs."""

    def delete_thread(self, thread_id: str) -> None:
        """Remove all checkpoints of a thread."""
        ...


class Forgotten(NamedTuple):
    """What was deleted, or would be."""

    threads: tuple[str, ...] = ()
    """Whose checkpoints go, where a checkpointer was given."""
    routes: int = 0
    """With their prompts, answers, paths and traces."""
    unfinished: int = 0
    """Those of the routes that still ran or waited. A process that runs one now may write again."""
    feedback: int = 0
    labels: int = 0
    """Scores of answers that were learned from; what was learned is learned anew without them."""
    erased: bool | None = None
    """Whether nothing of it is left in the SQLite file; None on a server, which reuses the space in
    its own time, and where nothing was deleted."""


class Subject(NamedTuple):
    """Whose data is to be forgotten: either a thread's or a principal's."""

    thread_id: str | None
    principal: str | None

    def check(self) -> None:
        """Refuse what names nobody, or two.

        Raises:
            InputError: it does.
        """
        if (self.thread_id is None) == (self.principal is None):
            raise InputError("name either a thread or a principal to forget")
        if not (self.thread_id or self.principal):
            raise InputError("an empty name stands for everybody without one: name whom to forget")

    def routes(self) -> ColumnElement[bool]:
        """The routes to delete."""
        table = schema.routes.c
        if self.thread_id is not None:
            return table.thread_id == key_of(self.thread_id)
        return table.principal == key_of(self.principal or "")


class Found(NamedTuple):
    """The rows that are to go."""

    threads: tuple[str, ...]
    tenants: tuple[str, ...]
    """Who has learned from them."""
    routes: tuple[str, ...]
    """Their keys."""
    labels: tuple[str, ...]
    feedback: int
    unfinished: int

    @property
    def report(self) -> Forgotten:
        """For those who asked."""
        return Forgotten(
            self.threads, len(self.routes), self.unfinished, self.feedback, len(self.labels)
        )


def find(connection: Connection, subject: Subject) -> Found:
    """What is kept of ``subject``."""
    table = schema.routes
    own = connection.execute(select(table).where(subject.routes())).mappings().all()
    keys = [row["route_id"] for row in own]
    told = _spoken_of(connection, subject)
    labels = list(_in(connection, select(schema.labels.c.id), schema.labels.c.route_id, keys))
    labels += _labels_by(connection, subject, told)
    judged = _in(connection, select(table.c.body), table.c.route_id, told)
    threads = [_named(row["body"], "thread_id") for row in own]
    threads += [subject.thread_id] if subject.thread_id is not None else []
    tenants = [_named(row["body"], "tenant") for row in own]
    tenants += [_named(body, "tenant") for body in judged]
    return Found(
        threads=tuple(sorted(set(threads) - {""})),
        tenants=tuple(sorted(set(tenants))),
        routes=tuple(keys),
        labels=tuple(dict.fromkeys(labels)),
        feedback=len(_words(connection, keys, subject)),
        unfinished=sum(row["status"] in INTERRUPTED for row in own),
    )


def remove(
    connection: Connection, subject: Subject, unlearn: Callable[[Connection, str], None]
) -> Found:
    """Delete what is kept of ``subject``; ``unlearn`` is told of each tenant that learned from it.

    Whatever began since somebody looked is deleted too: it is looked for anew.
    """
    for tenant in find(connection, subject).tenants:  # their locks come before any other
        unlearn(connection, tenant)
    found = find(connection, subject)
    rows.drop(connection, found.labels)
    for table in (schema.paths, schema.events, schema.feedback, schema.pairs, schema.routes):
        _delete(connection, table, found.routes)
    if subject.principal is not None:
        said = schema.feedback.c.principal == key_of(subject.principal)
        connection.execute(delete(schema.feedback).where(said))
        forget_tallies(connection, subject.principal)
    return found


def _spoken_of(connection: Connection, subject: Subject) -> list[str]:
    """Keys of the routes on which the principal has given feedback."""
    if subject.principal is None:
        return []
    table = schema.feedback
    query = select(table.c.route_id).filter_by(principal=key_of(subject.principal))
    return list(connection.scalars(query.distinct()))


def _labels_by(connection: Connection, subject: Subject, keys: list[str]) -> Iterator[str]:
    """Ids of the labels that are the principal's word, on anybody's routes."""
    for key in keys:
        for name, label in rows.of_route_key(connection, key).items():
            if label is not None and label.principal == subject.principal:
                yield name


def _words(connection: Connection, own: list[str], subject: Subject) -> set[str]:
    """Ids of the words on the routes, or by the principal."""
    table = schema.feedback
    found = set(_in(connection, select(table.c.id), table.c.route_id, own))
    if subject.principal is not None:
        by = select(table.c.id).filter_by(principal=key_of(subject.principal))
        found.update(connection.scalars(by))
    return found


def _in(
    connection: Connection, query: Any, column: ColumnElement[Any], keys: Iterable[str]
) -> Iterator[Any]:
    """The first column of ``query`` where ``column`` is one of ``keys``."""
    wanted = list(keys)
    for start in range(0, len(wanted), _BATCH):
        yield from connection.scalars(query.where(column.in_(wanted[start : start + _BATCH])))


def _delete(connection: Connection, table: Table, keys: tuple[str, ...]) -> None:
    for start in range(0, len(keys), _BATCH):
        chosen = table.c.route_id.in_(keys[start : start + _BATCH])
        connection.execute(delete(table).where(chosen))


def _named(body: str, field: str) -> str:
    """A field of a request; empty where its row is broken."""
    try:
        return str(json.loads(body).get(field, ""))
    except (ValueError, AttributeError, RecursionError):
        return ""
