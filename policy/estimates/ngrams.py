"""Hashed n-grams of prompts: what is known of a text without a model.

N-grams are the words, pairs of neighbouring words, and 3 to 5 characters in a row within a word
and its boundaries. Each falls on a column with a sign, by a stable hash (Weinberger et al., Feature
hashing, 2009); nothing is remembered of a text but its counts.
"""

import re
from collections import Counter
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from secondhalf.policy.estimates.wording import LONGEST

DIMENSION = 4096
_TOKEN = re.compile(r"\w+|[^\w\s]")
_LENGTHS = (3, 4, 5)
_LONGEST_WORD = 40

Columns = NDArray[np.int32]
Values = NDArray[np.float32]


def counted(text: str) -> tuple[Columns, Values]:
    """The columns of ``text``'s n-grams, each once per n-gram, and 1 + log of how often, signed."""
    words = _TOKEN.findall(text[:LONGEST].lower())
    found: Counter[int] = Counter()
    for word, times in Counter(words).items():
        for mark in _of_word(word[:_LONGEST_WORD]):
            found[mark] += times
    found.update(_hashed(f"{a[:_LONGEST_WORD]} {b[:_LONGEST_WORD]}") for a, b in pairwise(words))
    marks = np.fromiter(found.keys(), np.uint64, len(found))
    often = np.fromiter(found.values(), np.float32, len(found))
    columns = (marks % np.uint64(DIMENSION)).astype(np.int32)
    signs = np.where(marks >> np.uint64(63), np.float32(1.0), np.float32(-1.0))
    return columns, (signs * (1 + np.log(often))).astype(np.float32)


@lru_cache(maxsize=20_000)
def _of_word(word: str) -> tuple[int, ...]:
    framed = f" {word} "
    pieces = [
        framed[start : start + length]
        for length in _LENGTHS
        for start in range(len(framed) - length + 1)
    ]
    # A word of one letter has no pieces; its key is unlike any piece or pair.
    return tuple(_hashed(key) for key in (f"<{word}>", *(pieces if len(word) > 1 else ())))


@lru_cache(maxsize=50_000)
def _hashed(ngram: str) -> int:
    digest = blake2b(ngram.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")
