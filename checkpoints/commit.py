"""Group commit: calls that arrive while a transaction is under way share the next one.

Whoever comes first commits for all that wait. A call returns when its own rows are durable.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import Connection

from secondhalf.checkpoints import fencing, schema
from secondhalf.checkpoints.database import Database
from secondhalf.checkpoints.errors import (
    DatabaseError,
    DatabaseFullError,
    DisappointedError,
    ThreadForkedError,
)
from secondhalf.checkpoints.statements import Insert, at_once
from secondhalf.checkpoints.writes import Change, ChunkKey, inserts, store

_MOST = 256
"""Calls in one transaction."""
_REMEMBERED = 100_000
"""Chunks of which this process knows that they are stored: about 15 MB."""

_LONGEST_PAUSE = 0.0005

Lost = Mapping[int, ThreadForkedError]


class _Call:
    """A change that waits, in a thread or on an event loop."""

    def __init__(self, change: Change, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.change = change
        self.loop = loop
        self.done: Future[None] | asyncio.Future[None]
        self.done = Future() if loop is None else loop.create_future()

    def finish(self, error: BaseException | None) -> None:
        """Wake whoever waits, in its own thread; one who stopped waiting is not missed."""
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class _Outcome(NamedTuple):
    call: _Call
    error: BaseException | None


def pause_before(since: float, took: float) -> float:
    """Seconds to wait for a checkpoint, `since` seconds after a commit that `took` some."""
    return max(0.0, min(_LONGEST_PAUSE, took / 4) - since)


class Committer:
    """The queue of changes of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Call] = deque()
        self._turn = threading.Lock()
        self._due: set[asyncio.AbstractEventLoop] = set()
        """Loops whose calls of this turn the writer is yet to be told of."""
        self._known: set[ChunkKey] = set()
        self._generation = -1
        self._ended = self._took = 0.0

    def store(self, change: Change) -> None:
        """Store `change`, together with what else waits.

        Raises:
            DatabaseError: the database refused; nothing of `change` was stored.
            ThreadForkedError: another checkpoint has followed its parent.
        """
        call = _Call(change)
        self._waiting.append(call)
        while not call.done.done() and self._turn.acquire(blocking=False):
            self._commit_some()
        if self._waiting:
            self._database.writer.submit(self._commit_all)
        assert isinstance(call.done, Future)
        call.done.result()

    async def astore(self, change: Change) -> None:
        """`store` without blocking. A cancelled caller leaves its change to be stored whole."""
        writer, loop = self._database.writer, asyncio.get_running_loop()
        call = _Call(change, loop)
        self._waiting.append(call)
        if loop not in self._due:
            # A step's writes and the checkpoint after it come in one turn of the loop.
            self._due.add(loop)
            loop.call_soon(self._hand_over, loop, writer)
        assert isinstance(call.done, asyncio.Future)
        await call.done

    def _hand_over(self, loop: asyncio.AbstractEventLoop, writer: Executor) -> None:
        """Let the writer commit what this turn of ``loop`` brought."""
        self._due.discard(loop)
        # Whoever holds the turn looks at the queue once more after giving it back.
        if self._waiting and not self._turn.locked():
            try:
                writer.submit(self._commit_all)
            except RuntimeError:  # closed in this very turn
                self._refuse()

    def _refuse(self) -> None:
        while self._waiting:
            call = self._waiting.popleft()
            _tell([_Outcome(call, self._database.closed())])

    def _commit_all(self) -> None:
        while self._waiting and self._turn.acquire(blocking=False):
            self._commit_some()

    def _commit_some(self) -> None:
        """Commit what waits; the caller has the turn, which ends here."""
        try:
            self._let_a_checkpoint_catch_up()
            calls: list[_Call] = []
            while self._waiting and len(calls) < _MOST:
                calls.append(self._waiting.popleft())
            began = time.monotonic()
            outcomes = self._commit(calls) if calls else []
            self._ended = time.monotonic()
            self._took = self._ended - began
        finally:
            self._turn.release()
        _tell(outcomes)

    def _let_a_checkpoint_catch_up(self) -> None:
        """Wait an instant after a commit if only writes are there to be committed.

        LangGraph stores a checkpoint as soon as the one before it is durable. If that one's writes
        went alone, the checkpoint would wait for a flush of theirs.
        """
        if not self._waiting or not self._database.distant:
            return
        if not any(c.change.checkpoint for c in tuple(self._waiting)):
            time.sleep(pause_before(time.monotonic() - self._ended, self._took))

    def _commit(self, calls: Sequence[_Call]) -> list[_Outcome]:
        changes = [call.change for call in calls]
        try:
            lost: Lost = {}
            if not self._stored_at_once(changes):
                lost = self._database.write(lambda conn: self._store(conn, changes))
        except BaseException as error:  # noqa: BLE001 - those who wait raise it
            if len(calls) > 1 and type(error) in (DatabaseError, DatabaseFullError):
                # One of them cannot be stored: the others must not suffer.
                return [outcome for call in calls for outcome in self._commit([call])]
            return [_Outcome(call, error) for call in calls]
        self._remember(change for change in changes if id(change) not in lost)
        return [_Outcome(call, lost.get(id(call.change))) for call in calls]

    def _stored_at_once(self, changes: Sequence[Change]) -> bool:
        """Whether all could be stored by one statement, which hopes that nobody was faster."""
        chunks = any(change.chunks for change in changes)
        if not self._database.stores_at_once or (chunks and self._must_ask()):
            return False
        claims = fencing.claims(changes)
        if len(claims) < sum(change.claims for change in changes):  # rivals among themselves
            return False
        rows = [Insert(schema.claims, claims, "refuse"), *inserts(changes, self._known)]
        statement = at_once(rows, self._generation if chunks else None)
        if statement is None:
            return False
        try:
            self._database.write_at_once(*statement)
        except DisappointedError:
            return False
        return True

    def _must_ask(self) -> bool:
        """Whether the generation is not known, or its chunks are to be forgotten."""
        return self._generation < 0 or len(self._known) > _REMEMBERED

    def _store(self, conn: Connection, changes: Sequence[Change]) -> Lost:
        """Store what may be stored; returns why not, by the id of the change."""
        lost = fencing.claim(conn, changes)
        kept = [change for change in changes if id(change) not in lost]
        if any(change.chunks for change in kept):
            self._forget_before(schema.generation(conn))
        store(conn, kept, self._known)
        return lost

    def _forget_before(self, generation: int) -> None:
        if generation != self._generation or len(self._known) > _REMEMBERED:
            self._known.clear()
            self._generation = generation

    def _remember(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._known.update((change.space, name) for name in change.chunks)


def _tell(outcomes: Sequence[_Outcome]) -> None:
    loops: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        if outcome.call.loop is None:
            outcome.call.finish(outcome.error)
        else:
            loops.setdefault(outcome.call.loop, []).append(outcome)
    for loop, members in loops.items():
        with suppress(RuntimeError):  # the loop was closed: nobody waits there any more
            loop.call_soon_threadsafe(_finish, members)


def _finish(outcomes: Sequence[_Outcome]) -> None:
    for call, error in outcomes:
        call.finish(error)
