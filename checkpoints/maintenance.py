"""Deleting, copying and pruning, without taking away what a kept checkpoint still needs."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from langgraph.checkpoint.serde.base import SerializerProtocol
from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Table,
    delete,
    insert,
    literal,
    select,
    update,
)

from secondhalf.checkpoints.chunks import NAMES, Packed, inflate, names_in
from secondhalf.checkpoints.delta import Ancestor, keys_of, trace
from secondhalf.checkpoints.errors import ThreadExistsError
from secondhalf.checkpoints.keys import run_key, space_of, thread_range
from secondhalf.checkpoints.schema import (
    DATA_TABLES,
    Text,
    blobs,
    checkpoints,
    chunks,
    claims,
    next_generation,
    writes,
)
from secondhalf.checkpoints.statements import batches

_DELETED = run_key("\0deleted")
"""The run of a checkpoint that only stays because a later one is rebuilt from it."""

Choice = Callable[["Family"], Collection[str]]
"""Which checkpoints of a namespace are wanted."""


class Node(NamedTuple):
    """What maintenance needs to know of a checkpoint."""

    parent_id: str | None
    run: bytes | None
    ts: str
    versions: dict[str, Any]
    metadata: dict[str, Any]


Family = dict[str, Node]
"""All checkpoints of one namespace by id."""


def delete_threads(conn: Connection, thread_ids: Sequence[str]) -> None:
    """Remove every row of these threads."""
    next_generation(conn)
    for thread_id in thread_ids:
        for table in DATA_TABLES:
            conn.execute(delete(table).where(table.c.space.between(*thread_range(thread_id))))


def copy_thread(conn: Connection, source: str, target: str) -> None:
    """Give every row of `source` a twin under `target`, inside the database.

    Raises:
        ThreadExistsError: `target` holds rows already.
    """
    for table in DATA_TABLES:
        taken = table.c.space.between(*thread_range(target))
        if conn.execute(select(literal(1)).select_from(table).where(taken).limit(1)).first():
            raise ThreadExistsError(
                f"thread {target!r} already holds checkpoints: copy {source!r} to a new thread id "
                "or delete the target first"
            )
    start = space_of(target, "")[: len(thread_range(target)[0]) - 8]
    for table in DATA_TABLES:
        query = select(table.c.space).where(table.c.space.between(*thread_range(source)))
        for space in conn.execute(query.distinct()).scalars().all():
            changed: dict[str, ColumnElement[Any]] = {
                "space": literal(start + bytes(space)[len(start) :], LargeBinary),
                "thread_id": literal(target, Text()),
            }
            names = [column.name for column in table.columns]
            columns: list[ColumnElement[Any]] = [changed.get(n, table.c[n]) for n in names]
            rows = select(*columns)
            rows = rows.where(table.c.space == space)
            conn.execute(insert(table).from_select(names, rows))


def spaces_of(conn: Connection, thread_ids: Sequence[str] | None) -> list[bytes]:
    """The namespaces of these threads, or of all, that hold checkpoints."""
    query = select(checkpoints.c.space).distinct()
    if thread_ids is None:
        return [bytes(space) for space in conn.execute(query).scalars()]
    return [
        bytes(space)
        for thread_id in thread_ids
        for space in conn.execute(
            query.where(checkpoints.c.space.between(*thread_range(thread_id)))
        ).scalars()
    ]


def thin(conn: Connection, serde: SerializerProtocol, space: bytes, choice: Choice) -> int:
    """Keep what `choice` wants of a namespace, and what rebuilds its delta channels.

    Returns how many checkpoints went.
    """
    next_generation(conn)
    family = _family(conn, serde, space)
    kept = _keep(conn, space, family, choice(family)) if family else set[str]()
    return len(family) - len(kept)


def delete_runs(conn: Connection, serde: SerializerProtocol, run_ids: Sequence[str]) -> None:
    """Remove what these runs stored, unless a delta channel of another run needs it.

    Checkpoints that had to stay lose their run, and go as soon as nothing needs them. A run may
    have written on the last checkpoint of the run before it: such writes go too.
    """
    runs = [run_key(run_id) for run_id in run_ids]
    doomed = {*runs, _DELETED}
    next_generation(conn)
    spaces: dict[bytes, None] = {}
    for batch in batches(runs):
        query = select(checkpoints.c.space).where(checkpoints.c.run.in_(batch)).distinct()
        spaces.update((bytes(space), None) for space in conn.execute(query).scalars())
    for space in spaces:
        family = _family(conn, serde, space)
        wanted = [id_ for id_, node in family.items() if node.run not in doomed]
        needed = _keep(conn, space, family, wanted) - set(wanted)
        needed |= _needed(family, wanted, _values(conn, space)) & set(wanted)
        for batch in batches(runs):
            conn.execute(
                update(checkpoints)
                .where(checkpoints.c.space == space, checkpoints.c.run.in_(batch))
                .values(run=_DELETED)
            )
        _delete_writes(conn, space, doomed, [id_ for id_ in wanted if id_ not in needed])


def _delete_writes(
    conn: Connection, space: bytes, runs: Collection[bytes], on: Sequence[str]
) -> None:
    """Remove the writes of `runs` that lie on the checkpoints `on`."""
    c = writes.c
    query = select(c.checkpoint_id, c.run).where(c.space == space, c.run.is_not(None))
    places = set(on)
    found = {(id_, bytes(run)) for id_, run in conn.execute(query.distinct())}
    for checkpoint_id, run in sorted(found):
        if run in runs and checkpoint_id in places:
            conn.execute(
                delete(writes).where(
                    c.space == space, c.checkpoint_id == checkpoint_id, c.run == run
                )
            )


def _family(conn: Connection, serde: SerializerProtocol, space: bytes) -> Family:
    c = checkpoints.c
    query = select(
        c.checkpoint_id, c.parent_id, c.run, c.type, c.checkpoint, c.metadata_type, c.metadata
    ).where(c.space == space)
    family: Family = {}
    for id_, parent, run, kind, payload, metadata_kind, metadata in conn.execute(query):
        checkpoint = serde.loads_typed((kind, payload))
        family[id_] = Node(
            parent,
            None if run is None else bytes(run),
            str(checkpoint.get("ts", "")),
            checkpoint["channel_versions"],
            serde.loads_typed((metadata_kind, metadata)),
        )
    return family


def _keep(conn: Connection, space: bytes, family: Family, wanted: Collection[str]) -> set[str]:
    """Delete all of a namespace but `wanted`, the ancestors they need, and their values.

    Returns what was kept.
    """
    filled = _values(conn, space)
    kept = _needed(family, wanted, filled).union(wanted)
    gone = [id_ for id_ in family if id_ not in kept]
    _delete(conn, checkpoints, space, checkpoints.c.checkpoint_id, gone)
    _delete(conn, writes, space, writes.c.checkpoint_id, gone)
    _delete(conn, claims, space, claims.c.checkpoint_id, gone)
    _delete(conn, claims, space, claims.c.parent_id, gone)
    used = {
        key for id_ in kept for key in keys_of(family[id_].versions, family[id_].versions).values()
    }
    unused = [key for key in filled if key not in used]
    _delete(conn, blobs, space, blobs.c.channel_version, unused)
    if gone or unused:
        _sweep(conn, space)
    return kept


def _sweep(conn: Connection, space: bytes) -> None:
    """Delete the chunks that no value of a namespace is made of any more."""
    stored = {
        bytes(name)
        for name in conn.execute(select(chunks.c.digest).where(chunks.c.space == space)).scalars()
    }
    if not stored:
        return
    wanted: dict[int, set[bytes]] = {}
    for table in (blobs, writes):
        query = select(table.c.packing, table.c.value)
        query = query.where(table.c.space == space, table.c.packing >= NAMES)
        for packing, value in conn.execute(query):
            wanted.setdefault(packing, set()).update(names_in(value))
    used: set[bytes] = set()
    for level in range(max(wanted, default=NAMES), NAMES - 1, -1):
        names = wanted.get(level, set())
        used |= names
        if level == NAMES:
            break
        below = wanted.setdefault(level - 1, set())
        for batch in batches(sorted(names)):
            query = select(chunks.c.packing, chunks.c.value)
            query = query.where(chunks.c.space == space, chunks.c.digest.in_(batch))
            for row in conn.execute(query):
                below.update(names_in(inflate(*Packed(*row))))
    _delete(conn, chunks, space, chunks.c.digest, sorted(stored - used))


def _needed(family: Family, wanted: Iterable[str], filled: Collection[bytes]) -> set[str]:
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
    family: Family, checkpoint_id: str, channels: Collection[str], filled: Collection[bytes]
) -> Iterator[Ancestor]:
    seen = {checkpoint_id}
    parent = family[checkpoint_id].parent_id
    while parent is not None and parent in family and parent not in seen:
        seen.add(parent)
        keys = keys_of(family[parent].versions, channels)
        yield Ancestor(parent, {name: key for name, key in keys.items() if key in filled})
        parent = family[parent].parent_id


def _values(conn: Connection, space: bytes) -> set[bytes]:
    """The key of every value of a namespace."""
    query = select(blobs.c.channel_version).where(blobs.c.space == space)
    return {bytes(key) for key in conn.execute(query).scalars()}


def _delete(
    conn: Connection, table: Table, space: bytes, column: ColumnElement[Any], keys: Sequence[Any]
) -> None:
    for batch in batches(keys):
        conn.execute(delete(table).where(table.c.space == space, column.in_(batch)))
