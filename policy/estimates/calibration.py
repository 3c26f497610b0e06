"""Stated quality that comes true: Platt scaling, refitted on the newest outcomes."""

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from secondhalf.policy.priors import log_odds, probability
from secondhalf.state.analysis import Share
from secondhalf.state.base import Noun

KEPT = 600
"""Outcomes that a fit looks at."""
DRAWN_TO = 0.7
"""The slope that is assumed: sureness has to be earned by outcomes."""
PULL = 4.0
"""How strongly: as much as so many outcomes would whose log-odds are one and whose chance is sure
to neither side."""
OFFSET_PULL = 3.0
"""The same for the offset from 0."""
_STEPS = 12
_FLATTEST = 0.05
_WIDEST = 14.0
_HALVINGS = 40
_SMALLEST = 1e-3
Pairs = Sequence[tuple[float, float]]
Logit = Annotated[float, Field(ge=-40.0, le=40.0)]


class Calibration(Noun):
    """Pairs of computed log-odds and scores, with the line that fits them.

    Platt, Probabilistic Outputs for Support Vector Machines (1999), drawn to a flatter line where
    there is little to go by. Before any outcome, what was computed is stated as it is.
    """

    pairs: tuple[tuple[Logit, Share], ...] = ()
    slope: Annotated[float, Field(ge=_FLATTEST, le=100.0)] = 1.0
    offset: Logit = 0.0

    def stated(self, computed: float) -> float:
        """The quality to state for a ``computed`` one."""
        return probability(self.slope * log_odds(computed) + self.offset)

    def with_pair(self, computed: float, score: float) -> "Calibration":
        """The same with one more outcome; ``fitted`` is due."""
        pairs = (*self.pairs, (round(log_odds(computed), 4), round(score, 4)))[-KEPT:]
        return self.model_copy(update={"pairs": pairs})

    def fitted(self) -> "Calibration":
        """The line that fits the pairs, from the one before."""
        if not self.pairs:
            return self
        slope, offset = _fitted(self.pairs, self.slope, self.offset)
        return Calibration(pairs=self.pairs, slope=slope, offset=offset)

    def error(self, bins: int = 10) -> float:
        """The expected calibration error of what is stated, over the pairs; 0 without any."""
        held: list[list[tuple[float, float]]] = [[] for _ in range(bins)]
        for logit, score in self.pairs:
            stated = probability(self.slope * logit + self.offset)
            held[min(bins - 1, int(stated * bins))].append((stated, score))
        off = [abs(sum(s for s, _ in one) - sum(y for _, y in one)) for one in held]
        return sum(off) / len(self.pairs) if self.pairs else 0.0


def _fitted(pairs: Pairs, slope: float, offset: float) -> tuple[float, float]:
    """Newton's method for the penalised log loss, from the fit before, in steps that lessen it."""
    loss = _loss(pairs, slope, offset)
    for _ in range(_STEPS):
        down, across = _newton(pairs, slope, offset)
        part, found = 1.0, loss
        while part > _SMALLEST:
            found = _loss(pairs, slope - part * down, offset - part * across)
            if found <= loss:
                break
            part /= 2
        if found > loss:
            break
        slope, offset, loss = slope - part * down, offset - part * across, found
        if part * (abs(down) + abs(across)) < 1e-6:
            break
    return (slope, offset) if slope > _FLATTEST else (_FLATTEST, _offset_at(_FLATTEST, pairs))


def _loss(pairs: Pairs, slope: float, offset: float) -> float:
    loss = 0.5 * PULL * (slope - DRAWN_TO) ** 2 + 0.5 * OFFSET_PULL * offset**2
    for x, y in pairs:
        z = slope * x + offset
        loss += max(z, 0.0) - y * z + math.log1p(math.exp(-abs(z)))
    return loss


def _newton(pairs: Pairs, slope: float, offset: float) -> tuple[float, float]:
    """The step that would end at the least loss if it were a parabola."""
    by_slope, by_offset = PULL * (slope - DRAWN_TO), OFFSET_PULL * offset
    aa, ab, bb = PULL, 0.0, OFFSET_PULL
    for x, y in pairs:
        p = 1.0 / (1.0 + math.exp(-min(30.0, max(-30.0, slope * x + offset))))
        error, spread = p - y, p * (1.0 - p)
        by_slope += error * x
        by_offset += error
        aa += spread * x * x
        ab += spread * x
        bb += spread
    below = aa * bb - ab * ab
    return (bb * by_slope - ab * by_offset) / below, (aa * by_offset - ab * by_slope) / below


def _offset_at(slope: float, pairs: Pairs) -> float:
    """The best offset with a ``slope`` that is given: the zero of a monotone function."""
    low, high = -_WIDEST, _WIDEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        error = sum(probability(slope * x + middle) - y for x, y in pairs)
        low, high = (middle, high) if error + OFFSET_PULL * middle < 0 else (low, middle)
    return (low + high) / 2
