"""Deleting, copying and pruning keep what a kept checkpoint needs, delta channels included."""

import operator
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.channels import DeltaChannel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, interrupt
from sqlalchemy import create_engine
from typing_extensions import TypedDict

from secondhalf.checkpoints import CheckpointConfigError, SQLAlchemySaver, ThreadExistsError

Put = Callable[..., RunnableConfig]

THREAD: RunnableConfig = {"configurable": {"thread_id": "thread"}}


def extend(state: list[str], updates: Sequence[list[str]]) -> list[str]:
    return [*state, *(item for update in updates for item in update)]


class Log(TypedDict):
    """A plain counter beside a log that is stored as differences."""

    count: Annotated[int, operator.add]
    log: Annotated[list[str], DeltaChannel(extend, snapshot_frequency=7)]


def delta_graph(saver: BaseCheckpointSaver[Any]) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Two nodes in a row and two beside each other, all of which write the log."""
    builder = StateGraph(Log)
    for name in ("a", "b", "c", "d"):
        builder.add_node(name, lambda state, name=name: {"log": [name], "count": 1})
    builder.add_edge(START, "a")
    builder.add_edge("a", "b")
    builder.add_edge("a", "c")
    builder.add_edge(["b", "c"], "d")
    builder.add_edge("d", END)
    return builder.compile(checkpointer=saver)


def run(saver: BaseCheckpointSaver[Any], turns: int, **settings: Any) -> list[str]:
    """The log after so many turns on the thread."""
    graph = delta_graph(saver)
    for turn in range(turns):
        config: RunnableConfig = {**THREAD, "metadata": {"run_id": f"run-{turn}"}}
        graph.invoke({"log": [str(turn)], "count": 0}, config, **settings)
    log: list[str] = graph.get_state(THREAD).values["log"]
    return log


def log_of(saver: SQLAlchemySaver, thread_id: str = "thread") -> list[str]:
    config: RunnableConfig = {"configurable": {"thread_id": thread_id}}
    log: list[str] = delta_graph(saver).get_state(config).values["log"]
    return log


def count_rows(url: str, table: str) -> int:
    engine = create_engine(url)
    with engine.connect() as conn:
        count = conn.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608 - a name from this file
    engine.dispose()
    return int(count)


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("turns", [1, 9])
def test_delta_channels_are_rebuilt_as_in_memory(
    saver: SQLAlchemySaver, turns: int, durability: str
) -> None:
    """The log is what LangGraph's own saver rebuilds, at the head and at every earlier state."""
    expected = InMemorySaver()
    assert run(expected, turns, durability=durability) == run(saver, turns, durability=durability)

    histories = [
        [state.values.get("log") for state in delta_graph(each).get_state_history(THREAD)]
        for each in (expected, saver)
    ]
    assert histories[0] == histories[1]


def test_delta_history_equals_the_walk_of_the_base_class(saver: SQLAlchemySaver) -> None:
    """The fast reading gives what reading one ancestor after another gives."""
    run(saver, 5)

    for found in saver.list({"configurable": {"thread_id": "thread", "checkpoint_ns": ""}}):
        channels = ["log", "count", "absent"]
        expected = BaseCheckpointSaver.get_delta_channel_history(
            saver, config=found.config, channels=channels
        )
        actual = saver.get_delta_channel_history(config=found.config, channels=channels)
        assert expected == actual
    assert {} == saver.get_delta_channel_history(config=THREAD, channels=[])
    nothing: RunnableConfig = {"configurable": {"thread_id": "nobody"}}
    assert {"log": {"writes": []}} == saver.get_delta_channel_history(
        config=nothing, channels=["log"]
    )


async def test_delta_channels_are_rebuilt_asynchronously(saver: SQLAlchemySaver) -> None:
    """The async state is the sync one."""
    log = run(saver, 3)

    state = await delta_graph(saver).aget_state(THREAD)
    assert log == state.values["log"]


def test_delta_history_is_read_in_few_queries_and_survives_a_loop(
    saver: SQLAlchemySaver, put: Put
) -> None:
    """A chain far longer than one stretch is followed whole; a loop of parents ends it."""
    configs = [put(saver)]
    for step in range(150):
        saver.put_writes(configs[-1], [("x", step)], "task")
        configs.append(put(saver, configs[-1]))

    history = saver.get_delta_channel_history(config=configs[-1], channels=["x"])
    assert list(range(150)) == [value for _, _, value in history["x"]["writes"]]
    assert "seed" not in history["x"]

    first = saver.get_tuple(configs[0])
    assert first is not None
    saver.put(configs[-1], first.checkpoint, {}, {})  # the first is now the last one's child
    history = saver.get_delta_channel_history(config=configs[-1], channels=["x"])
    assert list(range(150)) == [value for _, _, value in history["x"]["writes"]]


def test_pruning_keeps_what_delta_channels_need(file_saver: SQLAlchemySaver, url: str) -> None:
    """After pruning the log is unchanged, older rows are gone, and the thread runs on."""
    log = run(file_saver, 20)
    before = count_rows(url, "secondhalf_checkpoints")

    file_saver.prune(["thread"])

    assert log == log_of(file_saver)
    assert count_rows(url, "secondhalf_checkpoints") < before / 5
    delta_graph(file_saver).invoke({"log": ["more"], "count": 0}, THREAD)
    assert log == log_of(file_saver)[: len(log)]
    assert "more" in log_of(file_saver)


