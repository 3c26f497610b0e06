"""Questions to the tables of memory, asked within a transaction."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Double,
    RowMapping,
    Select,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from secondhalf.memory import schema
from secondhalf.memory.records import StoredRoute, load, stored_route
from secondhalf.memory.schema import key_of
from secondhalf.state.errors import StorageError, UnknownRouteError
from secondhalf.state.feedback import Feedback
from secondhalf.state.result import Explored

MIN_PREFIX = 6
"""Characters of a route id that are enough to name it, where they are unique."""

_BATCH = 500  # databases limit how many values a statement may have

# What every route asks and tells, built once: SQLAlchemy takes longer to build a statement than
# the database to run it.
_THIS = schema.routes.c.route_id == bindparam("this")
_EXISTS = select(schema.routes.c.route_id).where(_THIS)
_BEGUN = select(schema.routes.c.prompt, schema.routes.c.status, schema.routes.c.strategy).where(
    _THIS
)
_BEGIN = insert(schema.routes)
_END = (
    update(schema.routes)
    .where(_THIS)
    .values(ended_at=func.coalesce(schema.routes.c.ended_at, bindparam("now", type_=Double)))
)
_STATUS = schema.routes.c.status
_SUPERSEDE = (
    update(schema.routes)
    .where(schema.routes.c.thread_id == bindparam("thread"))
    .where(or_(_STATUS == "running", _STATUS == "waiting"))
    .values(status=case((_STATUS == "waiting", "abandoned"), else_="superseded"))
)
_PARTS = (schema.paths, schema.events)
_DELETE = {part: delete(part).where(part.c.route_id == bindparam("this")) for part in _PARTS}
_INSERT = {part: insert(part) for part in _PARTS}


def newest_first() -> Select[Any]:
    """All routes, those that began last first."""
    begun = schema.routes.c.started_at.desc()
    return select(schema.routes).order_by(begun, schema.routes.c.route_id.desc())


def exists(connection: Connection, route_id: str) -> bool:
    """Whether there is a route of this id."""
    return connection.scalar(_EXISTS, {"this": key_of(route_id)}) is not None


def supersede(connection: Connection, thread_id: str) -> None:
    """Give up the interrupted routes of a thread; one that waits for its user is abandoned."""
    connection.execute(_SUPERSEDE, {"thread": key_of(thread_id)})


def begin(connection: Connection, row: dict[str, Any]) -> None:
    """Add a route."""
    connection.execute(_BEGIN, row)


def begun(connection: Connection, route_id: str) -> dict[str, Any] | None:
    """Prompt, status and strategy of a route; it has no strategy before its first outcome."""
    row = connection.execute(_BEGUN, {"this": key_of(route_id)}).mappings().one_or_none()
    return None if row is None else {str(name): value for name, value in row.items()}


def end(
    connection: Connection, route_id: str, outcome: Mapping[str, Any], ended_at: float | None
) -> None:
    """Give a route its outcome; when it ended is told once."""
    connection.execute(_END, {**outcome, "this": key_of(route_id), "now": ended_at})


def paths_of(connection: Connection, route_id: str) -> frozenset[str]:
    """Keys of the paths that had taught something when a route had its last outcome."""
    table = schema.paths
    query = select(table.c.node, table.c.body).where(table.c.route_id == key_of(route_id))
    found = [(node, load(Explored, body, "a path", [])) for node, body in connection.execute(query)]
    return frozenset(
        n for n, path in found if path and (path.answers or path.overran or path.judged)
    )


def find(connection: Connection, route_id: str, whole: bool = False) -> RowMapping:
    """The row of a route by its id or, unless ``whole``, by the beginning of it.

    Raises:
        UnknownRouteError: there is none, or several begin so.
    """
    column = schema.routes.c.route_id
    exact = select(schema.routes).where(column == key_of(route_id))
    row = connection.execute(exact).mappings().first()
    if row is not None:
        return row
    if whole or len(route_id) < MIN_PREFIX:
        raise _unknown(route_id)
    alike = select(schema.routes).where(column.startswith(route_id, autoescape=True))
    rows = connection.execute(alike).mappings().all()
    rows = [row for row in rows if row["route_id"].startswith(route_id)]  # SQLite folds case
    if len(rows) > 1:
        raise UnknownRouteError(f"{len(rows)} routes begin with {route_id!r}: give more of the id")
    if not rows:
        raise _unknown(route_id)
    return rows[0]


def one(connection: Connection, row: RowMapping) -> StoredRoute:
    """The route of a row, with its paths and its trace.

    Raises:
        StorageError: the row is broken.
    """
    key = [row["route_id"]]
    route = stored_route(
        row, _parts(connection, schema.paths, key), _parts(connection, schema.events, key)
    )
    if route is None:
        raise StorageError(f"route {row['route_id']!r} is kept but broken: forget its thread")
    return route


def many(connection: Connection, query: Select[Any]) -> tuple[StoredRoute, ...]:
    """The routes that ``query`` finds, with their paths, without traces and without broken ones."""
    rows = connection.execute(query).mappings().all()
    paths: dict[str, list[RowMapping]] = {row["route_id"]: [] for row in rows}
    for path in _parts(connection, schema.paths, list(paths)):
        paths[path["route_id"]].append(path)
    loaded = [stored_route(row, paths[row["route_id"]]) for row in rows]
    return tuple(route for route in loaded if route is not None)


def with_places(connection: Connection, routes: Sequence[StoredRoute]) -> tuple[StoredRoute, ...]:
    """``routes``, each with whether it was the first of its thread."""
    table, firsts = schema.routes, dict[str, float]()
    keys = list({key_of(route.thread_id) for route in routes})
    for start in range(0, len(keys), _BATCH):
        columns = table.c.thread_id, func.min(table.c.started_at)
        query = select(*columns).where(table.c.thread_id.in_(keys[start : start + _BATCH]))
        rows = connection.execute(query.group_by(table.c.thread_id)).all()
        firsts |= {str(thread): float(first) for thread, first in rows}
    return tuple(
        route.model_copy(
            update={"first_of_thread": route.request.started_at <= firsts[key_of(route.thread_id)]}
        )
        for route in routes
    )


def feedback_on(connection: Connection, route_ids: Sequence[str]) -> dict[str, list[Feedback]]:
    """By route id, what was said, the oldest first; broken rows are left out and logged."""
    table, found = schema.feedback, dict[str, list[Feedback]]()
    for start in range(0, len(route_ids), _BATCH):
        keys = [key_of(name) for name in route_ids[start : start + _BATCH]]
        query = select(table.c.body).where(table.c.route_id.in_(keys))
        for body in connection.scalars(query.order_by(table.c.given_at, table.c.id)):
            said = load(Feedback, body, "feedback", [])
            if said is not None:
                found.setdefault(said.route_id, []).append(said)
    return found


def put(
    connection: Connection, table: Table, route_id: str, rows: list[dict[str, Any]], *, anew: bool
) -> None:
    """Add ``rows`` of a route to ``table``; ``anew`` in the place of what it holds of it."""
    if anew:
        connection.execute(_DELETE[table], {"this": key_of(route_id)})
    if rows:
        connection.execute(_INSERT[table], rows)


def _unknown(route_id: str) -> UnknownRouteError:
    return UnknownRouteError(
        f"there is no route {route_id!r}: 'secondhalf routes' lists those there are "
        f"(the first {MIN_PREFIX} characters of an id are enough)"
    )


def _parts(connection: Connection, table: Table, keys: Sequence[str]) -> Iterator[RowMapping]:
    """The rows of ``table`` that belong to routes, in their order."""
    for start in range(0, len(keys), _BATCH):
        chosen = select(table).where(table.c.route_id.in_(keys[start : start + _BATCH]))
        yield from connection.execute(chosen.order_by(table.c.place)).mappings()
