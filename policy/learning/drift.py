"""Whether somebody has got worse: Page's test on a stream of outcomes.

Sums up by how much outcomes fall short of their mean so far, and says so when the sum has risen far
above its lowest point (Page, Continuous inspection schemes, 1954; Hinkley, 1971).
"""

from typing import Annotated

from pydantic import Field

from secondhalf.state.base import Noun

SLACK = 0.05
"""A fall of less than this is not looked for."""
ALARM = 12.0
LEAST = 30
"""Outcomes before which there is no alarm."""
KEPT = 0.2
"""What is left of old counts, in weight, after an alarm."""


class Watch(Noun):
    """One stream of outcomes in [0, 1], as far as the test needs it."""

    outcomes: Annotated[int, Field(ge=0)] = 0
    """Since the last alarm."""
    mean: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    fallen: float = 0.0
    lowest: float = 0.0
    alarms: Annotated[int, Field(ge=0)] = 0
    alarmed_at: float | None = None
    """Unix time in seconds of the last alarm."""


def watched(watch: Watch, outcome: float, at: float = 0.0) -> tuple[Watch, bool]:
    """``watch`` after one more outcome, and whether that raises an alarm, which begins it anew."""
    outcomes = watch.outcomes + 1
    mean = watch.mean + (outcome - watch.mean) / outcomes
    fallen = watch.fallen + mean - outcome - SLACK
    lowest = min(watch.lowest, fallen)
    if outcomes >= LEAST and fallen - lowest > ALARM:
        return Watch(alarms=watch.alarms + 1, alarmed_at=at), True
    known = {"outcomes": outcomes, "mean": min(1.0, max(0.0, mean))}
    return watch.model_copy(update={**known, "fallen": fallen, "lowest": lowest}), False
