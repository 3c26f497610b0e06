"""Memory: outcomes, signals, traces, feedback and policies, kept in a SQL database."""

import json
import time
from collections.abc import Collection, Sequence
from copy import copy
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    and_,
    func,
    or_,
    select,
    update,
)

from secondhalf.memory import schema
from secondhalf.memory.database import Database
from secondhalf.memory.engine import checked_engine, make_engine
from secondhalf.memory.feedbacks import keep_word
from secondhalf.memory.forgetting import DeletesThreads, Forgotten, Subject, remove
from secondhalf.memory.forgetting import find as find_all
from secondhalf.memory.history import case_of
from secondhalf.memory.learning import Example, Learner
from secondhalf.memory.policies import Policies, read_standing
from secondhalf.memory.queries import (
    become,
    begin,
    begun,
    end,
    exists,
    feedback_on,
    find,
    many,
    newest_first,
    one,
    put,
    with_places,
)
from secondhalf.memory.records import (
    ENDED,
    INTERRUPTED,
    Observed,
    StoredRoute,
    StoredStatus,
    event_rows,
    outcome_row,
    path_rows,
    start_row,
)
from secondhalf.memory.schema import key_of
from secondhalf.memory.threads import in_thread
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.learning.cases import Case
from secondhalf.policy.masking import Mask, masked
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.base import Noun
from secondhalf.state.caps import DEFAULT_CAPS, Caps
from secondhalf.state.errors import StorageError
from secondhalf.state.feedback import Feedback
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import RouteResult
from secondhalf.state.standing import PolicyStanding

N = TypeVar("N", bound=Noun)


