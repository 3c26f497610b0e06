"""Reading what memory keeps of routes, and what was said of them."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, or_, select

from secondhalf.memory import schema
from secondhalf.memory.database import Database
from secondhalf.memory.history import case_of
from secondhalf.memory.queries import feedback_on, find, many, newest_first, one, with_places
from secondhalf.memory.records import ENDED, INTERRUPTED, Observed, StoredRoute
from secondhalf.memory.schema import key_of
from secondhalf.memory.threads import in_thread
from secondhalf.policy.learning.cases import Case
from secondhalf.state.errors import StorageError
from secondhalf.state.feedback import Feedback


class Archive:
    """The routes of a database, to be read. Each method has an async twin.

    Each call sees one moment, and raises ``StorageError`` if the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

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

    aroute = in_thread(route)
    aroutes = in_thread(routes)
    aended = in_thread(ended)
    aobserved = in_thread(observed)
    alatest_on_thread = in_thread(latest_on_thread)
    afeedback = in_thread(feedback)
    ahistory = in_thread(history)
    aended_since = in_thread(ended_since)
    anotes = in_thread(notes)


def _readable(connection: Connection, row: RowMapping) -> StoredRoute | None:
    try:
        return one(connection, row)
    except StorageError:
        return None
