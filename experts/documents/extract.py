"""From the bytes of a file to its text, and from a place in the text to one in the file."""

import codecs
import re
from bisect import bisect_right
from typing import NamedTuple

from secondhalf.experts.documents.files import UnreadableError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# What could steer a terminal, turn the direction of what follows, or not be stored.
_UNSAFE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


class Mark(NamedTuple):
    """From this character on, the text comes from this line or page."""

    offset: int
    number: int


class Extracted(NamedTuple):
    """A file's text. Markdown, reStructuredText and plain text stand as in the file."""

    text: str
    lines: tuple[Mark, ...] = ()
    """Where lines of the file begin in the text, ascending."""
    pages: tuple[Mark, ...] = ()
    """Where pages begin in the text, ascending; such a text has no lines."""

    def line(self, offset: int) -> int | None:
        """The line of the file, from 1, or None for a file with pages."""
        return _number(self.lines, offset)

    def page(self, offset: int) -> int | None:
        """The page, from 1, or None for a file without pages."""
        return _number(self.pages, offset)


def extract(data: bytes, suffix: str, pdf_pages: int = 2_000) -> Extracted:
    """The text of a file's bytes, read as its ``suffix`` (such as ``.md``) says.

    Raises:
        UnreadableError: binary, of an unknown encoding, encrypted or broken.
    """
    if suffix == ".pdf":
        from secondhalf.experts.documents.pdf_text import pdf_pages_of

        return _from_pages(pdf_pages_of(data, pdf_pages))
    if suffix in {".html", ".htm"}:
        from secondhalf.experts.documents.html_text import declared_encoding, html_lines

        text = decode(data, declared_encoding(data))
        return _from_lines(html_lines(text))
    return _with_lines(safe(decode(data)))


def decode(data: bytes, declared: str | None = None) -> str:
    """Bytes as text: by their byte order mark, else UTF-8, else the ``declared`` encoding.

    Raises:
        UnreadableError: none of these fits, or the bytes are not text.
    """
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), None)
    if encoding is None and b"\0" in data:
        raise UnreadableError("a binary file")
    for name in (encoding,) if encoding else ("utf-8", declared):
        if name is None:
            continue
        try:
            return data.decode(name)
        except (UnicodeError, LookupError):
            continue
    raise UnreadableError("not UTF-8 text: save it as UTF-8 to have it read")


def safe(text: str) -> str:
    """The text, each character that must not be printed or stored replaced by one other."""
    return _UNSAFE.sub("\ufffd", text)


def _number(marks: tuple[Mark, ...], offset: int) -> int | None:
    if not marks:
        return None
    found = bisect_right(marks, offset, key=lambda mark: mark.offset)
    return marks[max(found - 1, 0)].number


def _with_lines(text: str) -> Extracted:
    starts = [0, *(match.end() for match in re.finditer("\r\n|\n|\r", text))]
    return Extracted(text, tuple(Mark(start, i) for i, start in enumerate(starts, 1)))


def _from_lines(lines: list[tuple[int, str]]) -> Extracted:
    """Text from (line of the file, text) pairs, each on a line of its own."""
    marks: list[Mark] = []
    offset = 0
    for number, line in lines:
        marks.append(Mark(offset, number))
        offset += len(line) + 1
    return Extracted(safe("\n".join(line for _, line in lines)), tuple(marks) or (Mark(0, 1),))


def _from_pages(pages: list[str]) -> Extracted:
    marks: list[Mark] = []
    offset = 0
    for number, page in enumerate(pages, 1):
        marks.append(Mark(offset, number))
        offset += len(page) + 2
    return Extracted(safe("\n\n".join(pages)), pages=tuple(marks))
