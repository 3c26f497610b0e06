"""What prompts tell, fitted on labels: by the vectors of an embedder, or by n-grams."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from secondhalf.memory.embedder import Embedder
from secondhalf.memory.labels import Kept
from secondhalf.policy.estimates.prompt_model import Labelled, PromptModel

if TYPE_CHECKING:
    from secondhalf.policy.estimates.features import Embed

FIRST_FIT = 50
"""Labels from which prompts are learned from."""
_log = logging.getLogger(__name__)


def fit(kept: Sequence[Kept], embed: "Embed | None" = None) -> PromptModel | None:
    """What prompts tell by these labels; None if they are too few."""
    if len(kept) < FIRST_FIT:
        return None
    labelled = [Labelled(one.label.prompt, one.label.arm, one.label.score) for one in kept]
    return PromptModel.fit(labelled, embed=embed)


def fit_known(kept: Sequence[Kept], embedder: Embedder | None) -> PromptModel | None:
    """The same by vectors that are all kept already, else by n-grams; asks nobody."""
    if embedder is not None:
        try:
            return fit(kept, embedder.known)
        except ValueError:
            _log.info("n-grams stand in for vectors that are not kept, for now")
    return fit(kept)
