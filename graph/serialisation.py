"""Checkpoints of a route hold our nouns and nothing else that would have to be imported."""

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

from secondhalf.state.route import STATE_TYPES

Saver = BaseCheckpointSaver[Any]


def allow_state_types(checkpointer: Saver | bool | None) -> Saver | bool | None:
    """A copy of ``checkpointer`` whose serialiser knows the types of a route's state."""
    if not isinstance(checkpointer, BaseCheckpointSaver):
        return checkpointer
    return checkpointer.with_allowlist([(t.__module__, t.__name__) for t in STATE_TYPES])
