"""A routing policy: everything that decides, as one immutable value."""

import math
from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator, model_validator

from secondhalf.state.analysis import LEVELS, AnswerKind, Domain, Intent, Share
from secondhalf.state.base import Noun
from secondhalf.state.budget import Budget
from secondhalf.state.reflection import Adjusting, Scope

Preset = Literal["economy", "thrifty", "balanced", "thorough", "quality"]
PRESETS: tuple[Preset, ...] = get_args(Preset)
"""From the one that asks least for an answer to the one that asks most."""

Threshold = Annotated[float, Field(ge=0.0, le=1.0, strict=True)]


class Thresholds(Noun):
    """Where the router changes its mind, each in [0, 1]."""

    good_enough: Threshold = 0.8
    """A result with more quality than this ends the search."""
    verified: Threshold = 0.5
    """A verification less confident than this leaves a result uncertain."""
    adversarial: Threshold = 0.6
    ambiguity: Threshold = 0.6


_NAMED: dict[str, tuple[str, ...]] = {
    "intent": get_args(Intent),
    "domain": get_args(Domain),
    "difficulty": LEVELS,
    "risk": LEVELS,
    "answer_kind": get_args(AnswerKind),
}
_FLAGS = frozenset({"needs_retrieval", "needs_tools"})
_DEGREES = frozenset({"adversarial", "ambiguity"})


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

    @model_validator(mode="after")
    def _the_field_may_have_the_value(self) -> "Condition":
        if self.value is None:
            return self
        names = _NAMED.get(self.field)
        if names is not None and self.value not in names:
            raise ValueError(f"{self.field} is never {self.value!r}: it is {', '.join(names)}")
        if self.field in _FLAGS and not isinstance(self.value, bool):
            raise ValueError(f"{self.field} is true or false, never {self.value!r}")
        if self.field in _DEGREES and (
            isinstance(self.value, str | bool) or not 0.0 <= self.value <= 1.0
        ):
            raise ValueError(f"{self.field} is a number from 0 to 1, never {self.value!r}")
        return self


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
    cheap: an answer should be worth having. Unless those who are right more often cost so much that
    asking them is worth less than this share of what asking anybody is."""

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

    @field_validator("prices")
    @classmethod
    def _price_of_each_preset(cls, prices: dict[Preset, Price]) -> dict[Preset, Price]:
        """Policies from when there were fewer presets get what lies between the neighbours'."""
        whole: dict[Preset, Price] = {}
        missing: list[Preset] = []
        for preset in PRESETS:
            price = _price_of(preset, prices)
            if price is None:
                missing.append(preset)
            else:
                whole[preset] = price
        if missing:
            raise ValueError(f"no price of money and time for {', '.join(missing)}")
        return whole


def _price_of(preset: Preset, prices: Mapping[Preset, Price]) -> Price | None:
    """That of ``preset``, or the geometric mean of its neighbours'; None if one has none."""
    place = PRESETS.index(preset)
    below = next((prices[p] for p in reversed(PRESETS[: place + 1]) if p in prices), None)
    above = next((prices[p] for p in PRESETS[place:] if p in prices), None)
    if below is None or above is None:
        return None
    return below if below is above else _between(below, above)


def _between(one: Price, other: Price) -> Price:
    return Price(
        usd=math.sqrt(one.usd * other.usd),
        second=math.sqrt(one.second * other.second),
        dearest=math.sqrt(one.dearest * other.dearest),
        enough=one.enough,
    )
