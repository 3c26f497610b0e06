"""A routing policy: everything that decides, as one immutable value."""

from typing import Annotated, Literal

from pydantic import Field

from secondhalf.state.analysis import Share
from secondhalf.state.base import Noun
from secondhalf.state.budget import Budget
from secondhalf.state.reflection import Adjusting, Scope

Preset = Literal["economy", "balanced", "quality"]


class Thresholds(Noun):
    """Where the router changes its mind, each in [0, 1]."""

    good_enough: Share = 0.8
    """A result with more quality than this ends the search."""
    verified: Share = 0.5
    """A verification less confident than this leaves a result uncertain."""
    adversarial: Share = 0.6
    ambiguity: Share = 0.6


class Condition(Noun):
    """One test of a ``TaskAnalysis``: a field, how to compare it, and with what.

    ``value`` is compared as the field's own type; ``threshold`` names one of the policy's
    thresholds instead. Levels compare in the order low, medium, high.
    """

    field: Literal[
        "intent",
        "domain",
        "difficulty",
        "risk",
        "needs_retrieval",
        "needs_tools",
        "adversarial",
        "ambiguity",
        "answer_kind",
    ]
    op: Literal["eq", "ne", "lt", "le", "gt", "ge"] = "eq"
    value: str | float | bool | None = None
    threshold: Literal["adversarial", "ambiguity", "verified", "good_enough"] | None = None


class Rule(Noun):
    """If all conditions hold, take the strategy. Rules are tried in order; the first wins."""

    name: str
    when: tuple[Condition, ...] = ()
    strategy: str
    side_effects: bool = True
    """Whether tools that change the world may be called."""


class PathPattern(Noun):
    """A bounded reason to avoid or to prefer a path; ``weight`` counts as that many outcomes."""

    scope: Scope
    path: str
    weight: Annotated[float, Field(ge=0, le=5)] = 1.0
    expires: float | None = None
    """Unix time in seconds."""
    reflection: str = ""
    """The id of the reflection it comes from; empty if somebody wrote it down."""


class Adjustment(Noun):
    """A change of a threshold, of the default budget or of what the analyzer is told."""

    change: Adjusting
    expires: float | None = None
    """Unix time in seconds."""
    reflection: str = ""


class Price(Noun):
    """What a preset takes money and time to be worth, in quality."""

    usd: Annotated[float, Field(ge=0)]
    """Of a US dollar, whatever there is to buy."""
    second: Annotated[float, Field(ge=0)]
    dearest: Annotated[float, Field(ge=0)] = 0.0
    """Of the dearest path on offer: so that cheap and dear mean something, whether an answer costs
    a dollar or a thousandth of a cent. Comes on top of ``usd``."""

    enough: Share = 0.0
    """Whoever is expected to be right less often than this share of the best is not asked, however
    cheap: an answer should be worth having."""

    def where(self, dearest_usd: float) -> "Price":
        """The price where the dearest path is expected to cost so many dollars."""
        if not dearest_usd > 0.0:
            return self
        dollar = self.usd + self.dearest / dearest_usd
        return self.model_copy(update={"usd": dollar, "dearest": 0.0})


class RoutingPolicy(Noun):
    """Rules, thresholds, patterns, budgets and prices; ``version`` is a hash of the rest."""

    version: str = ""
    parent: str | None = None
    rules: tuple[Rule, ...]
    thresholds: Thresholds = Thresholds()
    avoid_patterns: tuple[PathPattern, ...] = ()
    prefer_patterns: tuple[PathPattern, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    budgets: Budget = Budget()
    exploration: Share = 0.02
    """How often a path is opened just to learn from it, in addition to the answer."""
    preset: Preset = "balanced"
    prices: dict[Preset, Price]
