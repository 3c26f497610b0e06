"""Topics of prompts: for breakdowns, and for traffic that drifts."""

import numpy as np

from secondhalf.evals.data.dataset import DataSet

_BLOCKS = 4


def topics(data: DataSet) -> list[str]:
    """A topic per prompt: the data set's groups, else four blocks of prompts of like length."""
    if data.groups:
        return list(data.groups)
    lengths = np.array([len(prompt) for prompt in data.prompts])
    ranks = lengths.argsort(kind="stable").argsort(kind="stable")
    blocks: list[int] = (ranks * _BLOCKS // len(data)).tolist()
    longest = dict.fromkeys(blocks, 0)
    for block, length in zip(blocks, lengths.tolist(), strict=True):
        longest[block] = max(longest[block], length)
    return [f"up to {longest[block]:,} characters" for block in blocks]
