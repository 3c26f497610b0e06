"""Files as tables: named columns, and records that come one by one."""

import csv
import io
import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, cast

from secondhalf.evals.data.fields import Record
from secondhalf.evals.data.files import Format, open_data
from secondhalf.evals.data.wording import shown
from secondhalf.evals.errors import DataSetError

Records = Iterator[tuple[int, Record]]
Place = Callable[[int], str]

_LONGEST = 64 * 1024 * 1024
"""Bytes that a line may have."""
_BATCH = 1024


@dataclass(frozen=True)
class Table:
    """``records`` can be gone through once; each has the number of its line, from 1 up.

    ``columns`` are those of the header, or of the first record where there is none.
    """

    path: Path
    columns: tuple[str, ...]
    records: Records
    at: Place
    """A record's place as messages name it, by its number."""

    @property
    def name(self) -> str:
        """The file's name without its extensions."""
        return self.path.name.split(".")[0] or self.path.name


@contextmanager
def open_table(path: Path) -> Generator[Table]:
    """A file of JSON lines, CSV or Parquet, plain or packed with gzip.

    Raises:
        DataSetError: it is none of these, damaged, or holds no rows; also while records are read.
    """
    with open_data(path) as (stream, kind):
        unit = "row" if kind == "parquet" else "line"

        def at(number: int) -> str:
            return f"{str(path)!r} {unit} {number}"

        columns, records = _READERS[kind](stream, at, path)
        first = next(records, None)
        if first is None:
            raise DataSetError(f"{str(path)!r} holds no rows")
        yield Table(path, columns or tuple(first[1]), chain((first,), records), at)


def _jsonl(stream: BinaryIO, at: Place, path: Path) -> tuple[tuple[str, ...], Records]:
    return (), _json_objects(stream, at)


def _json_objects(stream: BinaryIO, at: Place) -> Records:
    for number, line in enumerate(_lines(stream, at), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            place = f"{error.msg.lower()} at character {error.pos + 1}"
            raise DataSetError(f"{at(number)}: not a JSON object on one line ({place})") from None
        except (ValueError, RecursionError):
            raise DataSetError(
                f"{at(number)}: JSON that is nested too deeply or too long"
            ) from None
        if not isinstance(value, dict):
            raise DataSetError(f"{at(number)}: {shown(value)} is not a JSON object")
        yield number, cast("dict[str, object]", value)


def _lines(stream: BinaryIO, at: Place) -> Iterator[str]:
    for number, line in enumerate(iter(lambda: stream.readline(_LONGEST), b""), 1):
        if len(line) == _LONGEST:
            raise DataSetError(f"{at(number)}: longer than {_LONGEST >> 20} MiB")
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            byte = f"0x{line[error.start]:02x}"
            raise DataSetError(
                f"{at(number)}: not UTF-8 (byte {byte}): save the file as UTF-8"
            ) from None


def _csv(stream: BinaryIO, at: Place, path: Path) -> tuple[tuple[str, ...], Records]:
    csv.field_size_limit(_LONGEST)  # the default is shorter than some answers
    rows = _csv_rows(csv.reader(_lines(stream, at), strict=True), at)
    header = tuple(next(rows)[1])
    if len(header) < 2:
        raise DataSetError(
            f"{str(path)!r} is neither JSONL, CSV nor Parquet: its first line is no JSON object, "
            "and no header with commas"
        )
    twice = [name for place, name in enumerate(header) if name in header[:place]]
    if twice:
        raise DataSetError(f"{at(1)}: two columns are called {twice[0]!r}")
    return header, _csv_records(rows, header, at)


def _csv_rows(reader: Any, at: Place) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line on which each begins; blank lines are passed over."""
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise DataSetError(f"{at(number)}: not CSV ({error})") from None
        if row is None:
            return
        if row:
            yield number, row


def _csv_records(
    rows: Iterator[tuple[int, list[str]]], header: tuple[str, ...], at: Place
) -> Records:
    for number, row in rows:
        if len(row) != len(header):
            raise DataSetError(
                f"{at(number)}: {len(row)} fields, where the header has {len(header)}"
            )
        yield number, {name: value or None for name, value in zip(header, row, strict=True)}


def _parquet(stream: BinaryIO, at: Place, path: Path) -> tuple[tuple[str, ...], Records]:
    try:
        arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError:
        raise DataSetError(
            f"{str(path)!r} is Parquet: pip install 'secondhalf[parquet]' to read it"
        ) from None
    if not isinstance(stream, io.BufferedReader) or not isinstance(stream.raw, io.FileIO):
        stream = io.BytesIO(stream.read())  # its end must be read first
    try:
        file = parquet.ParquetFile(stream)
        return tuple(file.schema_arrow.names), _parquet_records(file, arrow, path)
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise _broken(path, error) from None


def _parquet_records(file: Any, arrow: Any, path: Path) -> Records:
    number = 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH):
            for record in batch.to_pylist():
                number += 1
                yield number, record
    except (arrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise _broken(path, error) from None


def _broken(path: Path, error: Exception) -> DataSetError:
    reason = " ".join(str(error).split())[:200]
    return DataSetError(f"{str(path)!r} is no Parquet that can be read: {reason}")


_READERS: dict[Format, Callable[[BinaryIO, Place, Path], tuple[tuple[str, ...], Records]]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "parquet": _parquet,
}
