"""Making sense of what a chat model said."""

import json
import re
from collections.abc import Iterator
from typing import TypeVar

from langchain_core.messages import AIMessage
from pydantic import BaseModel, ValidationError

from secondhalf.experts.expert import storable
from secondhalf.experts.failure import unusable

T = TypeVar("T", bound=BaseModel)

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_UNOPENED = re.compile(r"\A.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


def answer_text(message: AIMessage) -> str:
    """The text of an answer without the reasoning that some models put before it."""
    return storable(_UNOPENED.sub("", _THOUGHT.sub("", str(message.text)))).strip()


def cut_short(message: AIMessage) -> bool:
    """Whether the answer ended because it reached its limit of tokens."""
    metadata = message.response_metadata
    reason = metadata.get("finish_reason") or metadata.get("stop_reason") or ""
    return reason in ("length", "max_tokens", "MAX_TOKENS")


def refusal(message: AIMessage) -> str:
    """What the provider says of its own refusal to answer; empty if it did not refuse."""
    said = message.additional_kwargs.get("refusal")
    return storable(said).strip() if isinstance(said, str) else ""


def read_json(message: AIMessage, schema: type[T]) -> T:
    """The first JSON object in an answer (or in its tool call) that fits ``schema``.

    Raises:
        Failure: of kind ``unusable``, saying what is wrong with it.
    """
    problem = "there is no JSON object in it"
    for candidate in _objects(message):
        try:
            return schema.model_validate(candidate)
        except ValidationError as error:
            problem = "; ".join(_one(e["loc"], e["msg"]) for e in error.errors()[:3])
    if cut_short(message):
        raise unusable("cut short at its limit of tokens", message, final=True)
    raise unusable(problem, message)


def _one(place: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, place)) or 'object'}: {message}"


def _objects(message: AIMessage) -> Iterator[object]:
    """Tool arguments first, then every JSON object that begins somewhere in the text."""
    for call in message.tool_calls:
        yield call["args"]
    text, decoder, place = answer_text(message), json.JSONDecoder(), 0
    while (place := text.find("{", place)) >= 0:
        try:
            found, place = decoder.raw_decode(text, place)
            yield found
        except (ValueError, RecursionError):  # no JSON, more digits or deeper than Python reads
            place += 1
