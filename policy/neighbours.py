"""Which exemplars a prompt resembles, and how they vote on its analysis.

Prompts are compared by the cosine of their character n-grams (3 and 4, inside words), words and
pairs of words, each weighted by inverse document frequency over the exemplars. The K nearest vote
with the square of their similarity; a constant amount of "don't know" votes with them, so a prompt
unlike every exemplar gets small shares of everything.
"""

import heapq
import math
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from secondhalf.policy.exemplars import EXEMPLARS, Exemplar
from secondhalf.policy.features import fold, words
from secondhalf.policy.lexicon import stem
from secondhalf.state.analysis import LEVELS

NEIGHBOURS = 10
DOUBT = 0.10
"""Votes for nothing: as many as one exemplar with similarity 0.32 casts."""
COMMON = 0.2
"""N-grams that more than this share of the exemplars contain tell nothing apart."""
LONGEST_WORD = 40
HEAD, TAIL = 24, 12
"""Words from the start and from the end of a request that are compared."""


class Votes(NamedTuple):
    """What the nearest exemplars say: shares in [0, 1], and levels as means in [-1, 1].

    ``nearest`` is the similarity of the best exemplar, in [0, 1].
    """

    nearest: float
    intent: dict[str, float]
    domain: dict[str, float]
    difficulty: float
    risk: float
    retrieval: float
    tools: float


class Index(NamedTuple):
    """An inverted index: inverse document frequencies, and per n-gram (exemplar, weight)."""

    idf: dict[str, float]
    postings: dict[str, list[tuple[int, float]]]


def stems(spelled: list[str]) -> list[str]:
    """The stems of words."""
    return [stem(word) for word in spelled]


def _grams(stemmed: list[str]) -> Counter[str]:
    grams = [f"{a}+{b}" for a, b in pairwise(stemmed)]
    for word in stemmed:
        grams += _word_grams(word)
    return Counter(grams)


@lru_cache(maxsize=4_096)
def _word_grams(word: str) -> tuple[str, ...]:
    token = "#" if word[0].isdigit() else word[:LONGEST_WORD]
    padded = f" {token} "
    parts = (padded[i : i + size] for size in (3, 4) for i in range(len(padded) - size + 1))
    return (f"={token}", *parts)


def _weighted(grams: Counter[str], idf: dict[str, float]) -> dict[str, float]:
    return {
        gram: idf[gram] if n == 1 else (1 + math.log(n)) * idf[gram]
        for gram, n in grams.items()
        if gram in idf
    }


@lru_cache(maxsize=1)
def index() -> Index:
    """The index of all exemplars, made at its first use (tens of milliseconds)."""
    tokens = [stems(words(fold(exemplar.text))) for exemplar in EXEMPLARS]
    counted = [_grams(stemmed) for stemmed in tokens]
    frequency = Counter(gram for grams in counted for gram in grams)
    total = len(EXEMPLARS)
    idf = {g: math.log(total / n) for g, n in frequency.items() if n <= COMMON * total}
    postings: dict[str, list[tuple[int, float]]] = {}
    for number, grams in enumerate(counted):
        vector = _weighted(grams, idf)
        norm = math.sqrt(sum(w * w for w in vector.values())) or 1.0
        for gram, weight in vector.items():
            postings.setdefault(gram, []).append((number, weight / norm))
    return Index(idf, postings)


def _nearest(stemmed: list[str]) -> list[tuple[float, Exemplar]]:
    known = index()
    grams = _grams(stemmed)
    vector = _weighted(grams, known.idf)
    unknown = math.log(len(EXEMPLARS))
    missing = sum(unknown**2 for g in grams if g[0] == "=" and g not in known.postings)
    norm = math.sqrt(sum(w * w for w in vector.values()) + missing) or 1.0
    scores: dict[int, float] = {}
    for gram, weight in vector.items():
        for number, other in known.postings[gram]:
            scores[number] = scores.get(number, 0.0) + weight * other
    best = heapq.nsmallest(NEIGHBOURS, scores.items(), key=lambda item: (-item[1], item[0]))
    return [(score / norm, EXEMPLARS[number]) for number, score in best]


def votes(stemmed: list[str]) -> Votes:
    """Let the exemplars nearest to a request, given as stems, vote on every field."""
    long = len(stemmed) > HEAD + TAIL
    near = _nearest(stemmed[:HEAD] + stemmed[-TAIL:] if long else stemmed)
    weights = [similarity**2 for similarity, _ in near]
    total = sum(weights) + DOUBT
    intent: dict[str, float] = {}
    domain: dict[str, float] = {}
    difficulty = risk = retrieval = tools = 0.0
    for weight, (_, exemplar) in zip(weights, near, strict=True):
        share = weight / total
        intent[exemplar.intent] = intent.get(exemplar.intent, 0.0) + share
        domain[exemplar.domain] = domain.get(exemplar.domain, 0.0) + share
        difficulty += share * (LEVELS.index(exemplar.difficulty) - 1)
        risk += share * (LEVELS.index(exemplar.risk) - 1)
        retrieval += share * exemplar.retrieval
        tools += share * exemplar.tools
    nearest = min(near[0][0], 1.0) if near else 0.0
    return Votes(nearest, intent, domain, difficulty, risk, retrieval, tools)
