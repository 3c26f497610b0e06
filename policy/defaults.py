"""The policy a router starts with."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from secondhalf.state.config import PolicyConfig
from secondhalf.state.policy import Condition, Preset, Price, RoutingPolicy, Rule
from secondhalf.state.strategy import (
    CLARIFY_THEN_DECIDE,
    LLM_REASONING,
    LLM_REASONING_WITH_VERIFIER,
    MID_RAG,
    SLM_DIRECT,
)

RULES = (
    Rule(
        name="high risk",
        when=(Condition(field="risk", value="high"),),
        strategy=LLM_REASONING_WITH_VERIFIER,
        side_effects=False,
    ),
    Rule(
        name="adversarial",
        when=(Condition(field="adversarial", op="gt", threshold="adversarial"),),
        strategy=LLM_REASONING_WITH_VERIFIER,
        side_effects=False,
    ),
    Rule(
        name="easy, nothing to look up",
        when=(
            Condition(field="difficulty", value="low"),
            Condition(field="needs_retrieval", value=False),
        ),
        strategy=SLM_DIRECT,
    ),
    Rule(
        name="something to look up",
        when=(Condition(field="needs_retrieval", value=True),),
        strategy=MID_RAG,
    ),
    Rule(
        name="hard",
        when=(Condition(field="difficulty", value="high"),),
        strategy=LLM_REASONING,
    ),
    Rule(name="otherwise", strategy=CLARIFY_THEN_DECIDE),
)

PRICES: dict[Preset, Price] = {
    "economy": Price(usd=20.0, second=0.004, dearest=8.0, enough=0.75),
    "thrifty": Price(usd=9.0, second=0.002, dearest=1.4, enough=0.75),
    "balanced": Price(usd=4.0, second=0.001, dearest=0.25),
    "thorough": Price(usd=1.0, second=0.0005, dearest=0.07),
    "quality": Price(usd=0.25, second=0.0002, dearest=0.02),
}
"""Those of ``thrifty`` and ``thorough`` are about the geometric means of their neighbours'; what is
enough for ``thrifty`` is what is for ``economy``."""


def default_policy(config: PolicyConfig | None = None) -> RoutingPolicy:
    """The default policy with what ``config`` changes, named by its content."""
    config = config or PolicyConfig()
    return versioned(
        RoutingPolicy(
            rules=config.rules or RULES,
            thresholds=config.thresholds,
            preset=config.preset,
            prices=PRICES,
            exploration=config.exploration,
        )
    )


def versioned(policy: RoutingPolicy) -> RoutingPolicy:
    """``policy`` with its version, which is a hash of everything else."""
    return policy.model_copy(update={"version": version_of(policy.model_dump(mode="json"))})


def version_of(document: Mapping[str, Any]) -> str:
    """The version of a policy as it was written down: 12 hex digits of a SHA-256.

    Of the document, not of the policy it is read as: what a later release adds to policies does
    not change the name of those there are.
    """
    content = {name: value for name, value in document.items() if name != "version"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
