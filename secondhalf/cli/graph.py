"""``secondhalf graph``."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from secondhalf.state.errors import ConfigError

Form = Literal["mermaid", "ascii", "svg", "png"]
_BY_SUFFIX: dict[str, Form] = {
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".txt": "ascii",
    ".svg": "svg",
    ".png": "png",
}


def graph(
    form: Annotated[
        Form | None,
        typer.Option("--format", help="By default what FILE's name says, else mermaid."),
    ] = None,
    xray: Annotated[bool, typer.Option("--xray", help="Look into the consult subgraph.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write it; else stdout."),
    ] = None,
) -> None:
    """Draw the state machine of a route; needs no network."""
    chosen = form or _form_of(output)
    if chosen == "png" and output is None and sys.stdout.isatty():
        raise ConfigError("a PNG is no text for a terminal: write it to a file with -o FILE")
    from secondhalf.graph.drawing import draw, write_picture
    from secondhalf.graph.router import EDGE_LABELS, build_router

    picture = draw(build_router(), chosen, xray=xray, labels=EDGE_LABELS)
    if output is not None:
        write_picture(output, picture)
    elif isinstance(picture, bytes):
        sys.stdout.buffer.write(picture)
        sys.stdout.buffer.flush()
    else:
        print(picture)


def _form_of(output: Path | None) -> Form:
    if output is None or not output.suffix:
        return "mermaid"
    form = _BY_SUFFIX.get(output.suffix.lower())
    if form is None:
        known = ", ".join(_BY_SUFFIX)
        raise ConfigError(
            f"no picture is known by the ending of {output.name!r} ({known}): give --format too"
        )
    return form
