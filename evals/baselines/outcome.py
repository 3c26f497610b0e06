"""What one simple policy did in one run, prompt by prompt."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from secondhalf.evals.track import Floats, Ints

Flags = NDArray[np.bool_]


class Recorded(NamedTuple):
    """What one run replays: arrays of the shape (prompts, models); nan where not known."""

    score: Floats
    cost: Floats
    latency_s: Floats

    @property
    def priced(self) -> bool:
        """Whether every cost is known."""
        return bool(np.isfinite(self.cost).all())


class Outcome(NamedTuple):
    """One run of one policy. Arrays have the shape (prompts,)."""

    score: Floats
    cost: Floats
    latency_s: Floats
    opened: Floats
    answered_by: Ints
    """Place of the model whose answer was given; -1 where none was, or where it is an average."""
    asked: Floats
    """Chance that each model was asked, (prompts, models)."""


def outcome_of(recorded: Recorded, chosen: Ints) -> Outcome:
    """Asking one model per prompt, ``chosen``, and giving its answer; -1 asks none."""
    rows, models = np.arange(len(recorded.score)), int(recorded.score.shape[1])
    asked = chosen >= 0

    def of(table: Floats) -> Floats:
        return np.where(asked, table[rows, chosen], np.float64(0))

    return Outcome(
        score=of(recorded.score),
        cost=of(recorded.cost),
        latency_s=of(recorded.latency_s),
        opened=asked.astype(float),
        answered_by=chosen.astype(np.int64),
        asked=(chosen[:, None] == np.arange(models)).astype(float),
    )


def expected_outcome(recorded: Recorded, shares: Sequence[float] | Floats) -> Outcome:
    """A blind mix: whatever the prompt, model ``j`` is asked with the chance ``shares[j]``."""
    chance = np.asarray(shares, float)
    used = chance > 0

    def mean(table: Floats) -> Floats:
        expected: Floats = table[:, used] @ chance[used]
        return expected

    prompts = len(recorded.score)
    return Outcome(
        score=mean(recorded.score),
        cost=mean(recorded.cost),
        latency_s=mean(recorded.latency_s),
        opened=np.full(prompts, chance.sum()),
        answered_by=np.full(prompts, -1),
        asked=np.tile(chance, (prompts, 1)),
    )


def by_fold(parts: Sequence[tuple[Flags, Outcome]]) -> Outcome:
    """One outcome from those of the folds; each part holds for its own prompts."""
    held_out = [flags for flags, _ in parts]

    def joined(of: str) -> Floats:
        first: Floats = getattr(parts[0][1], of)
        whole = np.empty_like(first)
        for flags, (_, outcome) in zip(held_out, parts, strict=True):
            whole[flags] = getattr(outcome, of)[flags]
        return whole

    return Outcome(
        score=joined("score"),
        cost=joined("cost"),
        latency_s=joined("latency_s"),
        opened=joined("opened"),
        answered_by=joined("answered_by").astype(np.int64),
        asked=joined("asked"),
    )
