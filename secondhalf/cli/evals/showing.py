"""What is printed of a report."""

from pathlib import Path
from typing import TYPE_CHECKING

from secondhalf.cli.screen import console
from secondhalf.state.plaintext import clean

if TYPE_CHECKING:
    from secondhalf.evals.report.content import Report


def show_report(report: "Report", *, as_json: bool, page: Path | None = None) -> None:
    """The report as one JSON object, or as tables with the place of its page below."""
    if as_json:
        from secondhalf.cli.jsonout import print_json

        print_json(report.model_dump(mode="json"))
        return
    from secondhalf.evals.report.table import report_screen

    screen = console()
    screen.print(report_screen(report, screen.width))
    if page is not None:
        print(f"The same with plots: {clean(str(page))}")
