"""Curves over time, in the order in which prompts came: learning, and what it cost.

Utility is score − price · cost, ``price`` in score per US dollar. Regret is the utility of a
comparator that knew all outcomes, less that of the policy. Labels here are hindsight: a report
may use them, a router never.
"""

from typing import NamedTuple

import numpy as np

from secondhalf.evals.track import Floats, Ints, Track

_BAND = (0.025, 0.975)


class Curve(NamedTuple):
    """Mean over runs after each prompt, and the band in which 95 % of runs lie: (prompts,)."""

    mean: Floats
    low: Floats
    high: Floats


class Fixed(NamedTuple):
    """The best model in hindsight: its place, and its utility by (runs, prompts)."""

    model: int
    utility: Floats


def utility(score: Floats, cost: Floats, price: float) -> Floats:
    """score − price · cost; at a price of 0 costs need not be known."""
    return score - price * cost if price else score


def best_fixed(scores: Floats, costs: Floats, price: float) -> Fixed:
    """The one model that would have been best for all prompts of all runs.

    ``scores`` and ``costs`` have the shape (prompts, models) or (runs, prompts, models). Models
    of unknown cost are passed over, if costs have a price.
    """
    values = _by_run(utility(scores, costs, price))
    means = values.mean(axis=(0, 1))
    model = int(np.argmax(np.where(np.isnan(means), -np.inf, means)))
    return Fixed(model, values[..., model])


def oracle(scores: Floats, costs: Floats, price: float) -> Floats:
    """Utility of the best model for each prompt: (runs, prompts); shapes as for the best fixed."""
    values = _by_run(utility(scores, costs, price))
    best = np.where(np.isnan(values), -np.inf, values).max(axis=2)
    return np.where(np.isinf(best), np.nan, best)


def _by_run(values: Floats) -> Floats:
    return values if values.ndim == 3 else values[None]


def cumulative_regret(track: Track, comparator: Floats, price: float) -> Curve:
    """Regret so far, after each prompt; ``comparator`` is a utility by (runs or 1, prompts)."""
    regret = comparator - utility(track.score, track.cost, price)
    so_far: Floats = np.cumsum(in_order(regret, track.order), axis=1)
    return curve_of(so_far)


def cumulative_mean(values: Floats, order: Ints) -> Curve:
    """The mean of ``values``, shape (runs, prompts), over all prompts so far."""
    met = in_order(values, order)
    so_far: Floats = np.cumsum(met, axis=1) / np.arange(1.0, met.shape[1] + 1)
    return curve_of(so_far)


def moving_average(values: Floats, order: Ints, window: int) -> Curve:
    """The mean of ``values``, shape (runs, prompts), over the last ``window`` prompts.

    Before so many came: over all so far.
    """
    met = in_order(values, order)
    total = np.concatenate([np.zeros((len(met), 1)), np.cumsum(met, axis=1)], axis=1)
    end: Ints = np.arange(1, met.shape[1] + 1, dtype=np.int64)
    start = np.maximum(end - window, 0)
    lately: Floats = (total[:, end] - total[:, start]) / (end - start)
    return curve_of(lately)


def mean_after(values: Floats, order: Ints, skipped: int) -> float:
    """The mean of ``values``, shape (runs, prompts), without the first prompts of each run.

    Nan if none is left.
    """
    left = in_order(values, order)[:, skipped:]
    return float(left.mean()) if left.size else np.nan


def in_order(values: Floats, order: Ints) -> Floats:
    """``values`` with columns as each run met the prompts, not as the data set has them."""
    return np.take_along_axis(values, order, axis=1)


def curve_of(values: Floats) -> Curve:
    """Mean over runs and band of values (runs, prompts) that are already in order."""
    low, high = np.quantile(values, _BAND, axis=0)
    return Curve(values.mean(axis=0), low, high)
