"""What is believed of a prompt's hidden difficulty, and what an outcome says of it.

All paths share the difficulty, so that the failure of one makes every other less promising, and
the dear ones less so than the cheap.
"""

import math

from secondhalf.policy.search.levels import Belief, Outcomes
from secondhalf.state.analysis import LEVELS as DIFFICULTIES
from secondhalf.state.analysis import TaskAnalysis


def prior(analysis: TaskAnalysis) -> Belief:
    """The difficulty that the analysis names, as far as it is sure of it; else any alike."""
    sure = analysis.confidence.difficulty
    low, medium, high = (
        (1.0 - sure) / len(DIFFICULTIES) + (sure if level == analysis.difficulty else 0.0)
        for level in DIFFICULTIES
    )
    return low, medium, high


def update(belief: Belief, outcomes: Outcomes, k: int) -> Belief:
    """Bayes' rule for an outcome of level ``k``: w_θ ∝ w_θ · P[θ][k].

    An outcome that was held to be impossible at every difficulty changes nothing.
    """
    low, medium, high = (w * row[k] for w, row in zip(belief, outcomes, strict=True))
    return normalised((low, medium, high), belief)


def normalised(weights: Belief, otherwise: Belief) -> Belief:
    """``weights`` with the sum 1, what is negative or not finite as 0; ``otherwise`` if all is."""
    low, medium, high = (w if math.isfinite(w) and w > 0.0 else 0.0 for w in weights)
    total = low + medium + high
    return (low / total, medium / total, high / total) if 0.0 < total < math.inf else otherwise
