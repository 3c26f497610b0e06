"""Isotonic regression: a curve that only rises, and otherwise goes where outcomes lead it.

Pool adjacent violators: Ayer, Brunk, Ewing, Reid & Silverman, An empirical distribution function
for sampling with incomplete information, Annals of Mathematical Statistics 26 (1955).
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from secondhalf.policy.priors import log_odds, probability

Pairs = Sequence[tuple[float, float]]
"""Computed log-odds and scores."""
Curve = tuple[tuple[float, float], ...]
"""Knots: log-odds, which rise, and probabilities, which do not fall."""
BINS = 40
"""Knots of a curve at most: outcomes of similar log-odds are first taken together."""
DRAWN = 2.0
"""As much as so many outcomes each bin is drawn to the line, so that none is certain."""
KEPT_OF_LINE = 0.1
"""The share of the line in what is stated: a curve has flat parts, and order is to be kept."""


def pooled(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The values that never fall and are nearest to ``values``, by weighted squares."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many values
    for value, weight in zip(values, weights, strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, v, n), (b, w, m) = blocks[-2:]
            blocks[-2:] = [((a * v + b * w) / (v + w), v + w, n + m)]
    return [mean for mean, _, many in blocks for _ in range(many)]


def curve_of(pairs: Pairs, line: Callable[[float], float]) -> Curve:
    """The curve through ``pairs``; ``line`` gives the probability it is drawn to at log-odds."""
    ordered = sorted(pairs)
    size = max(1, -(-len(ordered) // BINS))
    bins = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    centres, values, weights = list[float](), list[float](), list[float]()
    for held in bins:
        centre, right = sum(x for x, _ in held) / len(held), sum(y for _, y in held)
        if centres and centre <= centres[-1]:  # equal log-odds that fell into two bins
            values[-1] = (values[-1] * weights[-1] + right) / (weights[-1] + len(held))
            weights[-1] += len(held)
            continue
        centres.append(centre)
        weights.append(len(held) + DRAWN)
        values.append((right + DRAWN * line(centre)) / weights[-1])
    knots = {round(x, 4): p for x, p in zip(centres, pooled(values, weights), strict=True)}
    return tuple((x, min(1.0, max(0.0, round(p, 4)))) for x, p in knots.items())


def read_off(curve: Curve, logit: float, line: float) -> float:
    """The probability at ``logit``: between knots in proportion of log-odds, with some ``line``."""
    place = bisect_right(curve, logit, key=lambda knot: knot[0])
    if place in (0, len(curve)):
        found = curve[0 if place == 0 else -1][1]
    else:
        (x, p), (z, q) = curve[place - 1], curve[place]
        share = (logit - x) / (z - x)
        found = probability((1.0 - share) * log_odds(p) + share * log_odds(q))
    return (1.0 - KEPT_OF_LINE) * found + KEPT_OF_LINE * line
