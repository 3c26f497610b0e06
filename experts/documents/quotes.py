"""Quotes checked against what they are said to come from, and found in a model's answer."""

import re
from collections.abc import Iterable, Iterator, Sequence

from langchain_core.documents import Document

from secondhalf.experts.documents.blocks import units
from secondhalf.experts.documents.corpus import Corpus, without_position
from secondhalf.experts.documents.evidence import evidence_of, source_of
from secondhalf.state.expert import Evidence

_MARKED = re.compile(r"\"([^\"\n]{8,1000})\"|“([^”]{8,1000})”|«([^»]{8,1000})»|`([^`\n]{3,500})`")
_LEAST_WORDS = 4
"""A sentence of fewer words may be the same by chance."""


def check_quotes(
    evidence: Iterable[Evidence], corpus: Corpus | Sequence[Document]
) -> tuple[Evidence, ...]:
    """One check per quote: whether its text stands at its place in its source.

    ``corpus`` is what was searched: a folder, or the documents of any retriever. A quote without
    a place, or from a source that is not there, does not pass.
    """
    return tuple(
        Evidence(
            kind="check",
            source=quote.source,
            text=quote.text,
            start=quote.start,
            end=quote.end,
            passed=_stands(quote, corpus),
        )
        for quote in evidence
        if quote.kind == "quote"
    )


def quote_of(answer: str, passages: Sequence[Document]) -> tuple[Evidence, ...]:
    """The parts of an answer that are copied from ``passages``, each with its place there.

    Looks at what stands between quotation marks or backticks, and at whole sentences; white space
    may differ, and the evidence has the text of the passage. Parts copied from nowhere are absent.
    """
    found: list[Evidence] = []
    for part in dict.fromkeys(_parts(answer)):
        place = next(_places(part, passages), None)
        if place is not None and place not in found:
            found.append(place)
    return tuple(found)


def _stands(quote: Evidence, corpus: Corpus | Sequence[Document]) -> bool:
    start, end = quote.start, quote.end
    if not quote.text or start is None or end is None or not 0 <= start < end:
        return False
    return any(
        offset <= start and text[start - offset : end - offset] == quote.text
        for text, offset in _texts(quote.source, corpus)
    )


def _texts(source: str, corpus: Corpus | Sequence[Document]) -> Iterator[tuple[str, int]]:
    """The texts known by a source's name, each with the place of its first character."""
    if isinstance(corpus, Corpus):
        file = corpus.file(source)
        if file is not None:
            yield file.text, 0
        return
    for document in corpus:
        if source_of(document) in {source, without_position(source)}:
            first = evidence_of(document, 0, 0).start
            yield document.page_content, first or 0


def _parts(answer: str) -> Iterator[str]:
    for match in _MARKED.finditer(answer):
        yield next(group for group in match.groups() if group).strip()
    for unit in units(answer):
        sentence = answer[unit.start : unit.end].strip("> \t\n\"“”«»'")
        if len(sentence.split()) >= _LEAST_WORDS:
            yield sentence


def _places(part: str, passages: Sequence[Document]) -> Iterator[Evidence]:
    words = part.split()
    if not words:
        return
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
    for passage in passages:
        if match := pattern.search(passage.page_content):
            yield evidence_of(passage, *match.span())
