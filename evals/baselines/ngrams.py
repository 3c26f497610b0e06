"""Hashed n-grams of prompts: what a baseline knows of a text.

N-grams are the words, pairs of neighbouring words, and 3 to 5 characters in a row within a word
and its boundaries. A row is their sublinear counts (1 + log count), weighted, added up with signs
under a stable hash (Weinberger et al., Feature hashing, 2009) and scaled to length one.
"""

import re
from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from secondhalf.evals.track import Floats, Ints

Rows = NDArray[np.float32]
"""Features of texts, of the shape (texts, dimension)."""
_TOKEN = re.compile(r"\w+|[^\w\s]")
_LENGTHS = (3, 4, 5)
_BLOCK = 512
"""Texts added up at once."""


class Counts(NamedTuple):
    """Which n-gram occurs in which text how often: parallel arrays, in the order of the texts."""

    text: Ints
    ngram: Ints
    times: Ints


class Ngrams:
    """Counts n-grams, numbering them as they come. Every text is read once and remembered."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._hashes: list[int] = []
        self._words: dict[str, Ints] = {}
        self._texts: dict[str, tuple[Ints, Ints]] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def hashes(self) -> NDArray[np.uint64]:
        """The hash of every n-gram so far, in the order of their numbers: the same everywhere."""
        return np.array(self._hashes, np.uint64)

    def count(self, texts: Sequence[str]) -> Counts:
        """The n-grams of ``texts``."""
        found = [self._of_text(text) for text in texts]
        return Counts(
            text=np.repeat(np.arange(len(texts)), [len(ngrams) for ngrams, _ in found]),
            ngram=np.concatenate([np.empty(0, np.int64), *(ngrams for ngrams, _ in found)]),
            times=np.concatenate([np.empty(0, np.int64), *(times for _, times in found)]),
        )

    def _of_text(self, text: str) -> tuple[Ints, Ints]:
        if text not in self._texts:
            words = _TOKEN.findall(text.lower())
            pairs = [self._id(f"{a} {b}") for a, b in pairwise(words)]
            numbers = [np.array(pairs, np.int64), *(self._of_word(word) for word in words)]
            self._texts[text] = np.unique(np.concatenate(numbers), return_counts=True)
        return self._texts[text]

    def _of_word(self, word: str) -> Ints:
        if word not in self._words:
            framed = f" {word} "
            pieces = [
                framed[start : start + length]
                for length in _LENGTHS
                for start in range(len(framed) - length + 1)
            ]
            # A word of one letter has no pieces; its key is unlike any piece or pair.
            keys = [f"<{word}>", *(pieces if len(word) > 1 else ())]
            self._words[word] = np.array([self._id(key) for key in keys], np.int64)
        return self._words[word]

    def _id(self, key: str) -> int:
        number = self._ids.setdefault(key, len(self._ids))
        if number == len(self._hashes):
            digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            self._hashes.append(int.from_bytes(digest, "little"))
        return number


def telling_weights(counts: Counts, texts: int, ngrams: int) -> Floats:
    """The weight of each n-gram, of the shape (ngrams,): 1 − the share of texts that hold it.

    What all texts share, such as the frame of an instruction, weighs nothing, and neither does
    what a single text holds. Like idf, but it does not favour the rare, which costs accuracy here.
    """
    held = np.bincount(counts.ngram, minlength=ngrams)
    return np.where(held > 1, 1 - held / max(texts, 1), 0.0)


def hashed_rows(
    counts: Counts, weights: Floats, hashes: NDArray[np.uint64], texts: int, dimension: int
) -> Rows:
    """Unit rows of the shape (texts, dimension); n-grams without a weight do not count.

    A text without a weighty n-gram has a row of zeros.
    """
    column = (hashes % np.uint64(dimension)).astype(np.int64)
    sign = np.where(hashes >> np.uint64(63), 1.0, -1.0)
    known = np.zeros(len(hashes))
    known[: len(weights)] = weights
    value = (1 + np.log(counts.times)) * (known * sign)[counts.ngram]
    place = column[counts.ngram]
    rows = np.empty((texts, dimension), np.float32)
    starts = np.searchsorted(counts.text, np.arange(0, texts + _BLOCK, _BLOCK))
    for block, (start, end) in enumerate(pairwise(starts)):
        first, many = block * _BLOCK, min(_BLOCK, texts - block * _BLOCK)
        at = (counts.text[start:end] - first) * dimension + place[start:end]
        summed = np.bincount(at, value[start:end], minlength=many * dimension).astype(float)
        rows[first : first + many] = unit(summed.reshape(many, dimension))
    return rows


def unit(rows: Rows | Floats) -> Rows:
    """Rows of length one; zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
