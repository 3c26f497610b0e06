"""Stated quality that comes true, refitted on the newest outcomes.

A line from computed to stated log-odds (Platt). With many outcomes also a curve that only rises
(isotonic), where it foretells the newest better than the line that was fitted on the same.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from secondhalf.policy.estimates.isotonic import BINS, Curve, Pairs, curve_of, read_off
from secondhalf.policy.priors import log_odds, probability
from secondhalf.state.analysis import Share
from secondhalf.state.base import Noun

KEPT = 600
"""Outcomes that the fit of the line looks at."""
ENOUGH = 1_000
"""Outcomes from which a curve is thought of."""
MOST = 2_000
"""Outcomes that its fit looks at."""
EVERY = 100
"""After so many outcomes the curve is fitted, and compared with the line, anew."""
HELD_OUT = 0.25
"""The share of the newest outcomes that the two are compared on."""
DRAWN_TO, SOON = 0.3, 2.0
"""The slope that is assumed with many outcomes, and after how many half of the way to it, from 1:
that one answer is surer than another has to be earned."""
PULL = 4.0
"""How strongly: as much as four times so many outcomes would whose log-odds are one off the usual
and whose chance is even. As strongly, what is usual is assumed to be stated as it is computed: what
is computed follows outcomes by itself, and a line that did so as fast would follow chance."""
USUAL = 0.5
"""The log-odds that are assumed to be usual, as strongly as by `USUAL_PULL` outcomes."""
USUAL_PULL = 5.0
_STEPS = 12
_FLATTEST = 0.05
_WIDEST = 14.0
_SUREST = 4.0
"""Log-odds beyond which one that is nearly sure counts no more for what is usual."""
_HALVINGS = 40
_SMALLEST = 1e-3
_LEAST = 1e-3
Logit = Annotated[float, Field(ge=-40.0, le=40.0)]


class Calibration(Noun):
    """Pairs of computed log-odds and scores, with what fits them.

    Platt, Probabilistic Outputs for Support Vector Machines (1999), drawn to a flatter line where
    there is little to go by. It is turned about what is usually computed: turned about even odds, a
    flatter line would state something else of all answers. Before any outcome, what was computed is
    stated as it is.
    """

    pairs: tuple[tuple[Logit, Share], ...] = ()
    slope: Annotated[float, Field(ge=_FLATTEST, le=100.0)] = 1.0
    offset: Logit = 0.0
    curve: Annotated[tuple[tuple[Logit, Share], ...], Field(max_length=BINS)] = ()
    """Knots of the curve; empty where the line is better."""
    outcomes: Annotated[int, Field(ge=0)] = 0
    """How many there were in all."""
    drawn: Annotated[int, Field(ge=0)] = 0
    """After how many of them it was last seen whether a curve is better."""

    @model_validator(mode="after")
    def _only_rises(self) -> "Calibration":
        for (x, p), (z, q) in pairwise(self.curve):
            if not (x < z and p <= q):
                raise ValueError("a calibration's curve must only rise: fit it anew")
        return self

    @property
    def method(self) -> str:
        """How it states: ``platt`` or ``isotonic``."""
        return "isotonic" if self.curve else "platt"

    def stated(self, computed: float) -> float:
        """The quality to state for a ``computed`` one."""
        return self.at(log_odds(computed))

    def at(self, logit: float) -> float:
        """What is stated of computed log-odds."""
        line = probability(self.slope * logit + self.offset)
        return read_off(self.curve, logit, line) if self.curve else line

    def with_pair(self, computed: float, score: float) -> "Calibration":
        """The same with one more outcome; ``fitted`` is due."""
        pairs = (*self.pairs, (round(log_odds(computed), 4), round(score, 4)))[-MOST:]
        return self.model_copy(update={"pairs": pairs, "outcomes": self.outcomes + 1})

    def fitted(self) -> "Calibration":
        """The line that fits the newest pairs; and, every so often, the curve."""
        if not self.pairs:
            return self
        slope, offset = _fitted(self.pairs[-KEPT:], self.slope, self.offset)
        update = {"slope": slope, "offset": offset}
        if self.outcomes // EVERY == self.drawn // EVERY:
            return self.model_copy(update=update)
        curve = better_curve(self.pairs, slope, offset)
        return self.model_copy(update={**update, "curve": curve, "drawn": self.outcomes})

    def error(self, bins: int = 10) -> float:
        """The expected calibration error (ECE) of what is stated, over the newest ``KEPT`` pairs; 0
        without any."""
        held: list[list[tuple[float, float]]] = [[] for _ in range(bins)]
        newest = self.pairs[-KEPT:]
        for logit, score in newest:
            stated = self.at(logit)
            held[min(bins - 1, int(stated * bins))].append((stated, score))
        off = [abs(sum(s for s, _ in one) - sum(y for _, y in one)) for one in held]
        return sum(off) / len(newest) if newest else 0.0


def better_curve(pairs: Pairs, slope: float, offset: float) -> Curve:
    """The curve through ``pairs`` if one is better than a line; else none.

    Both are fitted on the older outcomes and compared by their log loss on the newest: a curve has
    to be better by more than the standard error of the difference.
    """
    if len(pairs) < ENOUGH:
        return ()
    cut = int(len(pairs) * (1.0 - HELD_OUT))
    older, newest = pairs[:cut], pairs[cut:]
    line = _fitted(older[-KEPT:], slope, offset)
    tried = Calibration(slope=line[0], offset=line[1], curve=curve_of(older, _line(*line)))
    plain = Calibration(slope=line[0], offset=line[1])
    gains = [log_loss(plain.at(x), y) - log_loss(tried.at(x), y) for x, y in newest]
    mean = sum(gains) / len(gains)
    spread = sum((gain - mean) ** 2 for gain in gains) / (len(gains) - 1)
    better = mean > math.sqrt(spread / len(gains))
    return curve_of(pairs, _line(slope, offset)) if better else ()


def log_loss(stated: float, score: float) -> float:
    """How much was lost by stating this probability of what turned out to be ``score``."""
    p = min(1.0 - _LEAST, max(_LEAST, stated))
    return -score * math.log(p) - (1.0 - score) * math.log(1.0 - p)


def _line(slope: float, offset: float) -> Callable[[float], float]:
    return lambda logit: probability(slope * logit + offset)


def _fitted(pairs: Pairs, slope: float, offset: float) -> tuple[float, float]:
    """Slope and offset of the line that fits ``pairs``; slope and offset of the fit before help."""
    usual = _usual(pairs)
    around = [(x - usual, y) for x, y in pairs]
    slope, level = _descended(around, usual, slope, offset + slope * usual)
    if slope <= _FLATTEST:
        slope, level = _FLATTEST, _level_at(_FLATTEST, around, usual)
    return slope, level - slope * usual


def _usual(pairs: Pairs) -> float:
    """The mean of what was computed, drawn to what is assumed."""
    total = sum(min(_SUREST, max(-_SUREST, x)) for x, _ in pairs)
    return (USUAL_PULL * USUAL + total) / (USUAL_PULL + len(pairs))


def _assumed(pairs: Pairs) -> float:
    """The slope that is assumed after so many outcomes."""
    return 1.0 - (1.0 - DRAWN_TO) * len(pairs) / (len(pairs) + SOON)


def _descended(pairs: Pairs, usual: float, slope: float, level: float) -> tuple[float, float]:
    """Newton's method for the penalised log loss, in steps that lessen it."""
    loss = _loss(pairs, usual, slope, level)
    for _ in range(_STEPS):
        down, across = _newton(pairs, usual, slope, level)
        part, found = 1.0, loss
        while part > _SMALLEST:
            found = _loss(pairs, usual, slope - part * down, level - part * across)
            if found <= loss:
                break
            part /= 2
        if found > loss:
            break
        slope, level, loss = slope - part * down, level - part * across, found
        if part * (abs(down) + abs(across)) < 1e-6:
            break
    return slope, level


