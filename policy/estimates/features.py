"""What a prompt looks like: what it says, and how it is built, as a row of numbers.

What it says are its hashed n-grams, or what an embedder makes of it.
"""

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from secondhalf.policy.estimates.ngrams import DIMENSION, Columns, Values, counted
from secondhalf.policy.estimates.wording import Shape, shape_of

Rows = NDArray[np.float32]
"""Features of texts, of the shape (texts, columns)."""
Embed = Callable[[Sequence[str]], Rows]
"""An embedder: vectors of texts, of the shape (texts, dimension)."""
STRUCTURE = 4
"""Structural features; their columns come last."""
STRUCTURE_WEIGHT = 1.0
"""What one standard deviation of a structural feature weighs beside a unit row of n-grams.

Chosen on recorded answers: with .15 a regression ranks prompts worse, by .01 to .02 of APGR.
"""
Seen = MutableMapping[str, tuple[Columns, Values]]
"""N-grams of texts that were read already: worth keeping where texts are read many times."""
_FARTHEST = 4.0
"""Standard deviations from the mean at which a structural feature counts no farther: a prompt of
a megabyte is unlike all that was learned from, not a thousand times as much as a long one."""
_NARROWEST = 1e-6
"""Smaller standard deviations are rounding errors."""
_BLOCK = 512
"""Rows that are held at once where only their mean is wanted."""


def structure(texts: Sequence[str], shapes: Sequence[Shape] | None = None) -> NDArray[np.float64]:
    """Length (log characters), numbers, different numbers and full stops: (texts, 4).

    ``shapes`` are those, where ``texts`` are only a part of what they were taken of.
    """
    rows = shapes if shapes is not None else [shape_of(text) for text in texts]
    return np.array(rows, float).reshape(len(texts), STRUCTURE)


@dataclass(frozen=True)
class Features:
    """Rows of length one (n-grams or embeddings) beside standardised structure, less the usual row.

    What is usual is learned from prompts alone, without labels.
    """

    usual: Rows
    """(columns,): what is taken from every row; the mean row, or zeros."""
    middle: Rows
    spread: Rows
    """(4,): means and standard deviations of the structural features."""
    weight: float = STRUCTURE_WEIGHT
    embed: Embed | None = None
    """In place of the n-grams."""

    @classmethod
    def of(
        cls, prompts: Sequence[str], seen: Seen | None = None, weight: float = STRUCTURE_WEIGHT
    ) -> Self:
        """Features of n-grams for which ``prompts`` are usual; there must be one."""
        bare = cls.uncentred(prompts, DIMENSION, weight=weight)
        usual = np.zeros(len(bare.usual))
        for start in range(0, len(prompts), _BLOCK):
            usual += bare.rows(prompts[start : start + _BLOCK], seen).sum(axis=0, dtype=float)
        return replace(bare, usual=(usual / len(prompts)).astype(np.float32))

    @classmethod
    def uncentred(
        cls,
        prompts: Sequence[str],
        dimension: int,
        *,
        weight: float = STRUCTURE_WEIGHT,
        embed: Embed | None = None,
        shapes: Sequence[Shape] | None = None,
    ) -> Self:
        """Features with the structure of ``prompts`` for usual; there must be one.

        ``dimension`` is that of the embedder's vectors, or of the n-grams.
        """
        built = structure(prompts, shapes)
        spread = built.std(axis=0)
        return cls(
            usual=np.zeros(dimension + STRUCTURE, np.float32),
            middle=built.mean(axis=0).astype(np.float32),
            spread=np.where(spread > _NARROWEST, spread, 1.0).astype(np.float32),
            weight=weight,
            embed=embed,
        )

    def rows(
        self,
        prompts: Sequence[str],
        seen: Seen | None = None,
        shapes: Sequence[Shape] | None = None,
    ) -> Rows:
        """(prompts, columns).

        Raises:
            ValueError: the embedder makes no such vectors as these features are of.
        """
        rows = np.empty((len(prompts), len(self.usual)), np.float32)
        said = rows[:, :-STRUCTURE]
        if self.embed is not None:
            said[:] = unit(embedded(self.embed, prompts, said.shape[1]))
        else:
            for row, prompt in zip(said, prompts, strict=True):
                row[:] = _hashed(prompt, seen)
        far = (structure(prompts, shapes) - self.middle) / self.spread
        rows[:, -STRUCTURE:] = self.weight * np.clip(far, -_FARTHEST, _FARTHEST)
        rows -= self.usual
        return rows


def embedded(embed: Embed, prompts: Sequence[str], dimension: int | None = None) -> Rows:
    """The vectors of ``prompts``, (prompts, dimension); any dimension if None is named.

    Raises:
        ValueError: their shape is another, or they hold what is no number.
    """
    vectors = np.asarray(embed(prompts), np.float32)
    wanted = "dimension" if dimension is None else dimension
    if vectors.ndim != 2 or vectors.shape != (len(prompts), dimension or vectors.shape[1]):
        raise ValueError(
            f"the embedder made vectors of the shape {vectors.shape} and not "
            f"({len(prompts)}, {wanted}): give the one that the model was fitted with, or fit anew"
        )
    if not np.isfinite(vectors).all():
        raise ValueError("the embedder made vectors that hold what is no number")
    return vectors


def unit(rows: NDArray[np.floating]) -> Rows:
    """Rows of length one; zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _hashed(prompt: str, seen: Seen | None) -> Rows:
    found = None if seen is None else seen.get(prompt)
    if found is None:
        found = counted(prompt)
        if seen is not None:
            seen[prompt] = found
    columns, values = found
    return unit(np.bincount(columns, values, DIMENSION).astype(np.float32))
