"""The text of an HTML page as light Markdown, each line with its place in the file."""

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString, PageElement

from secondhalf.experts.documents.files import UnreadableError

_DROPPED = {"script", "style", "template", "noscript", "svg", "iframe", "object", "title"}
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_CELLS = {"td", "th"}
_BLOCKS = {
    *_HEADINGS, *_CELLS, "address", "article", "aside", "blockquote", "body", "caption", "dd",
    "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header",
    "hr", "html", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary",
    "table", "tr", "ul",
}  # fmt: skip
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NO_TAG = re.compile(r"<(?!!--)(?=[^<>]*(?:<|\Z))")
"""A "<" that no ">" closes before the next; comments are left as they are."""
_XML_DECLARATION = re.compile(r"<\?xml[^<>]*>", re.IGNORECASE)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that the page says it has."""
    return EncodingDetector.find_declared_encoding(data, is_html=True)


def html_lines(markup: str) -> list[tuple[int, str]]:
    """(line of the file, text) pairs; empty texts part the blocks.

    Scripts, styles and elements marked as hidden are left out.

    Raises:
        UnreadableError: tags nested beyond what can be read.
    """
    if "<" not in markup:
        return list(enumerate(re.split("\r\n|\r|\n", markup), 1))
    try:
        soup = BeautifulSoup(_prepared(markup), "html.parser")
        title = _title(soup)
        lines = [(1, f"# {title}"), (1, "")] if title else []
        for block in _blocks(soup):
            lines.extend(block.lines())
        return lines
    except RecursionError:
        raise UnreadableError("HTML nested too deeply") from None


def _title(soup: BeautifulSoup) -> str:
    """The page's title, where no heading repeats it."""
    if soup.h1 is not None or soup.title is None:
        return ""
    return " ".join(next(soup.title.strings, "").split())


class _Block:
    """The strings of one block element, in reading order."""

    def __init__(self, tag: Tag, line: int) -> None:
        self.tag = tag
        self.line = line
        self.parts: list[str] = []
        self.cell: Tag | None = None

    def add(self, text: str, cell: Tag | None) -> None:
        if cell is not self.cell and self.parts:
            self.parts.append(" | ")
        self.cell = cell
        self.parts.append(text)

    def lines(self) -> Iterator[tuple[int, str]]:
        text = "".join(self.parts)
        if not text.strip():
            return
        if self.tag.name == "pre":
            body = text.strip("\n").split("\n")
            yield self.line, "```"
            yield from ((self.line + i, line) for i, line in enumerate(body))
            yield self.line + len(body) - 1, "```"
            yield self.line, ""
            return
        row = self.tag.name == "tr"
        for part in text.split("\v"):
            if line := " ".join(part.split()):
                yield self.line, f"| {line} |" if row else self._mark() + line
        if not row or self.tag.find_next_sibling("tr") is None:
            yield self.line, ""

    def _mark(self) -> str:
        if self.tag.name in _HEADINGS:
            return _HEADINGS[self.tag.name] + " "
        return "- " if self.tag.name == "li" else ""


def _blocks(soup: BeautifulSoup) -> Iterator[_Block]:
    known: dict[int, Tag | None] = {}
    block: _Block | None = None
    for node in soup.descendants:
        if type(node) is NavigableString:
            text = str(node)
            around = _block_of(node, known, soup)
            if around is None:
                continue
            cell, tag = _row_of(around)
            if block is None or block.tag is not tag:
                if not text.strip():
                    continue
                if block is not None:
                    yield block
                block = _Block(tag, _line_of(node, text))
            block.add(text if tag.name == "pre" else text.replace("\v", " "), cell)
        elif isinstance(node, Tag) and node.name == "br" and block is not None:
            block.parts.append("\n" if block.tag.name == "pre" else "\v")
    if block is not None:
        yield block


def _block_of(node: PageElement, known: dict[int, Tag | None], soup: BeautifulSoup) -> Tag | None:
    """The nearest block around ``node``, None if it is not shown; what is met is remembered."""
    way: list[Tag] = []
    parent = node.parent
    while parent is not None and id(parent) not in known:
        way.append(parent)
        parent = parent.parent
    block = soup if parent is None else known[id(parent)]
    for tag in reversed(way):
        if block is not None and _is_hidden(tag):
            block = None
        elif block is not None and tag.name in _BLOCKS:
            block = tag
        known[id(tag)] = block
    return block


def _is_hidden(tag: Tag) -> bool:
    style = tag.get("style")
    unseen = isinstance(style, str) and _UNSEEN.search(style) is not None
    return unseen or tag.name in _DROPPED or tag.has_attr("hidden")


def _row_of(tag: Tag) -> tuple[Tag | None, Tag]:
    """The cell and row of a block that is, or alone fills, a cell; else the block itself."""
    cell = tag
    if tag.name == "p" and tag.parent is not None and tag.parent.name in _CELLS:
        only = len(tag.parent.find_all(True, recursive=False)) == 1
        cell = tag.parent if only else tag
    if cell.name in _CELLS and cell.parent is not None and cell.parent.name == "tr":
        return cell, cell.parent
    return None, tag


def _line_of(node: NavigableString, text: str) -> int:
    """The line on which a string begins: that of the tag before it, and the line breaks since."""
    before = node.previous_element
    while before is not None and not isinstance(before, Tag):
        before = before.previous_element
    line = before.sourceline if before is not None else None
    return (line or 1) + text[: len(text) - len(text.lstrip())].count("\n")


def _prepared(markup: str) -> str:
    """Markup without what the parser warns about, or takes quadratic time for."""
    unclosed = markup.find("<!--", markup.rfind("-->") + 1)
    if unclosed >= 0:
        markup = markup[:unclosed]
    markup = _XML_DECLARATION.sub(lambda match: "\n" * match.group().count("\n"), markup)
    return _NO_TAG.sub("&lt;", markup)
