"""Options that several commands share, and checks of their values."""

import getpass
import math
from pathlib import Path
from typing import Annotated

import typer


def amount(value: float | None) -> float | None:
    """A cap: zero or more, and a number."""
    if value is not None and not (math.isfinite(value) and value >= 0):
        raise typer.BadParameter(f"{value} is not an amount: give a number of 0 or more")
    return value


def share(value: float | None) -> float | None:
    """A number in [0, 1]."""
    if value is not None and not 0 <= value <= 1:
        raise typer.BadParameter(f"{value} is not between 0 and 1")
    return value


def name(value: str | None) -> str | None:
    """An id that can be typed again: not blank, printable, not taken for an option."""
    if value is None:
        return None
    if not value.strip() or not value.isprintable() or value.startswith("-"):
        raise typer.BadParameter(f"{value!r} is not an id: use printable characters, not '-' first")
    return value


def principal(value: str | None) -> str:
    """Who acts: as given, else the user of this machine, as far as that is known."""
    if value is not None:
        return value
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


Principal = Annotated[
    str | None,
    typer.Option(
        "--principal",
        metavar="ID",
        callback=principal,
        help="In whose name; by default the user of this machine.",
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="A router.yaml. By default what there is: an OpenAI key, Ollama, local experts.",
    ),
]
Db = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="URL",
        help="Where routes are kept: an SQLAlchemy URL or an SQLite file. "
        "By default $SECONDHALF_DB, else a file of your own.",
    ),
]
Tenant = Annotated[
    str, typer.Option("--tenant", metavar="ID", help="Whose routes and policies; by default ''.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Stream = Annotated[
    bool,
    typer.Option(
        "--stream",
        help="Show steps (stderr) and the answer as they come; with --json one object a line.",
    ),
]
ShowUnverified = Annotated[
    bool,
    typer.Option(
        "--show-unverified",
        help="Print an answer that is withheld because it is high-risk and not verified.",
    ),
]