def test_pruning_a_thread_without_delta_channels_keeps_one(
    file_saver: SQLAlchemySaver, url: str, put: Put
) -> None:
    """One checkpoint, its values and its writes stay; every other row goes."""
    config: RunnableConfig | str = "thread"
    for step in range(5):
        config = put(file_saver, config, {"x": step, "y": step})
        file_saver.put_writes(config, [("x", step)], "task")

    file_saver.prune(["thread", "nobody"])

    (found,) = file_saver.list(None)
    assert {"x": 4, "y": 4} == found.checkpoint["channel_values"]
    assert [("task", "x", 4)] == found.pending_writes
    assert 1 == count_rows(url, "secondhalf_checkpoints")
    assert 2 == count_rows(url, "secondhalf_checkpoint_blobs")
    assert 1 == count_rows(url, "secondhalf_checkpoint_writes")


@pytest.mark.parametrize("strategy", ["delete", "delete_all"])
def test_pruning_may_delete_threads(saver: SQLAlchemySaver, put: Put, strategy: str) -> None:
    """LangGraph's library and its server have each a word for it."""
    kept = put(saver, "kept")
    put(saver, "thread")

    saver.prune(["thread", "nobody"], strategy=strategy)

    assert [kept] == [each.config for each in saver.list(None)]


def test_an_unknown_strategy_is_refused(saver: SQLAlchemySaver) -> None:
    """The message names the strategies there are."""
    with pytest.raises(CheckpointConfigError, match="keep_latest"):
        saver.prune(["thread"], strategy="keep_most")


def test_deleting_runs_keeps_the_state_of_later_ones(saver: SQLAlchemySaver) -> None:
    """A deleted run's checkpoints go, at the latest when no later log is rebuilt from them."""
    log = run(saver, 12)
    before = len(list(saver.list(THREAD)))

    saver.delete_for_runs([f"run-{turn}" for turn in range(11)])

    assert log == log_of(saver)
    assert len(list(saver.list(THREAD))) < before / 2
    saver.delete_for_runs(["run-11"])
    assert [] == list(saver.list(THREAD))


def test_deleting_the_last_run_goes_back_to_the_one_before(saver: SQLAlchemySaver) -> None:
    """Rolling back a run restores the state before it, and the next run starts from there."""
    other = InMemorySaver()
    run(saver, 3)
    expected = run(other, 2)

    saver.delete_for_runs(["run-2"])

    assert expected == log_of(saver)
    for each in (saver, other):
        delta_graph(each).invoke({"log": ["again"], "count": 0}, THREAD)
    assert delta_graph(other).get_state(THREAD).values["log"] == log_of(saver)


def test_deleting_a_run_that_answered_asks_again(saver: SQLAlchemySaver) -> None:
    """The answer a deleted run wrote on the waiting checkpoint goes with it."""
    builder = StateGraph(Log)
    builder.add_node("ask", lambda state: {"log": [interrupt("which?")], "count": 1})
    builder.add_edge(START, "ask")
    graph = builder.compile(checkpointer=saver)
    graph.invoke({"log": [], "count": 0}, {**THREAD, "metadata": {"run_id": "asks"}})
    graph.invoke(Command(resume="this"), {**THREAD, "metadata": {"run_id": "answers"}})
    assert () == graph.get_state(THREAD).next

    saver.delete_for_runs(["answers"])

    assert ("ask",) == graph.get_state(THREAD).next
    assert "which?" == graph.invoke(None, THREAD)["__interrupt__"][0].value
    graph.invoke(Command(resume="that"), THREAD)
    assert ["that"] == graph.get_state(THREAD).values["log"]


def test_a_copied_thread_stands_alone(saver: SQLAlchemySaver) -> None:
    """The copy has the same state and history, and outlives its source."""
    log = run(saver, 3)
    history = [found.checkpoint["id"] for found in saver.list(THREAD)]

    saver.copy_thread("thread", "copy")
    saver.delete_thread("thread")

    copy: RunnableConfig = {"configurable": {"thread_id": "copy"}}
    assert log == log_of(saver, "copy")
    assert history == [found.checkpoint["id"] for found in saver.list(copy)]
    assert saver.get_tuple(THREAD) is None


def test_a_copy_never_mixes_two_threads(saver: SQLAlchemySaver, put: Put) -> None:
    """A target that holds rows is refused and stays as it is; copying nothing is fine."""
    put(saver, "source", {"x": 1})
    config = put(saver, "target", {"x": 2})

    with pytest.raises(ThreadExistsError, match="'target'"):
        saver.copy_thread("source", "target")
    assert [config] == [
        found.config for found in saver.list({"configurable": {"thread_id": "target"}})
    ]
    saver.copy_thread("nobody", "new")


def test_deleting_a_thread_leaves_no_row_and_frees_the_disk(
    file_saver: SQLAlchemySaver, path: Path, url: str, put: Put
) -> None:
    """Every table is cleared, writes without checkpoint included, and the file shrinks."""
    config = put(file_saver, values={"x": "x" * 3_000_000})
    orphan: RunnableConfig = {
        "configurable": {"thread_id": "thread", "checkpoint_ns": "", "checkpoint_id": "later"}
    }
    file_saver.put_writes(config, [("x", 1)], "task")
    file_saver.put_writes(orphan, [("x", 1)], "task")

    file_saver.delete_thread("thread")
    file_saver.close()

    for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
        assert 0 == count_rows(url, f"secondhalf_{table}")
    assert path.stat().st_size < 200_000


def test_deleting_on_a_fresh_database_is_no_error(saver: SQLAlchemySaver) -> None:
    """Nothing to delete, copy or prune is nothing to complain about."""
    saver.delete_thread("thread")
    saver.delete_for_runs(["run"])
    saver.delete_for_runs([])
    saver.prune([], strategy="delete")
    saver.copy_thread("a", "b")

    assert [] == list(saver.list(None))
