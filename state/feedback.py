"""What is said of a route afterwards, and what is learned from it."""

from typing import Annotated, Literal

from pydantic import Field

from secondhalf.state.analysis import Share
from secondhalf.state.base import Noun


class Feedback(Noun):
    """Somebody's word on a route. ``user_rating`` is 1 to 5, ``factuality_score`` in [0, 1]."""

    route_id: str
    strategy: str = ""
    success: bool | None = None
    user_rating: Annotated[int, Field(ge=1, le=5)] | None = None
    factuality_score: Share | None = None
    escalation_occurred: bool | None = None
    path_scores: dict[str, Share] = {}
    """How good the answers of single paths were, by path, where somebody can tell."""
    notes: str = ""
    principal: str = ""


class Scope(Noun):
    """Where a change holds: a strategy, and a bucket within it or all of them."""

    strategy: str
    bucket: str | None = None


class ThresholdChange(Noun):
    """Move a threshold by at most .05."""

    kind: Literal["threshold"] = "threshold"
    scope: Scope
    key: str
    delta: Annotated[float, Field(ge=-0.05, le=0.05)]


class AvoidChange(Noun):
    """Open a path less readily, for ``ttl_days``."""

    kind: Literal["avoid"] = "avoid"
    scope: Scope
    path: str
    ttl_days: Annotated[float, Field(gt=0)] = 30.0


class PreferChange(Noun):
    """Open a path more readily."""

    kind: Literal["prefer"] = "prefer"
    scope: Scope
    path: str


class BudgetChange(Noun):
    """Scale the default budget."""

    kind: Literal["budget"] = "budget"
    scope: Scope
    factor: Annotated[float, Field(ge=0.5, le=1.5)]


Change = Annotated[
    ThresholdChange | AvoidChange | PreferChange | BudgetChange, Field(discriminator="kind")
]


class Reflection(Noun):
    """What a look back found: a cause with its evidence, and the changes it suggests."""

    id: str
    strategy: str
    bucket: str | None = None
    trigger: Literal["failed", "overspent", "wasted", "disagreed", "feedback"]
    cause: Literal[
        "wrong_expert",
        "missing_prerequisite",
        "verifier_false_pass",
        "verifier_false_fail",
        "analysis_error",
        "budget_exhausted",
        "bad_aggregation",
    ]
    evidence: tuple[str, ...] = ()
    """Route ids."""
    summary: Annotated[str, Field(max_length=240)] = ""
    changes: tuple[Change, ...] = ()
    predicted_quality: float = 0.0
    predicted_cost_usd: float = 0.0
    support: int = 0
    helpful: int = 0
    harmful: int = 0
    expires: float | None = None
    """Unix time in seconds."""
    status: Literal["proposed", "shadow", "canary", "active", "retired", "quarantined"] = "proposed"
