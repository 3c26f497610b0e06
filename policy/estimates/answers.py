"""What the wording of an answer tells of whether it is right.

A model that gives up at the end, writes three times as much as it usually does, or doubts its own
result is wrong more often than usual. How much that says is learned for each arm from answers that
were scored, by the words of their endings and by their shape, in log-odds. To score answers by a
model that has learned it is FrugalGPT's idea (Chen, Zaharia & Zou, 2023).
"""

from collections.abc import Iterable
from typing import NamedTuple

from secondhalf.policy.estimates.text_model import TextModel
from secondhalf.policy.priors import log_odds
from secondhalf.state.estimate import Wording

LEAST = 20
"""Scored answers that an arm needs before their wording tells anything."""
MOST = 3_000
"""The newest scored answers of an arm that a fit looks at."""


class Worded(NamedTuple):
    """How good an answer of ``arm`` was that was so worded, in [0, 1]."""

    arm: str
    wording: Wording
    score: float


def fit_answers(
    scored: Iterable[Worded], *, least: int = LEAST, most: int = MOST
) -> TextModel | None:
    """Learn from ``scored``, the newest last; None if no arm has ``least`` answers."""
    by_arm: dict[str, list[Worded]] = {}
    for one in scored:
        by_arm.setdefault(one.arm, []).append(one)
    kept = {arm: own[-most:] for arm, own in by_arm.items() if len(own) >= least}
    if not kept:
        return None
    from secondhalf.policy.estimates.fitting import fitted_answers

    return fitted_answers(kept)


def spoken(model: TextModel | None, arm: str, wording: Wording) -> float:
    """The log-odds by which ``wording`` speaks for an answer of ``arm``; 0 where none are known."""
    if model is None or arm not in model.labels:
        return 0.0
    told = model.expect(wording.ending, wording.shape)[arm]
    return log_odds(told) - log_odds(model.usual(arm))
