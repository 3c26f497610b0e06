"""What a prompt tells of who will be right: one penalised logistic regression per arm."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from secondhalf.policy.estimates.features import Features, Rows

LEAST = 50
"""Labels that an arm needs before its prompts tell anything."""
MOST = 6_000
"""The newest labels of an arm that a fit looks at: rows are held in memory at once."""
_CERTAIN = 0.995
_BIGGEST = 64_000_000


class Labelled(NamedTuple):
    """How good the answer of ``arm`` to ``prompt`` was, in [0, 1]."""

    prompt: str
    arm: str
    score: float


@dataclass(frozen=True)
class PromptModel:
    """How likely each arm is to be right, read off the prompt. Made by ``fit`` or ``load``.

    numpy is imported where it is needed: importing the router must not take so long.
    """

    arms: tuple[str, ...]
    labels: Mapping[str, int]
    """How many labels each arm was fitted on."""
    means: Mapping[str, float]
    """The mean score of each arm's labels."""
    features: "Features"
    weights: "Rows"
    """(columns, arms)."""
    offsets: "Rows"
    """(arms,)."""

    @classmethod
    def fit(
        cls, labelled: Sequence[Labelled], *, least: int = LEAST, most: int = MOST
    ) -> "PromptModel | None":
        """Learn from ``labelled``, the newest last; None if no arm has ``least`` labels.

        The newest ``most`` labels of an arm count. Where there is little to learn the penalty,
        chosen by the leave-one-out error, draws what is expected to the arm's mean.
        """
        from secondhalf.policy.estimates.fitting import fitted

        by_arm: dict[str, dict[str, float]] = {}
        for prompt, arm, score in labelled:
            own = by_arm.setdefault(arm, {})
            own.pop(prompt, None)  # the newest word on a prompt counts, in its place
            own[prompt] = score
        kept = {
            arm: dict([*own.items()][-most:]) for arm, own in by_arm.items() if len(own) >= least
        }
        return fitted(kept) if kept else None

    def expect(self, prompt: str) -> dict[str, float]:
        """How probable it is that each arm answers ``prompt`` right."""
        row = self.features.rows([prompt])[0]
        logits: list[float] = (row @ self.weights + self.offsets).tolist()
        chances = [_squashed(logit) for logit in logits]
        return dict(zip(self.arms, chances, strict=True))

    def usual(self, arm: str) -> float:
        """The mean score of an arm, kept within what ``expect`` may say."""
        return min(_CERTAIN, max(1.0 - _CERTAIN, self.means[arm]))

    def dump(self) -> bytes:
        """Everything as bytes, for ``load``; about 16 KB per arm."""
        import numpy as np

        held = io.BytesIO()
        np.savez(
            held,
            arms=np.array(self.arms),
            labels=np.array([self.labels[arm] for arm in self.arms], np.int64),
            means=np.array([self.means[arm] for arm in self.arms], np.float64),
            **self._arrays,
        )
        return held.getvalue()

    @classmethod
    def load(cls, data: bytes) -> "PromptModel":
        """The model that was dumped. Nothing in ``data`` is ever executed.

        Raises:
            ValueError: it is no such dump, or a part of it makes no sense.
        """
        from secondhalf.policy.estimates.fitting import loaded

        if len(data) > _BIGGEST:
            raise ValueError("too big to be a dump of a prompt model")
        return loaded(data)

    @cached_property
    def _arrays(self) -> dict[str, Any]:
        return {
            "weights": self.weights,
            "offsets": self.offsets,
            "usual": self.features.usual,
            "middle": self.features.middle,
            "spread": self.features.spread,
        }


def _squashed(logit: float) -> float:
    import math

    chance = 1.0 / (1.0 + math.exp(-min(30.0, max(-30.0, logit))))
    return min(_CERTAIN, max(1.0 - _CERTAIN, chance))
