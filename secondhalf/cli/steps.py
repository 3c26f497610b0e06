"""What is seen of a route while it runs."""

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from secondhalf.cli.jsonout import print_json
from secondhalf.cli.screen import console, seconds
from secondhalf.state.plaintext import clean, one_line

if TYPE_CHECKING:
    from rich.status import Status

Event = Mapping[str, Any]
NOT_GOOD_ENOUGH = "best found, not good enough:"
"""Stands before an answer that a route ended with but did not find good enough."""
_LINE = 160


class Steps:
    """Watches a route's events and the tokens of its answer; this one shows nothing of them.

    A context manager: what it shows besides lines is gone when it is left.
    """

    begun = False
    """Whether the route has begun, so that it can be resumed."""
    answered = False
    """Whether the answer has been shown."""
    _status = ""

    def event(self, event: Event) -> None:
        """Something happened."""
        if event.get("kind") == "begin":
            self.begun = True
        if event.get("kind") == "stop":
            self._status = str(event.get("text", "")).partition(":")[0]
        self._show(event)

    def token(self, token: str) -> None:
        """A piece of the final message came; it is an answer only if the route has one."""
        if self._status in ("success", "uncertain"):
            self._say(token)

    def pause(self) -> None:
        """The terminal is needed for a question."""

    def _show(self, event: Event) -> None:
        pass

    def _say(self, token: str) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.pause()


class StatusLine(Steps):
    """One line on a terminal's stderr that says what is being done now."""

    def __init__(self) -> None:
        """Nothing is shown before the ``with`` block."""
        self._line: Status = console(err=True).status("starting…")

    def __enter__(self) -> Self:
        self._line.start()
        return self

    def pause(self) -> None:
        """See ``Steps``; the next event brings the line back."""
        self._line.stop()

    def _show(self, event: Event) -> None:
        from rich.text import Text

        self._line.update(Text(doing(event), style="dim"))
        self._line.start()


class StepLines(Steps):
    """Steps as lines on stderr, the answer on stdout as it comes."""

    def _show(self, event: Event) -> None:
        if self._status and event.get("kind") != "stop":
            return  # the answer is being said
        kind = "asked" if "expert" in event and "at" not in event else event.get("kind", "")
        took = event.get("seconds") or 0.0
        parts = [f"{kind:<8}", happened(event), f"({seconds(took)})" if took else ""]
        print(" ".join(part for part in parts if part), file=sys.stderr, flush=True)

    def _say(self, token: str) -> None:
        if not self.answered and self._status == "uncertain":
            print(NOT_GOOD_ENOUGH, end=" ", flush=True)
        self.answered = True
        print(clean(token), end="", flush=True)


class JsonLines(Steps):
    """Steps and tokens as JSON objects on stdout, one a line."""

    def _show(self, event: Event) -> None:
        print_json({"event": dict(event)})

    def _say(self, token: str) -> None:
        print_json({"token": token})


def steps_for(*, as_json: bool, stream: bool) -> Steps:
    """What suits the flags: without ``--stream`` only a terminal is shown anything."""
    if stream:
        return JsonLines() if as_json else StepLines()
    return StatusLine() if sys.stderr.isatty() else Steps()


def happened(event: Event) -> str:
    """An event in one line; the path it belongs to stands first."""
    node = str(event.get("node") or "")
    text = str(event.get("text") or "")
    if "at" not in event and event.get("expert"):
        text = f"asking {event['expert']}…"
    return one_line(f"{node}: {text}" if node else text, _LINE)


def doing(event: Event) -> str:
    """What the router does after an event, or what has just come out."""
    match event.get("kind"):
        case "begin":
            return "analyzing…"
        case "analyze":
            return "picking a strategy…"
        case "stop":
            return "remembering…"
        case _:
            return happened(event)
