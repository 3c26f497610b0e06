"""The texts of a folder and the passages they are searched by."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from secondhalf.experts.documents.blocks import Block, Span, blocks, units
from secondhalf.experts.documents.extract import Extracted, extract
from secondhalf.experts.documents.files import (
    FoundFile,
    Limits,
    Skipped,
    UnreadableError,
    check_folder,
    list_files,
    read_bytes,
)
from secondhalf.state.errors import DocumentsError

WINDOW = 500
"""Characters after which a passage ends, at the next end of a sentence, row or code block."""


class Passage(NamedTuple):
    """A window of a file: characters [start, end) of its text."""

    source: str
    """The file's path below the folder."""
    start: int
    end: int
    text: str
    section: str
    """Titles around the passage, outermost first, parted by `` › ``; for table rows also the
    names of the columns."""
    lines: tuple[int, ...]
    """The line of the file from which each line of ``text`` comes; empty for a file with pages."""
    page: int | None


@dataclass(frozen=True, eq=False)
class TextFile:
    """A file that was read."""

    found: FoundFile
    extracted: Extracted

    @property
    def source(self) -> str:
        """Its path below the folder."""
        return self.found.source

    @property
    def text(self) -> str:
        """Its text; every offset counts characters of it."""
        return self.extracted.text

    def position(self, offset: int) -> str:
        """The place of a character as people read it: ``file.md:12`` or ``file.pdf p.3``."""
        return position(self.source, self.extracted.line(offset), self.extracted.page(offset))

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The whole text in windows; no passage crosses a title or a code block's border."""
        return tuple(self._passage(group) for group in _windows(self.extracted))

    def _passage(self, group: list[Block]) -> Passage:
        start, end = group[0].start, group[-1].end
        text = self.text[start:end]
        breaks = (match.end() for match in re.finditer("\n", text))
        places = (self.extracted.line(start + at) for at in (0, *breaks))
        lines = tuple(line for line in places if line is not None)
        page = self.extracted.page(start)
        return Passage(self.source, start, end, text, group[-1].section, lines, page)


@dataclass(frozen=True, eq=False)
class Corpus:
    """Everything readable in a folder, as it stood when it was loaded."""

    folder: Path
    files: tuple[TextFile, ...]
    skipped: tuple[Skipped, ...] = ()
    """Files that look readable and were not read, each with the reason."""
    others: int = 0
    """How many files are of a kind that is not read at all."""
    _by_source: Mapping[str, TextFile] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Index the files by name."""
        object.__setattr__(self, "_by_source", {file.source: file for file in self.files})

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The passages of all files."""
        return tuple(passage for file in self.files for passage in file.passages)

    def file(self, source: str) -> TextFile | None:
        """The file named by its path, or by a position in it (``file.md:12``)."""
        return self._by_source.get(source) or self._by_source.get(without_position(source))


def load_documents(
    folder: str | Path, *, limits: Limits | None = None, before: Corpus | None = None
) -> Corpus:
    """Read the text, Markdown, reStructuredText, HTML and PDF files of a folder.

    Args:
        folder: where to look, subfolders included; see `list_files` for what is passed over.
        limits: how much is read at most.
        before: an earlier reading, from which files that did not change are taken.

    Raises:
        DocumentsError: the folder cannot be read, or nothing in it can.
    """
    limits = limits or Limits()
    root = check_folder(folder)
    listing = list_files(root, limits)
    known = {file.found: file for file in before.files} if before else {}
    files: list[TextFile] = []
    skipped = list(listing.skipped)
    for found in listing.files:
        try:
            files.append(known.get(found) or _read(found, limits))
        except UnreadableError as error:
            skipped.append(Skipped(found.source, str(error)))
    if not files:
        raise DocumentsError(_nothing(folder, skipped))
    return Corpus(root, tuple(files), tuple(sorted(skipped)), listing.others)


def position(source: str, line: object = None, page: object = None) -> str:
    """A place as people read it: ``file.md:12``, ``file.pdf p.3``, or the source alone."""
    if isinstance(page, int):
        return f"{source} p.{page}"
    return f"{source}:{line}" if isinstance(line, int) else source


def without_position(source: str) -> str:
    """The file of a `position`."""
    head, _, tail = source.rpartition(":")
    if head and tail.isdecimal():
        return head
    head, _, tail = source.rpartition(" p.")
    return head if head and tail.isdecimal() else source


def title_words(source: str) -> str:
    """A path as words: what the names of folders and file say."""
    return PurePosixPath(source).with_suffix("").as_posix().replace("/", " ").replace("_", " ")


def _read(found: FoundFile, limits: Limits) -> TextFile:
    data = read_bytes(found.path, limits.file_bytes)
    suffix = PurePosixPath(found.source).suffix.lower()
    extracted = extract(data, suffix, limits.pdf_pages)
    if not extracted.text.strip():
        raise UnreadableError("an empty file")
    return TextFile(found, extracted)


def _nothing(folder: str | Path, skipped: list[Skipped]) -> str:
    shown = f"documents folder {str(folder)!r}"
    if skipped:
        first = skipped[0]
        return f"{shown}: nothing could be read, e.g. {first.source!r}: {first.reason}"
    return f"{shown} holds no text, Markdown, HTML or PDF file: choose another folder"


def _windows(extracted: Extracted) -> Iterator[list[Block]]:
    group: list[Block] = []
    page = extracted.page
    for block in _short(extracted.text):
        if group and (page(block.start) != page(group[0].start) or not _continues(group, block)):
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _continues(group: list[Block], block: Block) -> bool:
    """Whether a block belongs to the window before it: titles stay with what follows them."""
    last = group[-1]
    if last.kind == "heading":
        return block.kind != "heading" or block.section.startswith(f"{last.section} › ")
    if block.kind == "heading" or block.end - group[0].start > WINDOW:
        return False
    return block.section == last.section or "row" in {block.kind, last.kind}


def _short(text: str) -> Iterator[Block]:
    """The blocks, those of running text cut into sentences where they are long."""
    for block in blocks(text):
        if block.kind == "code" or block.end - block.start <= WINDOW:
            yield block
            continue
        # The marker of a list item belongs to its first sentence.
        inner = units(text[block.start : block.end])
        starts = [block.start, *(block.start + unit.start for unit in inner[1:])]
        for start, end in zip(starts, [*starts[1:], block.end], strict=True):
            for piece in _pieces(text, Span(start, end)):
                yield block._replace(start=piece.start, end=piece.end)


def _pieces(text: str, span: Span) -> Iterator[Span]:
    """A span without trailing space, cut where it is far too long to be a sentence."""
    start, end = span
    while end - start > 2 * WINDOW:
        cut = text.rfind(" ", start + WINDOW, start + 2 * WINDOW)
        cut = cut if cut > 0 else start + 2 * WINDOW
        yield Span(start, cut)
        start = cut
    piece = text[start:end]
    if piece.strip():
        yield Span(start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))
