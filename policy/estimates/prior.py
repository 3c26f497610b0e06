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
_EXACT = 1e-10


def shifted(rights: Triple, difficulty: Triple, mean: float) -> Triple:
    """``rights``, all moved by the same log-odds, with ``mean`` as their mean over ``difficulty``.

    ``mean`` is first kept within [.001, .999].
    """
    mean = min(0.999, max(0.001, mean))
    (x, y, z), (u, v, w) = map(log_odds, rights), difficulty
    low, high, move = -_WIDEST, _WIDEST, 0.0
    for _ in range(_STEPS):
        a, b, c = probability(x + move), probability(y + move), probability(z + move)
        error = u * a + v * b + w * c - mean
        if abs(error) < _EXACT:
            break
        low, high = (move, high) if error < 0.0 else (low, move)
        slope = u * a * (1.0 - a) + v * b * (1.0 - b) + w * c * (1.0 - c)
        move -= error / slope if slope > 0.0 else 0.0
        if not low < move < high:  # Newton's step is too long where the curve is flat
            move = (low + high) / 2
    return probability(x + move), probability(y + move), probability(z + move)


def spread_over(mean: float, difficulty: Triple) -> Triple:
    """How often somebody is right at each difficulty who is right ``mean`` of the time."""
    a, b, c = (probability(x) for x in SHIFTS)
    return shifted((a, b, c), difficulty, mean)


def averaged(rights: Triple, difficulty: Triple) -> float:
    """The mean of ``rights`` over ``difficulty``."""
    return sum(w * right for w, right in zip(difficulty, rights, strict=True))
