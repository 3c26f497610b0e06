"""Rows of memory as values, and values as rows; what is loaded is validated."""

import json
import logging
from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple, TypeVar

from sqlalchemy import RowMapping

from secondhalf.memory.schema import key_of
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.base import Noun
from secondhalf.state.feedback import Feedback
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import Explored, RouteResult, TraceEvent

StoredStatus = Literal[
    "running", "success", "uncertain", "fail", "waiting", "superseded", "abandoned"
]
"""A route's status: that of its result, or running until there is one.

Superseded and abandoned: a newer turn began on its thread before it ended; it cannot be resumed.
An abandoned one had asked its user something, who never answered.
"""

INTERRUPTED: tuple[StoredStatus, ...] = ("running", "waiting")
ENDED: tuple[StoredStatus, ...] = ("success", "uncertain", "fail")

N = TypeVar("N", bound=Noun)
Row = dict[str, Any]
_log = logging.getLogger(__name__)


class Signals(Noun):
    """What a route tells besides its outcome."""

    escalations: int = 0
    """Paths opened that cost more than every one before: asking somebody dearer after all."""
    retries: int = 0
    """Attempts of experts beyond the first of each call."""
    verdict: str = ""
    """What verification said of the path taken (a status); empty if nothing was verified."""


class StoredRoute(Noun):
    """A route as memory knows it."""

    request: RouteRequest
    prompt: str
    status: StoredStatus
    ended_at: float | None = None
    """Unix time in seconds; None while it runs or waits."""
    analysis: TaskAnalysis | None = None
    result: RouteResult | None = None
    """The outcome with its explored paths; its trace only where one route was asked for."""
    signals: Signals = Signals()
    first_of_thread: bool = True
    """Whether nothing was said on its thread before; only known where a history was asked for."""
    warnings: tuple[str, ...] = ()
    """What of it could not be read and is missing here."""

    @property
    def route_id(self) -> str:
        """The id of the route."""
        return self.request.route_id

    @property
    def thread_id(self) -> str:
        """The thread it ran on."""
        return self.request.thread_id

    @property
    def interrupted(self) -> bool:
        """Whether it may be resumed: it was still running, or waits for its user."""
        return self.status in INTERRUPTED


class Observed(NamedTuple):
    """A route and what was said of it."""

    route: StoredRoute
    """Without its trace."""
    said: tuple[Feedback, ...]

    @property
    def strategy(self) -> str:
        """Its strategy; empty if it has not come so far."""
        return self.route.result.strategy if self.route.result is not None else ""


def signals_of(result: RouteResult) -> Signals:
    """The signals in a result: reads ``attempts`` of its calls, ``status`` of its verifications."""
    attempts = [e.data.get("attempts", 1) for e in result.trace if e.kind == "call"]
    verified = [e for e in result.trace if e.kind == "verify"]
    taken = [e for e in verified if e.node in result.path[-1:]] or verified
    return Signals(
        escalations=_escalations(result),
        retries=sum(n - 1 for n in attempts if isinstance(n, int) and n > 1),
        verdict=str(taken[-1].data.get("status", "")) if taken else "",
    )


def _escalations(result: RouteResult) -> int:
    costs = [path.cost_usd for path in result.explored if not path.trial]
    return sum(cost > max(costs[:place]) for place, cost in enumerate(costs) if place)


def start_row(request: RouteRequest, prompt: str) -> Row:
    """The row of a route that begins."""
    return {
        "route_id": key_of(request.route_id),
        "thread_id": key_of(request.thread_id),
        "tenant": key_of(request.tenant),
        "principal": key_of(request.principal),
        "status": "running",
        "started_at": request.started_at,
        "prompt": json.dumps(prompt),
        "body": body_of(request),
    }


def outcome_row(analysis: TaskAnalysis | None, result: RouteResult) -> Row:
    """What changes in a route's row when it has an outcome."""
    signals = signals_of(result)
    return {
        "status": result.status,
        "strategy": key_of(result.strategy),
        "policy_version": key_of(result.policy_version),
        "quality": result.quality,
        "cost_usd": result.cost_usd,
        "latency_s": result.latency_s,
        "escalations": signals.escalations,
        "retries": signals.retries,
        "verdict": key_of(signals.verdict),
        "analysis": None if analysis is None else body_of(analysis),
        "result": body_of(result.model_copy(update={"explored": (), "trace": ()})),
    }


def path_rows(result: RouteResult) -> list[Row]:
    """A row per explored path."""
    return [
        {
            "route_id": key_of(result.route_id),
            "place": place,
            "node": key_of(path.node),
            "status": path.status,
            "quality": path.quality,
            "cost_usd": path.cost_usd,
            "latency_s": path.latency_s,
            "body": body_of(path),
        }
        for place, path in enumerate(result.explored)
    ]


def event_rows(result: RouteResult) -> list[Row]:
    """A row per event of the trace."""
    route_id = key_of(result.route_id)
    return [
        {"route_id": route_id, "place": place, "kind": event.kind, "body": body_of(event)}
        for place, event in enumerate(result.trace)
    ]


def stored_route(
    row: RowMapping, paths: Iterable[RowMapping], events: Iterable[RowMapping] = ()
) -> StoredRoute | None:
    """A route from its rows; None, with a warning in the log, if its own row is broken."""
    lost: list[str] = []
    name = str(row["route_id"])
    request = load(RouteRequest, row["body"], f"route {name!r}", lost)
    if request is None:
        return None
    result = None
    if row["result"] is not None:
        result = load(RouteResult, row["result"], f"the result of route {name!r}", lost)
    if result is not None:
        explored = _load_all(Explored, paths, f"path {{}} of route {name!r}", lost)
        trace = _load_all(TraceEvent, events, f"event {{}} of route {name!r}", lost)
        result = result.model_copy(update={"explored": explored, "trace": trace})
    analysis = None
    if row["analysis"] is not None:
        analysis = load(TaskAnalysis, row["analysis"], f"the analysis of route {name!r}", lost)
    return _checked(
        lambda: StoredRoute.model_validate(
            {
                "request": request,
                "prompt": json.loads(row["prompt"]),
                "status": row["status"],
                "ended_at": row["ended_at"],
                "analysis": analysis,
                "result": result,
                "signals": _signals(row),
                "warnings": tuple(lost),
            }
        ),
        f"route {name!r}",
        lost,
    )


def body_of(noun: Noun) -> str:
    """A noun as JSON in ASCII: databases disagree on NUL and lone surrogates, not on ASCII."""
    return json.dumps(noun.model_dump(mode="json"))


def load(kind: type[N], body: str, what: str, lost: list[str]) -> N | None:
    """The noun in ``body``; None if it is broken, which is logged and added to ``lost``."""
    return _checked(lambda: kind.model_validate(json.loads(body)), what, lost)


def _load_all(
    kind: type[N], rows: Iterable[RowMapping], what: str, lost: list[str]
) -> tuple[N, ...]:
    loaded = [load(kind, row["body"], what.format(row["place"]), lost) for row in rows]
    return tuple(noun for noun in loaded if noun is not None)


def _checked(make: Callable[[], N], what: str, lost: list[str]) -> N | None:
    try:
        return make()
    except (ValueError, TypeError, RecursionError):
        # The reason would quote what is stored, which may be private.
        lost.append(f"{what} cannot be read and is left out")
        _log.warning("%s", lost[-1])
        return None


def _signals(row: RowMapping) -> Row:
    known = {name: row[name] for name in Signals.model_fields}
    return {name: value for name, value in known.items() if value is not None}
