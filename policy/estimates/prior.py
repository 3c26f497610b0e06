"""From one expected quality to a chance of being right at each difficulty, and back."""

from secondhalf.policy.priors import log_odds, probability
from secondhalf.state.analysis import Level
from secondhalf.state.estimate import Triple

SHIFTS = (2.5, 0.3, -3.0)
"""What low, medium and high difficulty add to the log-odds of being right.

Far apart, since errors go together: most prompts are got right by nearly everybody, some by hardly
anybody. Read off recorded answers of 14 models; outcomes replace it.
"""
DIFFICULTY: dict[Level, Triple] = {
    "low": (0.70, 0.23, 0.07),
    "medium": (0.60, 0.30, 0.10),
    "high": (0.45, 0.35, 0.20),
}
"""How the hidden difficulty is spread, by what the analysis says of it; a guess until then."""
_STEPS = 40
_WIDEST = 14.0


def shifted(rights: Triple, difficulty: Triple, mean: float) -> Triple:
    """``rights``, all moved by the same log-odds, with ``mean`` as their mean over ``difficulty``.

    ``mean`` is first kept within [.001, .999].
    """
    mean = min(0.999, max(0.001, mean))
    logits = [log_odds(p) for p in rights]
    low, high = -_WIDEST, _WIDEST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        moved = sum(w * probability(x + middle) for w, x in zip(difficulty, logits, strict=True))
        low, high = (middle, high) if moved < mean else (low, middle)
    a, b, c = (probability(x + low) for x in logits)
    return a, b, c


def spread_over(mean: float, difficulty: Triple) -> Triple:
    """How often somebody is right at each difficulty who is right ``mean`` of the time."""
    a, b, c = (probability(x) for x in SHIFTS)
    return shifted((a, b, c), difficulty, mean)


def averaged(rights: Triple, difficulty: Triple) -> float:
    """The mean of ``rights`` over ``difficulty``."""
    return sum(w * right for w, right in zip(difficulty, rights, strict=True))
