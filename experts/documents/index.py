"""BM25 over the passages of a corpus, in memory."""

import logging
import math
from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

from secondhalf.experts.documents.corpus import Passage, title_words
from secondhalf.experts.documents.words import content


class Hit(NamedTuple):
    """A passage that was found, and how well it matches (BM25, above 0)."""

    passage: Passage
    score: float


class PassageIndex:
    """Lucene's BM25 (k1 = 1.5, b = 0.75) over a passage's words, its titles and file name.

    Immutable once built, so any number of threads may search it.
    """

    def __init__(self, passages: Sequence[Passage]) -> None:
        """Index ``passages``, of which there is at least one."""
        self._passages = passages
        self._ids: dict[str, int] = {"": 0}
        self._frequency: list[int] = [0]
        self._bm25 = self._build()

    def search(self, query: str, k: int) -> list[Hit]:
        """At most ``k`` passages that share a word with ``query``, best first."""
        import numpy as np

        wanted = sorted({self._ids[term] for term in content(query) if term in self._ids})
        if not wanted:
            return []
        scores = self._bm25.get_scores_from_ids(wanted)
        best = np.argsort(-scores, kind="stable")[:k]
        return [Hit(self._passages[i], float(scores[i])) for i in best if scores[i] > 0]

    def weights(self, query: str) -> dict[str, float]:
        """How telling each word of ``query`` is: its inverse document frequency."""
        total = len(self._passages)
        found: dict[str, float] = {}
        for term in content(query):
            n = self._frequency[self._ids[term]] if term in self._ids else 0
            found[term] = math.log(1 + (total - n + 0.5) / (n + 0.5))
        return found

    def _build(self) -> Any:
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it asks for DEBUG when imported
        fresh = count(1)
        documents: list[list[int]] = []
        titles: dict[tuple[str, str], list[str]] = {}
        for passage in self._passages:
            key = (passage.source, passage.section)
            if key not in titles:
                titles[key] = content(f"{title_words(passage.source)} {passage.section}")
            row: list[int] = []
            for term in (*content(passage.text), *titles[key]):
                if term not in self._ids:
                    self._ids[term] = next(fresh)
                    self._frequency.append(0)
                row.append(self._ids[term])
            for i in set(row):
                self._frequency[i] += 1
            documents.append(row or [0])  # the mean length must not be zero
        bm25 = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
        bm25.index((documents, self._ids), create_empty_token=False, show_progress=False)
        return bm25
