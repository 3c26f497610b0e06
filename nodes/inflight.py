"""Writes down that a paid call is about to be made, so that a killed one is not forgotten.

The note is a pending write of the checkpoint that the step runs under. It is durable before the
call is made, and belongs to no task of the graph, so that nothing but this module reads it.
"""

import asyncio
import uuid
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_config
from langgraph.runtime import get_runtime

from secondhalf.state.budget import Usage

CHANNEL = "secondhalf:in-flight"
"""No channel of any graph; its value is the id of the call."""
_SAVER = "__pregel_checkpointer"
_RESUMING = "__pregel_resuming"
_DURABILITY = "__pregel_durability"


async def note_call(call_id: str) -> int:
    """Notes that ``call_id`` is about to be made; returns how often that was noted before.

    Each earlier time the process ended before the result was durable, so that the call may have
    been made, and paid, for nothing. Without a checkpointer there is nothing to remember.
    """
    before = await times_lost(call_id)
    found = _place()
    if found is None:
        return before
    saver, place, task, _ = found
    await _write(saver, place, call_id, f"{task}:{uuid.uuid4().hex}")
    return before


async def times_lost(call_id: str) -> int:
    """How often ``call_id`` was noted before the route was resumed; notes nothing."""
    found = _place()
    if found is None:
        return 0
    saver, place, _, resumed = found
    return await _noted(saver, place, call_id) if resumed else 0


def charged_as_lost(lost: Usage) -> str:
    """In words, that a call was lost with its process."""
    return (
        f"in flight when the route stopped: charged at the most it can have used, ${lost.usd:.6f}"
    )


def _place() -> tuple[BaseCheckpointSaver[Any], dict[str, Any], str, bool] | None:
    """The saver, the checkpoint of this step, the task, and whether the route was resumed."""
    settings = get_config().get("configurable", {})
    saver, info = settings.get(_SAVER), get_runtime().execution_info
    if not isinstance(saver, BaseCheckpointSaver) or info is None or info.thread_id is None:
        return None
    if settings.get(_DURABILITY) == "exit":
        return None
    ours: BaseCheckpointSaver[Any] = saver  # pyright: ignore[reportUnknownVariableType]
    graph = str(settings.get("checkpoint_ns", "")).rpartition("|")[0]
    place = {
        "thread_id": info.thread_id,
        "checkpoint_ns": graph,
        "checkpoint_id": info.checkpoint_id,
    }
    return ours, {"configurable": place}, info.task_id, bool(settings.get(_RESUMING))


async def _noted(saver: BaseCheckpointSaver[Any], place: dict[str, Any], call_id: str) -> int:
    config: Any = place
    try:
        saved = await saver.aget_tuple(config)
    except NotImplementedError:
        saved = await asyncio.to_thread(saver.get_tuple, config)
    writes = saved.pending_writes if saved is not None else None
    return sum(channel == CHANNEL and value == call_id for _, channel, value in writes or ())


async def _write(
    saver: BaseCheckpointSaver[Any], place: dict[str, Any], call_id: str, task: str
) -> None:
    config: Any = place
    try:
        await saver.aput_writes(config, [(CHANNEL, call_id)], task)
    except NotImplementedError:
        await asyncio.to_thread(saver.put_writes, config, [(CHANNEL, call_id)], task)
