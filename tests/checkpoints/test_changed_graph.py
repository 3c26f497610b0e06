"""A resume against a graph that has changed says so, instead of doing nothing."""

from operator import add
from typing import Annotated, Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, interrupt
from typing_extensions import TypedDict

from secondhalf.checkpoints import GraphChangedError, SQLAlchemySaver, acheck_graph, check_graph

CONFIG: RunnableConfig = {"configurable": {"thread_id": "t"}}


class State(TypedDict, total=False):
    """What the graph adds up."""

    said: Annotated[list[str], add]


def graph(saver: SQLAlchemySaver, name: str, *, fan_out: bool = False) -> Any:
    """A graph whose second node, called ``name``, waits for somebody."""

    def first(state: State) -> Command[Any] | dict[str, Any]:
        return Command(goto=[Send(name, state), Send(name, state)]) if fan_out else {"said": ["a"]}

    def second(state: State) -> dict[str, Any]:
        return {"said": [interrupt("?")]}

    built = StateGraph(State)
    built.add_node("first", first, destinations=(name,))
    built.add_node(name, second)
    built.add_edge(START, "first")
    if not fan_out:
        built.add_edge("first", name)
    built.add_edge(name, END)
    return built.compile(checkpointer=saver)


@pytest.mark.parametrize("fan_out", [False, True])
async def test_a_renamed_node_is_named(fan_out: bool) -> None:
    """LangGraph itself would run nothing and say nothing."""
    with SQLAlchemySaver.from_url("sqlite://") as saver:
        graph(saver, "second", fan_out=fan_out).invoke({"said": []}, CONFIG)
        changed = graph(saver, "renamed", fan_out=fan_out)

        with pytest.raises(GraphChangedError, match="would go on with 'second'"):
            check_graph(changed, CONFIG)
        with pytest.raises(GraphChangedError, match="'t'"):
            await acheck_graph(changed, CONFIG)


@pytest.mark.parametrize("fan_out", [False, True])
def test_an_unchanged_graph_is_let_through(fan_out: bool) -> None:
    """And so are a thread that has ended, and one that nobody knows."""
    with SQLAlchemySaver.from_url("sqlite://") as saver:
        same = graph(saver, "second", fan_out=fan_out)
        check_graph(same, CONFIG)
        same.invoke({"said": []}, CONFIG)
        check_graph(same, CONFIG)
        state = same.get_state(CONFIG)
        same.invoke(Command(resume={i.id: "b" for i in state.interrupts}), CONFIG)

        check_graph(graph(saver, "renamed", fan_out=fan_out), CONFIG)
        assert same.get_state(CONFIG).values["said"][-1] == "b"
