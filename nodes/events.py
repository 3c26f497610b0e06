"""Trace events: kept in state, and shown to whoever streams the route."""

import time

from langgraph.config import get_stream_writer

from secondhalf.state.base import Json
from secondhalf.state.result import TraceEvent

STREAM_KEY = "secondhalf"
"""The key under which trace events travel in LangGraph's ``custom`` stream."""


def event(
    kind: str, text: str, *, node: str = "", seconds: float = 0.0, **data: Json
) -> TraceEvent:
    """A trace event of now; it is also written to the ``custom`` stream as plain JSON."""
    made = TraceEvent.model_validate(
        {
            "kind": kind,
            "text": text,
            "node": node,
            "seconds": seconds,
            "at": time.time(),
            "data": data,
        }
    )
    announce(made.model_dump(mode="json"))
    return made


def announce(data: dict[str, Json]) -> None:
    """Writes to the ``custom`` stream; does nothing outside a graph."""
    try:
        write = get_stream_writer()
    except RuntimeError:
        return
    write({STREAM_KEY: data})
