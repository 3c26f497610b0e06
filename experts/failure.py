"""What went wrong when a model was asked, told apart by what to do about it."""

import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from json import JSONDecodeError
from typing import Any, Literal, cast

from langchain_core import exceptions as core
from langchain_core.messages import AIMessage
from langchain_core.messages.ai import UsageMetadata

from secondhalf.experts.expert import one_line
from secondhalf.state.errors import ConfigError

Kind = Literal[
    "rate limit", "timeout", "connection", "auth", "bad request", "server", "unusable", "refused"
]

_BY_TYPE: tuple[tuple[type[Exception], Kind], ...] = (
    (core.ContextOverflowError, "bad request"),
    (core.ModelAuthenticationError, "auth"),
    (core.ModelPermissionDeniedError, "auth"),
    (core.ModelNotFoundError, "auth"),
    (core.ModelInvalidRequestError, "bad request"),
    (core.ModelRateLimitError, "rate limit"),
    (core.ModelTimeoutError, "timeout"),
    (core.ModelConnectionError, "connection"),
    (core.ModelAPIError, "server"),
)
_SAID: dict[Kind, str] = {
    "rate limit": "rate limit reached",
    "timeout": "no answer in time",
    "connection": "cannot be reached",
    "auth": "access refused (check the model's name and its api_key)",
    "bad request": "request not accepted",
    "server": "server error",
    "unusable": "unusable answer",
    "refused": "not asked",
}


class Failure(Exception):  # noqa: N818 - it is data on its way to a result, never seen outside
    """One attempt that gave no answer, or was not made (``refused``).

    ``retry_after`` is how many seconds the server asked to be left alone; ``message`` is the
    unusable answer, since it was paid for.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str = "",
        *,
        retry_after: float | None = None,
        message: AIMessage | None = None,
        final: bool = False,
        blames_deployment: bool | None = None,
    ) -> None:
        self.kind = kind
        self.detail = one_line(detail)
        self.retry_after = retry_after
        self.message = message
        self.final = final or kind in ("auth", "bad request", "refused")
        """Whether asking the same deployment again is pointless."""
        blamed = kind not in ("bad request", "refused")
        self.blames_deployment = blamed if blames_deployment is None else blames_deployment
        """Whether it says something about the deployment, not only about this request."""
        said = _SAID[kind]
        super().__init__(f"{said}: {self.detail}" if self.detail else said)


def unusable(problem: str, message: AIMessage, *, final: bool = False) -> Failure:
    """An answer came, and cannot be used; it was paid for all the same.

    One that says something speaks for its deployment: who answers in prose where a form was to be
    filled in may still answer well.
    """
    blamed = not (message.text.strip() or message.tool_calls or message.invalid_tool_calls)
    return Failure("unusable", problem, message=message, final=final, blames_deployment=blamed)


def classify(error: Exception, now: float | None = None) -> Failure:
    """The failure that ``error`` means; ``now`` is Unix time in seconds (for HTTP dates)."""
    if isinstance(error, Failure):
        return error
    if (cut := _cut_answer(error)) is not None:
        return unusable("it was cut short by its limit of tokens", cut, final=True)
    status = _status(error)
    kind = _kind(error, status)
    detail = _detail(error, status)
    if kind == "rate limit" and getattr(error, "code", None) == "insufficient_quota":
        return Failure("rate limit", "no quota left on this account", final=True)
    return Failure(kind, detail, retry_after=_retry_after(error, now))


def _cut_answer(error: Exception) -> AIMessage | None:
    """What was paid for an answer that a client refuses because it was cut short; None if ``error``
    tells of none. OpenAI's client has the completion in the error."""
    usage = getattr(getattr(error, "completion", None), "usage", None)
    told = [getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens")]
    if not all(isinstance(count, int) and count >= 0 for count in told):
        return None
    sent, written = int(told[0] or 0), int(told[1] or 0)
    tokens = UsageMetadata(input_tokens=sent, output_tokens=written, total_tokens=sent + written)
    return AIMessage("", usage_metadata=tokens)


def _kind(error: Exception, status: int | None) -> Kind:
    for known, kind in _BY_TYPE:
        if isinstance(error, known):
            return kind
    if status is not None:
        return _kind_of_status(status)
    if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
        return "timeout"
    if isinstance(error, OSError) or _is_transport(error):
        return "connection"
    if isinstance(error, NotImplementedError | ConfigError | ImportError):
        return "bad request"
    return "unusable"


def _kind_of_status(status: int) -> Kind:
    if status == 429:
        return "rate limit"
    if status in (408, 504):
        return "timeout"
    if status in (401, 403, 404):
        return "auth"
    return "server" if status >= 500 or status in (409, 425) else "bad request"


def _is_transport(error: Exception) -> bool:
    """Errors of HTTP libraries, and of a connection that belongs to an event loop now closed."""
    if isinstance(error, RuntimeError):
        return "event loop" in str(error).lower()
    names = {base.__name__ for base in type(error).__mro__}
    return bool(names & {"TransportError", "APIConnectionError", "ClientConnectionError"})


def _status(error: Exception) -> int | None:
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "status", "http_status"):
            status = getattr(holder, name, None)
            if isinstance(status, int) and 400 <= status < 600:
                return status
    return None


def _detail(error: Exception, status: int | None) -> str:
    body = getattr(error, "body", None)
    said = cast("Mapping[str, Any]", body).get("message") if isinstance(body, Mapping) else None
    text = one_line(said if isinstance(said, str) and said else error)
    if isinstance(error, LookupError | TypeError | AttributeError | JSONDecodeError):
        return f"the reply is not what a model's would be ({text})"
    if text.startswith("Error code:") or status is None:
        return text
    return f"HTTP {status}: {text}"


def _retry_after(error: Exception, now: float | None) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None)
    if not isinstance(headers, Mapping):
        return None
    headers = cast("Mapping[str, str]", headers)
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    return seconds if seconds is not None else _until(value, time.time() if now is None else now)


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _until(value: object, now: float) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None
