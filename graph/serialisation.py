"""Checkpoints of a route hold our nouns and messages, and nothing else is loaded from them."""

import copy
import weakref
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from secondhalf.checkpoints.fencing import Fenceable
from secondhalf.graph.redacting import RedactingSerializer
from secondhalf.policy.masking import Mask
from secondhalf.state.base import Noun
from secondhalf.state.reflecting import REFLECT_TYPES
from secondhalf.state.route import STATE_TYPES

Saver = BaseCheckpointSaver[Any]
_TYPES = (*STATE_TYPES, *REFLECT_TYPES)


class RouteSerializer(JsonPlusSerializer):
    """Loads a route's types and LangGraph's own, and blocks any other; packs each noun once.

    A noun is stored as a write of its step, again as a channel's value, and again with every list
    that grows behind it. It never changes, so neither do its bytes, and a list of nouns in
    MessagePack is its length before the bytes of each.
    """

    def __init__(self) -> None:
        super().__init__(allowed_msgpack_modules=[(t.__module__, t.__name__) for t in _TYPES])
        self._packed: dict[int, tuple[weakref.ref[Noun], bytes]] = {}

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """See ``SerializerProtocol``; the bytes are those of ``JsonPlusSerializer``."""
        if isinstance(obj, Noun):
            return "msgpack", self._pack(obj)
        if _is_list(obj) and len(nouns := _nouns_in(obj)) == len(obj) < 2**16:
            return "msgpack", _head(len(nouns)) + b"".join(map(self._pack, nouns))
        return super().dumps_typed(obj)

    def _pack(self, noun: Noun) -> bytes:
        key = id(noun)
        known = self._packed.get(key)
        if known is not None and known[0]() is noun:
            return known[1]
        packed = super().dumps_typed(noun)[1]
        self._packed[key] = weakref.ref(noun, lambda _: self._packed.pop(key, None)), packed
        return packed


def _is_list(value: Any) -> bool:
    return type(value) is list


def _nouns_in(values: list[Any]) -> list[Noun]:
    return [value for value in values if isinstance(value, Noun)]


def _head(length: int) -> bytes:
    """How an array of so many elements, fewer than 65,536, begins in MessagePack."""
    return bytes([0x90 | length]) if length < 16 else b"\xdc" + length.to_bytes(2, "big")


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
        ours.serde = RouteSerializer()
    if mask is not None:
        ours = copy.copy(ours)
        ours.serde = RedactingSerializer(ours.serde, mask)
    return ours
