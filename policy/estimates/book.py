"""What has been learned so far, as values: counts, never models' weights.

Counts are fractional (an outcome is shared out over the three difficulties, by how probable each
is) and discounted: every new outcome of an arm makes its old ones count a little less.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field, model_validator

from secondhalf.policy.estimates.calibration import Calibration
from secondhalf.policy.estimates.text_model import TextModel
from secondhalf.policy.estimates.use import Use
from secondhalf.policy.learning.drift import Watch
from secondhalf.state.analysis import Level
from secondhalf.state.base import Noun

Count = Annotated[float, Field(ge=0.0, le=1e12)]
Counts = tuple[Count, Count, Count]
"""Of low, of medium and of high difficulty."""
NONE: Counts = (0.0, 0.0, 0.0)
KEEP = 0.995
"""What is left of old outcomes, in weight, when a new one comes."""
KEEP_LONG = 0.999
"""The same of what kind of prompts there are: that rare ones are rare takes many to know."""


class Skill(Noun):
    """How one arm has done."""

    right: Counts = NONE
    wrong: Counts = NONE
    usd: Use = Use()
    seconds: Use = Use()
    worded: tuple[Count, Count, Count, Count] = (0.0, 0.0, 0.0, 0.0)
    """Right answers whose wording spoke for them, and against them; wrong ones, the same."""

    @model_validator(mode="before")
    @classmethod
    def _without_plain_sums(cls, given: object) -> object:
        """Costs were plain sums once, of other shares: those are left out, and learned anew."""
        if not isinstance(given, dict) or "usd_calls" not in given:
            return given  # pyright: ignore[reportUnknownVariableType]
        return {name: given[name] for name in ("right", "wrong") if name in given}  # pyright: ignore[reportUnknownVariableType]


class Judging(Noun):
    """How one judge between answers has done."""

    asked: Count = 0.0
    """Pairs of answers that it was shown in both orders."""
    decided: Count = 0.0
    """Those of them where it said the same in both."""
    right: Count = 0.0
    """Those of them where it preferred the right one; as far as one was known to be."""
    wrong: Count = 0.0


class Common(Noun):
    """What is shared by all arms."""

    difficulty: dict[Level, Counts] = Field(default_factory=dict[Level, Counts])
    """Outcomes by the difficulty they spoke for, for each level the analysis had named."""
    met: tuple[Counts, Counts, Counts] = (NONE, NONE, NONE)
    """Pairs of wrong answers: of one model, of one family, of strangers."""
    same: tuple[Counts, Counts, Counts] = (NONE, NONE, NONE)
    """Those of them that were the same."""
    paired: Count = 0.0
    """Prompts with right answers of several models that could be compared."""
    agreed: Count = 0.0
    """Those of them where they were the same; by the share of pairs, where only some were."""
    comparable: Count = 0.0
    """Answers that said something that could be compared."""
    answers: Count = 0.0
    judges: dict[str, Judging] = Field(default_factory=dict[str, Judging])
    """By the name of the model."""
    calibration: Calibration = Calibration()


@dataclass(frozen=True)
class Estimates:
    """Everything that was learned. Immutable: learning makes new ones."""

    skills: Mapping[str, Skill] = field(default_factory=dict[str, Skill])
    """By arm."""
    common: Common = field(default_factory=Common)
    watches: Mapping[str, Watch] = field(default_factory=dict[str, Watch])
    """Whether an arm has got worse on a kind of request, by ``watch_name``."""
    prompts: TextModel | None = None
    """How likely each arm is to be right, read off the prompt; None until there are labels."""
    answers: TextModel | None = None
    """The same, read off its answer."""


def watch_name(bucket: str, arm: str) -> str:
    """What the watch over an arm in a bucket is called."""
    return f"{bucket} {arm}"
