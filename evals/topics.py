"""Topics of prompts: for breakdowns, and for traffic that drifts."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from secondhalf.evals.data.dataset import DataSet

_BLOCKS = 4


def topics(data: DataSet) -> list[str]:
    """A topic per prompt: the data set's groups, else four blocks of prompts of like length."""
    if data.groups:
        return list(data.groups)
    lengths = np.array([len(prompt) for prompt in data.prompts])
    ranks = lengths.argsort(kind="stable").argsort(kind="stable")
    blocks = ranks * _BLOCKS // len(data)
    names = {
        int(block): f"{lengths[blocks == block].min():,} to {lengths[blocks == block].max():,}"
        for block in np.unique(blocks)
    }
    return [f"{names[int(block)]} characters" for block in blocks]


def in_order(data: DataSet, names: Sequence[str]) -> list[str]:
    """The topics in ``names`` once each: the largest group first, or the shortest prompts."""
    if data.groups:
        return [name for name, _ in Counter(names).most_common()]
    shortest = {name: len(prompt) for name, prompt in zip(names, data.prompts, strict=True)}
    return sorted(shortest, key=lambda name: shortest[name])
