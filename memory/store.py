"""Memory: outcomes, signals, traces, feedback and policies, kept in a SQL database."""

import hashlib
import json
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from secondhalf.memory import schema
from secondhalf.memory.database import Database
from secondhalf.memory.engine import checked_engine, make_engine
from secondhalf.memory.learning import Example, Learner
from secondhalf.memory.queries import (
    Begun,
    become,
    begin,
    begun,
    end,
    exists,
    find,
    many,
    newest_first,
    one,
    put,
)
from secondhalf.memory.records import (
    INTERRUPTED,
    StoredRoute,
    StoredStatus,
    body_of,
    event_rows,
    load,
    outcome_row,
    path_rows,
    start_row,
)
from secondhalf.memory.schema import key_of
from secondhalf.memory.threads import in_thread
from secondhalf.policy.estimates.book import Estimates
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.errors import StorageError
from secondhalf.state.feedback import Feedback
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import RouteResult

_ENDED: tuple[StoredStatus, ...] = ("success", "uncertain", "fail")


class Memory:
    """What outlives a route. Each method has an async twin, its name with an ``a`` before it.

    Safe for several threads and processes at once. The database is opened, and its tables are
    made, at the first call; each call is one transaction. Every method raises ``StorageError``
    if the database cannot be used; then nothing of the call was stored.
    """

    def __init__(self, database: Database) -> None:
        """Use ``from_url`` or ``from_engine``."""
        self._database = database
        self._learner = Learner(database)

    @classmethod
    def from_url(cls, url: str, busy_seconds: float = 10.0) -> Self:
        """Memory in the database of a SQLAlchemy URL; ``sqlite://`` keeps it in this process.

        A new SQLite file gets mode 0600 and its folder is made. ``busy_seconds`` is how long a
        call waits for another process that writes to the same SQLite file.

        Raises:
            StorageError: the URL cannot be read, or its driver is not installed.
        """
        return cls(Database(make_engine(url, busy_seconds), busy_seconds))

    @classmethod
    def from_engine(cls, engine: Engine) -> Self:
        """Memory in the database of a synchronous engine, which stays the caller's to close.

        Raises:
            StorageError: the engine is async, or gives each thread a database of its own.
        """
        return cls(Database(checked_engine(engine)))

    def close(self) -> None:
        """Close the connections of memory made by ``from_url``."""
        self._database.close()

    def record_start(self, request: RouteRequest, prompt: str) -> None:
        """Note that a route has begun; the second time, nothing changes.

        Whatever was interrupted on its thread is superseded.
        """

        def work(connection: Connection) -> None:
            if not exists(connection, request.route_id):
                for status in INTERRUPTED:
                    become(connection, request.thread_id, status, "superseded")
                begin(connection, start_row(request, prompt))

        self._database.write(work)

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
        known = result.model_copy(update={"route_id": request.route_id})
        outcome = outcome_row(analysis, known)
        ended_at = None if known.status in INTERRUPTED else time.time()

        def work(connection: Connection) -> None:
            row = begun(connection, request.route_id)
            if row is None:
                new = start_row(request, "")
                begin(connection, new)
                row = Begun(new["prompt"], new["status"])
            end(connection, request.route_id, outcome, ended_at)
            anew = row.strategy is not None
            put(connection, schema.paths, request.route_id, path_rows(known), anew=anew)
            put(connection, schema.events, request.route_id, event_rows(known), anew=anew)
            if row.status in INTERRUPTED and known.status in _ENDED:
                self._learner.observe(
                    connection,
                    StoredRoute(
                        request=request,
                        prompt=json.loads(row.prompt),
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
        query = select(schema.routes).where(schema.routes.c.status.in_(_ENDED))
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

    def latest_on_thread(self, thread_id: str) -> StoredRoute | None:
        """The newest route of a thread, with its trace; None if the thread is not known."""
        query = newest_first().where(schema.routes.c.thread_id == key_of(thread_id)).limit(1)

        def work(connection: Connection) -> StoredRoute | None:
            row = connection.execute(query).mappings().first()
            return None if row is None else one(connection, row)

        return self._database.read(work)

    def add_feedback(self, feedback: Feedback, key: str | None = None) -> bool:
        """Keep feedback on a route; False if the same was kept before.

        The same is: of the same principal on the same route, with the same ``key`` or, without
        one, with the same content. A missing strategy is filled in from the route.

        Raises:
            UnknownRouteError: memory knows no route of this id (in full).
        """
        mark = json.dumps([feedback.principal, feedback.route_id, key or body_of(feedback)])
        row_id = hashlib.sha256(mark.encode()).hexdigest()
        tenants: list[str] = []

        def work(connection: Connection) -> bool:
            route = one(connection, find(connection, feedback.route_id, whole=True))
            if connection.scalar(select(schema.feedback.c.id).filter_by(id=row_id)) is not None:
                return False
            strategy = feedback.strategy or (route.result.strategy if route.result else "")
            kept = feedback.model_copy(update={"strategy": strategy})
            row = {
                "id": row_id,
                "route_id": key_of(kept.route_id),
                "strategy": key_of(strategy),
                "principal": key_of(kept.principal),
                "given_at": time.time(),
                "body": body_of(kept),
            }
            connection.execute(insert(schema.feedback).values(row))
            self._learner.take(connection, route, kept)
            tenants.append(route.request.tenant)
            return True

        kept = self._database.write(work)
        for tenant in dict.fromkeys(tenants):
            self._learner.refit(tenant)
        return kept

    def estimates(self, tenant: str = "") -> Estimates:
        """What was learned for ``tenant``; what cannot be read of it is left out and logged."""
        return self._learner.estimates(tenant)

    def teach(self, examples: Sequence[Example], tenant: str = "") -> None:
        """Learn from answers that were judged elsewhere, before or besides any route."""
        self._learner.teach(tenant, examples)
        self._learner.refit(tenant)

    def feedback(self, route_id: str) -> tuple[Feedback, ...]:
        """All feedback on a route, the oldest first; broken rows are left out and logged."""
        table = schema.feedback
        query = select(table).where(table.c.route_id == key_of(route_id))
        query = query.order_by(table.c.given_at, table.c.id)
        rows = self._database.read(lambda connection: connection.execute(query).mappings().all())
        what = f"feedback on route {route_id!r}"
        loaded = [load(Feedback, row["body"], what, []) for row in rows]
        return tuple(one for one in loaded if one is not None)

    def put_policy(self, policy: RoutingPolicy) -> None:
        """Keep a policy under its version; one that is there already stays as it is.

        Raises:
            StorageError: the version is empty, or there is another policy of this version.
        """
        if not policy.version:
            raise StorageError("a policy without a version cannot be kept: give it its hash")
        row = {
            "version": key_of(policy.version),
            "parent": None if policy.parent is None else key_of(policy.parent),
            "stored_at": time.time(),
            "body": body_of(policy),
        }
        this = schema.policies.c.version == row["version"]

        def work(connection: Connection) -> None:
            body = connection.scalar(select(schema.policies.c.body).where(this))
            if body is None:
                connection.execute(insert(schema.policies).values(row))
                return
            kept = load(RoutingPolicy, body, f"policy {policy.version!r}", [])
            if kept is None:  # broken: what we hold of this version is as good as it was
                connection.execute(update(schema.policies).where(this).values(row))
            elif kept != policy:
                raise StorageError(
                    f"another policy of version {policy.version!r} is kept: "
                    "a changed policy needs a version of its own"
                )

        self._database.write(work)

    def policy(self, version: str) -> RoutingPolicy | None:
        """The policy of a version; None if it is not kept, or its row is broken (logged)."""
        query = select(schema.policies.c.body).filter_by(version=key_of(version))
        body = self._database.read(lambda connection: connection.scalar(query))
        return None if body is None else load(RoutingPolicy, body, f"policy {version!r}", [])

    def forget_thread(self, thread_id: str) -> int:
        """Delete all that memory holds of a thread; returns how many routes that were."""
        of_thread = schema.routes.c.thread_id == key_of(thread_id)

        def work(connection: Connection) -> int:
            ids = select(schema.routes.c.route_id).where(of_thread)
            for table in (schema.paths, schema.events, schema.feedback, schema.labels):
                connection.execute(delete(table).where(table.c.route_id.in_(ids)))
            return connection.execute(delete(schema.routes).where(of_thread)).rowcount

        return self._database.write(work)

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
    alatest_on_thread = in_thread(latest_on_thread)
    aadd_feedback = in_thread(add_feedback)
    afeedback = in_thread(feedback)
    aestimates = in_thread(estimates)
    ateach = in_thread(teach)
    aput_policy = in_thread(put_policy)
    apolicy = in_thread(policy)
    aforget_thread = in_thread(forget_thread)


def _readable(connection: Connection, row: RowMapping) -> StoredRoute | None:
    try:
        return one(connection, row)
    except StorageError:
        return None
