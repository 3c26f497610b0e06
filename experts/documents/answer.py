"""Answers copied from passages: the sentences that best cover a question, or none."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from langchain_core.documents import Document

from secondhalf.experts.documents.candidates import Candidate, candidates
from secondhalf.experts.documents.evidence import evidence_of, rarity_of
from secondhalf.experts.documents.questions import Question, parse_question
from secondhalf.state.expert import Evidence

_LEAST_COVERAGE = 0.3
"""Share of a question that its best sentence must be about to be an answer at all."""

_ONE_WORD = 0.8
"""Share of a question's weight from which on one word of it is as good as all."""


class Answer(NamedTuple):
    """An answer made of quotes only."""

    text: str
    """The sentences, then ``— source: file:line`` on a line of its own."""
    confidence: float
    """How probably the quote answers the question, in [0, 1]."""
    evidence: tuple[Evidence, ...]
    """The quotes, each with its source and its place in the source's text."""


def answer_from_passages(question: str, passages: Sequence[Document]) -> Answer | None:
    """Answer with the one or two sentences of ``passages`` that cover ``question`` best.

    Any retriever's documents do. Of the metadata, ``source``, ``start``, ``line``, ``page`` and
    ``section`` place the quote, ``weights`` tells which words of the question are rare; without
    ``start``, places count from the beginning of the document's ``page_content``.

    Returns:
        None where nothing covers the question; nothing is ever made up.
    """
    asked = parse_question(question, rarity_of(passages))
    ranked = candidates(asked, passages)
    if not ranked or ranked[0].coverage < _LEAST_COVERAGE:
        return None
    best = ranked[0]
    confidence = _confidence(asked, best, _rivals(ranked))
    spans = [(best.start, best.end)]
    if best.title is not None:
        spans.insert(0, (best.title.start, best.title.end))
    evidence = tuple(evidence_of(best.passage, *span, confidence) for span in spans)
    text = "\n".join(_readable(quote.text) for quote in evidence)
    return Answer(f"{text}\n— source: {evidence[-1].source}", confidence, evidence)


def _confidence(asked: Question, best: Candidate, rivals: int) -> float:
    """A logistic model; weights set by hand, looking at questions about two sets of documents."""
    fits = 0.0 if best.fits is None else (1.0 if best.fits else -2.5)
    z = -8.0 + 9.5 * best.coverage + 1.0 * best.quoted + 0.8 * fits - 0.4 * math.log1p(rivals)
    if best.fits is None and max(asked.weights.values()) > _ONE_WORD:
        z -= 1.5  # one word in common shows the subject, not that the question is answered
    probability = 1 / (1 + math.exp(-z))
    if best.code and best.quoted < _ONE_WORD:
        return min(probability, 0.75)  # a line of code says little of what it is about
    return probability


def _rivals(ranked: list[Candidate]) -> int:
    """How many quotes elsewhere are nearly as good as the best."""
    best = ranked[0]
    return sum(
        other.score > best.score - 0.05 and not _overlap(best, other) for other in ranked[1:20]
    )


def _overlap(one: Candidate, other: Candidate) -> bool:
    return one.passage is other.passage and one.start < other.end and other.start < one.end


def _readable(quote: str) -> str:
    """A sentence on one line; code, lists and tables as they stand."""
    marks = ("```", "~~~", "|", "- ", "* ", "1.", "2.")
    if any(line.lstrip().startswith(marks) for line in quote.splitlines()):
        return quote
    return " ".join(quote.split())
