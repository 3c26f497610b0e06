"""The parts of a text: sections, paragraphs, list items, table rows, code, sentences."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["text", "item", "row", "code", "heading"]

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(?=[^ \t])")
_UNDERLINE = re.compile(r"([-=~^*\"+])\1{2,}")
_RULES = "-*_=~^|:+ \t"
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_ITEM = re.compile(r"[ \t]*(?:[-*+•‣▪]|\(?\d{1,3}[.)])[ \t]+")
_ROW = re.compile(r"[ \t]*\|")
_LEVELS = {"=": 1, "-": 2, "~": 3}

_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?:[\"'”’)\]*_`]*)(\s+(?:>\s*)*)(?=[\"'“‘(\[*_`]*[^\Wa-z_]|`)|(?<=[。！？])()"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|no|nos|fig|figs|eq|sec|ch|vol|pp?|approx|ca|al|etc|resp|incl"
    r"|mr|mrs|ms|dr|prof|st|jr|sr|inc|ltd|co|corp|dept|est|jan|feb|mar|apr|jun|jul|aug|sept?"
    r"|oct|nov|dec)|(?:^|[\s(.])[A-Z])\.$",
    re.IGNORECASE,
)


class Span(NamedTuple):
    """Characters [start, end) of a text."""

    start: int
    end: int


class Unit(NamedTuple):
    """A part worth quoting: a sentence, a list item's sentence, a row, whole code, a title."""

    start: int
    end: int
    kind: Kind
    block: int
    """The number of the block it stands in, from 0."""


class Block(NamedTuple):
    """A part of a text at characters [start, end), in its section."""

    start: int
    end: int
    kind: Kind
    section: str = ""
    """Titles of the sections around it, outermost first, parted by `` › ``; a heading is in the
    section that it opens, and a table row's columns are named last."""


def blocks(text: str) -> list[Block]:
    """The blocks of Markdown, reStructuredText or plain text, in order."""
    return _Reader(text).read()


def units(text: str) -> list[Unit]:
    """The smallest parts of ``text`` worth quoting, in order."""
    found: list[Unit] = []
    for number, block in enumerate(blocks(text)):
        spans = [Span(block.start, block.end)]
        if block.kind in {"text", "item"}:
            spans = list(_sentences(text, block))
        found.extend(Unit(*span, block.kind, number) for span in spans)
    return found


def _sentences(text: str, block: Block) -> Iterator[Span]:
    start = block.start
    if block.kind == "item" and (marker := _ITEM.match(text, start)):
        start = marker.end()
    for match in _SENTENCE_END.finditer(text, start, block.end):
        if not _ABBREVIATION.search(text[max(start, match.start() - 12) : match.start()]):
            yield from _trimmed(text, start, match.end())
            start = match.end()
    yield from _trimmed(text, start, block.end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without the white space around it, unless nothing is left."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    if left < len(piece):
        yield Span(start + left, start + len(piece.rstrip()))


class _Reader:
    """Reads a text line by line; a block ends where another begins."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = [Span(*match.span()) for match in _LINE.finditer(text)]
        self.found: list[Block] = []
        self.titles: list[tuple[int, str]] = []
        self.columns = ""
        self.unclosed: set[str] = set()
        """Fences that nothing below closes, so that each is looked for once."""
        self.open: tuple[int, int, Kind] | None = None

    def read(self) -> list[Block]:
        at = 0
        while at < len(self.lines):
            at += self._step(at)
        self._close()
        return self.found

    def _step(self, at: int) -> int:
        """Read at least one line; how many."""
        start, end = self.lines[at]
        text = self.text
        line = text[start:end].strip()
        if not line:
            self._close()
            self.columns = ""
        elif fence := _FENCE.match(text, start, end):
            return self._code(at, fence.group(1))
        elif heading := _HEADING.match(text, start, end):
            self._close()
            title = text[heading.end() : end].strip().rstrip("#").rstrip()
            self._title(len(heading.group(1)), title, start, end)
        elif _UNDERLINE.fullmatch(line) and self._is_one_line():
            first = self.open[0] if self.open else start
            self.open = None
            self._title(_LEVELS.get(line[0], 4), text[first:start].strip(), first, end)
        elif len(line) > 2 and not line.strip(_RULES):
            self._rule()
        else:
            self._words(start, end)
        return 1

    def _words(self, start: int, end: int) -> None:
        if _ROW.match(self.text, start, end):
            self._close()
            self.open = (start, end, "row")
            if not self.columns:
                self.columns = ", ".join(self.text[start:end].strip().strip("|").split("|"))
            return
        if _ITEM.match(self.text, start, end):
            self._close()
            self.open = (start, end, "item")
        elif self.open is None or self.open[2] == "row":
            self._close()
            self.open = (start, end, "text")
        else:
            self.open = (self.open[0], end, self.open[2])

    def _code(self, at: int, fence: str) -> int:
        """A fenced block is kept whole; a fence that is never closed is a line of text."""
        below = () if fence in self.unclosed else range(at + 1, len(self.lines))
        for i in below:
            start, end = self.lines[i]
            line = self.text[start:end].strip()
            if line.startswith(fence) and not line.strip(fence[0]):
                self._close()
                self._add(self.lines[at].start, end, "code")
                return i + 1 - at
        self.unclosed.add(fence)
        self._words(*self.lines[at])
        return 1

    def _is_one_line(self) -> bool:
        if self.open is None or self.open[2] != "text":
            return False
        return "\n" not in self.text[self.open[0] : self.open[1]].rstrip()

    def _rule(self) -> None:
        if self.open is None or self.open[2] != "row":
            self._close()

    def _close(self) -> None:
        if self.open is not None:
            self._add(*self.open)
            if self.open[2] != "row":
                self.columns = ""
        self.open = None

    def _add(self, start: int, end: int, kind: Kind) -> None:
        section = " › ".join(title for _, title in self.titles)
        if kind == "row" and self.columns:
            section = " › ".join(filter(None, (section, " ".join(self.columns.split()))))
        for span in _trimmed(self.text, start, end):
            self.found.append(Block(span.start, span.end, kind, section))

    def _title(self, level: int, title: str, start: int, end: int) -> None:
        self.columns = ""
        self.titles = [*((above, name) for above, name in self.titles if above < level)]
        self.titles.append((level, title))
        self._add(start, end, "heading")
