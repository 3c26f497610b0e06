"""The router as a subgraph of somebody else's graph.

The situations are those of langgraph issues 4796 (an interrupt inside a subgraph), 4748 (a
resume that restarts the subgraph), 6792 (state lost on resume) and 2870 (earlier tasks rerun).
"""

import operator
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, Send
from typing_extensions import TypedDict

from secondhalf.checkpoints import SQLAlchemySaver
from secondhalf.graph.router import build_router
from secondhalf.state.result import RouteResult
from tests.support.scripted import ScriptedModel

Graph = CompiledStateGraph[Any, Any, Any, Any]
VAGUE = "fix it"


class Parent(TypedDict):
    """A parent's state: it shares ``messages`` and wants to see the outcome."""

    messages: Annotated[list[AnyMessage], add_messages]
    route: RouteResult
    runs: Annotated[list[str], operator.add]


def before(state: Parent) -> dict[str, Any]:
    return {"runs": ["before"]}


def after(state: Parent) -> dict[str, Any]:
    return {"runs": ["after"]}


def parent(saver: BaseCheckpointSaver[Any], **experts: Any) -> Graph:
    """before → router → after; every run of a node leaves its name in ``runs``."""
    graph: Any = StateGraph(Parent)
    graph.add_node("before", before)
    graph.add_node("router", build_router(**experts))
    graph.add_node("after", after)
    graph.add_edge(START, "before")
    graph.add_edge("before", "router")
    graph.add_edge("router", "after")
    graph.add_edge("after", END)
    compiled: Graph = graph.compile(checkpointer=saver)
    return compiled


def thread(name: str = "t", **configurable: Any) -> RunnableConfig:
    return {"configurable": {"thread_id": name, **configurable}}


@pytest.fixture(params=[InMemorySaver, lambda: SQLAlchemySaver.from_url("sqlite://")])
def saver(request: pytest.FixtureRequest) -> BaseCheckpointSaver[Any]:
    make: Callable[[], BaseCheckpointSaver[Any]] = request.param
    return make()


async def test_a_parent_gets_the_answer_and_the_outcome(saver: BaseCheckpointSaver[Any]) -> None:
    """The answer is appended to the shared messages, each of which appears once."""
    graph = parent(saver)

    out = await graph.ainvoke({"messages": [HumanMessage("What is 17% of 2,340?")]}, thread())

    assert ["What is 17% of 2,340?", "397.8"] == [m.text for m in out["messages"]]
    assert out["route"].status == "success"
    assert ["before", "after"] == out["runs"]


def test_a_sync_parent_gets_the_same(saver: BaseCheckpointSaver[Any]) -> None:
    """``invoke`` works where ``ainvoke`` does."""
    out = parent(saver).invoke({"messages": [("user", "convert 68 °F to °C")]}, thread())

    assert out["messages"][-1].text == "20 °C"


async def test_a_question_waits_and_the_resume_goes_through_the_parent(
    saver: BaseCheckpointSaver[Any],
) -> None:
    """The parent shows the question; its resume reaches the router; nothing before it runs again.

    The analyzing model is asked once before and once after the answer, never a third time.
    """
    slm = ScriptedModel(replies=["no structure"])
    graph = parent(saver, models={"slm": slm})

    asked = await graph.ainvoke({"messages": [HumanMessage(VAGUE)]}, thread())
    calls_before = len(slm.calls)
    question = asked["__interrupt__"][0].value
    waiting = await graph.aget_state(thread(), subgraphs=True)
    slm.replies.append("Use a lock.")
    out = await graph.ainvoke(Command(resume="What is 2 + 2?"), thread())

    assert question["kind"] == "clarify"
    assert question["question"]
    assert ("router",) == waiting.next
    inside: Any = waiting.tasks[0].state
    assert inside.values["request"].route_id == question["route_id"]
    assert out["runs"] == ["before", "after"]
    assert out["route"].route_id == question["route_id"]
    assert calls_before >= 1
    assert [m.type for m in out["messages"]] == ["human", "ai", "human", "ai"]


async def test_what_was_done_before_the_question_is_not_done_again(
    saver: BaseCheckpointSaver[Any],
) -> None:
    """The trace of the resumed route holds one begin, and the first analysis once."""
    graph = parent(saver)
    await graph.ainvoke({"messages": [HumanMessage(VAGUE)]}, thread())

    out = await graph.ainvoke(Command(resume="I mean: what is 2 + 2?"), thread())

    kinds = [e.kind for e in out["route"].trace]
    assert (1, 2, 1) == (kinds.count("begin"), kinds.count("analyze"), kinds.count("ask"))


