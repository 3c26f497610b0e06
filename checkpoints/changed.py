"""Whether a graph still has the nodes that a thread would go on with.

LangGraph resumes a thread by the names in its checkpoint. Where a node was renamed or removed
since, nothing fits, so nothing is run, and nothing is said. Here it is said.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple

from secondhalf.checkpoints.errors import CheckpointConfigError, GraphChangedError

_BRANCH = "branch:to:"
_SENT = "__pregel_tasks"


class Graph(Protocol):
    """A compiled LangGraph graph, as much of it as is looked at."""

    @property
    def nodes(self) -> Mapping[str, Any]:
        """Its nodes by name."""
        ...

    checkpointer: Any


def missing_nodes(stored: CheckpointTuple, nodes: Collection[str]) -> tuple[str, ...]:
    """The nodes that ``stored`` would go on with and that are not among ``nodes``."""
    values = stored.checkpoint["channel_values"]
    awaited = [name.removeprefix(_BRANCH) for name in values if name.startswith(_BRANCH)]
    sent = values.get(_SENT)
    awaited += [str(send.node) for send in _sends(sent)]
    return tuple(dict.fromkeys(name for name in awaited if name not in nodes))


def check_graph(graph: Graph, config: RunnableConfig) -> None:
    """Refuse to resume the thread of ``config`` on a graph that lacks the nodes it waits for.

    Raises:
        GraphChangedError: it names them.
        CheckpointConfigError: the graph has no checkpointer of its own.
    """
    _refuse(_saver(graph).get_tuple(config), graph, config)


async def acheck_graph(graph: Graph, config: RunnableConfig) -> None:
    """The async twin of ``check_graph``."""
    _refuse(await _saver(graph).aget_tuple(config), graph, config)


def _saver(graph: Graph) -> BaseCheckpointSaver[Any]:
    saver: BaseCheckpointSaver[Any] = graph.checkpointer
    if not _is_saver(saver):
        raise CheckpointConfigError("the graph has no checkpointer: compile it with one")
    return saver


def _is_saver(found: object) -> bool:
    return isinstance(found, BaseCheckpointSaver)


def _refuse(stored: CheckpointTuple | None, graph: Graph, config: RunnableConfig) -> None:
    missing = missing_nodes(stored, graph.nodes) if stored is not None else ()
    if missing:
        thread = config.get("configurable", {}).get("thread_id", "")
        names = ", ".join(map(repr, missing))
        raise GraphChangedError(
            f"thread {thread!r} would go on with {names}, which this graph does not have: it has "
            "changed since; resume with the graph as it was, or begin a new turn"
        )


def _sends(sent: Any) -> Iterable[Any]:
    return [one for one in sent if hasattr(one, "node")] if isinstance(sent, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
