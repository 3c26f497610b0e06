"""What to expect of an expert before it has been asked: priors by tier and difficulty."""

import math
from collections.abc import Sequence

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

JUDGE_RIGHT = {"slm": 0.60, "mid": 0.68, "llm": 0.75}
"""How often a judge of each tier prefers the right one of two answers, where just one is right and
it says the same in both orders; guesses until outcomes replace them."""
JUDGE_DECIDES = 0.7
"""How often it says the same in both orders."""
VERIFIER_GAIN = 0.5
"""How much a verifier's look is expected to add, in log-odds."""
RETRIEVAL_GAIN = 0.8
NO_RETRIEVAL_LOSS = 2.0
"""What answering without looking up costs where looking up was needed, in log-odds."""
NO_TOOLS_LOSS = 5.0
"""What answering without tools costs where they were needed, in log-odds."""


def expected_of(
    tier: str, node: RouteNode, analysis: TaskAnalysis, *, has_tools: bool = False
) -> float:
    """How probable it is that a model of ``tier`` answers right on the path ``node``.

    ``tier`` is a key of ``TIER_QUALITY``; ``has_tools`` says that every model is offered tools of
    the caller's. What a verifier adds is not in it.
    """
    logit = log_odds(TIER_QUALITY[tier][analysis.difficulty])
    if analysis.needs_retrieval and "tool" not in node.experts:
        logit += RETRIEVAL_GAIN if "retriever" in node.experts else -NO_RETRIEVAL_LOSS
    if analysis.needs_tools and not has_tools and "tool" not in node.experts:
        logit -= NO_TOOLS_LOSS
    return probability(logit)


def expected_quality(node: RouteNode, chances: Sequence[float]) -> float:
    """Expected quality of the answer of ``node``, in [0, 1].

    ``chances`` are those of its experts that answer: how probable it is that each is right.
    """
    best = max(chances, default=0.0)
    if not chances or "verifier" not in node.experts:
        return best
    return probability(log_odds(best) + VERIFIER_GAIN)


def log_odds(p: float) -> float:
    """The logit of ``p``, which is first kept within [.001, .999]."""
    p = min(0.999, max(0.001, p))
    return math.log(p / (1.0 - p))


def probability(logit: float) -> float:
    """The inverse of ``log_odds``."""
    return 1.0 / (1.0 + math.exp(-logit))
