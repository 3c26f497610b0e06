"""The text of files, its parts, and where they stand."""

import html
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.experts.documents.blocks import blocks, units
from secondhalf.experts.documents.corpus import TextFile, without_position
from secondhalf.experts.documents.extract import extract
from secondhalf.experts.documents.files import FoundFile, UnreadableError
from tests.support.pdf import pdf_bytes

MARKS = [
    "# ", "## ", "\n", "\n\n", "- ", "1. ", "| a | b |\n", "|---|---|\n", "```\n", "~~~\n", "===\n",
    "---\n", ". ", "! ", "? ", "e.g. ", ":", "\t", "\r\n", "*", "<p>", "</p>", "<td>", "&amp;", "é",
    "中文。", "\u202e", "\x1b[31m", "\ufeff", "Word", "word ", "3.14 ", "\u00ad", "\x0c", "\u2028",
]  # fmt: skip
texts = st.lists(st.sampled_from(MARKS) | st.text(max_size=8), max_size=60).map("".join)


def read(data: str | bytes, name: str = "a.md") -> TextFile:
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    return TextFile(FoundFile(name, Path(name), 0, 0), extract(raw, Path(name).suffix))


def quotes(text: str) -> list[str]:
    return [text[unit.start : unit.end] for unit in units(text)]


@given(texts, st.sampled_from(["a.md", "a.html", "a.txt"]))
def test_offsets_always_hold(text: str, name: str) -> None:
    """Whatever a file holds, each passage and each quote stands where it says, in order, on a line
    that exists, and without white space around it."""
    try:
        file = read(text, name)
    except UnreadableError:
        return

    end = 0
    lines = text.count("\n") + text.count("\r") + 1
    for passage in file.passages:
        assert end <= passage.start < passage.end
        assert file.text[passage.start : passage.end] == passage.text == passage.text.strip()
        assert all(1 <= line <= lines for line in passage.lines)
        assert passage.text.count("\n") + 1 == len(passage.lines)
        inner = 0
        for unit in units(passage.text):
            assert inner <= unit.start < unit.end <= len(passage.text)
            assert quotes(passage.text)[0].strip() == quotes(passage.text)[0]
            inner = unit.end
        end = passage.end


@given(texts.filter(lambda text: "\0" not in text))
def test_nothing_of_a_text_is_lost(text: str) -> None:
    """Every letter of a text file stands in one passage; only rules and spaces stand in none."""
    file = read(text, "a.txt")

    found = "".join(passage.text for passage in file.passages)

    assert [c for c in file.text if c.isalnum()] == [c for c in found if c.isalnum()]


def test_markdown_offsets_count_the_file_as_it_stands() -> None:
    """Line ends are not translated; a byte order mark is not counted."""
    file = read("\ufeff# One\r\n\r\nFirst line.\r\nSecond line.\r\n")

    (passage,) = file.passages

    assert "# One\r\n\r\nFirst line.\r\nSecond line." == passage.text
    assert (0, "a.md:3") == (passage.start, file.position(file.text.index("First")))


def test_sentences_end_where_a_reader_says_so() -> None:
    """Abbreviations, initials, numbers and file names end no sentence."""
    text = (
        "Dr. J. Smith wrote app.py (see e.g. Fig. 3). It costs 3.50 euros! Is it? "
        "“Yes.” Version 1.2. is out."
    )

    assert [
        "Dr. J. Smith wrote app.py (see e.g. Fig. 3).",
        "It costs 3.50 euros!",
        "Is it?",
        "“Yes.”",
        "Version 1.2. is out.",
    ] == quotes(text)


def test_a_sentence_may_run_over_lines_but_not_over_paragraphs() -> None:
    """Items, table rows and code are parts of their own; code is kept whole."""
    text = """A sentence
over two lines.
Another one

- first item. It has two sentences.
- second
  item

| a | b |
|---|---|
| 1 | 2 |

```py
x = 1. Y = 2.

z = 3
```
"""

    assert [
        "A sentence\nover two lines.",
        "Another one",
        "first item.",
        "It has two sentences.",
        "second\n  item",
        "| a | b |",
        "| 1 | 2 |",
        "```py\nx = 1. Y = 2.\n\nz = 3\n```",
    ] == quotes(text)


@pytest.mark.parametrize(
    "text",
    [
        "# A\n\n## B\n\nwords\n\n# C\n\nmore",
        "A\n===\n\nB\n---\n\nwords\n\nC\n===\n\nmore",
    ],
)
def test_titles_give_the_section(text: str) -> None:
    """Both ways of writing titles; a title closes those of its level and below."""
    found = [(text[b.start : b.end], b.section) for b in blocks(text) if b.kind == "text"]

    assert [("words", "A › B"), ("more", "C")] == found


def test_table_rows_know_their_columns() -> None:
    """A row far from the table's head can still be found by a column's name."""
    text = (
        "# Prices\n\n| Plan | Price |\n|---|---|\n| Gold | 10 |\n\n| Town | Size |\n| Rome | 3 |\n"
    )

    found = {text[b.start : b.end]: b.section for b in blocks(text) if b.kind == "row"}

    assert "Prices › Plan , Price" == found["| Gold | 10 |"]
    assert "Prices › Town , Size" == found["| Rome | 3 |"]


