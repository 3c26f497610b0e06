"""Rows into a file of the format."""

import gzip
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from secondhalf.evals.data.fields import FieldError
from secondhalf.evals.data.rows import Row, parse_row
from secondhalf.evals.errors import DataSetError


def write_rows(path: str | Path, rows: Iterable[Row]) -> int:
    """Write rows as JSON lines, packed if the name ends in ``.gz``; returns how many there were.

    The file appears only when it is whole; whatever goes wrong, one of this name is left as it
    was. A device or a pipe is written to as it is. What is written can be read back as the same
    rows.

    Raises:
        DataSetError: the file cannot be written, or a row is none that could be read back.
    """
    target = Path(path).resolve()
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                return _write(file, rows, packed=False)
        return _replace(target, rows)
    except OSError as error:
        reason = error.strerror or error
        raise DataSetError(f"{str(path)!r} cannot be written: {reason}") from None


def _replace(target: Path, rows: Iterable[Row]) -> int:
    part = target.with_name(f".{target.name[:100]}.{token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            number = _write(file, rows, packed=target.name.lower().endswith(".gz"))
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return number


def _write(file: BinaryIO, rows: Iterable[Row], *, packed: bool) -> int:
    if packed:  # no name and no time in its header: the same rows make the same file
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as stream:
            return _write_lines(stream.write, rows)
    return _write_lines(file.write, rows)


def _write_lines(write: Callable[[bytes], int], rows: Iterable[Row]) -> int:
    number = 0
    for number, row in enumerate(rows, 1):
        write(_line(row, number))
    return number


def _line(row: Row, number: int) -> bytes:
    try:
        text = json.dumps(row._asdict() | {"signals": dict(row.signals)}, allow_nan=False)
        if parse_row(json.loads(text)) != row:
            raise ValueError("it would be read back as another row")
    except FieldError as error:
        raise DataSetError(f"row {number} to write: {error}") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise DataSetError(f"row {number} to write is not plain JSON: {error}") from None
    return f"{text}\n".encode("ascii")
