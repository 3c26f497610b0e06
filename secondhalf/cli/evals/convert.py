"""``secondhalf eval convert``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from secondhalf.cli.exits import complain


def convert(
    data: Annotated[
        str,
        typer.Option("--data", metavar="FILE", help="Recorded answers, or a database of routes."),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="A .jsonl or .jsonl.gz to write.")
    ],
    dataset: Annotated[
        str | None,
        typer.Option("--dataset", metavar="NAME", help="This one only, if FILE holds several."),
    ] = None,
    score_max: Annotated[
        float, typer.Option("--score-max", min=1e-9, help="What a perfect score is.")
    ] = 1.0,
) -> None:
    """Write recorded answers of any known form, or a router's own traffic, as plain rows."""
    if not out.name.endswith((".jsonl", ".jsonl.gz")):
        raise typer.BadParameter(f"{str(out)!r} is to be JSON lines: name it .jsonl or .jsonl.gz")
    from secondhalf.evals.data.reading import read_rows
    from secondhalf.evals.data.writing import write_rows

    notes: list[str] = []
    rows = read_rows(data, dataset=dataset, score_max=score_max, notes=notes)
    written = write_rows(out, rows)
    for note in notes:
        complain(note)
    print(f"{written:,} rows written to {out}", file=sys.stderr)
