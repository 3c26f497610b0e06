"""What a policy may see of a recorded prompt, and nothing else.

An allow-list, enforced where data enters: a policy holds a ``Task``, never the data set. It may
read the prompt, and the answers that it opens and so pays for. Whatever else it reaches for ends
the run.
"""

from collections.abc import Callable
from typing import Any, NoReturn

from secondhalf.evals.errors import ForbiddenSightError

Opener = Callable[[str, int | None], "Opened"]
"""Of a model's name, and of the most tokens that its answer may have."""
Alarm = Callable[[str], object]
"""Told of every attempt to see more, for whoever made it may also swallow the error."""


def _refuse(owner: str, name: object, alarm: Alarm) -> NoReturn:
    if isinstance(name, str) and name.startswith("__"):
        raise AttributeError(name)  # how Python asks for a protocol; nothing is behind it
    message = (
        f"a policy tried to see {name!r} of {owner}: it may see a prompt, and the text, tokens "
        "and latency of answers that it opened; figures of this run would mean nothing"
    )
    alarm(message)
    raise ForbiddenSightError(message)


class Opened:
    """An answer that was opened, and so paid for: text, tokens, seconds. No label."""

    __slots__ = (
        "_alarm",
        "finish_reason",
        "input_tokens",
        "latency_s",
        "model",
        "output_tokens",
        "text",
    )

    def __init__(
        self,
        model: str,
        text: str,
        input_tokens: int,
        output_tokens: int,
        latency_s: float | None,
        finish_reason: str,
        alarm: Alarm,
    ) -> None:
        self.model = model
        self.text = text
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens
        self.latency_s = latency_s
        self.finish_reason = finish_reason
        self._alarm = alarm

    def __getattr__(self, name: str) -> Any:
        _refuse("an answer", name, self._alarm)

    def __getitem__(self, name: object) -> Any:
        _refuse("an answer", name, self._alarm)


class Task:
    """One prompt, as a policy may see it."""

    __slots__ = ("_alarm", "_open", "prompt")

    def __init__(self, prompt: str, opener: Opener, alarm: Alarm) -> None:
        self.prompt = prompt
        self._open = opener
        self._alarm = alarm

    def open(self, model: str, max_tokens: int | None = None) -> Opened:
        """The answer of ``model``, which is paid for from now on; cut short at ``max_tokens``.

        Raises:
            NotRecordedError: nobody recorded one, or not as many as were asked for.
        """
        return self._open(model, max_tokens)

    def __getattr__(self, name: str) -> Any:
        _refuse("a prompt", name, self._alarm)

    def __getitem__(self, name: object) -> Any:
        _refuse("a prompt", name, self._alarm)