async def test_parent_and_child_keep_their_own_state(saver: BaseCheckpointSaver[Any]) -> None:
    """Nothing of the route but its declared output reaches the parent."""
    graph = parent(saver)

    await graph.ainvoke({"messages": [HumanMessage("What is 2 + 2?")]}, thread())

    values = (await graph.aget_state(thread())).values
    assert {"messages", "route", "runs"} == set(values)


async def test_two_routers_wait_side_by_side(saver: BaseCheckpointSaver[Any]) -> None:
    """Each question has an id of its own; both are answered in one resume, by a map of ids."""

    class Fan(TypedDict):
        messages: Annotated[list[AnyMessage], add_messages]
        routes: Annotated[list[RouteResult], operator.add]

    router = build_router()

    async def ask(state: dict[str, str]) -> dict[str, Any]:
        out = await router.ainvoke({"messages": [HumanMessage(state["prompt"])]})
        return {"routes": [out["route"]]}

    graph: Any = StateGraph(Fan)
    graph.add_node("ask", ask)

    def fan_out(state: Fan) -> list[Send]:
        return [Send("ask", {"prompt": p}) for p in ("fix it", "make it better")]

    graph.add_conditional_edges(START, fan_out)
    app = graph.compile(checkpointer=saver)

    waiting = await app.ainvoke({"messages": []}, thread())
    ids = [i.id for i in waiting["__interrupt__"]]
    out = await app.ainvoke(
        Command(resume={ids[0]: "what is 1 + 1?", ids[1]: "what is 2 + 3?"}), thread()
    )

    assert 2 == len(set(ids))
    assert 2 == len({r.route_id for r in out["routes"]})


async def test_a_parent_with_a_foreign_context_sets_the_router_through_configurable(
    saver: BaseCheckpointSaver[Any],
) -> None:
    """Settings of the call reach the router although the context belongs to the parent."""
    graph = parent(saver)
    config = thread(secondhalf={"strategy": "LLM_REASONING", "clarify": False})

    out = await graph.ainvoke({"messages": [HumanMessage(VAGUE)]}, config, context={"mine": 1})

    assert out["route"].strategy == "LLM_REASONING"
    assert "__interrupt__" not in out


async def test_a_second_turn_is_a_fresh_route_on_the_same_conversation(
    saver: BaseCheckpointSaver[Any],
) -> None:
    """Messages are kept; ledger, results and trace begin anew."""
    graph: Any = build_router(checkpointer=saver)
    first = await graph.ainvoke({"messages": [HumanMessage("What is 2 + 2?")]}, thread())

    second = await graph.ainvoke({"messages": [HumanMessage("What is 3 + 4?")]}, thread())

    state = (await graph.aget_state(thread())).values
    assert [m.text for m in second["messages"]] == ["What is 2 + 2?", "4", "What is 3 + 4?", "7"]
    assert first["route"].route_id != second["route"].route_id
    assert 1 == len(state["results"]) == len(second["route"].explored)
    assert 1 == [e.kind for e in second["route"].trace].count("begin")


async def test_a_plain_message_stream_shows_exactly_the_answer(
    saver: BaseCheckpointSaver[Any],
) -> None:
    """What the experts say on the way is not streamed."""
    graph: Any = build_router(
        checkpointer=saver, models={"slm": ScriptedModel(replies=["Paris is the capital."])}
    )
    question = {"messages": [HumanMessage("What is the capital of France?")]}

    pieces = [
        message
        async for message, _ in graph.astream(question, thread(), stream_mode="messages")
        if isinstance(message, AIMessage) or message.type == "AIMessageChunk"
    ]

    assert "Paris is the capital." == "".join(piece.text for piece in pieces)
    assert 1 == len({piece.id for piece in pieces})
    assert all(piece.text for piece in pieces)


@pytest.mark.parametrize("embedded", [False, True])
async def test_events_can_be_streamed(saver: BaseCheckpointSaver[Any], embedded: bool) -> None:
    """``astream_events`` runs a route to its end, alone and inside a parent."""
    graph: Any = parent(saver) if embedded else build_router(checkpointer=saver)
    given = {"messages": [HumanMessage("What is 2 + 2?")]}

    events = [e async for e in graph.astream_events(given, thread(), version="v2")]

    assert events[-1]["data"]["output"]["route"].answer == "4"