def test_a_fence_that_is_never_closed_is_text() -> None:
    """The rest of the file is not taken for code."""
    text = "```\nOne. Two.\n\n# Title\n"

    assert ["text", "heading"] == [block.kind for block in blocks(text)]


def test_a_title_stays_with_what_follows() -> None:
    """A passage begins with its titles; no passage crosses a later one."""
    file = read("# A\n\n## B\n\nwords\n\n## C\n\nmore")

    assert ["# A\n\n## B\n\nwords", "## C\n\nmore"] == [p.text for p in file.passages]


def test_long_text_is_cut_between_sentences() -> None:
    """Windows are a few sentences long; even text without an end of sentence is cut."""
    sentences = [f"Sentence number {i} is here." for i in range(100)]
    file = read(" ".join(sentences) + "\n\n" + "x" * 5000)

    passages = [passage.text for passage in file.passages]

    assert max(map(len, passages)) <= 1000
    assert sentences == [q for p in passages for q in quotes(p) if "x" not in q]


def test_html_is_read_as_it_is_shown() -> None:
    """Scripts, styles and hidden elements are left out; blocks, cells and lines are kept apart."""
    page = """<?xml version="1.0"?><!DOCTYPE html>
<html><head><title>Shop</title><style>p {}</style><script>var p = "<p>no</p>";</script></head>
<body><!-- no --><p>Bread &amp;
   <b>butter</b><br>are sold.</p><p hidden>no</p><div style="display: none"><p>no</p></div>
<ul><li>one<li>two</ul><pre>a
  b</pre>
<table><tr><th>Day</th><th>Hour</th></tr><tr><td><p>Monday</p></td><td>9</td></tr></table>
1 < 2 and 3 > 2</body></html>"""

    file = read(page, "a.html")

    assert [
        "# Shop", "", "Bread & butter", "are sold.", "", "- one", "", "- two", "",
        "```", "a", "  b", "```", "", "| Day | Hour |", "| Monday | 9 |", "", "1 < 2 and 3 > 2", "",
    ] == file.text.split("\n")  # fmt: skip


def test_html_positions_are_lines_of_the_file() -> None:
    """Not of the extracted text."""
    file = read("<html>\n<body>\n\n<p>one</p>\n\n\n<p>\n  two</p></body></html>", "a.html")

    assert "a.html:4" == file.position(file.text.index("one"))
    assert "a.html:8" == file.position(file.text.index("two"))


@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1)))
def test_html_text_comes_back_unescaped(words: list[str]) -> None:
    """What was escaped is read as it was meant."""
    page = "".join(f"<p>{html.escape(word)}</p>" for word in words)

    assert words == [line for line in read(page, "a.html").text.split("\n") if line]


@pytest.mark.parametrize(
    "page",
    ["<!--" * 20_000, "<a " * 20_000, '<p a="' * 20_000, "<title>" * 20_000, "<b>x" * 20_000,
     "<?xml " * 20_000, "<p hidden>x" * 5_000],
)  # fmt: skip
@pytest.mark.timeout(20)
def test_malicious_html_is_read_in_linear_time(page: str) -> None:
    """Each of these took minutes, or a deep recursion, without care."""
    assert read(page, "a.html").text.count("\n") <= len(page)


@pytest.mark.parametrize(
    "text",
    ["# " + " " * 200_000 + "x", "```a\n" * 20_000, "| a | b |\n" * 10_000, "." + "*" * 200_000,
     "# a\n" * 10_000, "a\n===\n" * 10_000, "1,1." * 50_000],
)  # fmt: skip
@pytest.mark.timeout(20)
def test_malicious_text_is_read_in_linear_time(text: str) -> None:
    """Nothing that a document holds makes reading it slow."""
    assert all(passage.text for passage in read(text).passages)
    assert len(units(text)) <= len(text)


def test_what_could_steer_a_terminal_is_replaced() -> None:
    """One character for one, so that offsets stay."""
    file = read("a\x1b[31mb\u202ec\x9bd")

    assert "a\ufffd[31mb\ufffdc\ufffdd" == file.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_encodings_are_understood(encoding: str) -> None:
    """UTF-8, and whatever a byte order mark names."""
    assert "Öl für 5 €" == read("Öl für 5 €".encode(encoding)).text


def test_an_html_page_may_name_its_encoding() -> None:
    """As old pages do."""
    page = '<meta charset="iso-8859-1"><p>Käse</p>'.encode("latin-1")

    assert "Käse" in read(page, "a.html").text


def test_pdf_positions_are_pages() -> None:
    """A quote of a PDF is placed by page; no passage crosses pages."""
    file = read(pdf_bytes([["First (page)."], [], ["Third page."]]), "a.pdf")

    assert [("First (page).", 1), ("Third page.", 3)] == [(p.text, p.page) for p in file.passages]
    assert "a.pdf p.3" == file.position(file.text.index("Third"))


@pytest.mark.parametrize(
    ("position", "source"),
    [("a.md:12", "a.md"), ("b c.pdf p.3", "b c.pdf"), ("a:b.md", "a:b.md"), ("x", "x")],
)
def test_a_position_names_its_file(position: str, source: str) -> None:
    """Lines and pages are taken off, other colons are kept."""
    assert source == without_position(position)
