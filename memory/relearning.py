"""Estimates made anew from what is kept: after something they rest on has changed or gone."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, select

from secondhalf.memory import labels as rows
from secondhalf.memory import schema
from secondhalf.memory.labels import Kept
from secondhalf.memory.lessons import lesson_of, lesson_told, teaches, with_use
from secondhalf.memory.queries import many
from secondhalf.memory.records import ENDED, StoredRoute
from secondhalf.memory.schema import key_of
from secondhalf.memory.words import scored_paths, scores_in
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.estimates.learn import calibrated, learn_many
from secondhalf.policy.estimates.lesson import Lesson

MOST_ROUTES = 5_000
"""The newest routes that are learned from anew; older ones would hardly count any more."""

_Step = Callable[[Estimates], Estimates]


class History(NamedTuple):
    """What a tenant's estimates rest on."""

    routes: tuple[StoredRoute, ...]
    labels: list[Kept]
    """The newest, the oldest of them first."""
    number: int
    """How many labels there are, those that are too old to be among these too."""


def history_of(connection: Connection, tenant: str, most_labels: int) -> History:
    """The newest of what is kept of a tenant."""
    table = schema.routes
    query = select(table).filter_by(tenant=key_of(tenant))
    query = query.where(table.c.status.in_(ENDED))
    query = query.order_by(table.c.started_at.desc()).limit(MOST_ROUTES)
    return History(
        many(connection, query),
        rows.newest(connection, tenant, most_labels),
        rows.number_of(connection, tenant),
    )


def relearned(history: History, flagged: float) -> Estimates:
    """What is learned from ``history``, each outcome in its turn, but for what prompts tell.

    Args:
        history: what is kept.
        flagged: routes whose prompt looks more like an attack than this teach nothing.
    """
    estimates = Estimates()
    for _, step in sorted(_steps(history, flagged), key=lambda step: step[0]):
        estimates = step(estimates)
    return calibrated(estimates)


def _steps(history: History, flagged: float) -> Iterator[tuple[float, _Step]]:
    """What each outcome changed, and when (Unix time in seconds)."""
    given: dict[str, list[Kept]] = {}
    for one in history.labels:
        given.setdefault(one.route_id, []).append(one)
    for route in history.routes:
        if teaches(route.analysis, flagged) and route.result is not None:
            yield from _of_route(route, given.get(key_of(route.route_id), []))
    told = sorted(given.get("", []), key=_turn)
    for (at, _), group in groupby(told, key=_turn):
        yield at, _lesson(lesson_told([one.label for one in group]))


def _of_route(route: StoredRoute, given: list[Kept]) -> Iterator[tuple[float, _Step]]:
    assert route.result is not None, "a route that teaches has ended"
    result, at = route.result, route.ended_at or route.request.started_at
    yield at, lambda estimates: with_use(estimates, result)
    labels = {one.name: one.label for one in given}
    for at, group in groupby(given, key=lambda one: one.given_at):
        new = {one.name: one.label for one in group}
        scored = scored_paths(route, new, labels)
        yield at, _lesson(lesson_of(route, scores_in(route, new), scored))


def _lesson(lesson: Lesson) -> _Step:
    return lambda estimates: learn_many(estimates, lesson)


def _turn(one: Kept) -> tuple[float, int]:
    return one.given_at, one.label.place
