"""A serialiser that masks texts on their way into checkpoints."""

import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from langchain_core.messages import BaseMessage
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Interrupt, Overwrite, Send

from secondhalf.policy.masking import Mask, masked, texts_masked
from secondhalf.state.base import Noun

_NAMES = frozenset({"kind", "route_id", "thread_id", "strategy", "policy_version"})
"""Keys of a question to the user whose values are no texts."""
_CHECKPOINT, _METADATA = {"channel_values", "channel_versions"}, {"source", "step"}


class RedactingSerializer(JsonPlusSerializer):
    """Stores what ``inner`` stores, masked; loads it as it is stored.

    A route under way works with what it was given. One that is resumed, and the next turn on its
    thread, see the masked texts.
    """

    def __init__(self, inner: SerializerProtocol, mask: Mask) -> None:
        super().__init__()
        self.inner = inner
        self._mask = mask

    def with_msgpack_allowlist(
        self, extra_allowlist: Iterable[tuple[str, ...] | type]
    ) -> "RedactingSerializer":
        """One that loads these types besides, if ``inner`` is asked which it may load."""
        if not isinstance(self.inner, JsonPlusSerializer):
            return self
        inner = self.inner.with_msgpack_allowlist(extra_allowlist)
        return self if inner is self.inner else RedactingSerializer(inner, self._mask)

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """``obj``, masked."""
        return self.inner.dumps_typed(_stored(obj, self._mask))

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """What was stored."""
        return self.inner.loads_typed(data)


def _stored(value: Any, mask: Mask) -> Any:
    """A checkpoint's values are masked, its ids and versions are not, nor is metadata."""
    if isinstance(value, dict):
        keys: set[Any] = set(value)  # pyright: ignore[reportUnknownArgumentType]
        if keys >= _CHECKPOINT:
            stored: dict[Any, Any] = dict(value)  # pyright: ignore[reportUnknownArgumentType]
            return stored | {"channel_values": _masked(stored["channel_values"], mask)}
        if keys >= _METADATA:
            return value  # pyright: ignore[reportUnknownVariableType]
    return _masked(value, mask)


def _masked(value: Any, mask: Mask) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Noun):
        return masked(value, mask)
    if isinstance(value, BaseMessage):
        return _message(value, mask)
    if isinstance(value, Send):
        sent = copy.copy(value)
        sent.arg = _masked(value.arg, mask)
        return sent
    if isinstance(value, Interrupt | Overwrite):
        new = _masked(value.value, mask)
        return replace(value, value=new)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, dict):
        held: dict[Any, Any] = dict(value)  # pyright: ignore[reportUnknownArgumentType]
        return {key: part if key in _NAMES else _masked(part, mask) for key, part in held.items()}
    if type(value) in (list, tuple):
        return type(value)(_masked(part, mask) for part in value)
    return value


def _message(message: BaseMessage, mask: Mask) -> BaseMessage:
    """Content, tool calls and what the provider said besides; not ids."""
    changed = {
        name: texts_masked(getattr(message, name), mask)
        for name in ("content", "additional_kwargs")
    }
    for name in ("tool_calls", "invalid_tool_calls"):
        if calls := getattr(message, name, None):
            changed[name] = [{**one, "args": texts_masked(one["args"], mask)} for one in calls]
    return message.model_copy(update=changed)
