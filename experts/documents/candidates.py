"""Every quote that might answer a question, and how well it would."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from langchain_core.documents import Document

from secondhalf.experts.documents.blocks import Unit, units
from secondhalf.experts.documents.corpus import title_words
from secondhalf.experts.documents.evidence import section_of, source_of
from secondhalf.experts.documents.questions import Question, satisfies
from secondhalf.experts.documents.words import alike, content, identifiers, is_number

_IN_TITLE = 0.85
"""What a question's word is worth in the titles above the sentence instead of in it."""
_SAME_BLOCK = 0.75
"""What it is worth in another sentence of the same paragraph or list item."""
_BESIDE = 0.5
"""What it is worth further away in the passage."""
_RELATED = 0.8
"""What another form of the word is worth."""
_NAMED = 0.4
"""What it costs a quote not to have an option or identifier that the question names."""
_HEADER = re.compile(r"[ \t]*\r?\n[ \t]*\|[ \t:]*-[-| \t:]*(?:\n|\r|$)")
_LONGEST = 900
"""Characters of an answer, where a sentence announces what follows it."""


class Candidate(NamedTuple):
    """A quote that might answer, and why it might."""

    passage: Document
    start: int
    end: int
    coverage: float
    """Share of the question's weight found in the quote or, at a discount, around it."""
    quoted: float
    """Share of the question's weight found in the quote itself."""
    fits: bool | None
    """Whether it has the kind of thing that is asked for."""
    score: float
    code: bool = False
    """Whether it is lines of code."""
    title: Unit | None = None
    """The title in the passage that has the thing, where the quote itself has not."""


def candidates(asked: Question, passages: Sequence[Document]) -> list[Candidate]:
    """Every quote that has something to do with a question, best first.

    Quotes are single sentences, items, rows and code, and pairs of neighbours.
    """
    if all(is_number(term) for term in asked.weights):
        return []  # numbers alone name no subject: "what is 2 + 2" is not about two-factor log-ins
    found = [
        candidate
        for rank, passage in enumerate(passages)
        for candidate in _Reading(asked, passage, rank).candidates()
        if candidate.quoted > 0
    ]
    return sorted(found, key=lambda candidate: -candidate.score)


