"""Forgetting: nothing of a thread or a principal is left, and what it taught is taken back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from secondhalf.api import route
from secondhalf.checkpoints import SQLAlchemySaver
from secondhalf.memory import Forgotten, Memory
from secondhalf.memory.learning import Learner
from secondhalf.state.errors import InputError, StorageError, UnknownRouteError
from secondhalf.state.feedback import Feedback
from secondhalf.state.request import RouteContext
from tests.checkpoints.servers import fresh_url
from tests.memory.test_learning import execute, explored, known, routed

TABLES = ("routes", "paths", "events", "feedback", "labels")


@pytest.fixture(params=["file", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "file":
        yield f"sqlite:///{tmp_path / 'routes.db'}"
        return
    with fresh_url(request.param) as made:
        yield made


@pytest.fixture
def memory(url: str) -> Iterator[Memory]:
    with Memory.from_url(url) as opened:
        yield opened


class Saver:
    """Remembers which threads it was told to delete; fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.deleted: list[str] = []
        self._failures = failures

    def delete_thread(self, thread_id: str) -> None:
        if self._failures:
            self._failures -= 1
            raise OSError("killed")
        self.deleted.append(thread_id)


def people(memory: Memory) -> None:
    """Ann and Bob ask on threads of their own and on a common one; each judges the other."""
    for who, thread in (("ann", "a"), ("bob", "b"), ("ann", "both"), ("bob", "both")):
        routed(memory, f"{who}-{thread}", principal=who, thread_id=thread)
    memory.add_feedback(Feedback(route_id="ann-a", success=True, principal="bob"))
    memory.add_feedback(Feedback(route_id="bob-b", success=False, principal="ann"))
    memory.add_feedback(Feedback(route_id="bob-both", success=True, principal="bob"))


def test_a_principal_takes_everything_along(memory: Memory, url: str) -> None:
    """Their routes with what others said of these, and their words on others' routes."""
    people(memory)
    assert {"large": (1.990025, 0.995)} == known(memory)
    saver = Saver()

    gone = memory.forget(principal="ann", checkpointer=saver)

    assert ("a", "both") == gone.threads == tuple(saver.deleted)
    assert (2, 2, 2) == (gone.routes, gone.feedback, gone.labels)
    for table in TABLES:
        kept = execute(url, f"SELECT DISTINCT route_id FROM secondhalf_{table}")  # noqa: S608
        assert {route_id for (route_id,) in kept} <= {"bob-b", "bob-both"}
    assert [] == execute(url, "SELECT * FROM secondhalf_tallies WHERE principal = 'ann'")
    assert "ann" not in str(execute(url, "SELECT body FROM secondhalf_feedback"))
    assert {"large": (1.0, 0.0)} == known(memory)
    with pytest.raises(UnknownRouteError):
        memory.route("ann-a")


def test_a_thread_goes_alone(memory: Memory) -> None:
    """Others' threads stay, and what was learned of them."""
    people(memory)

    gone = memory.forget(thread_id="a")

    assert (("a",), 1, 1, 1) == (gone.threads, gone.routes, gone.feedback, gone.labels)
    assert {"ann-both", "bob-b", "bob-both"} == {one.route_id for one in memory.routes()}
    assert {"large": (1.0, 0.995)} == known(memory)
    assert pytest.approx(1 + 0.995 + 0.995**2) == memory.estimates().skills["large"].usd.calls


def test_forgetting_can_be_looked_at_first(memory: Memory) -> None:
    """A dry run says the same and changes nothing."""
    people(memory)
    before = memory.estimates()
    saver = Saver()

    told = memory.forget(principal="ann", dry_run=True, checkpointer=saver)

    assert [] == saver.deleted
    assert 4 == len(memory.routes())
    assert before == memory.estimates()
    assert told == memory.forget(principal="ann")._replace(erased=None)


def test_it_can_be_done_again(memory: Memory) -> None:
    """Killed between checkpoints and memory, it still knows which threads are to go."""
    people(memory)
    saver = Saver(failures=1)
    with pytest.raises(OSError, match="killed"):
        memory.forget(principal="bob", checkpointer=saver)
    assert 4 == len(memory.routes())

    gone = memory.forget(principal="bob", checkpointer=saver)

    assert ["b", "both"] == saver.deleted
    assert 2 == gone.routes
    nothing = memory.forget(principal="bob", checkpointer=saver)
    assert Forgotten() == nothing._replace(erased=None)


