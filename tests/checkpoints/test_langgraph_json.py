"""A `langgraph.json` may name the saver, as docs/checkpointer.md shows."""

import asyncio
import importlib.util
import json
import os
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, MessagesState, StateGraph

from secondhalf.checkpoints import SaverClosedError, SQLAlchemySaver

PAGE = Path(__file__).parents[2] / "docs" / "checkpointer.md"

Factory = Callable[[], AbstractAsyncContextManager[BaseCheckpointSaver[str]]]


@pytest.fixture
def factory(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Factory:
    """What a server finds at the path that the page's `langgraph.json` names."""
    section = PAGE.read_text().partition("In a `langgraph.json`")[2]
    shown = dict(re.findall(r"```(json|python)\n(.*?)```", section, re.DOTALL)[:2])
    (tmp_path / "checkpointer.py").write_text(shown["python"])
    file, _, name = json.loads(shown["json"])["checkpointer"]["path"].partition(":")
    monkeypatch.setenv("CHECKPOINTS_URL", url)
    spec = importlib.util.spec_from_file_location("named_by_a_path", tmp_path / file)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Factory = getattr(module, name)
    return found


async def test_the_server_opens_it_compiles_with_it_and_closes_it(factory: Factory) -> None:
    """A graph made without a checkpointer gets this one; its threads outlive the server."""
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(MessagesState)
    builder.add_node("echo", echo)
    builder.add_edge(START, "echo")
    graph = builder.compile()
    config: Any = {"configurable": {"thread_id": "1"}}
    async with factory() as saver:
        assert isinstance(saver, SQLAlchemySaver)
        served: Any = graph.copy({"checkpointer": saver})
        await served.ainvoke({"messages": [("user", "hello")]}, config)
    with pytest.raises(SaverClosedError):
        await saver.aget_tuple(config)

    async with factory() as again:
        served = graph.copy({"checkpointer": again})
        state = await served.aget_state(config)
    assert ["hello", "hello"] == [message.text for message in state.values["messages"]]


async def test_opening_it_blocks_no_event_loop(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`langgraph dev` fails a run whose event loop asks for the working directory."""

    def getcwd(real: Callable[[], str] = os.getcwd) -> str:
        assert asyncio._get_running_loop() is None, "a blocking call"
        return real()

    monkeypatch.setattr(os, "getcwd", getcwd)
    monkeypatch.setenv("CHECKPOINTS_URL", "sqlite:///relative.db")

    async with factory() as saver:
        assert isinstance(saver, SQLAlchemySaver)


async def echo(state: MessagesState) -> dict[str, Any]:
    """Says what was said."""
    return {"messages": [("ai", state["messages"][-1].text)]}
