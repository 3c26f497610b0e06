"""Memory on real SQLite files: what is kept, what comes back, what is refused."""

import json
import logging
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from secondhalf.memory import Memory, Signals
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import DEFAULT_BUDGET
from secondhalf.state.errors import StorageError, UnknownRouteError
from secondhalf.state.feedback import Feedback
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import RouteResult, TraceEvent

ANALYSIS = TaskAnalysis(intent="chat", difficulty="low")
NASTY = "nul \x00, lone \ud800, %_\\ '; DROP TABLE secondhalf_routes; -- 東京 😀"


def request(route_id: str = "route-0001", **changes: Any) -> RouteRequest:
    given = {"thread_id": "thread", "started_at": 100.0, "preset": "balanced"}
    return RouteRequest.model_validate(
        given | {"route_id": route_id, "budget": DEFAULT_BUDGET} | changes
    )


def result(route_id: str = "route-0001", **changes: Any) -> RouteResult:
    """An outcome with two paths, a retried call and a verified end."""
    took = {"cost_usd": 0.01, "latency_s": 1.0, "reason": "why"}
    explored = [
        {"node": "small", "status": "uncertain", "quality": 0.4} | took,
        {"node": "large", "status": "success", "quality": 0.9} | took | {"cost_usd": 0.02},
    ]
    trace = [
        TraceEvent(kind="begin", at=100.0, text="begins"),
        TraceEvent(kind="call", node="small", at=101.0, data={"attempts": 3}),
        TraceEvent(kind="verify", node="small", at=102.0, data={"status": "uncertain"}),
        TraceEvent(kind="call", node="large", at=103.0, data={"attempts": 1}),
        TraceEvent(kind="verify", node="large", at=104.0, data={"status": "success"}),
    ]
    given = {
        "route_id": route_id,
        "thread_id": "thread",
        "status": "success",
        "answer": "42",
        "quality": 0.9,
        "cost_usd": 0.02,
        "strategy": "SLM_DIRECT",
        "path": ("small", "large"),
        "policy_version": "v1",
        "explored": explored,
        "trace": trace,
    }
    return RouteResult.model_validate(given | changes)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "routes.db"


@pytest.fixture
def memory(file: Path) -> Iterator[Memory]:
    with Memory.from_url(f"sqlite:///{file}", busy_seconds=0.1) as opened:
        yield opened


def execute(file: Path, *statements: str) -> list[Any]:
    """Run statements on the file behind memory's back; the rows of the last."""
    connection = sqlite3.connect(file)
    try:
        with connection:
            return [connection.execute(one).fetchall() for one in statements][-1]
    finally:
        connection.close()


def test_a_started_route_is_running(memory: Memory) -> None:
    """From its first step on, a route can be found by its id."""
    memory.record_start(request(config_path="router.yaml", principal="ann"), "What is 6 × 7?")

    stored = memory.route("route-0001")
    assert stored.request == request(config_path="router.yaml", principal="ann")
    assert stored.prompt == "What is 6 × 7?"
    assert (stored.status, stored.interrupted, stored.result) == ("running", True, None)


def test_a_start_told_twice_changes_nothing(memory: Memory) -> None:
    """A first step run again after a crash does not turn an ended route into a running one."""
    memory.record_start(request(), "first")
    memory.record_route(request(), ANALYSIS, result())

    memory.record_start(request(), "second")

    stored = memory.route("route-0001")
    assert (stored.status, stored.prompt) == ("success", "first")


def test_a_new_turn_supersedes_what_was_interrupted_on_its_thread(memory: Memory) -> None:
    """What can no longer be resumed is not listed as interrupted; other threads are untouched."""
    memory.record_start(request("route-0001"), "killed")
    memory.record_start(request("route-0002", thread_id="another"), "elsewhere")

    memory.record_start(request("route-0003"), "newer")

    interrupted = {stored.route_id for stored in memory.routes(interrupted=True)}
    assert memory.route("route-0001").status == "superseded"
    assert interrupted == {"route-0002", "route-0003"}


