"""What to expect of an expert before it has been asked: priors by tier and difficulty."""

import math
from collections.abc import Mapping

from secondhalf.state.analysis import Level, TaskAnalysis
from secondhalf.state.strategy import RouteNode

TIER_QUALITY: dict[str, dict[Level, float]] = {
    "slm": {"low": 0.85, "medium": 0.60, "high": 0.35},
    "mid": {"low": 0.90, "medium": 0.75, "high": 0.55},
    "llm": {"low": 0.95, "medium": 0.86, "high": 0.75},
    "tool": {"low": 0.80, "medium": 0.70, "high": 0.55},
    "quoter": {"low": 0.50, "medium": 0.45, "high": 0.40},
}
"""Share of right answers to expect; guesses until outcomes replace them."""

VERIFIER_GAIN = 0.5
"""How much a verifier's look is expected to add, in log-odds."""
RETRIEVAL_GAIN = 0.8
NO_RETRIEVAL_LOSS = 2.0
"""What answering without looking up costs where looking up was needed, in log-odds."""
NO_TOOLS_LOSS = 3.0
"""What answering without tools costs where they were needed, in log-odds."""


def expected_quality(
    node: RouteNode,
    analysis: TaskAnalysis,
    tiers: Mapping[str, str],
    suits: Mapping[str, float],
    *,
    has_tools: bool = False,
) -> float:
    """Expected quality in [0, 1] of the answer of ``node``.

    ``tiers`` maps an expert's name to a key of ``TIER_QUALITY``; ``suits`` maps the names of
    experts that can tell from the prompt how likely they are to answer it to that likelihood;
    ``has_tools`` says that every model is offered tools of the caller's.
    """
    answering = [name for name in node.experts if name in suits or name in tiers]
    if not answering:
        return 0.0
    quality = max(
        suits[name] if name in suits else TIER_QUALITY[tiers[name]][analysis.difficulty]
        for name in answering
    )
    logit = log_odds(quality)
    if "verifier" in node.experts:
        logit += VERIFIER_GAIN
    computed = any(name in suits for name in answering)
    if analysis.needs_retrieval and not computed and "tool" not in node.experts:
        logit += RETRIEVAL_GAIN if "retriever" in node.experts else -NO_RETRIEVAL_LOSS
    if analysis.needs_tools and not has_tools and not computed:
        logit -= 0.0 if "tool" in node.experts else NO_TOOLS_LOSS
    return probability(logit)


def log_odds(p: float) -> float:
    """The logit of ``p``, which is first kept within [.001, .999]."""
    p = min(0.999, max(0.001, p))
    return math.log(p / (1.0 - p))


def probability(logit: float) -> float:
    """The inverse of ``log_odds``."""
    return 1.0 / (1.0 + math.exp(-logit))
