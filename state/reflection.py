"""What a look back finds, and the bounded changes it may suggest: data, never code or prose."""

from typing import Annotated, Literal

from pydantic import Field

from secondhalf.state.base import Noun

Trigger = Literal["failed", "overspent", "wasted", "disagreed", "feedback"]
Cause = Literal[
    "wrong_expert",
    "missing_prerequisite",
    "verifier_false_pass",
    "verifier_false_fail",
    "analysis_error",
    "budget_exhausted",
    "bad_aggregation",
]
ReflectionStatus = Literal["proposed", "shadow", "canary", "active", "retired", "quarantined"]
Days = Annotated[float, Field(gt=0, le=365)]
DEFAULT_DAYS = 30.0


class Scope(Noun):
    """Where a change holds: a strategy, and a bucket within it or all of them."""

    strategy: str
    bucket: str | None = None


class ThresholdChange(Noun):
    """Move a threshold by at most .05."""

    kind: Literal["threshold"] = "threshold"
    scope: Scope
    key: Literal["good_enough", "verified"]
    """Those that hold once a strategy is chosen. What guards against attacks is not learned."""
    delta: Annotated[float, Field(ge=-0.05, le=0.05)]


class AvoidChange(Noun):
    """Open a path less readily, for ``ttl_days``."""

    kind: Literal["avoid"] = "avoid"
    scope: Scope
    path: str
    ttl_days: Days = DEFAULT_DAYS


class PreferChange(Noun):
    """Open a path more readily, for ``ttl_days``."""

    kind: Literal["prefer"] = "prefer"
    scope: Scope
    path: str
    ttl_days: Days = DEFAULT_DAYS


class BudgetChange(Noun):
    """Scale the default budget; a cap that the caller named is never raised."""

    kind: Literal["budget"] = "budget"
    scope: Scope
    factor: Annotated[float, Field(ge=0.5, le=1.5)]


class HintChange(Noun):
    """Tell the analyzer's model that requests like these tend to be more difficult than they look.

    ``scope.bucket`` says which; it is said by a template, in words of ours.
    """

    kind: Literal["hint"] = "hint"
    scope: Scope
    difficulty: Literal["medium", "high"]


Change = Annotated[
    ThresholdChange | AvoidChange | PreferChange | BudgetChange | HintChange,
    Field(discriminator="kind"),
]
Adjusting = Annotated[ThresholdChange | BudgetChange | HintChange, Field(discriminator="kind")]
"""Changes of other things than paths."""


class Reflection(Noun):
    """What a look back found: a cause with its evidence, and the changes it suggests."""

    id: str
    strategy: str
    bucket: str | None = None
    trigger: Trigger
    cause: Cause
    evidence: tuple[str, ...] = ()
    """Route ids."""
    summary: Annotated[str, Field(max_length=240)] = ""
    """For people; it never enters a prompt."""
    changes: tuple[Change, ...] = ()
    predicted_quality: float = 0.0
    """By how much answers are expected to get better, in quality."""
    predicted_cost_usd: float = 0.0
    """By how much a route is expected to get dearer."""
    support: int = 0
    """How many outcomes speak for it, each principal's capped."""
    principals: int = 0
    """How many different ones have spoken; executable checks count as everybody."""
    helpful: int = 0
    """Routes it was used on whose answer was right."""
    harmful: int = 0
    """Routes it was used on whose answer was wrong."""
    made_at: float = 0.0
    """Unix time in seconds."""
    made_by: str = ""
    """The reflector: ``statistics``, or the name of a model."""
    expires: float | None = None
    """Unix time in seconds."""
    status: ReflectionStatus = "proposed"
