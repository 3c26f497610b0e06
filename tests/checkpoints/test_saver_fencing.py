"""Of two who go on from the same checkpoint at most one wins, and nobody forks by accident."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict

from secondhalf.checkpoints import SQLAlchemySaver, ThreadForkedError

Put = Callable[..., RunnableConfig]
THREAD: RunnableConfig = {"configurable": {"thread_id": "thread"}}
ROOT: RunnableConfig = {"configurable": {"thread_id": "thread", "checkpoint_ns": ""}}


@pytest.fixture
def fenced(any_url: str) -> Iterator[SQLAlchemySaver]:
    with SQLAlchemySaver.from_url(any_url, fenced=True) as made:
        yield made


class Log(TypedDict):
    log: str


def finish(state: Log) -> Log:
    return {"log": state["log"] + "!"}


def asking(saver: BaseCheckpointSaver[Any]) -> CompiledStateGraph[Any, Any, Any, Any]:
    """A subgraph that asks, between two nodes that do not."""
    inner = StateGraph(Log)
    inner.add_node("ask", lambda state: {"log": interrupt("which?")})
    inner.add_edge(START, "ask")
    outer = StateGraph(Log)
    outer.add_node("first", lambda state: {"log": "first"})
    outer.add_node("inner", inner.compile())
    outer.add_node("last", finish)
    outer.add_edge(START, "first")
    outer.add_edge("first", "inner")
    outer.add_edge("inner", "last")
    outer.add_edge("last", END)
    return outer.compile(checkpointer=saver)


def test_the_second_child_of_a_checkpoint_is_refused(fenced: SQLAlchemySaver, put: Put) -> None:
    """Nothing of it is stored, and the message says what to do."""
    parent = put(fenced, values={"x": 1})
    winner = put(fenced, parent, {"x": 2})

    with pytest.raises(ThreadForkedError, match="another run"):
        put(fenced, parent, {"x": 3})

    assert [winner, parent] == [found.config for found in fenced.list(ROOT)]
    with pytest.raises(ThreadForkedError):
        put(fenced, "thread", {"x": 4})


def test_of_many_at_once_one_wins(fenced: SQLAlchemySaver, put: Put) -> None:
    """Whoever comes first; all the others are told."""
    parent = put(fenced)

    def attempt(value: int) -> bool:
        try:
            put(fenced, parent, {"x": value})
        except ThreadForkedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, range(8)))

    assert 1 == sum(won)
    assert 2 == len(list(fenced.list(ROOT)))


def test_a_repeated_put_is_no_fork(fenced: SQLAlchemySaver, put: Put) -> None:
    """A caller that did not hear the answer may ask again."""
    parent = put(fenced)
    found = fenced.get_tuple(put(fenced, parent, {"x": 1}))
    assert found is not None

    again = fenced.put(parent, found.checkpoint, {}, {})

    assert found.config == again


def test_an_older_checkpoint_may_be_forked_on_purpose(fenced: SQLAlchemySaver, put: Put) -> None:
    """Asked for by its id while there are newer ones, it may have more children."""
    parent = put(fenced)
    put(fenced, parent, {"x": 1})
    assert fenced.get_tuple(parent) is not None

    fork = put(fenced, parent, {"x": 2})

    latest = fenced.get_tuple(ROOT)
    assert latest is not None
    assert fork == latest.config


def test_a_deleted_child_makes_room(fenced: SQLAlchemySaver, put: Put) -> None:
    """A run that was rolled back can be run again."""
    parent = put(fenced, run_id="first")
    put(fenced, parent, {"x": 1}, run_id="second")
    fenced.delete_for_runs(["second"])

    put(fenced, parent, {"x": 2}, run_id="third")

    assert 2 == len(list(fenced.list(ROOT)))


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_resuming_time_travel_and_updates_are_as_ever(
    fenced: SQLAlchemySaver, durability: Any
) -> None:
    """What one run after another does on a thread is never taken for two at once."""
    graph = asking(fenced)
    graph.invoke({"log": ""}, THREAD, durability=durability)
    graph.invoke(Command(resume="this"), THREAD, durability=durability)
    assert "this!" == graph.get_state(THREAD).values["log"]

    waiting = next(s for s in graph.get_state_history(THREAD) if s.next == ("inner",))
    graph.invoke(None, waiting.config, durability=durability)
    graph.invoke(Command(resume="that"), THREAD, durability=durability)
    assert "that!" == graph.get_state(THREAD).values["log"]
    graph.update_state(THREAD, {"log": "more"})
    graph.update_state(waiting.config, {"log": "fork"}, as_node="first")
    assert ("inner",) == graph.get_state(THREAD).next
    graph.invoke({"log": "new"}, THREAD, durability=durability)
    graph.invoke(Command(resume="third"), THREAD, durability=durability)
    assert "third!" == graph.get_state(THREAD).values["log"]


def test_two_resumes_of_one_thread_do_not_fork_it(fenced: SQLAlchemySaver) -> None:
    """A run that was resumed behind another's back is told, and the thread stays one line."""
    graph = asking(fenced)
    graph.invoke({"log": ""}, THREAD)
    behind = graph.get_state(THREAD).config
    stale = fenced.get_tuple(behind)
    assert stale is not None
    graph.invoke(Command(resume="this"), THREAD)

    with pytest.raises(ThreadForkedError):
        fenced.put(behind, {**stale.checkpoint, "id": "f" * 36}, {}, {})

    assert "this!" == graph.get_state(THREAD).values["log"]
