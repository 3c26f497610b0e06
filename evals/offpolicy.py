"""What another policy would have earned, from what a logging policy chose.

A row of a log weighs as much as the target policy would have taken its action, over how much the
logging policy did. IPS (Horvitz and Thompson, 1952) is the mean of weight · reward; SNIPS
(Swaminathan and Joachims, 2015) divides by the sum of weights instead of their number; DR
(Dudík et al., 2011) predicts every action's reward and corrects the prediction by the log.

Intervals are 95 %, by the delta method, with three corrections for small samples: residuals grow
by their leverage (HC3), the quantile is Student's with the effective sample size less one, and
two rows of the weight that matters, at either extreme of the rewards, are thought of as not yet
seen. The last is the "rule of three": where the few heavy rows all went well, their spread says
nothing of how often such a row does not. In simulated logs this covered, also where a studentised
bootstrap held the truth in less than half of the logs; it errs on the wide side where rewards
have long tails.

No interval can cover what a log does not show. ``Overlap`` says so, by a rule chosen such that
the estimates without a warning cover.
"""

from typing import NamedTuple

import numpy as np

from secondhalf.evals.metrics.student import student_t
from secondhalf.evals.offpolicy_fit import cross_fitted
from secondhalf.evals.offpolicy_log import LoggedChoices
from secondhalf.evals.track import Floats

MIN_ESS = 30.0
"""Effective rows that an estimate needs."""
MAX_SHARE = 0.1
"""Of all weight, that one row may have."""
MAX_UNLOGGED = 0.02
"""Of the target's choices, that may be actions the log never took."""

_TOO_LIGHT, _TOO_HEAVY = 2.0, 4.0
"""Standard errors by which the mean weight may be below and above 1, what it is expected to be.

Missing support shows in nothing else, so that one sound log in forty is warned about as well.
"""
_UNSEEN = 2.0
_EXTREME = 5.0
"""Standard deviations from the mean at which rewards count as extreme, if the log has such."""


class Overlap(NamedTuple):
    """How much a log says about the target policy; ``warning`` is empty if it is enough."""

    ess: float
    """Effective sample size, (Σw)² / Σw² (Kish, 1965)."""
    matched: int
    """Rows whose action the target policy could have taken."""
    largest: float
    """Share of all weight that the heaviest row has."""
    mean_weight: float
    """1 is expected; less where the logging policy cannot do what the target policy would."""
    unlogged: float
    """Share of the target's choices that are actions never taken in the log."""
    warning: str


class Estimate(NamedTuple):
    """A policy's mean reward and its 95 % interval; nan where the log matches it nowhere.

    Where ``overlap`` is False the interval cannot be trusted; ``warning`` says why.
    """

    value: float
    low: float
    high: float
    ess: float
    matched: int
    overlap: bool
    warning: str


class Estimates(NamedTuple):
    """The three estimates of one policy; SNIPS and DR are the ones to rely on."""

    ips: Estimate
    snips: Estimate
    dr: Estimate


def evaluate(log: LoggedChoices, features: Floats | None = None, *, seed: int = 0) -> Estimates:
    """All three estimates.

    DR takes the log's own predictions, else those cross-fitted on ``features`` (rows, features).
    """
    fitted = cross_fitted(log, features, seed=seed) if log.predicted is None else log.predicted
    weight, overlap = weights(log), overlap_of(log)
    return Estimates(
        ips=_ips(log, weight, overlap),
        snips=_robust(log, weight, overlap, np.zeros_like(log.target), normalised=True),
        dr=_robust(log, weight, overlap, fitted, normalised=True),
    )


def weights(log: LoggedChoices) -> Floats:
    """Target probability over propensity of the action taken: (rows,)."""
    return _of_taken(log, log.target) / log.propensity


def overlap_of(log: LoggedChoices) -> Overlap:
    """Whether the log says enough about the target policy for an interval to be trusted."""
    weight = weights(log)
    total = weight.sum()
    found = Overlap(
        ess=float(total**2 / (weight**2).sum()) if total else 0.0,
        matched=int((weight > 0).sum()),
        largest=float(weight.max() / total) if total else 1.0,
        mean_weight=float(weight.mean()),
        unlogged=_unlogged(log),
        warning="",
    )
    return found._replace(warning=_warning(found, weight))


def _unlogged(log: LoggedChoices) -> float:
    logged = np.bincount(log.taken, minlength=len(log.actions)) > 0
    return float(log.target[:, ~logged].sum(axis=1).mean())


