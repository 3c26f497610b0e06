"""What a policy may see of a recorded prompt, and nothing else.

An allow-list, enforced where data enters: a policy holds a ``Task``, never the data set. It may
read the prompt, and the answers that it opens and so pays for. Whatever else it reaches for ends
the run.
"""

from collections.abc import Callable
from typing import Any, NoReturn

from secondhalf.evals.errors import ForbiddenSightError

Opener = Callable[[str], "Opened"]


def _refuse(owner: str, name: object) -> NoReturn:
    if isinstance(name, str) and name.startswith("__"):
        raise AttributeError(name)  # how Python asks for a protocol; nothing is behind it
    raise ForbiddenSightError(
        f"a policy tried to see {name!r} of {owner}: it may see a prompt, and the text, tokens "
        "and latency of answers that it opened; a figure of this run would mean nothing"
    )


class Opened:
    """An answer that was opened, and so paid for: text, tokens, seconds. No label."""

    __slots__ = ("input_tokens", "latency_s", "model", "output_tokens", "text")

    def __init__(
        self,
        model: str,
        text: str,
        input_tokens: int,
        output_tokens: int,
        latency_s: float | None,
    ) -> None:
        self.model = model
        self.text = text
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens
        self.latency_s = latency_s

    def __getattr__(self, name: str) -> Any:
        _refuse("an answer", name)

    def __getitem__(self, name: object) -> Any:
        _refuse("an answer", name)


class Task:
    """One prompt, as a policy may see it."""

    __slots__ = ("_open", "prompt")

    def __init__(self, prompt: str, opener: Opener) -> None:
        self.prompt = prompt
        self._open = opener

    def open(self, model: str) -> Opened:
        """The answer of ``model``, which is paid for from now on.

        Raises:
            NotRecordedError: nobody recorded one, or not as many as were asked for.
        """
        return self._open(model)

    def __getattr__(self, name: str) -> Any:
        _refuse("a prompt", name)

    def __getitem__(self, name: object) -> Any:
        _refuse("a prompt", name)
