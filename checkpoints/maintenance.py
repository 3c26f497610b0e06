"""Deleting, copying and pruning, without taking away what a kept checkpoint still needs."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from langgraph.checkpoint.serde.base import SerializerProtocol
from sqlalchemy import ColumnElement, Connection, Table, delete, insert, literal, select, update

from secondhalf.checkpoints.address import Namespace
from secondhalf.checkpoints.delta import Ancestor, keys_of, trace
from secondhalf.checkpoints.errors import ThreadExistsError
from secondhalf.checkpoints.schema import (
    DATA_TABLES,
    EMPTY,
    Identifier,
    blobs,
    checkpoints,
    writes,
)
from secondhalf.checkpoints.statements import batches, inside

_DELETED = "\0deleted"
"""The run id of a checkpoint that only stays because a later one is rebuilt from it."""


class Node(NamedTuple):
    """What maintenance needs to know of a checkpoint."""

    parent_id: str | None
    run_id: str | None
    versions: dict[str, Any]
    metadata: dict[str, Any]


Family = dict[str, Node]
"""All checkpoints of one namespace by id."""


def delete_threads(conn: Connection, thread_ids: Sequence[str]) -> None:
    """Remove every row of these threads."""
    for table in DATA_TABLES:
        for batch in batches(thread_ids):
            conn.execute(delete(table).where(table.c.thread_id.in_(batch)))


def copy_thread(conn: Connection, source: str, target: str) -> None:
    """Give every row of `source` a twin under `target`, inside the database.

    Raises:
        ThreadExistsError: `target` holds rows already.
    """
    for table in DATA_TABLES:
        taken = select(literal(1)).select_from(table).where(table.c.thread_id == target).limit(1)
        if conn.execute(taken).first() is not None:
            raise ThreadExistsError(
                f"thread {target!r} already holds checkpoints: copy {source!r} to a new thread id "
                "or delete the target first"
            )
    for table in DATA_TABLES:
        rest = [column for column in table.columns if column.name != "thread_id"]
        rows = select(literal(target, Identifier(512)), *rest).where(table.c.thread_id == source)
        names = ["thread_id", *(column.name for column in rest)]
        conn.execute(insert(table).from_select(names, rows))


def prune_threads(conn: Connection, serde: SerializerProtocol, thread_ids: Sequence[str]) -> None:
    """Keep the latest checkpoint of each namespace, and what rebuilds its delta channels."""
    for namespace in _namespaces(conn, checkpoints.c.thread_id, thread_ids):
        family = _family(conn, serde, namespace)
        _keep(conn, namespace, family, [max(family)])


def delete_runs(conn: Connection, serde: SerializerProtocol, run_ids: Sequence[str]) -> None:
    """Remove what these runs stored, unless a delta channel of another run needs it.

    Checkpoints that had to stay lose their run id, and go as soon as nothing needs them. A run may
    have written on the last checkpoint of the run before it: such writes go too.
    """
    doomed = {*run_ids, _DELETED}
    for namespace in _namespaces(conn, checkpoints.c.run_id, run_ids):
        family = _family(conn, serde, namespace)
        wanted = [id_ for id_, node in family.items() if node.run_id not in doomed]
        needed = _keep(conn, namespace, family, wanted)
        for batch in batches(run_ids):
            conn.execute(
                update(checkpoints)
                .where(inside(checkpoints, namespace), checkpoints.c.run_id.in_(batch))
                .values(run_id=_DELETED)
            )
        _delete_writes(conn, namespace, doomed, [id_ for id_ in wanted if id_ not in needed])


def _delete_writes(
    conn: Connection, namespace: Namespace, run_ids: Collection[str], on: Sequence[str]
) -> None:
    """Remove the writes of `run_ids` that lie on the checkpoints `on`."""
    c = writes.c
    query = select(c.checkpoint_id, c.run_id).where(
        inside(writes, namespace), c.run_id.is_not(None)
    )
    places = set(on)
    found = {(id_, run) for id_, run in conn.execute(query.distinct()) if run in run_ids}
    for checkpoint_id, run_id in sorted(found):
        if checkpoint_id in places:
            conn.execute(
                delete(writes).where(
                    inside(writes, namespace), c.checkpoint_id == checkpoint_id, c.run_id == run_id
                )
            )


def _namespaces(conn: Connection, column: Any, values: Sequence[str]) -> list[Namespace]:
    found: dict[Namespace, None] = {}
    for batch in batches(values):
        query = select(checkpoints.c.thread_id, checkpoints.c.checkpoint_ns).where(
            column.in_(batch)
        )
        found.update((Namespace(*row), None) for row in conn.execute(query.distinct()))
    return list(found)


def _family(conn: Connection, serde: SerializerProtocol, namespace: Namespace) -> Family:
    c = checkpoints.c
    query = select(
        c.checkpoint_id, c.parent_id, c.run_id, c.type, c.checkpoint, c.metadata_type, c.metadata
    ).where(inside(checkpoints, namespace))
    return {
        id_: Node(
            parent,
            run,
            serde.loads_typed((kind, payload))["channel_versions"],
            serde.loads_typed((metadata_kind, metadata)),
        )
        for id_, parent, run, kind, payload, metadata_kind, metadata in conn.execute(query)
    }


def _keep(
    conn: Connection, namespace: Namespace, family: Family, wanted: Collection[str]
) -> set[str]:
    """Delete all of a namespace but `wanted`, the ancestors they need, and their values.

    Returns the ancestors that `wanted` need.
    """
    stored = _values(conn, namespace)
    filled = {key for key, kind in stored.items() if kind != EMPTY}
    needed = _needed(family, wanted, filled)
    kept = needed.union(wanted)
    gone = [id_ for id_ in family if id_ not in kept]
    _delete(conn, checkpoints, namespace, checkpoints.c.checkpoint_id, gone)
    _delete(conn, writes, namespace, writes.c.checkpoint_id, gone)
    used = {
        key for id_ in kept for key in keys_of(family[id_].versions, family[id_].versions).values()
    }
    unused = [key for key in stored if key not in used]
    _delete(conn, blobs, namespace, blobs.c.channel_version, unused)
    return needed


def _needed(family: Family, wanted: Iterable[str], filled: Collection[str]) -> set[str]:
    """The ancestors that rebuild the delta channels of `wanted`.

    LangGraph counts the steps since a delta channel's last snapshot in the metadata: a channel that
    was ever counted is one.
    """
    delta: set[str] = set()
    for node in family.values():
        delta.update(node.metadata.get("counters_since_delta_snapshot") or ())
    needed: set[str] = set()
    for checkpoint_id in wanted if delta else ():
        own = keys_of(family[checkpoint_id].versions, delta)
        absent = [name for name, key in own.items() if key not in filled]
        for chain, _ in trace(_line(family, checkpoint_id, delta, filled), absent).values():
            needed.update(chain)
    return needed


def _line(
    family: Family, checkpoint_id: str, channels: Collection[str], filled: Collection[str]
) -> Iterator[Ancestor]:
    seen = {checkpoint_id}
    parent = family[checkpoint_id].parent_id
    while parent is not None and parent in family and parent not in seen:
        seen.add(parent)
        keys = keys_of(family[parent].versions, channels)
        yield Ancestor(parent, {name: key for name, key in keys.items() if key in filled})
        parent = family[parent].parent_id


def _values(conn: Connection, namespace: Namespace) -> dict[str, str]:
    """The key and type of every value of a namespace."""
    query = select(blobs.c.channel_version, blobs.c.type).where(inside(blobs, namespace))
    return {row[0]: row[1] for row in conn.execute(query)}


def _delete(
    conn: Connection,
    table: Table,
    namespace: Namespace,
    column: ColumnElement[str],
    keys: Sequence[str],
) -> None:
    for batch in batches(keys):
        conn.execute(delete(table).where(inside(table, namespace), column.in_(batch)))
