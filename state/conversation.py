"""A conversation: as experts are told it, and as plain text."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage

Speaker = Literal["user", "assistant", "system", "tool"]
_SPEAKERS: dict[str, Speaker] = {"human": "user", "ai": "assistant", "system": "system"}


UNANSWERED = "(No answer was given to this.)"
WITHHELD = "(No answer was given to this: it was high-risk, and none could be verified.)"


def as_told(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The conversation for experts: a note stands where the router itself said it had no answer.

    What it said were its reasons, for a person; a model would take them for its own words, and go
    on in that vein. A note, not nothing: users and assistant keep taking turns, as many models
    demand; what was refused is not answered along with the next request; and a "why not?" is about
    something.
    """
    return [_noted(message) for message in messages]


def _noted(message: AnyMessage) -> AnyMessage:
    if not isinstance(message, AIMessage) or message.tool_calls:
        return message
    route: Any = message.response_metadata.get("route")
    if not isinstance(route, dict) or route.get("status") != "fail":  # pyright: ignore[reportUnknownMemberType]
        return message
    note = WITHHELD if route.get("withheld") is True else UNANSWERED  # pyright: ignore[reportUnknownMemberType]
    return message.model_copy(update={"content": note})


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
