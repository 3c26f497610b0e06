"""Of two who go on from the same checkpoint, one is told that the other was faster.

A fenced saver claims the parent of each checkpoint it stores: a parent has one child. A checkpoint
that the caller asked for by its id while newer ones were there may have more, since going on from
there is what a fork is.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import Connection, select, tuple_

from secondhalf.checkpoints import schema
from secondhalf.checkpoints.errors import ThreadForkedError
from secondhalf.checkpoints.statements import batches, insert_rows
from secondhalf.checkpoints.writes import Change

_REMEMBERED = 10_000


@runtime_checkable
class Fenceable(Protocol):
    """A saver that can be told to let no thread fork by accident."""

    def with_fencing(self) -> Any:
        """A copy that is fenced and shares everything else."""
        ...


class Wanted:
    """The old checkpoints that were asked for on purpose, the last few thousand of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: OrderedDict[tuple[bytes, str], None] = OrderedDict()

    def add(self, space: bytes, checkpoint_id: str) -> None:
        """This checkpoint ("" for the start of the thread) may be forked."""
        with self._lock:
            self._keys[space, checkpoint_id] = None
            while len(self._keys) > _REMEMBERED:
                self._keys.popitem(last=False)

    def holds(self, space: bytes, checkpoint_id: str | None) -> bool:
        """Whether this checkpoint may be forked."""
        with self._lock:
            return (space, checkpoint_id or "") in self._keys


def claims(changes: Sequence[Change]) -> list[tuple[bytes, bytes, bytes]]:
    """The claims of `changes` as rows: of two for the same parent the first."""
    claiming = {
        (change.space, schema.encoded(change.parent_id or "")): change
        for change in reversed(changes)
        if change.claims
    }
    return [(*key, schema.encoded(claiming[key].address.checkpoint_id)) for key in sorted(claiming)]


def claim(conn: Connection, changes: Sequence[Change]) -> dict[int, ThreadForkedError]:
    """Claim the parents of `changes`; why not, by the id of the change, where others have."""
    rows = claims(changes)
    if not rows:
        return {}
    if insert_rows(conn, schema.claims, rows, "ignore") == len(rows):
        return {}
    owners = _owners(conn, [row[:2] for row in rows])
    return {
        id(change): _forked(change)
        for change in changes
        if change.claims
        and owners[change.space, change.parent_id or ""] != change.address.checkpoint_id
    }


def _owners(conn: Connection, keys: Sequence[tuple[bytes, bytes]]) -> dict[tuple[bytes, str], str]:
    c = schema.claims.c
    found: dict[tuple[bytes, str], str] = {}
    for batch in batches(keys):
        pairs = [(space, parent.decode("utf-8", "surrogatepass")) for space, parent in batch]
        query = select(c.space, c.parent_id, c.checkpoint_id)
        query = query.where(tuple_(c.space, c.parent_id).in_(pairs))
        if conn.dialect.name != "sqlite":
            query = query.with_for_update(read=True)  # see what was committed a moment ago
        found.update(
            ((bytes(space), parent), child) for space, parent, child in conn.execute(query)
        )
    return found


def _forked(change: Change) -> ThreadForkedError:
    return ThreadForkedError(
        f"thread {change.address.thread_id!r} was continued by another run meanwhile: this one "
        "is not stored; read the thread again and go on from there"
    )