def _loss(pairs: Pairs, usual: float, slope: float, level: float) -> float:
    loss = 0.5 * PULL * (slope - _assumed(pairs)) ** 2 + 0.5 * PULL * (level - usual) ** 2
    for x, y in pairs:
        z = slope * x + level
        loss += max(z, 0.0) - y * z + math.log1p(math.exp(-abs(z)))
    return loss


def _newton(pairs: Pairs, usual: float, slope: float, level: float) -> tuple[float, float]:
    """The step that would end at the least loss if it were a parabola."""
    by_slope, by_level = PULL * (slope - _assumed(pairs)), PULL * (level - usual)
    aa, ab, bb = PULL, 0.0, PULL
    for x, y in pairs:
        p = 1.0 / (1.0 + math.exp(-min(30.0, max(-30.0, slope * x + level))))
        error, spread = p - y, p * (1.0 - p)
        by_slope += error * x
        by_level += error
        aa += spread * x * x
        ab += spread * x
        bb += spread
    below = aa * bb - ab * ab
    return (bb * by_slope - ab * by_level) / below, (aa * by_level - ab * by_slope) / below


def _level_at(slope: float, pairs: Pairs, usual: float) -> float:
    """The best level with a ``slope`` that is given: the zero of a monotone function."""
    low, high = -_WIDEST, _WIDEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        error = sum(probability(slope * x + middle) - y for x, y in pairs)
        low, high = (middle, high) if error + PULL * (middle - usual) < 0 else (low, middle)
    return (low + high) / 2
