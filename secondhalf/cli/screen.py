"""What goes to a terminal: cleaned of what could steer it, and coloured only there."""

import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from secondhalf.state.plaintext import clean

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH = 200
"""Columns of tables and trees that do not go to a terminal."""
SHORT_ID = 8
"""Characters of an id that are shown; memory finds a route by them."""


def console(*, err: bool = False) -> "Console":
    """A Rich console on stdout or stderr that takes every text literally."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(
        file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False
    )


def money(usd: float, unpriced: int = 0) -> str:
    """US dollars as people write them, and how many calls have no known price."""
    if usd == 0:
        text = "$0"
    else:
        text = "<$0.000001" if usd < 1e-6 else f"${usd:.6f}".rstrip("0").rstrip(".")
    return f"{text} (+{unpriced} unpriced)" if unpriced else text


def seconds(amount: float) -> str:
    """A duration, with more digits the shorter it is."""
    return f"{amount:.2f} s" if amount < 10 else f"{amount:.0f} s"


def command(db: str | None, *words: str) -> str:
    """A ``secondhalf`` command to copy, on the same database: ``db`` as it was given, if it was."""
    return shell(["secondhalf", *words, *(["--db", db] if db else [])])


def shell(words: Sequence[str]) -> str:
    """A command line to copy; passwords in it are masked, and it holds nothing but text."""
    from secondhalf.experts.redaction import redact

    return " ".join(shlex.quote(redact(clean(word))) for word in words)
