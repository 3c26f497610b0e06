"""Moving over from the official savers keeps every state, and runs nothing that was stored."""

import operator
import pickle
import sqlite3
from pathlib import Path
from typing import Annotated, Any

import pytest
from langchain_core.messages import AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.channels import DeltaChannel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, interrupt
from sqlalchemy import make_url
from typing_extensions import TypedDict

from secondhalf.checkpoints import CheckpointConfigError, SQLAlchemySaver
from secondhalf.checkpoints.importing import import_official
from tests.checkpoints.servers import fresh_url


def extend(state: list[str], updates: Any) -> list[str]:
    return [*state, *(item for update in updates for item in update)]


class Talk(TypedDict):
    messages: Annotated[list[AnyMessage], operator.add]
    log: Annotated[list[str], DeltaChannel(extend, snapshot_frequency=3)]
    score: float


def graph_on(saver: BaseCheckpointSaver[Any]) -> CompiledStateGraph[Any, Any, Any, Any]:
    builder = StateGraph(Talk)
    builder.add_node("say", lambda state: {"messages": [HumanMessage("hi")], "log": ["said"]})
    builder.add_node("ask", lambda state: {"log": [interrupt("which?")], "score": 0.5})
    builder.add_edge(START, "say")
    builder.add_edge("say", "ask")
    return builder.compile(checkpointer=saver)


def on(thread: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread}}


def talk(saver: BaseCheckpointSaver[Any]) -> list[Any]:
    """Two threads, one of which waits; returns what is to be found later."""
    graph = graph_on(saver)
    for thread in ("done", "waiting"):
        for turn in range(4):
            graph.invoke({"messages": [], "log": [str(turn)], "score": 1.0}, on(thread))
            if thread == "done" or turn < 3:
                graph.invoke(Command(resume="this"), on(thread))
    return states(saver)


def states(saver: BaseCheckpointSaver[Any]) -> list[Any]:
    graph = graph_on(saver)
    return [
        (state.values, state.next, state.config["configurable"]["checkpoint_id"])
        for thread in ("done", "waiting")
        for state in graph.get_state_history(on(thread))
    ]


def test_threads_of_the_sqlite_saver_go_on_here(path: Path, file_saver: SQLAlchemySaver) -> None:
    """Every state of the history is the same, and the waiting thread can be resumed."""
    source = path.parent / "official.db"
    with SqliteSaver.from_conn_string(str(source)) as official:
        expected = talk(official)

    done = import_official(f"sqlite:///{source}", file_saver)

    assert (2, []) == (done.threads, done.skipped)
    assert expected == states(file_saver)
    graph_on(file_saver).invoke(Command(resume="that"), on("waiting"))
    assert "that" == graph_on(file_saver).get_state(on("waiting")).values["log"][-1]
    again = import_official(f"sqlite:///{source}", file_saver)
    assert (0, 2) == (again.threads, len(again.skipped))


def test_threads_of_the_postgres_saver_go_on_here(file_saver: SQLAlchemySaver) -> None:
    """So do those of the other official saver."""
    with fresh_url("postgresql") as url:
        parsed = make_url(url).set(drivername="postgresql")
        plain = parsed.render_as_string(hide_password=False)
        with PostgresSaver.from_conn_string(plain) as official:
            official.setup()
            expected = talk(official)
        done = import_official(url, file_saver)

    assert (2, []) == (done.threads, done.skipped)
    assert expected == states(file_saver)


class Bomb:
    """What pickle would run."""

    def __reduce__(self) -> Any:
        raise AssertionError("unpickled")


def test_pickled_values_are_refused_with_their_thread(
    path: Path, file_saver: SQLAlchemySaver
) -> None:
    """The other threads come over, and the message names the kind."""
    source = path.parent / "official.db"
    with SqliteSaver.from_conn_string(str(source)) as official:
        talk(official)
    with sqlite3.connect(source) as conn:
        conn.execute(
            "UPDATE checkpoints SET type='pickle', checkpoint=? WHERE thread_id='done'",
            (pickle.dumps({"x": 1}),),
        )
    conn.close()

    done = import_official(f"sqlite:///{source}", file_saver)

    assert 1 == done.threads
    (line,) = done.skipped
    assert "'done'" in line
    assert "pickle" in line
    assert [] == list(file_saver.list(on("done")))


def test_a_database_without_checkpoints_is_named(path: Path, file_saver: SQLAlchemySaver) -> None:
    """A wrong URL is said to be wrong."""
    with pytest.raises(CheckpointConfigError, match="holds no checkpoints"):
        import_official(f"sqlite:///{path.parent / 'empty.db'}", file_saver)
