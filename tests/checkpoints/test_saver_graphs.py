"""Real graphs on the saver: interrupts, time travel, subgraphs, crashes, parallel branches."""

import asyncio
import operator
from typing import Annotated, Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import Command, Send, interrupt
from typing_extensions import TypedDict

from secondhalf.checkpoints import SQLAlchemySaver

THREAD: RunnableConfig = {"configurable": {"thread_id": "thread"}}


class Chat(TypedDict):
    """Messages and a trace of the nodes that ran."""

    messages: Annotated[list[AnyMessage], add_messages]
    trace: Annotated[list[str], operator.add]


def ask(state: Chat) -> dict[str, Any]:
    answer = interrupt({"question": "which?"})
    return {"messages": [AIMessage(f"you said {answer}")], "trace": ["ask"]}


def chat(saver: SQLAlchemySaver | None) -> Any:
    builder = StateGraph(Chat)
    builder.add_node("greet", lambda state: {"trace": ["greet"]})
    builder.add_node("ask", ask)
    builder.add_edge(START, "greet")
    builder.add_edge("greet", "ask")
    builder.add_edge("ask", END)
    return builder.compile(checkpointer=saver)


def test_an_interrupted_graph_resumes_in_another_saver(url: str) -> None:
    """The question waits in the file; the answer may come from a new process."""
    with SQLAlchemySaver.from_url(url) as saver:
        paused = chat(saver).invoke({"messages": [HumanMessage("hi")], "trace": []}, THREAD)
        assert {"question": "which?"} == paused["__interrupt__"][0].value
    with SQLAlchemySaver.from_url(url) as saver:
        done = chat(saver).invoke(Command(resume="this"), THREAD)

    assert "you said this" == done["messages"][-1].content
    assert ["greet", "ask"] == done["trace"]


async def test_an_interrupted_graph_resumes_asynchronously(saver: SQLAlchemySaver) -> None:
    """The same over the async methods."""
    graph = chat(saver)
    await graph.ainvoke({"messages": [HumanMessage("hi")], "trace": []}, THREAD)
    done = await graph.ainvoke(Command(resume="this"), THREAD)

    assert "you said this" == done["messages"][-1].content
    assert 4 == len([state async for state in graph.aget_state_history(THREAD)])


def test_time_travel_forks_and_keeps_both_branches(saver: SQLAlchemySaver) -> None:
    """A run from an earlier checkpoint makes a branch; the first branch stays readable."""
    graph = chat(saver)
    graph.invoke({"messages": [HumanMessage("hi")], "trace": []}, THREAD)
    graph.invoke(Command(resume="this"), THREAD)
    first = graph.get_state(THREAD)
    before_ask = next(s for s in graph.get_state_history(THREAD) if s.next == ("ask",))

    forked = graph.update_state(before_ask.config, {"trace": ["edited"]})
    graph.invoke(None, forked)
    graph.invoke(Command(resume="that"), THREAD)

    assert ["greet", "edited", "ask"] == graph.get_state(THREAD).values["trace"]
    assert "you said that" == graph.get_state(THREAD).values["messages"][-1].content
    assert "you said this" == graph.get_state(first.config).values["messages"][-1].content


@pytest.mark.parametrize("own", [None, True])
def test_a_subgraph_stores_under_its_own_namespace(
    saver: SQLAlchemySaver, own: bool | None
) -> None:
    """An interrupt inside a subgraph resumes, whether the child keeps its state or not."""
    child = StateGraph(Chat)
    child.add_node("ask", ask)
    child.add_edge(START, "ask")
    parent = StateGraph(Chat)
    parent.add_node("child", child.compile(checkpointer=own))
    parent.add_edge(START, "child")
    graph = parent.compile(checkpointer=saver)

    graph.invoke({"messages": [], "trace": []}, THREAD)
    inner = graph.get_state(THREAD, subgraphs=True).tasks[0].state
    assert inner is not None
    done = graph.invoke(Command(resume="yes"), THREAD)

    assert "you said yes" == done["messages"][-1].content
    namespaces = {found.config["configurable"]["checkpoint_ns"] for found in saver.list(THREAD)}
    assert "" in namespaces
    assert any(name.startswith("child") for name in namespaces)


class Fan(TypedDict):
    """A fan-out whose branches add to one list."""

    results: Annotated[list[int], operator.add]


def fan_out(state: Fan) -> list[Send]:
    return [Send("work", number) for number in range(3)]


def test_finished_branches_are_not_run_again_after_a_failure(saver: SQLAlchemySaver) -> None:
    """Of parallel tasks only the failed one is repeated, since the others' writes are stored."""
    calls: list[int] = []
    broken = [True]

    def work(number: int) -> dict[str, list[int]]:
        calls.append(number)
        if number == 2 and broken[0]:
            raise RuntimeError("boom")
        return {"results": [number]}

    builder = StateGraph(Fan)
    builder.add_node("work", work)  # type: ignore[arg-type]  # its input comes by Send
    builder.add_conditional_edges(START, fan_out, ["work"])
    graph = builder.compile(checkpointer=saver)

    with pytest.raises(RuntimeError, match="boom"):
        graph.invoke({"results": []}, {**THREAD, "max_concurrency": 1}, durability="sync")
    broken[0] = False
    done = graph.invoke(None, THREAD)

    assert {"results": [0, 1, 2]} == done
    assert [0, 1, 2, 2] == calls


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_many_graphs_share_a_saver(saver: SQLAlchemySaver, durability: Any) -> None:
    """Concurrent threads on one saver each end in their own state."""
    builder = StateGraph(Fan)
    for n in range(5):
        builder.add_node(str(n), lambda state, n=n: {"results": [n]})
        builder.add_edge(str(n - 1) if n else START, str(n))
    graph = builder.compile(checkpointer=saver)

    done = await asyncio.gather(
        *(
            graph.ainvoke(
                {"results": [100 + n]},
                {"configurable": {"thread_id": str(n)}},
                durability=durability,
            )
            for n in range(20)
        )
    )

    assert [{"results": [100 + n, 0, 1, 2, 3, 4]} for n in range(20)] == done
