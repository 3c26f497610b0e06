"""A parent agent that embeds the router as a subgraph and reads its outcome.

Run it with ``python examples/embed_in_agent.py``; it needs no key and no server.
"""

import asyncio
import os
from typing import Annotated, Any

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")  # checkpoints load known types only

from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import Command
from typing_extensions import TypedDict

from secondhalf import RouteResult, build_router


class AgentState(TypedDict, total=False):
    """The agent's own state: it shares ``messages`` with the router, and sees ``route``."""

    messages: Annotated[list[AnyMessage], add_messages]
    route: RouteResult
    report: str


def report(state: AgentState) -> dict[str, Any]:
    """What the agent does with an answer: here, it only says where it came from."""
    route, answer = state["route"], state["messages"][-1].text
    return {"report": f"{answer}  ({' → '.join(route.path)}, quality {route.quality:.2f})"}


def build_agent() -> Any:
    """START → router → report → END; the router inherits the agent's checkpointer."""
    agent = StateGraph(AgentState)
    agent.add_node("router", build_router())
    agent.add_node("report", report)
    agent.add_edge(START, "router")
    agent.add_edge("router", "report")
    agent.add_edge("report", END)
    return agent.compile(checkpointer=InMemorySaver())


async def main() -> None:
    """One request that is answered at once, and one that the router has to ask about."""
    agent = build_agent()
    clear = {"messages": [HumanMessage("convert 68 °F to °C")]}
    out = await agent.ainvoke(clear, {"configurable": {"thread_id": "clear"}})
    print(out["report"])

    thread: Any = {"configurable": {"thread_id": "vague"}}
    waiting = await agent.ainvoke({"messages": [HumanMessage("fix it")]}, thread)
    print("the router asks:", waiting["__interrupt__"][0].value["question"])
    out = await agent.ainvoke(Command(resume="I meant: what is 17% of 2,340?"), thread)
    print(out["report"])


if __name__ == "__main__":
    asyncio.run(main())