def _warning(found: Overlap, weight: Floats) -> str:
    if not found.matched:
        return "the target policy would have taken none of the actions logged"
    error = weight.std() / np.sqrt(len(weight)) + 1e-9
    off = (found.mean_weight - 1) / error
    reasons = (
        (
            found.unlogged > MAX_UNLOGGED,
            f"{found.unlogged:.2f} of the target's choices are actions that were never logged",
        ),
        (
            off < -_TOO_LIGHT,
            f"weights average {found.mean_weight:.2f}, not 1: the logging policy cannot do what "
            "the target would, or its propensities are wrong",
        ),
        (
            off > _TOO_HEAVY,
            f"weights average {found.mean_weight:.2f}, not 1: the propensities are wrong",
        ),
        (
            found.ess < MIN_ESS,
            f"the log is worth only {found.ess:.1f} rows of the target, {MIN_ESS:.0f} are needed",
        ),
        (
            found.largest > MAX_SHARE,
            f"one row has {found.largest:.2f} of all weight, more than {MAX_SHARE:.2f}",
        ),
    )
    return "; ".join(reason for holds, reason in reasons if holds)


def ips(log: LoggedChoices) -> Estimate:
    """Inverse propensity scoring: unbiased, and noisier than the others."""
    return _ips(log, weights(log), overlap_of(log))


def _ips(log: LoggedChoices, weight: Floats, overlap: Overlap) -> Estimate:
    earned = weight * log.reward
    low, high = _extremes(log.reward)
    unseen = max(abs(low), abs(high)) ** 2 * weight.mean() ** 2
    return _estimate(weight, overlap, float(earned.mean()), _centred(earned), unseen)


def snips(log: LoggedChoices) -> Estimate:
    """Self-normalised inverse propensity scoring."""
    return doubly_robust(log, np.zeros_like(log.target))


def doubly_robust(
    log: LoggedChoices, predicted: Floats | None = None, *, normalised: bool = True
) -> Estimate:
    """Predictions of every action, corrected by the log; self-normalised unless told otherwise.

    ``predicted``, shape (rows, actions), must be cross-fitted or come from elsewhere: a model that
    saw the rewards it is corrected by makes the interval too narrow. None: the log's own
    predictions, else its cross-fitted means by action.
    """
    if predicted is None:
        predicted = cross_fitted(log) if log.predicted is None else log.predicted
    return _robust(log, weights(log), overlap_of(log), predicted, normalised=normalised)


def _robust(
    log: LoggedChoices, weight: Floats, overlap: Overlap, predicted: Floats, *, normalised: bool
) -> Estimate:
    base = (log.target * predicted).sum(axis=1)
    residual = log.reward - _of_taken(log, predicted)
    if normalised:
        share = weight / (weight.sum() or np.nan)
        correction = float((share * residual).sum())
        leverage = np.maximum(1 - share, 1e-9)
        influence = _centred(base) + share * (residual - correction) / leverage
    else:
        correction = float((weight * residual).mean())
        influence = _centred(base + weight * residual)
    value = float(base.mean()) + correction
    low, high = _extremes(log.reward)
    inside = min(max(value, low), high)
    unseen = (high - inside) ** 2 + (inside - low) ** 2
    return _estimate(weight, overlap, value, influence, unseen)


def _estimate(
    weight: Floats, overlap: Overlap, value: float, influence: Floats, unseen: float
) -> Estimate:
    """``influence`` of each row on the value; ``unseen``: squared error of rows not yet seen."""
    if not overlap.matched:
        return Estimate(np.nan, np.nan, np.nan, 0.0, 0, False, overlap.warning)
    share = weight / weight.sum()
    typical = (share**3).sum() / (share**2).sum()
    variance = (influence**2).sum() + _UNSEEN * unseen * typical**2
    width = student_t(overlap.ess - 1) * float(np.sqrt(variance))
    return Estimate(
        value=value,
        low=value - width,
        high=value + width,
        ess=overlap.ess,
        matched=overlap.matched,
        overlap=not overlap.warning,
        warning=overlap.warning,
    )


def _of_taken(log: LoggedChoices, table: Floats) -> Floats:
    found: Floats = table[np.arange(len(log)), log.taken]
    return found


def _centred(values: Floats) -> Floats:
    """Each row's influence on the mean."""
    rows = len(values)
    influence: Floats = (values - values.mean()) / (rows * np.sqrt(max(rows - 1, 1) / rows))
    return influence


def _extremes(reward: Floats) -> tuple[float, float]:
    reach = _EXTREME * reward.std()
    low, high = max(reward.min(), reward.mean() - reach), min(reward.max(), reward.mean() + reach)
    return float(low), float(high)
