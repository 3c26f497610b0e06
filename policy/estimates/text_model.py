"""What a text tells of who is right: one penalised logistic regression per arm.

The text is a prompt, and tells who will be right; or an answer, which tells whether it is.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from secondhalf.policy.estimates.features import Embed, Features, Rows
    from secondhalf.policy.estimates.wording import Shape

LEAST = 50
"""Labels that an arm needs before its texts tell anything."""
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
class TextModel:
    """How likely each arm is to be right, read off a text. See ``fit`` and ``answers.fit_answers``.

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
    ) -> "TextModel | None":
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

    def expect(self, text: str, shape: "Shape | None" = None) -> dict[str, float]:
        """How probable it is that each arm is right, by ``text``, which is of this ``shape``.

        None: that of the text itself.

        Raises:
            ValueError: the embedder is missing, or is not one like that of the fit.
        """
        if self.embedded and self.features.embed is None:
            raise ValueError("the model was fitted on embeddings: give the embedder to load")
        row = self.features.rows([text], shapes=None if shape is None else [shape])[0]
        logits: list[float] = (row @ self.weights + self.offsets).tolist()
        chances = [_squashed(logit) for logit in logits]
        return dict(zip(self.arms, chances, strict=True))

    def usual(self, arm: str) -> float:
        """What is expected of ``arm`` where the text tells nothing."""
        return usual_of(self.means[arm], self.labels[arm])

    def dump(self) -> bytes:
        """Everything but the embedder as bytes, for ``load``; 16 KB per arm."""
        from secondhalf.policy.estimates.dumping import dumped

        return dumped(self)

    @classmethod
    def load(cls, data: bytes, embed: "Embed | None" = None) -> "TextModel":
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
