"""Rows into a file: whole or not at all, and back again unchanged."""

import gzip
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.evals.data.reading import read_rows
from secondhalf.evals.data.rows import Row, parse_row
from secondhalf.evals.data.writing import write_rows
from secondhalf.evals.errors import DataSetError
from tests.evals.data_files import csv_text, row, rows, write

NAMES = st.text(min_size=1).filter(str.strip)
TEXTS = st.none() | st.text()
AMOUNTS = st.none() | st.floats(0, allow_infinity=False)
COUNTS = st.none() | st.integers(0, 10**6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
ROWS = st.builds(
    Row,
    prompt_id=NAMES,
    dataset=NAMES,
    prompt=NAMES,
    model=NAMES,
    answer=TEXTS,
    score=st.floats(0, 1),
    correct=st.none() | st.booleans(),
    prompt_tokens=COUNTS,
    completion_tokens=COUNTS,
    tokens_source=TEXTS,
    cost_usd=AMOUNTS,
    cost_source=TEXTS,
    latency_s=AMOUNTS,
    signals=st.dictionaries(st.text(), JSON, max_size=3),
    group=st.just("") | NAMES,
)


@given(st.lists(ROWS, min_size=1, max_size=5), st.sampled_from(["rows.jsonl", "rows.jsonl.gz"]))
@settings(deadline=None, max_examples=50)
def test_rows_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, expected: list[Row], name: str
) -> None:
    """Any text, any number, any signals."""
    path = tmp_path_factory.mktemp("written") / name

    assert len(expected) == write_rows(path, expected)
    assert expected == list(read_rows(path))
    assert [name] == [one.name for one in path.parent.iterdir()]


def test_half_a_character_survives(tmp_path: Path) -> None:
    """Texts that were cut in the middle of one are not rare."""
    odd = parse_row(row(answer="cut \ud83d"))
    write_rows(tmp_path / "a.jsonl", [odd])

    assert [odd] == list(read_rows(tmp_path / "a.jsonl"))


def test_any_shape_can_be_converted(tmp_path: Path) -> None:
    """What is read can be written; a packed file is the same each time."""
    source = write(tmp_path, "a.csv", csv_text(rows()))

    assert 60 == write_rows(tmp_path / "b.jsonl.gz", read_rows(source))
    first = (tmp_path / "b.jsonl.gz").read_bytes()
    write_rows(tmp_path / "c.jsonl.gz", read_rows(tmp_path / "b.jsonl.gz"))
    assert first == (tmp_path / "c.jsonl.gz").read_bytes()
    assert gzip.decompress(first).isascii()


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """Nor is a device such as /dev/null, or what a link leads to left behind."""
    pipe, link, real = tmp_path / "pipe", tmp_path / "link.jsonl", tmp_path / "real.jsonl"
    os.mkfifo(pipe)
    link.symlink_to(real)
    expected = [parse_row(row())]
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_text)
        write_rows(pipe, expected)
        write_rows(link, expected)

    assert real.read_text() == read.result()
    assert pipe.is_fifo()
    assert link.is_symlink()


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    """And nothing else behind."""
    path = tmp_path / "a.jsonl"
    path.write_text("old")

    def broken() -> Iterator[Row]:
        yield parse_row(row())
        raise RuntimeError("cut")

    with pytest.raises(RuntimeError):
        write_rows(path, broken())
    assert ("old", [path]) == (path.read_text(), list(tmp_path.iterdir()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": float("nan")}, "row 2 to write is not plain JSON"),
        ({"score": 2.0}, "row 2 to write: score 2.0 is not between 0 and 1"),
        ({"prompt": ""}, "row 2 to write: prompt is empty"),
        ({"signals": {"a": object()}}, "row 2 to write is not plain JSON"),
        ({"signals": {"a": (1, 2)}}, "row 2 to write is not plain JSON"),
    ],
)
def test_a_row_that_could_not_be_read_back_is_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    """Before the file appears."""
    good = parse_row(row())
    bad = Row(**good._asdict() | change)

    with pytest.raises(DataSetError, match=message):
        write_rows(tmp_path / "a.jsonl", [good, bad])
    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """One clear line."""
    with pytest.raises(DataSetError, match="cannot be written: No such file"):
        write_rows(tmp_path / "none" / "a.jsonl", [])
