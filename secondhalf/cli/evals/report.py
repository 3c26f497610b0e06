"""``secondhalf eval report``."""

from pathlib import Path
from typing import Annotated

import typer

from secondhalf.cli import options


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where `eval run` wrote.")],
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the page anew to FILE.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Show the report of a run again."""
    from secondhalf.cli.evals.showing import show_report
    from secondhalf.evals.report.content import read_report

    found = read_report(folder)
    if html is not None:
        from secondhalf.evals.report.html import report_html
        from secondhalf.graph.drawing import write_picture

        write_picture(html, report_html(found))
    show_report(found, as_json=as_json, page=html)