def test_a_question_that_was_never_answered_is_abandoned(memory: Memory) -> None:
    """Its user began another turn instead: that is told apart from a route that was killed."""
    memory.record_start(request("route-0001"), "fix it")
    memory.set_status("route-0001", "waiting")

    memory.record_start(request("route-0002"), "never mind")

    assert memory.route("route-0001").status == "abandoned"
    assert ["route-0002"] == [stored.route_id for stored in memory.routes(interrupted=True)]


@pytest.mark.parametrize(
    ("costs", "escalations"),
    [((0.0, 0.0), 0), ((0.02, 0.01), 0), ((0.01, 0.02, 0.02), 1), ((0.0, 0.01, 0.02), 2), ((), 0)],
)
def test_asking_somebody_dearer_is_an_escalation(
    memory: Memory, costs: tuple[float, ...], escalations: int
) -> None:
    """Each path that cost more than all before; not one that was only opened to learn from it."""
    path = {"status": "uncertain", "quality": 0.4, "latency_s": 1.0, "reason": ""}
    explored = [{"node": f"n{n}", "cost_usd": usd} | path for n, usd in enumerate(costs)]
    trial = {"node": "try", "cost_usd": 9.0, "trial": True} | path
    memory.record_route(request(), ANALYSIS, result(explored=(*explored, trial)))

    assert escalations == memory.route("route-0001").signals.escalations


def test_a_route_comes_back_whole(memory: Memory) -> None:
    """Outcome, analysis, explored paths, trace and signals survive."""
    memory.record_start(request(), "hi")
    memory.record_route(request(), ANALYSIS, result())

    stored = memory.route("route-0001")
    assert result() == stored.result
    assert stored.analysis == ANALYSIS
    assert stored.signals == Signals(escalations=1, retries=2, verdict="success")
    assert stored.warnings == ()
    assert stored.ended_at is not None


def test_an_outcome_told_twice_is_kept_once(memory: Memory, file: Path) -> None:
    """The last step run again after a crash replaces what it had written."""
    memory.record_start(request(), "hi")
    memory.record_route(request(), ANALYSIS, result())
    first = memory.route("route-0001")

    memory.record_route(request(), ANALYSIS, result())

    assert first == memory.route("route-0001")
    assert execute(file, "SELECT count(*) FROM secondhalf_paths") == [(2,)]


def test_an_outcome_without_a_start_is_kept(memory: Memory) -> None:
    """A route that began elsewhere is remembered all the same."""
    memory.record_route(request(), None, result())

    stored = memory.route("route-0001")
    assert (stored.status, stored.prompt, stored.analysis) == ("success", "", None)


def test_any_text_survives(memory: Memory) -> None:
    """NUL, lone surrogates, quotes and other scripts come back as they went in."""
    asked = request(NASTY, thread_id=NASTY, principal=NASTY)
    told = result(NASTY, thread_id=NASTY, answer=NASTY, reason=NASTY)
    memory.record_start(asked, NASTY)
    memory.record_route(asked, ANALYSIS, told)

    stored = memory.route(NASTY)
    assert (asked, NASTY, told) == (stored.request, stored.prompt, stored.result)
    assert memory.latest_on_thread(NASTY) == stored


def test_ids_differ_by_case_blanks_and_length(memory: Memory) -> None:
    """Threads that a database might take for one another are kept apart."""
    threads = ["a", "A", "a ", "á", "x" * 300, "x" * 301]
    for number, thread in enumerate(threads):
        memory.record_start(request(f"route-{number}", thread_id=thread), "hi")

    found = [[r.route_id for r in memory.routes(thread_id=thread)] for thread in threads]
    assert found == [[f"route-{number}"] for number in range(len(threads))]


