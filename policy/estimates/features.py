"""What a prompt looks like: its n-grams, and how it is built, as a row of numbers."""

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from secondhalf.policy.estimates.ngrams import DIMENSION, LONGEST, Columns, Values, counted

Rows = NDArray[np.float32]
"""Features of texts, of the shape (texts, columns)."""
STRUCTURE = 4
"""Structural features; their columns come last."""
STRUCTURE_WEIGHT = 1.0
"""What one standard deviation of a structural feature weighs beside a unit row of n-grams.

Chosen on recorded answers: with .15 a regression ranks prompts worse, by .01 to .02 of APGR.
"""
_LEAST_SPREAD = 1e-6
"""A smaller one is the rounding of equal numbers: prompts all alike say nothing of others."""
_FARTHEST = 4.0
"""Standard deviations; a prompt farther out than any that was learned from counts as no odder."""
Seen = MutableMapping[str, tuple[Columns, Values]]
"""N-grams of texts that were read already: worth keeping where texts are read many times."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def structure(prompts: Sequence[str]) -> NDArray[np.float64]:
    """Length (log characters), numbers, different numbers and full stops: (prompts, 4)."""
    rows = [
        (np.log1p(len(prompt)), len(numbers), len(set(numbers)), prompt[:LONGEST].count("."))
        for prompt, numbers in ((prompt, _NUMBER.findall(prompt[:LONGEST])) for prompt in prompts)
    ]
    return np.array(rows, float).reshape(len(prompts), STRUCTURE)


@dataclass(frozen=True)
class Features:
    """Rows of hashed n-grams of length one beside standardised structure, less the usual row.

    What is usual is learned from prompts alone, without labels.
    """

    usual: Rows
    """(columns,): the mean row."""
    middle: NDArray[np.float64]
    spread: NDArray[np.float64]
    """(4,): means and standard deviations of the structural features."""
    weight: float = STRUCTURE_WEIGHT

    @classmethod
    def of(
        cls, prompts: Sequence[str], seen: Seen | None = None, weight: float = STRUCTURE_WEIGHT
    ) -> Self:
        """Features for which ``prompts`` are usual; there must be one."""
        built = structure(prompts)
        spread = built.std(axis=0)
        spread = np.where(spread > _LEAST_SPREAD, spread, 1.0)
        bare = cls(np.zeros(DIMENSION + STRUCTURE, np.float32), built.mean(axis=0), spread, weight)
        return cls(bare.rows(prompts, seen).mean(axis=0), bare.middle, spread, weight)

    def rows(self, prompts: Sequence[str], seen: Seen | None = None) -> Rows:
        """(prompts, columns)."""
        rows = np.zeros((len(prompts), DIMENSION + STRUCTURE), np.float32)
        for row, prompt in zip(rows, prompts, strict=True):
            row[:DIMENSION] = _hashed(prompt, seen)
        built = np.clip((structure(prompts) - self.middle) / self.spread, -_FARTHEST, _FARTHEST)
        rows[:, DIMENSION:] = self.weight * built
        rows -= self.usual
        return rows


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