class _Reading:
    """One passage, read with a question in mind."""

    def __init__(self, asked: Question, passage: Document, rank: int) -> None:
        self.asked = asked
        self.passage = passage
        self.rank = rank
        self.text = passage.page_content
        self.known = set(asked.weights)
        self.named = identifiers(asked.text)
        self.parts = units(self.text)
        self.words = [set(content(self.text[p.start : p.end])) for p in self.parts]
        self.titles = set(content(f"{section_of(passage)} {title_words(source_of(passage))}"))
        every = _union([self.titles, *self.words])
        self.related = {
            term: set() if is_number(term) else {word for word in every if alike(term, word)}
            for term in asked.weights
        }
        self.blocks: dict[int, set[str]] = {}
        for part, words in zip(self.parts, self.words, strict=True):
            self.blocks.setdefault(part.block, set()).update(words)

    def candidates(self) -> Iterator[Candidate]:
        title: Unit | None = None
        for i, part in enumerate(self.parts):
            if part.kind == "heading":
                title = part
                if self._fits(part.start, part.end):
                    yield self._candidate(i, i, None)
                continue
            if part.kind == "row" and _HEADER.match(self.text, part.end):
                continue  # the names of the columns answer nothing
            if part.kind == "code":
                yield from self._lines(part)
                continue
            yield self._candidate(i, i, title)
            following = self.parts[i + 1] if i + 1 < len(self.parts) else part
            kinds = {part.kind, following.kind}
            if following is not part and "text" in kinds and "code" not in kinds:
                yield self._candidate(i, i + 1, title)

    def _candidate(self, first: int, last: int, title: Unit | None) -> Candidate:
        start, end = self.parts[first].start, self._end(last)
        fits = self._fits(start, end)
        said_above = fits is False and title is not None and self._says(title)
        fits = fits or said_above if fits is not None else None
        covered, quoted = self._coverage(first, last)
        if first == last and self._is_key(self.parts[first]):
            fits = True if fits is not None else None
            quoted = max(quoted, covered)  # a cell is read with the titles above it
        score = covered + 0.25 * quoted - 0.03 * self.rank
        if self.named and not self.named <= identifiers(self.text[start:end]):
            covered = max(covered - _NAMED, 0.0)
            score -= _NAMED
        score += 0.0 if fits is None else (0.15 if fits else -0.15)
        score -= 0.08 * (last - first) + 0.04 * math.log1p((end - start) / 200)
        above = title if said_above else None
        return Candidate(self.passage, start, end, covered, quoted, fits, score, title=above)

    def _lines(self, part: Unit) -> Iterator[Candidate]:
        """Each line of code, its fences left out."""
        for match in re.finditer(r"[^\r\n]+", self.text[part.start : part.end]):
            line = match.group().strip()
            words = set(content(line))
            if words.isdisjoint(self.known) or line.startswith(("```", "~~~")):
                continue
            start = part.start + match.start() + match.group().index(line)
            end = start + len(line)
            quoted = sum(w * self._worth(term, words) for term, w in self.asked.weights.items())
            titled = sum(
                w * max(self._worth(term, words), _IN_TITLE * self._worth(term, self.titles))
                for term, w in self.asked.weights.items()
            )
            fits = self._fits(start, end)
            score = titled + 0.25 * quoted - 0.03 * self.rank
            score += 0.0 if fits is None else (0.15 if fits else -0.15)
            yield Candidate(self.passage, start, end, titled, quoted, fits, score, code=True)

    def _is_key(self, part: Unit) -> bool:
        """Whether a table row's first cell is something that the question names."""
        if part.kind != "row":
            return False
        cell = self.text[part.start : part.end].strip().lstrip("|").split("|", 1)[0]
        key = set(content(cell))
        return bool(key) and key <= self.known

    def _fits(self, start: int, end: int) -> bool | None:
        return satisfies(self.asked, self.text[start:end], self.known)

    def _says(self, title: Unit) -> bool:
        """Whether a title has the figure that is asked for, as in a list of versions."""
        if self.asked.wanted not in {"number", "time", "money", "duration"}:
            return False
        return bool(self._fits(title.start, title.end))

    def _coverage(self, first: int, last: int) -> tuple[float, float]:
        here = _union(self.words[first : last + 1])
        block = self.blocks[self.parts[first].block]
        around = _union(self.words[max(first - 3, 0) : last + 4])
        covered = quoted = 0.0
        for term, weight in self.asked.weights.items():
            inside = self._worth(term, here)
            covered += weight * max(
                inside,
                _IN_TITLE * self._worth(term, self.titles),
                _SAME_BLOCK * self._worth(term, block),
                _BESIDE * self._worth(term, around),
            )
            quoted += weight * inside
        return min(covered, 1.0), min(quoted, 1.0)

    def _worth(self, term: str, words: set[str]) -> float:
        if term in words:
            return 1.0
        return 0.0 if self.related[term].isdisjoint(words) else _RELATED

    def _end(self, last: int) -> int:
        """Where a quote ends: a sentence that announces a list or code takes it along."""
        part = self.parts[last]
        end = part.end
        tail = self.text[max(end - 8, part.start) : end].rstrip("*_ ")
        if part.kind in {"text", "item"} and tail.endswith(":"):
            for following in self.parts[last + 1 :]:
                announced = following.kind in {"item", "code", "row"}
                if not announced or following.end - part.start > _LONGEST:
                    break
                end = following.end
        return end


def _union(sets: Sequence[set[str]]) -> set[str]:
    return set[str]().union(*sets)
