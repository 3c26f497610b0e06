"""Files as what they are: known by their content, whatever their name says."""

import gzip
import io
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, cast

from secondhalf.evals.errors import DataSetError

Format = Literal["jsonl", "csv", "parquet"]

_HEAD = 4096
_BOM = b"\xef\xbb\xbf"
_OTHERS = {
    b"PK\x03\x04": "a zip archive: unpack it",
    b"SQLite format 3\x00": "an SQLite database: give its URL, 'sqlite:///…', if it holds routes",
    b"\xff\xfe": "text in UTF-16: save it as UTF-8",
    b"\xfe\xff": "text in UTF-16: save it as UTF-8",
    b"ARROW1": "an Arrow file: save it as Parquet",
    b"BZh": "packed with bzip2: unpack it, or pack it with gzip",
    b"\xfd7zXZ": "packed with xz: unpack it, or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "packed with zstd: unpack it, or pack it with gzip",
}
_PICKLE = (
    "a pickle, which could run any code when it is read: if you trust it, convert it with "
    "pandas.read_pickle(FILE).to_parquet('answers.parquet')"
)


@contextmanager
def open_data(path: Path) -> Generator[tuple[BinaryIO, Format]]:
    """The unpacked bytes of a file, at their beginning (past a byte order mark), and their format.

    Raises:
        DataSetError: it cannot be read, is damaged or empty, or is none of JSONL, CSV, Parquet.
    """
    try:
        _check(path)
        with path.open("rb") as raw, _unpacked(raw) as stream:
            yield stream, _format(stream, path)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise DataSetError(f"{str(path)!r} is cut short or damaged: fetch it again") from None
    except OSError as error:
        raise DataSetError(f"{str(path)!r} cannot be read: {error.strerror or error}") from error


def _check(path: Path) -> None:
    if path.is_dir():
        raise DataSetError(f"{str(path)!r} is a folder: give a file of recorded answers")
    if not path.exists():
        raise DataSetError(f"there is no file {str(path)!r}")
    if not path.is_file():
        raise DataSetError(f"{str(path)!r} is not a regular file: copy it to one")


@contextmanager
def _unpacked(raw: io.BufferedReader) -> Generator[io.BufferedReader]:
    if not raw.peek(2).startswith(b"\x1f\x8b"):
        yield raw
        return
    with gzip.GzipFile(fileobj=raw) as packed:
        # A GzipFile has all that a raw stream needs, but not its type.
        yield io.BufferedReader(cast("io.RawIOBase", packed))


def _format(stream: io.BufferedReader, path: Path) -> Format:
    head = stream.peek(_HEAD)[:_HEAD]
    if head.startswith(_BOM):
        stream.read(len(_BOM))
        head = head[len(_BOM) :]
    if not head.strip():
        raise DataSetError(f"{str(path)!r} is empty")
    if head.startswith(b"PAR1"):
        return "parquet"
    if _is_pickle(head, path):
        raise DataSetError(f"{str(path)!r} is {_PICKLE}")
    for magic, what in _OTHERS.items():
        if head.startswith(magic):
            raise DataSetError(f"{str(path)!r} is {what}")
    if b"\x00" in head:
        raise DataSetError(f"{str(path)!r} is neither JSONL, CSV nor Parquet")
    if head.lstrip().startswith(b"["):
        raise DataSetError(f"{str(path)!r} is one JSON list: write one object per line")
    return "jsonl" if head.lstrip().startswith(b"{") else "csv"


def _is_pickle(head: bytes, path: Path) -> bool:
    named = path.name.lower().removesuffix(".gz").endswith((".pkl", ".pickle"))
    return head.startswith(b"\x80") or (named and not head.lstrip().startswith(b"{"))
