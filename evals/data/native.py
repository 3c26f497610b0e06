"""Tables in the format of docs/datasets.md: one answer per record."""

from collections.abc import Iterator

from secondhalf.evals.data.adapter import Placed, Reading, note_columns
from secondhalf.evals.data.fields import FieldError
from secondhalf.evals.data.rows import COLUMNS, dataset_of, parse_row
from secondhalf.evals.errors import DataSetError

REQUIRED = ("prompt_id", "prompt", "model")
SCORES = ("score", "correct")


def is_native(columns: frozenset[str]) -> bool:
    """Whether a table's records are meant as rows of the format: at most one thing is missing."""
    return len(missing(columns)) <= 1


def missing(columns: frozenset[str]) -> list[str]:
    """What the format needs and ``columns`` lack."""
    lacking = [repr(name) for name in REQUIRED if name not in columns]
    return lacking + ["'score' or 'correct'"] * columns.isdisjoint(SCORES)


def native_rows(reading: Reading) -> Iterator[Placed]:
    """The rows of the chosen data set; those of others are not looked at.

    Raises:
        DataSetError: a row cannot be used.
    """
    table, default = reading.table, reading.table.name
    unknown: dict[str, None] = {}
    for line, record in table.records:
        if not record.keys() <= COLUMNS:
            unknown |= dict.fromkeys(name for name in record if name not in COLUMNS)
        try:
            dataset = dataset_of(record, default)
            if reading.choice.takes(dataset):
                row = parse_row(record, dataset=default, score_max=reading.score_max)
                yield Placed(line, row)
        except FieldError as error:
            raise DataSetError(f"{table.at(line)}: {error}") from None
    note_columns(reading, unknown)
