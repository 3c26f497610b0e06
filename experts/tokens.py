"""Counting tokens without a tokenizer: every model has another, and fetching one needs a network.

The usual rule is four characters a token. It holds for English prose; digits, symbols and other
scripts take more, so what must not be exceeded is counted piece by piece.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage

from secondhalf.state.base import Json

PER_MESSAGE = 6
"""Tokens that frame one message: its role and its ends."""

PER_IMAGE = 1_500
"""Tokens that a content block which is not text may take."""

_PIECES = re.compile(r"[A-Za-z]{1,5}|[0-9]{1,2}|[^\sA-Za-z0-9]|\s{2,}")


def about(text: str) -> int:
    """Roughly how many tokens ``text`` has: a quarter of its characters."""
    return math.ceil(len(text) / 4)


@lru_cache(maxsize=256)
def at_most(text: str) -> int:
    """A number of tokens that ``text`` is very unlikely to exceed."""
    return len(_PIECES.findall(text))


def prompt_at_most(
    messages: Sequence[BaseMessage], tools: Sequence[Mapping[str, Json]] = ()
) -> int:
    """A number of tokens that the whole request is very unlikely to exceed."""
    schemas = sum(at_most(json.dumps(tool)) for tool in tools)
    return schemas + sum(_message_at_most(message) for message in messages)


def cut_to_fit(
    messages: Sequence[BaseMessage], window: int, *, reserve: int = 0
) -> tuple[list[BaseMessage], int]:
    """The messages that fit into ``window`` tokens less ``reserve``, and how many were left out.

    The oldest go first. System messages, the last user message and whatever follows it stay; the
    results of tools go together with the message that asked for them.
    """
    room = window - reserve
    kept = list(messages)
    left_out = 0
    while len(kept) > 1 and prompt_at_most(kept) > room:
        oldest = _oldest_exchange(kept)
        if not oldest:
            break
        left_out += len(oldest)
        kept = [m for place, m in enumerate(kept) if place not in oldest]
    return kept, left_out


def has_files(messages: Sequence[BaseMessage]) -> bool:
    """Whether a user sent more than text: how many tokens that has only its provider knows."""
    return any(_files(message) for message in messages)


def _files(message: BaseMessage) -> int:
    """Content blocks of a user's message that are not text."""
    if message.type != "human":
        return 0
    return sum(block["type"] not in ("text", "text-plain") for block in message.content_blocks)


def _message_at_most(message: BaseMessage) -> int:
    tokens = PER_MESSAGE + at_most(str(message.text))
    tokens += PER_IMAGE * _files(message)
    if isinstance(message, AIMessage):
        tokens += sum(at_most(json.dumps(call["args"])) + 8 for call in message.tool_calls)
    return tokens


def _oldest_exchange(messages: Sequence[BaseMessage]) -> set[int]:
    """Places of the oldest message that may go, with the tool results that depend on it."""
    last_user = max((i for i, m in enumerate(messages) if m.type == "human"), default=-1)
    start = next((i for i, m in enumerate(messages) if not isinstance(m, SystemMessage)), -1)
    if start < 0 or start >= last_user:
        return set()
    places = {start}
    for place in range(start + 1, last_user):
        if not isinstance(messages[place], ToolMessage):
            break
        places.add(place)
    return places
