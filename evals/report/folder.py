"""A report in a folder: ``report.json`` for programs, ``report.html`` for people."""

from pathlib import Path

from pydantic import ValidationError

from secondhalf.evals.errors import DataSetError
from secondhalf.evals.report.content import Report, to_json
from secondhalf.evals.report.html import report_html
from secondhalf.evals.report.text import one_line
from secondhalf.graph.drawing import write_picture
from secondhalf.state.errors import ConfigError

FILE_NAME = "report.json"
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


def read_report(path: Path | str) -> Report:
    """The report in a file, or in the folder of a run.

    Raises:
        DataSetError: there is none, or it is no report; names the file and the field.
    """
    place = Path(path)
    file = place / FILE_NAME if place.is_dir() else place
    try:
        return Report.model_validate_json(file.read_bytes())
    except OSError as error:
        what = error.strerror or str(error)
        raise DataSetError(
            f"cannot read {str(file)!r}: {what}: name a folder that an evaluation has written"
        ) from error
    except ValidationError as error:
        raise DataSetError(
            f"{str(file)!r} is no report of an evaluation: {_first(error)}"
        ) from error


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in found["loc"])
    return one_line(f"{where}: {found['msg']}" if where else found["msg"])
