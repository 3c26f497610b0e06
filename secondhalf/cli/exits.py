"""How a command ends: exit codes, and errors as one line on stderr."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from secondhalf.cli.screen import shell
from secondhalf.state.errors import SecondHalfError
from secondhalf.state.plaintext import clean

if TYPE_CHECKING:
    from secondhalf.state.result import RouteResult

ANSWERED = 0
OTHER = 1
BAD_INPUT = 2
NOT_GOOD_ENOUGH = 3
WAITING = 4


class Interrupted(Exception):  # noqa: N818 - it is the user's wish, not an error
    """The user pressed Ctrl-C; the text says what can be done next."""


def exit_code(result: "RouteResult") -> int:
    """The exit code that a route's outcome stands for."""
    if result.status == "success":
        return ANSWERED
    return WAITING if result.status == "waiting" else NOT_GOOD_ENOUGH


def explain(error: Exception, args: Sequence[str] = ()) -> int:
    """Says ``error``, which ``args`` led to, in one line on stderr; returns the exit code.

    The line is without secrets.
    """
    if os.environ.get("SECONDHALF_DEBUG", "0") not in ("", "0"):
        _print_traceback(error)
    code, text = _meaning(error)
    if text:
        text += _taken_for_option(error, args)
        complain(text)
    return code


def complain(text: str) -> None:
    """One line on stderr, without secrets and control characters."""
    from secondhalf.experts.redaction import redact

    line = " ".join(clean(redact(text)).split())
    print(f"secondhalf: {line}", file=sys.stderr)


def _meaning(error: Exception) -> tuple[int, str]:
    if isinstance(error, Interrupted):
        return OTHER, str(error)
    if isinstance(error, typer.TyperException):
        return error.exit_code, _usage(error)
    if isinstance(error, typer.Abort):
        return OTHER, "aborted"
    if isinstance(error, SecondHalfError) or _is_checkpoint_error(error):
        return BAD_INPUT, str(error)
    if (invalid := _invalid(error)) is not None:
        return BAD_INPUT, invalid
    hint = "set SECONDHALF_DEBUG=1 to see where"
    return OTHER, f"unexpected {type(error).__name__}: {error} ({hint})"


def _usage(error: typer.TyperException) -> str:
    """What is wrong with the arguments, and whose help explains them."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        return ""  # the help itself has been printed
    path = context.command_path if context is not None else "secondhalf"
    message = error.format_message().replace("Value error, ", "").rstrip(".")
    return f"{message}; see '{path} --help'"


def _taken_for_option(error: Exception, args: Sequence[str]) -> str:
    """How to write a prompt that begins with a dash, if that may be what went wrong."""
    option = getattr(error, "option_name", "")
    command = getattr(getattr(error, "ctx", None), "info_name", "")
    if type(error).__name__ != "NoSuchOption" or command != "route":
        return ""
    prompt = next((arg for arg in args if arg.startswith(option)), option)
    if prompt.startswith("--") and " " not in prompt:
        return ""
    return f"; for a prompt with a dash first: {shell(['secondhalf', 'route', '--', prompt])}"


def _is_checkpoint_error(error: Exception) -> bool:
    errors = sys.modules.get("secondhalf.checkpoints.errors")  # not loaded: it is none of those
    return errors is not None and isinstance(error, errors.CheckpointError)


def _invalid(error: Exception) -> str | None:
    """What a noun found wrong with a value it was given; None for any other error."""
    if "pydantic" not in sys.modules:
        return None
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return None
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"])) or error.title
    return f"{where!r} cannot be used: {first['msg']}"


def _print_traceback(error: Exception) -> None:
    import traceback

    from secondhalf.experts.redaction import redact

    print(clean(redact("".join(traceback.format_exception(error)))), file=sys.stderr)
