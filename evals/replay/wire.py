"""OpenAI's chat completions as bytes: what a request asks for, and what an answer looks like.

Formats: https://platform.openai.com/docs/api-reference/chat (create, streaming, errors).
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, cast

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from secondhalf.evals.data.dataset import Answer
from secondhalf.evals.replay.cut import cut

_WORD = re.compile(r"\s*\S+|\s+$")
_RECORDED = "a recorded answer is"


class Refusal(Exception):  # noqa: N818 - an answer to the client, never seen outside
    """A request that gets an error: HTTP ``status``, OpenAI's ``code`` and ``kind``, one line."""

    def __init__(
        self, status: int, code: str, message: str, kind: str = "invalid_request_error"
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.kind = kind

    def body(self) -> bytes:
        """OpenAI's error object."""
        return dump({"error": {"message": str(self), "type": self.kind, "code": self.code}})


class Request(NamedTuple):
    """What a chat completion request asks for; ``limit`` is the most tokens it wants."""

    model: str
    prompt: str
    """Text of the last user message."""
    stream: bool = False
    include_usage: bool = False
    limit: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()


class Completion(NamedTuple):
    """An answer on its way out. Nothing else of a data set may leave."""

    id: str
    created: int
    """Unix time in seconds."""
    model: str
    text: str
    input_tokens: int
    output_tokens: int
    finish_reason: str


class _Loose(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _Message(_Loose):
    role: str
    content: Any = None


class _StreamOptions(_Loose):
    include_usage: bool | None = None


class _Body(_Loose):
    """The fields that matter; sampling settings and the like do not change what was recorded."""

    model: str
    messages: list[_Message] = Field(min_length=1)
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: PositiveInt | None = None
    max_completion_tokens: PositiveInt | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    n: int | None = None
    logprobs: bool | None = None
    modalities: list[str] | None = None
    tool_choice: Any = None
    function_call: Any = None
    response_format: Any = None


def read_request(content_type: str, body: bytes) -> Request:
    """The request in ``body``; ``content_type`` is its media type in lower case.

    Raises:
        Refusal: 400, if it cannot be read or a recorded answer would be a wrong answer to it.
    """
    if content_type != "application/json":
        raise Refusal(400, "invalid_request", "the Content-Type must be application/json")
    try:
        asked = _Body.model_validate_json(body)
    except ValidationError as error:
        raise Refusal(400, "invalid_request", _first_problem(error)) from error
    for problem in _unanswerable(asked):
        raise Refusal(400, "unsupported", problem)
    limits = [n for n in (asked.max_tokens, asked.max_completion_tokens) if n is not None]
    stop = [asked.stop] if isinstance(asked.stop, str) else asked.stop or []
    return Request(
        model=asked.model,
        prompt=_last_user_text(asked.messages),
        stream=bool(asked.stream),
        include_usage=bool(asked.stream_options and asked.stream_options.include_usage),
        limit=min(limits, default=None),
        seed=asked.seed,
        stop=tuple(text for text in stop if text),
    )


def complete(request: Request, answer: Answer, id: str, created: int) -> Completion:
    """``answer`` as the request wants it: cut at a stop sequence, and to its limit of tokens.

    Where an answer is cut, its tokens are taken to be equally long.
    """
    text, tokens = answer.text or "", answer.output_tokens
    end = min((at for stop in request.stop if (at := text.find(stop)) >= 0), default=len(text))
    if end < len(text):
        text, tokens = text[:end], -(-tokens * end // len(text))
    text, tokens, reason = cut(text, tokens, request.limit)
    return Completion(id, created, request.model, text, answer.input_tokens, tokens, reason)


def whole(said: Completion) -> bytes:
    """The completion as one JSON object."""
    message = {"role": "assistant", "content": said.text, "refusal": None}
    choice = _choice(said.finish_reason) | {"message": message}
    return dump(_frame(said, "chat.completion") | {"choices": [choice], "usage": _usage(said)})


def events(said: Completion, include_usage: bool) -> bytes:
    """The completion as server-sent events, word by word; usage comes last if it is wanted."""
    frame = _frame(said, "chat.completion.chunk") | ({"usage": None} if include_usage else {})
    deltas = [{"role": "assistant", "content": ""}]
    deltas += [{"content": str(word)} for word in _WORD.findall(said.text)]
    chunks = [frame | {"choices": [_choice(None) | {"delta": delta}]} for delta in deltas]
    chunks.append(frame | {"choices": [_choice(said.finish_reason) | {"delta": {}}]})
    if include_usage:
        chunks.append(frame | {"choices": list[Any](), "usage": _usage(said)})
    return b"".join(b"data: %b\n\n" % data for data in (*map(dump, chunks), b"[DONE]"))


def model_object(name: str) -> dict[str, Any]:
    """A model as ``GET /v1/models`` shows it."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "recorded"}


def dump(value: object) -> bytes:
    """JSON in ASCII: whatever a recorded text holds, it can be sent."""
    return json.dumps(value).encode("ascii")


def _frame(said: Completion, kind: str) -> dict[str, Any]:
    return {"id": said.id, "object": kind, "created": said.created, "model": said.model}


def _choice(reason: str | None) -> dict[str, Any]:
    return {"index": 0, "finish_reason": reason, "logprobs": None}


def _usage(said: Completion) -> dict[str, int]:
    return {
        "prompt_tokens": said.input_tokens,
        "completion_tokens": said.output_tokens,
        "total_tokens": said.input_tokens + said.output_tokens,
    }


def _first_problem(error: ValidationError) -> str:
    """Where and what, never the value: it may be the prompt."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the body"
    return f"{where}: {' '.join(first['msg'].split())}"


def _unanswerable(asked: _Body) -> Iterator[str]:
    if asked.n not in (None, 1):
        yield f"n must be 1: {_RECORDED} one choice; ask again for another sample"
    if asked.tool_choice not in (None, "auto", "none"):
        yield f"tool_choice must be 'auto' or 'none': {_RECORDED} text and calls no tool"
    if asked.function_call not in (None, "auto", "none"):
        yield f"function_call must be 'auto' or 'none': {_RECORDED} text and calls no function"
    if asked.response_format not in (None, {"type": "text"}):
        yield f"response_format must be of the type 'text': {_RECORDED} as it was recorded"
    if asked.modalities not in (None, [], ["text"]):
        yield f"modalities must be ['text']: {_RECORDED} text"
    if asked.logprobs:
        yield "logprobs must be false: none were recorded"


def _last_user_text(messages: Iterable[_Message]) -> str:
    last = next((m for m in reversed(list(messages)) if m.role == "user"), None)
    if last is None:
        raise Refusal(400, "invalid_request", "messages: there must be one with the role 'user'")
    if isinstance(last.content, str):
        return last.content
    parts = cast("list[object]", last.content) if isinstance(last.content, list) else [None]
    return "".join(_part_text(part) for part in parts)


def _part_text(part: object) -> str:
    fields = cast("dict[str, Any]", part) if isinstance(part, dict) else {}
    text = fields.get("text")
    if fields.get("type") != "text" or not isinstance(text, str):
        raise Refusal(
            400,
            "invalid_request",
            "messages: the content of the last user message must be a text, or a list of parts "
            "of the type 'text': answers are looked up by text",
        )
    return text