def test_what_was_not_learned_anew_yet_is_so_by_the_next_word(
    memory: Memory, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash after the deletion leaves a note that estimates are stale."""
    people(memory)
    with monkeypatch.context() as patch:
        patch.setattr(Learner, "refresh", Mock())
        memory.forget(principal="ann")
    assert {"large": (1.990025, 0.995)} == known(memory)

    with Memory.from_url(url) as other:
        other.add_feedback(Feedback(route_id="bob-b", notes="hm", principal="cid"))

        assert {"large": (1.0, 0.0)} == known(other)


def test_each_tenant_forgets(memory: Memory) -> None:
    """A principal may have asked for several, with names of any kind."""
    for tenant in ("", "東京 "):
        routed(memory, f"route-{tenant}", explored("large", 1.0, checked=True), tenant=tenant)
        routed(
            memory, f"mine-{tenant}", explored("large", 1.0, checked=False), tenant=tenant,
            principal="ann",
        )  # fmt: skip

    memory.forget(principal="ann")

    assert {"large": (1.0, 0.0)} == known(memory) == known(memory, "東京 ")


def test_routes_that_have_not_ended_are_pointed_out(memory: Memory) -> None:
    """A process that still runs one may write again."""
    people(memory)
    memory.set_status("ann-a", "running")

    assert 1 == memory.forget(thread_id="a").unfinished


@pytest.mark.parametrize(
    "whom", [{}, {"thread_id": "a", "principal": "b"}, {"principal": ""}, {"thread_id": ""}]
)
def test_whom_to_forget_has_to_be_named(whom: dict[str, Any]) -> None:
    """An empty name would stand for everybody without one."""
    with Memory.from_url("sqlite://") as memory, pytest.raises(InputError, match="name"):
        memory.forget(**whom)


def test_nothing_of_it_is_left_on_disk(tmp_path: Path) -> None:
    """Not in checkpoints, traces, labels or free pages, nor in the journal beside the file."""
    file = tmp_path / "routes.db"
    url = f"sqlite:///{file}"
    canary = "Zanzibar-7391"
    context = RouteContext(principal="ann")
    for thread, prompt in (("t", f"What is 12 + 30? {canary}"), ("u", "What is 2 + 2?")):
        done = route(prompt, db=url, thread_id=thread, context=context)
        with Memory.from_url(url) as memory:
            memory.add_feedback(
                Feedback(route_id=done.route_id, success=True, notes=canary, principal="ann")
            )

    def held() -> list[str]:
        # Checkpoints are compressed in parts: look at them as a reader does, too.
        with SQLAlchemySaver.from_url(url) as saver:
            found = [str(one) for one in saver.list(None)]
        files = [f.read_bytes().decode("latin1") for f in tmp_path.glob("routes.db*")]
        return [text for text in found + files if canary in text]

    assert held()
    with Memory.from_url(url) as memory, SQLAlchemySaver.from_url(url) as saver:
        gone = memory.forget(thread_id="t", checkpointer=saver)
        assert True is gone.erased
        assert saver.get_tuple({"configurable": {"thread_id": "u"}}) is not None
        memory.forget(principal="ann", checkpointer=saver)
        assert saver.get_tuple({"configurable": {"thread_id": "u"}}) is None

    assert [] == held()


def test_a_file_in_use_is_said_to_be(tmp_path: Path) -> None:
    """Rows are gone; the file could not be rewritten while somebody reads it."""
    url = f"sqlite:///{tmp_path / 'routes.db'}"
    with Memory.from_url(url, busy_seconds=0.1) as memory:
        people(memory)
        import sqlite3

        reader = sqlite3.connect(tmp_path / "routes.db")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM secondhalf_routes").fetchone()

        assert False is memory.forget(thread_id="a").erased
        reader.close()
        assert True is memory.forget(thread_id="a").erased
        with pytest.raises((UnknownRouteError, StorageError)):
            memory.route("ann-a")
