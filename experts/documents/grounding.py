"""How much of an answer the retrieved text supports, judged by its words and numbers."""

import re
from collections.abc import Sequence

from langchain_core.documents import Document

from secondhalf.experts.documents.blocks import units
from secondhalf.experts.documents.evidence import section_of
from secondhalf.experts.documents.words import alike, content, is_number

_ELSEWHERE = 0.5
"""What a word is worth that stands only in another passage than most of its sentence."""
_NOT_CLAIMED = re.compile(r"^[ \t]*\d{1,2}[.)][ \t]|\[\d{1,3}\]|^— source: .*$", re.MULTILINE)


def grounded(answer: str, passages: Sequence[Document]) -> float:
    """The share of an answer's telling words and numbers that ``passages`` support, in [0, 1].

    A word counts in full if it stands, in any form, in the passage that supports its sentence
    best. A number must stand there or elsewhere exactly; where some do not, the share is at most
    the mean of 1 and the share of numbers that do. An answer without telling words is supported
    by nothing: 0.
    """
    claimed = _NOT_CLAIMED.sub(" ", answer)
    known = [set(content(f"{section_of(p)}\n{p.page_content}")) for p in passages]
    everything = set[str]().union(*known)
    supported = total = 0.0
    numbers: list[bool] = []
    for unit in units(claimed):
        words = content(claimed[unit.start : unit.end])
        here = max(known, key=lambda words_of: _found(words, words_of), default=set[str]())
        for word in words:
            total += 1
            supported += _support(word, here, everything)
            if is_number(word):
                numbers.append(word in everything)
    if not total:
        return 0.0
    ceiling = (1 + sum(numbers) / len(numbers)) / 2 if numbers else 1.0
    return min(supported / total, ceiling)


def _found(words: list[str], known: set[str]) -> int:
    return sum(word in known for word in words)


def _support(word: str, here: set[str], everything: set[str]) -> float:
    if word in here:
        return 1.0
    if is_number(word):
        return _ELSEWHERE if word in everything else 0.0
    if any(alike(word, other) for other in here):
        return 1.0
    return _ELSEWHERE if any(alike(word, other) for other in everything) else 0.0
