"""Figures of how routes went."""

import math
from collections.abc import Iterator
from typing import Any

import pytest

from secondhalf.memory import Memory
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import DEFAULT_BUDGET
from secondhalf.state.feedback import Feedback
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import RouteResult, TraceEvent
from secondhalf.statistics import SLICES, statistics

DAY = 86_400.0
NOW = 100 * DAY


@pytest.fixture
def memory() -> Iterator[Memory]:
    with Memory.from_url("sqlite://") as opened:
        yield opened


def routed(memory: Memory, name: str, at: float, tenant: str = "", **changes: Any) -> None:
    """A route of two paths, the second of them dearer, that began at ``at``."""
    request = RouteRequest(
        route_id=name, thread_id=name, started_at=at, budget=DEFAULT_BUDGET, preset="balanced",
        tenant=tenant,
    )  # fmt: skip
    took = {"latency_s": 1.0, "reason": ""}
    explored = [
        {"node": "small", "status": "uncertain", "quality": 0.4, "cost_usd": 0.01} | took,
        {"node": "large", "status": "success", "quality": 0.9, "cost_usd": 0.03} | took,
    ]
    made: dict[str, Any] = {
        "route_id": name, "thread_id": name, "status": "success", "strategy": "MID_RAG",
        "path": ("large",), "quality": 0.9, "cost_usd": 0.04, "latency_s": 2.0,
        "explored": explored, "trace": [TraceEvent(kind="call", at=at, data={"attempts": 3})],
    }  # fmt: skip
    memory.record_start(request, "hi")
    analysis = TaskAnalysis(intent="code", difficulty="high")
    memory.record_route(request, analysis, RouteResult.model_validate(made | changes))


def test_every_figure_of_a_group(memory: Memory) -> None:
    """Success, quality, cost, latency, escalation, retries, and what people said."""
    routed(memory, "one", NOW)
    routed(memory, "two", NOW, status="fail", quality=0.1, cost_usd=0.0, latency_s=4.0, explored=())
    memory.add_feedback(
        Feedback(route_id="one", user_rating=4, factuality_score=0.5, principal="ann")
    )
    memory.add_feedback(Feedback(route_id="one", success=True, principal="bob"))
    memory.add_feedback(Feedback(route_id="two", escalation_occurred=True, principal="ann"))

    found = statistics(memory, until=NOW)

    [group] = found.groups
    now = group.now
    assert ("MID_RAG", now, None) == (group.name, found.total.now, group.before)
    assert (2, 2, 3) == (now.routes, now.ended, now.feedback)
    assert (0.5, True) == (now.success.mean, now.success.low < 0.5 < now.success.high)
    assert (1, 0.75) == (now.judged, now.right.mean)
    assert pytest.approx(0.15) == now.ece
    assert pytest.approx((0.5, 0.02, 3.0)) == (now.quality, now.cost_usd.mean, now.latency_s.mean)
    assert pytest.approx((0.036, 3.8)) == (now.cost_usd.p90, now.latency_s.p90)
    assert (1.0, 2.0, 4.0, 0.5) == (
        now.escalation_rate, now.retries, now.user_rating, now.factuality,
    )  # fmt: skip


def test_a_window_is_shown_beside_the_one_before(memory: Memory) -> None:
    """Of the same length; what is older still is left out."""
    for name, days, status in (
        ("new", 1, "success"), ("old", 8, "fail"), ("older", 13, "fail"), ("ancient", 30, "success")
    ):  # fmt: skip
        routed(memory, name, NOW - days * DAY, status=status)

    found = statistics(memory, since=NOW - 7 * DAY, until=NOW)

    assert found.total.before is not None
    assert (1, 2) == (found.total.now.routes, found.total.before.routes)
    assert (1.0, 0.0) == (found.total.now.success.mean, found.total.before.success.mean)
    assert [6] == [n for n in range(SLICES) if not math.isnan(found.total.trend[n])]


def test_paths_have_their_own_figures(memory: Memory) -> None:
    """Each path that was opened counts, also those whose answer was not given."""
    routed(memory, "one", NOW)
    routed(memory, "two", NOW)
    memory.add_feedback(Feedback(route_id="one", user_rating=5, path_scores={"small": 0.25}))

    groups = {group.name: group.now for group in statistics(memory, by="path", until=NOW).groups}

    assert {"small", "large"} == set(groups)
    small, large = groups["small"], groups["large"]
    assert (2, 0.0, 0.25, 0) == (
        small.routes, small.success.mean, small.right.mean, small.feedback,
    )  # fmt: skip
    assert (2, 1.0, 1.0, 1) == (
        large.routes, large.success.mean, large.right.mean, large.feedback,
    )  # fmt: skip
    assert pytest.approx((0.01, 0.03)) == (small.cost_usd.mean, large.cost_usd.mean)


def test_it_can_be_narrowed(memory: Memory) -> None:
    """To a tenant or a strategy, and grouped by either, or by kind of request."""
    routed(memory, "one", NOW, tenant="acme")
    routed(memory, "two", NOW, strategy="SLM_DIRECT")

    assert 1 == statistics(memory, tenant="acme", until=NOW).total.now.routes
    assert 1 == statistics(memory, strategy="SLM_DIRECT", until=NOW).total.now.routes
    tenants = statistics(memory, by="tenant", until=NOW).groups
    assert {"acme", "(none)"} == {group.name for group in tenants}
    assert ["code.high"] == [g.name for g in statistics(memory, by="bucket", until=NOW).groups]


def test_unanswered_questions_are_counted(memory: Memory) -> None:
    """One whose user went on to something else, or was silent for a day; not one that waits."""
    for name, at in (("old", NOW - 2 * DAY), ("new", NOW - 60)):
        request = RouteRequest(
            route_id=name, thread_id=name, started_at=at, budget=DEFAULT_BUDGET, preset="balanced"
        )
        memory.record_start(request, "fix it")
        memory.set_status(name, "waiting")

    now = statistics(memory, until=NOW).total.now
    assert (2, 0, 1) == (now.routes, now.ended, now.abandoned)
    assert math.isnan(now.success.mean)
