"""What a prompt tells of who will be right: one penalised logistic regression per arm."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from secondhalf.policy.estimates.features import Embed, Features, Rows

LEAST = 50
"""Labels that an arm needs before its prompts tell anything."""
MOST = 6_000
"""The newest labels of an arm that a fit looks at: their rows are held in memory at once."""
CERTAIN = 0.995
"""Nothing is expected more surely, nor less than one minus this."""


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
    embedded: bool
    """Whether it was fitted on an embedder's vectors."""
    weights: "Rows"
    """(columns, arms)."""
    offsets: "Rows"
    """(arms,)."""

    @classmethod
    def fit(
        cls,
        labelled: Sequence[Labelled],
        *,
        least: int = LEAST,
        most: int = MOST,
        embed: "Embed | None" = None,
    ) -> "PromptModel | None":
        """Learn from ``labelled``, the newest last; None if no arm has ``least`` labels.

        The newest ``most`` labels of an arm count, and of those of one prompt the newest. Where
        there is little to learn, what is expected is drawn to the arm's mean. ``embed`` stands in
        for the n-grams of prompts; it is asked once for all of them.

        Raises:
            ValueError: a score is not within [0, 1], or the embedder's vectors make no sense.
        """
        from secondhalf.policy.estimates.fitting import fitted

        by_arm: dict[str, dict[str, float]] = {}
        for prompt, arm, score in labelled:
            if not 0.0 <= score <= 1.0:
                raise ValueError(f"a score of {arm!r} is {score}: give one within [0, 1]")
            own = by_arm.setdefault(arm, {})
            own.pop(prompt, None)  # the newest word on a prompt counts, in its place
            own[prompt] = score
        kept = {
            arm: dict([*own.items()][-most:]) for arm, own in by_arm.items() if len(own) >= least
        }
        return fitted(kept, embed) if kept else None

    def expect(self, prompt: str) -> dict[str, float]:
        """How probable it is that each arm answers ``prompt`` right.

        Raises:
            ValueError: the embedder is missing, or is not one like that of the fit.
        """
        if self.embedded and self.features.embed is None:
            raise ValueError("the model was fitted on embeddings: give the embedder to load")
        row = self.features.rows([prompt])[0]
        logits: list[float] = (row @ self.weights + self.offsets).tolist()
        chances = [_squashed(logit) for logit in logits]
        return dict(zip(self.arms, chances, strict=True))

    def usual(self, arm: str) -> float:
        """What is expected of ``arm`` on a prompt that tells nothing."""
        return usual_of(self.means[arm], self.labels[arm])

    def dump(self) -> bytes:
        """Everything but the embedder as bytes, for ``load``; 16 KB per arm."""
        from secondhalf.policy.estimates.dumping import dumped

        return dumped(self)

    @classmethod
    def load(cls, data: bytes, embed: "Embed | None" = None) -> "PromptModel":
        """The model that was dumped. Nothing in ``data`` is ever executed.

        ``embed`` is the embedder of the fit; a model that was fitted on n-grams needs none and
        uses none.

        Raises:
            ValueError: it is no such dump, it was changed, or a part of it makes no sense.
        """
        from secondhalf.policy.estimates.dumping import loaded

        return loaded(data, embed)


def usual_of(mean: float, labels: int) -> float:
    """The ``mean`` of so many labels, drawn to one half by Laplace's rule of succession.

    Nobody is always right who was right fifty times.
    """
    return min(CERTAIN, max(1.0 - CERTAIN, (labels * mean + 1.0) / (labels + 2.0)))


def _squashed(logit: float) -> float:
    chance = 1.0 / (1.0 + math.exp(-min(30.0, max(-30.0, logit))))
    return min(CERTAIN, max(1.0 - CERTAIN, chance))
