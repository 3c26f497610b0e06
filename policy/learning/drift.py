"""Whether somebody has got worse: Page's test on a stream of outcomes.

Sums up by how much outcomes fall short of their mean so far, and says so when the sum has risen far
above its lowest point (Page, Continuous inspection schemes, 1954; Hinkley, 1971).
"""

from typing import Annotated, NamedTuple

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
    later: Annotated[int, Field(ge=0)] = 0
    """Outcomes since the sum was lowest: those that came after the fall, if there was one."""
    later_total: Annotated[float, Field(ge=0.0)] = 0.0
    """Their sum."""
    alarms: Annotated[int, Field(ge=0)] = 0
    alarmed_at: float | None = None
    """Unix time in seconds of the last alarm."""


class Alarm(NamedTuple):
    """Somebody has got worse: the outcomes since."""

    outcomes: int
    total: float
    """Their sum."""


def watched(watch: Watch, outcome: float, at: float = 0.0) -> tuple[Watch, Alarm | None]:
    """``watch`` after one more outcome, and an alarm if that raises one, which begins it anew."""
    outcomes = watch.outcomes + 1
    mean = watch.mean + (outcome - watch.mean) / outcomes
    fallen = watch.fallen + mean - outcome - SLACK
    lowest = min(watch.lowest, fallen)
    later, total = watch.later + 1, watch.later_total + outcome
    if outcomes >= LEAST and fallen - lowest > ALARM:
        return Watch(alarms=watch.alarms + 1, alarmed_at=at), Alarm(later, total)
    if fallen <= lowest:
        later, total = 0, 0.0
    known: dict[str, float] = {"outcomes": outcomes, "mean": min(1.0, max(0.0, mean))}
    known |= {"fallen": fallen, "lowest": lowest, "later": later, "later_total": total}
    return watch.model_copy(update=known), None
