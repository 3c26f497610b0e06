"""Checkpoints of a route hold our nouns and messages, and nothing else is loaded from them."""

import copy
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from secondhalf.checkpoints.fencing import Fenceable
from secondhalf.graph.redacting import RedactingSerializer
from secondhalf.policy.masking import Mask
from secondhalf.state.reflecting import REFLECT_TYPES
from secondhalf.state.route import STATE_TYPES

Saver = BaseCheckpointSaver[Any]


def route_serializer() -> JsonPlusSerializer:
    """A serialiser that loads a route's types and LangGraph's own, and blocks any other."""
    return JsonPlusSerializer(
        allowed_msgpack_modules=[(t.__module__, t.__name__) for t in (*STATE_TYPES, *REFLECT_TYPES)]
    )


def for_routes(checkpointer: Saver | bool | None, mask: Mask | None = None) -> Saver | bool | None:
    """``checkpointer`` with our serialiser in place of LangGraph's plain one, if it has that.

    The plain one loads any type a database names and warns of each. A serialiser of the
    caller's own choice (encrypted, or of another class) is kept. A saver that can be fenced is:
    of two processes that resume one route, one is told. With ``mask``, texts are masked on their
    way into checkpoints.
    """
    if not isinstance(checkpointer, BaseCheckpointSaver):
        return checkpointer
    ours: Saver = checkpointer
    if isinstance(checkpointer, Fenceable):
        ours = checkpointer.with_fencing()
    if type(checkpointer.serde) is JsonPlusSerializer:
        ours = copy.copy(ours)
        ours.serde = route_serializer()
    if mask is not None:
        ours = copy.copy(ours)
        ours.serde = RedactingSerializer(ours.serde, mask)
    return ours
