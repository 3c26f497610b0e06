"""Files as tables: what they are is found out from their content."""

import gzip
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from secondhalf.evals.data.reading import read_rows
from secondhalf.evals.data.tables import open_table
from secondhalf.evals.errors import DataSetError
from tests.evals.data_files import Records, csv_text, jsonl, parquet, row, rows, write

FORMATS: dict[str, Callable[[Records], bytes]] = {
    "jsonl": jsonl,
    "csv": csv_text,
    "parquet": parquet,
}
NASTY = 'a "quoted",\ncell; 東京 😀 \\ \t'


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_a_file_is_known_by_its_content(tmp_path: Path, kind: str, packed: bool) -> None:
    """The same rows come of every format, whatever the file is called."""
    expected = [*rows(range(1, 4)), row(4, prompt=NASTY, answer=NASTY)]
    data = FORMATS[kind](expected)
    path = write(tmp_path, "answers", gzip.compress(data) if packed else data)

    found = list(read_rows(path))
    assert [tuple(one.values()) for one in expected] == [
        (*one[:6], one.prompt_tokens, one.completion_tokens) for one in found
    ]


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_byte_order_mark_is_passed_over(tmp_path: Path, kind: str) -> None:
    """Spreadsheets write one."""
    path = write(tmp_path, "a.gz", b"\xef\xbb\xbf" + FORMATS[kind](rows()))

    assert 60 == len(list(read_rows(path)))


def test_nested_signals_come_back_from_parquet(tmp_path: Path) -> None:
    """A struct is an object, and so is its JSON text."""
    for signals in ({"gold": 2}, '{"gold": 2}'):
        path = write(tmp_path, "a.parquet", parquet([row(signals=signals)]))

        assert {"gold": 2} == next(iter(read_rows(path))).signals


def test_blank_lines_do_not_count_as_rows_but_as_lines(tmp_path: Path) -> None:
    """A message names the line that an editor shows."""
    good, bad = jsonl([row()]), jsonl([row(score=2)])
    path = write(tmp_path, "a.jsonl", b"\n" + good + b"\n\n" + bad)

    with pytest.raises(DataSetError, match=re.escape(f"{str(path)!r} line 5: score 2.0")):
        list(read_rows(path))


def test_a_csv_record_is_named_by_its_first_line(tmp_path: Path) -> None:
    """Cells may hold line breaks."""
    path = write(tmp_path, "a.csv", csv_text([row(1, prompt="a\nb\nc"), row(2, score=2)]))

    with pytest.raises(DataSetError, match="line 5: score 2"):
        list(read_rows(path))


def test_a_parquet_record_is_named_by_its_row(tmp_path: Path) -> None:
    """There are no lines in it."""
    path = write(tmp_path, "a.parquet", parquet([row(1), row(2, score=2.0)]))

    with pytest.raises(DataSetError, match="row 2: score 2"):
        list(read_rows(path))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.jsonl", b"", "is empty"),
        ("empty.jsonl.gz", b"", "is empty"),
        ("blank.csv", b" \n\n", "is empty"),
        ("header.csv", b"prompt_id,prompt,model,score\n", "holds no rows"),
        ("list.json", b'[{"prompt": 1}]', "is one JSON list: write one object per line"),
        ("pretty.json", b'{\n "a": 1\n}', "line 1: not a JSON object on one line"),
        ("half.jsonl", jsonl([row()]) + b'{"a": 1', "line 2: not a JSON object on one line"),
        ("number.jsonl", jsonl([row()]) + b"17\n", "line 2: 17 is not a JSON object"),
        ("deep.jsonl", b'{"a":' + b"[" * 100_000, "nested too deeply"),
        ("latin.jsonl", b'{"a": "\xe9"}', "line 1: not UTF-8 (byte 0xe9)"),
        ("latin.csv", b"prompt,model\ncaf\xe9,1\n", "line 2: not UTF-8 (byte 0xe9)"),
        ("utf16.csv", "prompt,model".encode("utf-16"), "is text in UTF-16: save it as UTF-8"),
        ("short.csv", b"a,b,c\n1,2\n", "line 2: 2 fields, where the header has 3"),
        ("twice.csv", b"a,b,a\n1,2,3\n", "line 1: two columns are called 'a'"),
        ("open.csv", b'a,b\n1,"2\n', "line 2: not CSV"),
        ("words.txt", b"These are words.\n", "is neither JSONL, CSV nor Parquet"),
        ("image.png", b"\x89PNG\r\n\x1a\n\x00\x00", "is neither JSONL, CSV nor Parquet"),
        ("a.zip", b"PK\x03\x04rest", "is a zip archive: unpack it"),
        ("routes.db", b"SQLite format 3\x00", "is an SQLite database: give its URL"),
        ("a.parquet", b"PAR1 and no more", "is no Parquet that can be read"),
        ("a.bin", pickle.dumps({"a": 1}), "is a pickle, which could run any code"),
        ("a.gz", pickle.dumps({"a": 1}), "is a pickle, which could run any code"),
        ("a.pkl", pickle.dumps({"a": 1}, protocol=0), "pandas.read_pickle(FILE).to_parquet"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    """The file, the line where there is one, and what to do."""
    path = write(tmp_path, name, data)

    with pytest.raises(DataSetError) as caught:
        list(read_rows(path))

    assert message in str(caught.value)
    assert str(caught.value).startswith(repr(str(path)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("keep", [5, 40, -6, -1])
def test_a_packed_file_that_is_cut_short_is_refused(tmp_path: Path, keep: int) -> None:
    """However far its beginning can be read."""
    path = write(tmp_path, "a.jsonl", gzip.compress(jsonl(rows(range(1, 400))))[:keep])

    with pytest.raises(DataSetError, match=r"a\.jsonl' is cut short or damaged"):
        list(read_rows(path))


def test_a_packed_file_that_is_damaged_is_refused(tmp_path: Path) -> None:
    """A wrong byte in the middle does not go unseen."""
    data = bytearray(gzip.compress(jsonl(rows(range(1, 400)))))
    data[len(data) // 2] ^= 0xFF
    path = write(tmp_path, "a.jsonl", bytes(data))

    with pytest.raises(DataSetError):
        list(read_rows(path))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, and a name that leads nowhere."""
    with pytest.raises(DataSetError, match="is a folder"):
        list(read_rows(tmp_path))
    with pytest.raises(DataSetError, match="there is no file"):
        list(read_rows(tmp_path / "none.jsonl"))
    with pytest.raises(DataSetError, match=r"cannot be read|there is no file"):
        list(read_rows(tmp_path / ("x" * 300)))


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an extra."""
    path = write(tmp_path, "a.parquet", parquet(rows()))
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)

    with pytest.raises(DataSetError, match=re.escape("pip install 'secondhalf[parquet]'")):
        list(read_rows(path))


def test_a_long_answer_fits_into_a_csv_cell(tmp_path: Path) -> None:
    """Longer than Python's csv takes by default."""
    path = write(tmp_path, "a.csv", csv_text([row(answer="x" * 200_000)]))

    assert ["x" * 200_000] == [one.answer for one in read_rows(path)]


def test_records_are_read_one_by_one(tmp_path: Path) -> None:
    """What comes before a fault can be used, and no more than needed is read."""
    path = write(tmp_path, "a.jsonl", jsonl([row(1), row(2)]) + b"broken\n")

    with open_table(path) as table:
        first = next(table.records)

    assert (1, row(1)) == first
