"""What prompts and answers tell, fitted on labels: by n-grams, or of prompts by embeddings."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from secondhalf.memory.embedder import Embedder
from secondhalf.memory.labels import Kept
from secondhalf.policy.estimates.answers import Worded, fit_answers
from secondhalf.policy.estimates.text_model import Labelled, TextModel

if TYPE_CHECKING:
    from secondhalf.policy.estimates.features import Embed

FIRST_FIT = 50
"""Labels from which prompts are learned from."""
_log = logging.getLogger(__name__)


def fit(kept: Sequence[Kept], embed: "Embed | None" = None) -> TextModel | None:
    """What prompts tell by these labels; None if they are too few."""
    if len(kept) < FIRST_FIT:
        return None
    labelled = [Labelled(one.label.prompt, one.label.arm, one.label.score) for one in kept]
    return TextModel.fit(labelled, embed=embed)


def fit_known(kept: Sequence[Kept], embedder: Embedder | None) -> TextModel | None:
    """The same by vectors that are all kept already, else by n-grams; asks nobody."""
    if embedder is not None:
        try:
            return fit(kept, embedder.known)
        except ValueError:
            _log.info("n-grams stand in for vectors that are not kept, for now")
    return fit(kept)


def fit_worded(kept: Sequence[Kept]) -> TextModel | None:
    """What the wording of answers tells by these labels; None if they are too few."""
    told = ((one.label.arm, one.label.wording, one.label.score) for one in kept)
    return fit_answers(Worded(arm, own, score) for arm, own, score in told if own is not None)