def test_a_route_is_found_by_the_beginning_of_its_id(memory: Memory) -> None:
    """Six characters are enough where they are unique; a whole id always is."""
    for route_id in ("abcdef01", "abcdef02", "ABCDEF99", "abcdef0"):
        memory.record_start(request(route_id), "hi")

    assert memory.route("ABCDEF").route_id == "ABCDEF99"
    assert memory.route("abcdef0").route_id == "abcdef0"
    with pytest.raises(UnknownRouteError, match="3 routes begin with 'abcdef'"):
        memory.route("abcdef")


@pytest.mark.parametrize("route_id", ["abcde", "unknown", "", "%%%%%%", "______"])
def test_an_unknown_route_is_an_error(memory: Memory, route_id: str) -> None:
    """Too short, unknown, or a pattern: one clear line."""
    memory.record_start(request("abcdef01"), "hi")

    with pytest.raises(UnknownRouteError, match="there is no route"):
        memory.route(route_id)


def test_routes_are_listed_newest_first(memory: Memory) -> None:
    """With their paths and outcome, without their traces, at most as many as asked for."""
    for number in range(4):
        memory.record_start(request(f"route-{number}", started_at=100.0 + number), "hi")
    memory.record_route(request("route-2"), ANALYSIS, result("route-2"))

    listed = memory.routes(limit=2)
    assert [r.route_id for r in listed] == ["route-3", "route-2"]
    assert listed[1].result == result("route-2", trace=())


