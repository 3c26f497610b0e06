"""A conversation as plain text."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from langchain_core.messages import AnyMessage, BaseMessage

Speaker = Literal["user", "assistant", "system", "tool"]
_SPEAKERS: dict[str, Speaker] = {"human": "user", "ai": "assistant", "system": "system"}


class Turn(NamedTuple):
    """One message: who spoke, and the text of it."""

    speaker: Speaker
    text: str


def turns(messages: Sequence[AnyMessage] | Sequence[BaseMessage]) -> tuple[Turn, ...]:
    """The messages as turns, in order; whatever is not text is left out."""
    return tuple(Turn(_SPEAKERS.get(m.type, "tool"), str(m.text)) for m in messages)


def last_request(conversation: Sequence[Turn]) -> str:
    """The text of the user's last turn; empty if there is none."""
    return next((turn.text for turn in reversed(conversation) if turn.speaker == "user"), "")