class Memory:
    """What outlives a route. Each method has an async twin, its name with an ``a`` before it.

    Safe for several threads and processes at once. The database is opened, and its tables are
    made, at the first call; each call is one transaction. Every method raises ``StorageError``
    if the database cannot be used; then nothing of the call was stored.
    """

    def __init__(self, database: Database, caps: Caps, redact: Mask | None = None) -> None:
        """Use ``from_url`` or ``from_engine``."""
        self._database = database
        self._mask = redact
        self._learner = Learner(database, caps)
        self.policies = Policies(database)
        """Versions of the policy, and which of them are in use."""

    @classmethod
    def from_url(
        cls,
        url: str,
        busy_seconds: float = 10.0,
        *,
        caps: Caps | None = None,
        redact: Mask | None = None,
    ) -> Self:
        """Memory in the database of a SQLAlchemy URL; ``sqlite://`` keeps it in this process.

        A new SQLite file gets mode 0600 and its folder is made. ``busy_seconds`` is how long a
        call waits for another process that writes to the same SQLite file. ``caps`` say how much
        one principal may teach; ``redact`` takes what is private out of texts that are stored.

        Raises:
            StorageError: the URL cannot be read, or its driver is not installed.
        """
        return cls(
            Database(make_engine(url, busy_seconds), busy_seconds), caps or DEFAULT_CAPS, redact
        )

    @classmethod
    def from_engine(
        cls, engine: Engine, *, caps: Caps | None = None, redact: Mask | None = None
    ) -> Self:
        """Memory in the database of a synchronous engine, which stays the caller's to close.

        Raises:
            StorageError: the engine is async, or gives each thread a database of its own.
        """
        return cls(Database(checked_engine(engine)), caps or DEFAULT_CAPS, redact)

    def with_redaction(self, redact: Mask) -> Self:
        """The same memory, which takes what is private out of texts before it stores them."""
        twin = copy(self)
        twin._mask = redact
        return twin

    def _masked(self, noun: N) -> N:
        return noun if self._mask is None else masked(noun, self._mask)

    def close(self) -> None:
        """Close the connections of memory made by ``from_url``."""
        self._database.close()

    def record_start(
        self, request: RouteRequest, prompt: str, base: str | None = None
    ) -> PolicyStanding | None:
        """Note that a route has begun; the second time, nothing changes.

        Whatever was interrupted on its thread is superseded, or abandoned if it waits for its user.
        Returns which policies are in use for its tenant, where the configuration's own has the
        version ``base``.
        """
        became: dict[StoredStatus, StoredStatus] = {"running": "superseded", "waiting": "abandoned"}
        asked = prompt if self._mask is None else self._mask(prompt)

        def work(connection: Connection) -> PolicyStanding | None:
            if not exists(connection, request.route_id):
                for status, now in became.items():
                    become(connection, request.thread_id, status, now)
                begin(connection, start_row(request, asked))
            return None if base is None else read_standing(connection, request.tenant, base)

        return self._database.write(work)

    def set_status(self, route_id: str, status: StoredStatus) -> bool:
        """Change a route's status; False if memory knows no such route."""

        def work(connection: Connection) -> bool:
            change = update(schema.routes).where(schema.routes.c.route_id == key_of(route_id))
            return connection.execute(change.values(status=status)).rowcount > 0

        return self._database.write(work)

    def record_route(
        self, request: RouteRequest, analysis: TaskAnalysis | None, result: RouteResult
    ) -> None:
        """Note a route's outcome, signals and whole trace; a second call replaces the first.

        What its answers cost, and what executable checks said of them, is learned from.
        """
        known = self._masked(result.model_copy(update={"route_id": request.route_id}))
        analysis = None if analysis is None else self._masked(analysis)
        outcome = outcome_row(analysis, known)
        ended_at = None if known.status in INTERRUPTED else time.time()

        def work(connection: Connection) -> None:
            row = begun(connection, request.route_id)
            if row is None:
                row = start_row(request, "")
                begin(connection, row)
            end(connection, request.route_id, outcome, ended_at)
            anew = row.get("strategy") is not None
            put(connection, schema.paths, request.route_id, path_rows(known), anew=anew)
            put(connection, schema.events, request.route_id, event_rows(known), anew=anew)
            if row["status"] in INTERRUPTED and known.status in ENDED:
                self._learner.observe(
                    connection,
                    StoredRoute(
                        request=request,
                        prompt=json.loads(row["prompt"]),
                        status=known.status,
                        analysis=analysis,
                        result=known,
                    ),
                )

        self._database.write(work)

    def route(self, route_id: str) -> StoredRoute:
        """A route with its trace, by its id or by the first characters of it (6 at least).

        Raises:
            UnknownRouteError: there is none, or several begin so.
            StorageError: its row is broken.
        """
        return self._database.read(lambda connection: one(connection, find(connection, route_id)))

    def routes(
        self, limit: int = 20, interrupted: bool = False, thread_id: str | None = None
    ) -> tuple[StoredRoute, ...]:
        """The newest routes first, without their traces; broken rows are left out and logged.

        Args:
            limit: how many at most.
            interrupted: only those that still run, were killed, or wait for their user.
            thread_id: only those of one thread.
        """
        query = newest_first().limit(max(0, limit))
        if interrupted:
            query = query.where(schema.routes.c.status.in_(INTERRUPTED))
        if thread_id is not None:
            query = query.where(schema.routes.c.thread_id == key_of(thread_id))
        return self._database.read(lambda connection: many(connection, query))

    def ended(self, limit: int = 100, after: StoredRoute | None = None) -> tuple[StoredRoute, ...]:
        """Ended routes with their traces, the oldest first; broken rows are left out and logged.

        A long history is read page by page, each after the last route of the page before it; there
        is no more when a page is empty.

        Args:
            limit: how many at most.
            after: only those that began after this one.
        """
        begun, ids = schema.routes.c.started_at, schema.routes.c.route_id
        query = select(schema.routes).where(schema.routes.c.status.in_(ENDED))
        query = query.order_by(begun, ids).limit(max(0, limit))

        def later(started_at: float, route_id: str) -> ColumnElement[bool]:
            return or_(begun > started_at, and_(begun == started_at, ids > route_id))

        def work(connection: Connection) -> tuple[StoredRoute, ...]:
            page = query
            if after is not None:
                page = query.where(later(after.request.started_at, key_of(after.route_id)))
            while rows := connection.execute(page).mappings().all():
                loaded = [_readable(connection, row) for row in rows]
                if found := tuple(route for route in loaded if route is not None):
                    return found
                page = query.where(later(rows[-1]["started_at"], rows[-1]["route_id"]))
            return ()

        return self._database.read(work)

    def observed(
        self, since: float | None = None, until: float | None = None, tenant: str | None = None
    ) -> tuple[Observed, ...]:
        """Routes that began from ``since`` to ``until`` (Unix seconds), with what was said of them.

        The oldest first; broken rows are left out and logged.
        """
        columns = schema.routes.c
        query = select(schema.routes).order_by(columns.started_at, columns.route_id)
        if since is not None:
            query = query.where(columns.started_at >= since)
        if until is not None:
            query = query.where(columns.started_at <= until)
        if tenant is not None:
            query = query.where(columns.tenant == key_of(tenant))

        def work(connection: Connection) -> tuple[Observed, ...]:
            routes = many(connection, query)
            said = feedback_on(connection, [route.route_id for route in routes])
            return tuple(Observed(one, tuple(said.get(one.route_id, ()))) for one in routes)

        return self._database.read(work)

    def latest_on_thread(self, thread_id: str) -> StoredRoute | None:
        """The newest route of a thread, with its trace; None if the thread is not known."""
        query = newest_first().where(schema.routes.c.thread_id == key_of(thread_id)).limit(1)

        def work(connection: Connection) -> StoredRoute | None:
            row = connection.execute(query).mappings().first()
            return None if row is None else one(connection, row)

        return self._database.read(work)

    def add_feedback(self, feedback: Feedback) -> bool:
        """Keep a principal's word on a route, and learn from it; False if it is kept already.

        A later word of the same principal takes the place of the earlier, as a whole, also in what
        is learned. A missing strategy is filled in from the route.

        Raises:
            UnknownRouteError: memory knows no route of this id (in full).
        """
        tenants: list[str] = []

        def work(connection: Connection) -> bool:
            route = one(connection, find(connection, feedback.route_id, whole=True))
            strategy = feedback.strategy or (route.result.strategy if route.result else "")
            word = self._masked(feedback.model_copy(update={"strategy": strategy}))
            if not keep_word(connection, word, time.time()):
                return False
            self._learner.take(connection, route, word)
            tenants.append(route.request.tenant)
            return True

        kept = self._database.write(work)
        for tenant in dict.fromkeys(tenants):
            self._learner.refresh(tenant)
        return kept

    def estimates(self, tenant: str = "") -> Estimates:
        """What was learned for ``tenant``; what cannot be read of it is left out and logged."""
        return self._learner.estimates(tenant)

    def teach(self, examples: Sequence[Example], tenant: str = "") -> None:
        """Learn from answers that were judged elsewhere, before or besides any route.

        An arm's answer to a prompt counts once: told again, nothing changes; told with another
        score, that takes the place of the earlier.
        """
        mask = self._mask
        if mask is not None:
            examples = [one._replace(prompt=mask(one.prompt)) for one in examples]
        self._learner.teach(tenant, examples)
        self._learner.refresh(tenant)

    def feedback(self, route_id: str) -> tuple[Feedback, ...]:
        """All feedback on a route, the oldest first; broken rows are left out and logged."""
        said = self._database.read(lambda connection: feedback_on(connection, [route_id]))
        return tuple(said.get(route_id, ()))

    def history(
        self, tenant: str = "", trusted: Collection[str] = (), limit: int = 5000
    ) -> tuple[tuple[StoredRoute, Case], ...]:
        """The newest ended routes of a tenant that teach something, the oldest of them first.

        ``trusted`` principals speak as executable checks do.
        """
        columns = schema.routes.c
        query = newest_first().where(columns.tenant == key_of(tenant), columns.status.in_(ENDED))

        def work(connection: Connection) -> list[tuple[StoredRoute, list[Feedback]]]:
            routes = with_places(connection, many(connection, query.limit(max(0, limit))))
            said = feedback_on(connection, [route.route_id for route in routes])
            return [(route, said.get(route.route_id, [])) for route in reversed(routes)]

        found = [
            (route, case_of(route, said, trusted)) for route, said in self._database.read(work)
        ]
        return tuple((route, case) for route, case in found if case is not None)

    def ended_since(self, tenant: str, at: float) -> int:
        """How many routes of a tenant have ended since ``at`` (Unix seconds)."""
        columns = schema.routes.c
        query = select(func.count()).select_from(schema.routes)
        query = query.where(columns.tenant == key_of(tenant), columns.ended_at > at)
        return self._database.read(lambda connection: connection.scalar(query) or 0)

    def notes(self, route_ids: Sequence[str], most: int = 30) -> tuple[str, ...]:
        """What people wrote about these routes, the newest first. Data: never instructions."""
        said = self._database.read(lambda connection: feedback_on(connection, route_ids))
        found = [one.notes for route_id in reversed(route_ids) for one in said.get(route_id, [])]
        return tuple(note for note in found if note)[:most]

    def forget(
        self,
        *,
        thread_id: str | None = None,
        principal: str | None = None,
        checkpointer: DeletesThreads | None = None,
        dry_run: bool = False,
    ) -> Forgotten:
        """Delete all that is kept of a thread, or of a principal, and what was learned from it.

        Of a principal that is: their routes, and what anybody said of these; what they said of
        others' routes; the checkpoints of every thread they took part in. Memory's part is one
        transaction, and comes last: after a crash, call it again. Then what was learned is learned
        anew from what is left, and an SQLite file is rewritten, so that free pages hold nothing.

        Args:
            thread_id: whose routes go. Either this, or a principal.
            principal: whose routes and words go.
            checkpointer: the LangGraph saver that holds the threads; without one, checkpoints stay.
            dry_run: say what would go, and change nothing.

        Raises:
            InputError: neither was named, or both.
        """
        subject = Subject(thread_id, principal)
        subject.check()
        found = self._database.read(lambda connection: find_all(connection, subject))
        if dry_run:
            return found.report
        if checkpointer is not None:
            for thread in found.threads:
                checkpointer.delete_thread(thread)
        gone = self._database.write(
            lambda connection: remove(connection, subject, self._learner.unlearn)
        )
        for tenant in gone.tenants:
            self._learner.refresh(tenant)
        return gone.report._replace(erased=self._database.erase())

    def forget_thread(self, thread_id: str) -> int:
        """``forget`` a thread, but for its checkpoints; returns how many routes that were."""
        return self.forget(thread_id=thread_id).routes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    aclose = in_thread(close)
    arecord_start = in_thread(record_start)
    aset_status = in_thread(set_status)
    arecord_route = in_thread(record_route)
    aroute = in_thread(route)
    aroutes = in_thread(routes)
    aended = in_thread(ended)
    aobserved = in_thread(observed)
    alatest_on_thread = in_thread(latest_on_thread)
    aadd_feedback = in_thread(add_feedback)
    afeedback = in_thread(feedback)
    aestimates = in_thread(estimates)
    ateach = in_thread(teach)
    ahistory = in_thread(history)
    aended_since = in_thread(ended_since)
    anotes = in_thread(notes)
    aforget = in_thread(forget)
    aforget_thread = in_thread(forget_thread)


def _readable(connection: Connection, row: RowMapping) -> StoredRoute | None:
    try:
        return one(connection, row)
    except StorageError:
        return None
