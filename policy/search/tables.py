"""Which sets of paths may have been opened with which outcomes, as arrays that are made once.

Layer ``s`` holds every set of ``s`` paths out of ``n`` in the order of their combinations, and for
each set every history: one of ``levels`` outcomes per opened path, as the digits of a number whose
first digit belongs to the first path of the set. A batch is a set of paths to open next.
"""

from functools import lru_cache
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

READS = 15_000
"""How many histories one decision may read: what takes well under a millisecond."""


class Layer(NamedTuple):
    """``C`` sets of ``s`` paths with ``M`` histories each."""

    sets: Ints
    """(C,): each set as a bit mask."""
    first: Ints
    """(C,): the set's first path."""
    others: Ints
    """(C,): where the set without its first path stands in the layer before."""
    places: Ints
    """(C, n + 1): the place of each path in the set, ``s`` if it is not there."""
    reached: Ints
    """(M,): 1 + the highest outcome of each history; 0 for the empty one."""
    by_reached: tuple[Ints, ...]
    """Histories by their value in ``reached``."""
    failed: Flags
    """(s + 1, M): whether the path at a place had the lowest outcome; the last row is False."""


class Step(NamedTuple):
    """From each set of a layer to the ``a`` sets that a batch leads to in a later one."""

    batches: Ints
    """(C, a): the batches that are apart from the set."""
    rows: Ints
    """(C, a): row of a table of the later layer's sets and the places of the batch in them."""
    turned: Ints
    """(places, outcomes · M): histories of the later layer, the digits of the batch first."""


def depth(n: int, levels: int, reads: int = READS) -> int:
    """How many openings can be looked ahead over within ``reads``: all ``n``, if they fit."""
    read = 0
    for opened in range(n - 1):
        read += comb(n, opened) * (n - opened) * levels ** (opened + 1)
        if read > reads:
            return opened + 1
    return n


@lru_cache(maxsize=512)
def layer(n: int, levels: int, opened: int) -> Layer:
    """The sets of ``opened`` paths out of ``n``, and their histories."""
    sets = list(combinations(range(n), opened))
    before = _numbered(n, opened - 1) if opened else {}
    digits = np.indices((levels,) * opened, np.intp).reshape(opened, levels**opened)
    reached = digits.max(axis=0, initial=-1) + 1
    places = [[one.index(p) if p in one else opened for p in range(n + 1)] for one in sets]
    return Layer(
        sets=masks(n, opened),
        first=np.array([one[0] for one in sets if one], np.intp),
        others=np.array([before[one[1:]] for one in sets if one], np.intp),
        places=np.array(places, np.intp),
        reached=reached,
        by_reached=tuple(np.flatnonzero(reached == value) for value in range(levels + 1)),
        failed=np.vstack([digits == 0, np.zeros((1, len(reached)), np.bool_)]),
    )


@lru_cache(maxsize=512)
def step(n: int, levels: int, opened: int, size: int) -> Step:
    """From the sets of ``opened`` paths to those of ``size`` more."""
    later, together = opened + size, _numbered(n, opened + size)
    places = _numbered(later, size)

    def row(one: tuple[int, ...], batch: tuple[int, ...]) -> int:
        union = tuple(sorted((*one, *batch)))
        return together[union] * len(places) + places[tuple(union.index(path) for path in batch)]

    batches = list(combinations(range(n), size))
    beside = apart(n, opened, size)
    lefts: list[list[int]] = beside.tolist()
    sets = zip(combinations(range(n), opened), lefts, strict=True)
    rows = [[row(one, batches[b]) for b in left] for one, left in sets]
    histories = np.arange(levels**later, dtype=np.intp).reshape((levels,) * later)
    front = tuple(range(size))
    turned = [np.moveaxis(histories, place, front).ravel() for place in places]
    return Step(beside, np.array(rows, np.intp).reshape(beside.shape), np.array(turned, np.intp))


@lru_cache(maxsize=512)
def apart(n: int, opened: int, size: int) -> Ints:
    """(C, a): for each set of ``opened`` paths the batches of ``size`` that have none of them."""
    overlap = masks(n, opened)[:, None] & masks(n, size)
    return np.nonzero(overlap == 0)[1].reshape(len(overlap), comb(n - opened, size))


@lru_cache(maxsize=64)
def masks(n: int, size: int) -> Ints:
    """(b,): the sets of ``size`` paths out of ``n`` as bit masks."""
    return np.array([sum(1 << p for p in one) for one in combinations(range(n), size)], np.intp)


@lru_cache(maxsize=64)
def members(n: int, size: int) -> Ints:
    """(b, size): the paths of the sets of ``size`` out of ``n``."""
    return np.array(list(combinations(range(n), size)), np.intp).reshape(comb(n, size), size)


def _numbered(n: int, opened: int) -> dict[tuple[int, ...], int]:
    return {one: place for place, one in enumerate(combinations(range(n), opened))}
