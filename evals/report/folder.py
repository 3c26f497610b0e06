"""A report in a folder: ``report.json`` for programs, ``report.html`` for people."""

from pathlib import Path

from secondhalf.evals.report.content import FILE_NAME, Report, to_json
from secondhalf.evals.report.html import report_html
from secondhalf.graph.drawing import write_picture
from secondhalf.state.errors import ConfigError

PAGE_NAME = "report.html"


def write_report(folder: Path | str, report: Report) -> tuple[Path, Path]:
    """Writes both files, each whole or not at all, and says where they are.

    Raises:
        ConfigError: the folder cannot be made, or a file in it cannot be written.
    """
    place = Path(folder)
    content, page = to_json(report), report_html(report)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = error.strerror or str(error)
        raise ConfigError(f"cannot make the folder {str(folder)!r}: {what}") from error
    write_picture(place / FILE_NAME, content)
    write_picture(place / PAGE_NAME, page)
    return place / FILE_NAME, place / PAGE_NAME