def ended(memory: Memory) -> list[str]:
    """Five routes that began at two moments and ended, told out of order; one more still runs."""
    for number in (3, 0, 4, 1, 2):
        name = f"route-{number}"
        memory.record_start(request(name, started_at=100.0 + number // 3), "hi")
        memory.record_route(request(name), ANALYSIS, result(name))
    memory.record_start(request("route-5", started_at=100.0, thread_id="other"), "hi")
    return [f"route-{number}" for number in range(5)]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_a_history_is_read_page_by_page(memory: Memory, limit: int) -> None:
    """Every ended route once, the oldest first, with its trace; none that still runs."""
    expected = ended(memory)

    pages, last = list[tuple[Any, ...]](), None
    while page := memory.ended(limit, after=last):
        pages.append(page)
        last = page[-1]

    found = [route for page in pages for route in page]
    assert expected == [route.route_id for route in found]
    assert {5} == {len(route.result.trace) for route in found}
    assert all(len(page) <= limit for page in pages)


def test_a_history_goes_on_past_broken_routes(memory: Memory, file: Path) -> None:
    """A page of nothing but broken rows is not its end."""
    expected = ended(memory)
    broken = "('route-0', 'route-1', 'route-3')"
    execute(file, f"UPDATE secondhalf_routes SET body = '{{}}' WHERE route_id IN {broken}")  # noqa: S608

    first = memory.ended(2)

    assert [expected[2]] == [route.route_id for route in first]
    assert [expected[4]] == [route.route_id for route in memory.ended(2, after=first[-1])]
    assert () == memory.ended(0)


def test_interrupted_routes_are_those_running_or_waiting(memory: Memory) -> None:
    """What may be resumed can be listed."""
    for number in range(3):
        memory.record_start(request(f"route-{number}", started_at=100.0 + number), "hi")
    memory.record_route(request("route-0"), ANALYSIS, result("route-0"))

    assert memory.set_status("route-1", "waiting")

    found = {r.route_id: r.status for r in memory.routes(interrupted=True)}
    assert found == {"route-2": "running", "route-1": "waiting"}


def test_a_status_of_an_unknown_route_is_not_set(memory: Memory) -> None:
    """A route must not die because memory was exchanged under it."""
    assert memory.set_status("unknown", "waiting") is False


def test_the_latest_route_of_a_thread(memory: Memory) -> None:
    """Each turn is a route; resume wants the last."""
    for number, thread in enumerate(["one", "one", "two"]):
        memory.record_start(request(f"r{number}", thread_id=thread, started_at=1.0 + number), "hi")

    latest = memory.latest_on_thread("one")
    assert latest is not None
    assert latest.route_id == "r1"
    assert memory.latest_on_thread("three") is None


def test_feedback_is_kept_once(memory: Memory) -> None:
    """The same principal saying the same of a route counts once; another one counts too."""
    memory.record_route(request(), ANALYSIS, result())
    good = Feedback(route_id="route-0001", success=True, principal="ann")
    bob = good.model_copy(update={"principal": "bob"})

    told = [memory.add_feedback(one) for one in (good, good, bob)]

    assert told == [True, False, True]
    kept = memory.feedback("route-0001")
    assert {"ann", "bob"} == {one.principal for one in kept}
    assert {"SLM_DIRECT"} == {one.strategy for one in kept}


def test_a_later_word_replaces_the_earlier(memory: Memory) -> None:
    """As a whole: what it does not say any more is not kept."""
    memory.record_route(request(), ANALYSIS, result())
    words = [
        Feedback(route_id="route-0001", user_rating=5, notes="fine"),
        Feedback(route_id="route-0001", user_rating=1),
    ]

    assert [True, True, False] == [memory.add_feedback(one) for one in (*words, words[-1])]
    [kept] = memory.feedback("route-0001")
    assert (1, "") == (kept.user_rating, kept.notes)


def test_feedback_on_an_unknown_route_is_refused(memory: Memory) -> None:
    """Nothing is kept of it."""
    with pytest.raises(UnknownRouteError, match="there is no route 'unknown'"):
        memory.add_feedback(Feedback(route_id="unknown"))

    assert memory.feedback("unknown") == ()


def test_a_forgotten_thread_leaves_nothing(memory: Memory, file: Path) -> None:
    """Rows of the thread go, in every table and from the file; those of others stay."""
    secret = "a very private matter"
    for thread in ("mine", "other"):
        asked = request(f"route-{thread}", thread_id=thread)
        memory.record_start(asked, secret if thread == "mine" else "hi")
        memory.record_route(asked, ANALYSIS, result(asked.route_id, thread_id=thread))
        memory.add_feedback(Feedback(route_id=asked.route_id))

    assert memory.forget_thread("mine") == 1
    assert memory.forget_thread("mine") == 0

    for table in ("routes", "paths", "events", "feedback"):
        found = execute(file, f"SELECT DISTINCT route_id FROM secondhalf_{table}")  # noqa: S608
        assert found == [("route-other",)]
    execute(file, "PRAGMA wal_checkpoint(TRUNCATE)")
    assert secret.encode() not in file.read_bytes()


@pytest.mark.parametrize("body", ["not json", '{"kind": "begin"}', "[1]", "[" * 100_000])
def test_a_broken_event_costs_that_event(
    memory: Memory, file: Path, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The rest of the trace is there, and what is missing is said."""
    memory.record_route(request(), ANALYSIS, result())
    execute(file, f"UPDATE secondhalf_events SET body = '{body}' WHERE place = 1")  # noqa: S608

    with caplog.at_level(logging.WARNING):
        stored = memory.route("route-0001")

    assert stored.result is not None
    assert [e.at for e in stored.result.trace] == [100.0, 102.0, 103.0, 104.0]
    assert stored.warnings == ("event 1 of route 'route-0001' cannot be read and is left out",)
    assert [record.getMessage() for record in caplog.records] == list(stored.warnings)


def test_a_broken_outcome_leaves_the_route(memory: Memory, file: Path) -> None:
    """Result, analysis and paths are lost one by one."""
    memory.record_start(request(), "hi")
    memory.record_route(request(), ANALYSIS, result())
    execute(file, "UPDATE secondhalf_routes SET result = '{}', analysis = '{\"risk\": 1}'")

    stored = memory.route("route-0001")
    assert (stored.result, stored.analysis, stored.prompt) == (None, None, "hi")
    assert len(stored.warnings) == 2


def test_a_broken_route_costs_that_route(memory: Memory, file: Path) -> None:
    """A list goes on without it; asked for by name, it is an error that says so."""
    for route_id in ("route-0001", "route-0002"):
        memory.record_start(request(route_id), "hi")
    execute(file, "UPDATE secondhalf_routes SET status = 'odd' WHERE route_id = 'route-0001'")

    assert [r.route_id for r in memory.routes()] == ["route-0002"]
    with pytest.raises(StorageError, match="'route-0001' is kept but broken"):
        memory.route("route-0001")


async def test_every_method_has_an_async_twin(memory: Memory) -> None:
    """A route's life, told without blocking the event loop."""
    await memory.arecord_start(request(), "hi")
    assert await memory.aset_status("route-0001", "waiting")
    await memory.arecord_route(request(), ANALYSIS, result())
    assert await memory.aadd_feedback(Feedback(route_id="route-0001"))

    stored = await memory.aroute("route-0001")
    assert (await memory.aroutes(limit=5))[0].route_id == stored.route_id
    assert await memory.alatest_on_thread("thread") == stored
    assert await memory.aended() == (stored,)
    assert len(await memory.afeedback("route-0001")) == 1
    assert await memory.aforget_thread("thread") == 1
    public = {n for n in vars(Memory) if not n.startswith(("_", "a", "from_", "with_"))} | {
        "add_feedback"
    }
    waits = public - {"embed_with"}  # which looks into no database
    assert {name for name in waits if not hasattr(Memory, f"a{name}")} == set()


async def test_memory_is_an_async_context_manager(file: Path) -> None:
    """It closes what it opened."""
    async with Memory.from_url(f"sqlite:///{file}") as memory:
        await memory.arecord_start(request(), "hi")

    assert execute(file, "SELECT route_id FROM secondhalf_routes") == [("route-0001",)]


def test_memory_without_a_file(tmp_path: Path) -> None:
    """`sqlite://` lives and dies with its object."""
    with Memory.from_url("sqlite://") as memory:
        memory.record_start(request(), "hi")

        assert memory.route("route-0001").prompt == "hi"


def test_a_callers_engine_stays_open(file: Path) -> None:
    """Memory on a caller's engine leaves it, and its journal mode, as they are."""
    file.parent.mkdir(parents=True)
    engine = create_engine(f"sqlite:///{file}")
    with Memory.from_engine(engine) as memory:
        memory.record_start(request(), "hi")

    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
    engine.dispose()


def test_an_engine_with_a_database_per_thread_is_refused() -> None:
    """Its async methods would look into other databases."""
    with pytest.raises(StorageError, match="StaticPool"):
        Memory.from_engine(create_engine("sqlite://"))


def test_a_new_file_is_private_and_writes_ahead(memory: Memory, file: Path) -> None:
    """Prompts are nobody else's business; readers and a writer do not wait for each other."""
    memory.record_start(request(), "hi")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(f"{file}-wal").stat().st_mode) == 0o600
    assert execute(file, "PRAGMA journal_mode") == [("wal",)]


def test_other_tables_are_left_alone(memory: Memory, file: Path) -> None:
    """Checkpoints or an application's own tables live in the same file."""
    file.parent.mkdir(parents=True)
    execute(file, "CREATE TABLE routes (x)", "INSERT INTO routes VALUES (1)")

    memory.record_start(request(), "hi")
    memory.forget_thread("thread")

    assert execute(file, "SELECT * FROM routes") == [(1,)]


def test_every_row_is_json_that_others_can_read(memory: Memory, file: Path) -> None:
    """What is kept is plain SQL and ASCII JSON."""
    memory.record_route(request(), ANALYSIS, result(answer="東京"))

    [(kept,)] = execute(file, "SELECT result FROM secondhalf_routes")
    assert kept.isascii()
    assert json.loads(kept)["answer"] == "東京"
