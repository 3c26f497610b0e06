"""Accuracy over all budgets at once: the area under the hull of (cost, accuracy) points.

The hull is the non-decreasing concave one: what a policy reaches at a cost, mixing its settings
at random. AIQ is the area under it over [0, top], over top; ``top`` is the cost of the dearest
single model, so that all policies are measured over the same budgets. Hu et al., RouterBench
(2024). Answering nothing costs nothing, so (0, 0) is a point of every hull.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from secondhalf.evals.metrics.bootstrap import (
    RESAMPLES,
    Interval,
    percentile_interval,
    resample_counts,
)
from secondhalf.evals.track import Floats


class Point(NamedTuple):
    """A setting of a policy, or a model: mean US dollars per prompt, and mean score."""

    cost: float
    accuracy: float


def hull(points: Sequence[Point]) -> tuple[Point, ...]:
    """The hull's corners, from what costs nothing to the most accurate; for a plot.

    Beyond the last corner it is level. Points of which a coordinate is nan are left out.
    """
    known = [point for point in points if not np.isnan(point).any()]
    corners = [Point(0.0, max([0.0, *(p.accuracy for p in known if p.cost <= 0)]))]
    while True:
        here = corners[-1]
        rising = [p for p in known if p.cost > here.cost and p.accuracy > here.accuracy]
        if not rising:
            return tuple(corners)
        corners.append(max(rising, key=lambda p: (_slope(here, p), p.cost)))


def _slope(start: Point, end: Point) -> float:
    rise, run = end.accuracy - start.accuracy, end.cost - start.cost
    return rise / run if run > 1e-300 else np.inf


def aiq(points: Sequence[Point], top: float) -> float:
    """Average accuracy over all costs from 0 to ``top``, which is above 0.

    Nan where a coordinate is, or where ``top`` is nan or 0: there are no costs to average over.
    """
    table = np.array(points, float).reshape(1, -1, 2)
    return float(aiq_samples(table[..., 0], table[..., 1], np.array([top]))[0])


def aiq_samples(cost: Floats, accuracy: Floats, top: Floats) -> Floats:
    """AIQ of many resamples: (resamples,) from points (resamples, points) and top (resamples,).

    Wraps all hulls at once (Jarvis, 1973): from each corner on to the point of steepest rise.
    """
    known = (top > 0) & ~np.isnan(cost).any(axis=1) & ~np.isnan(accuracy).any(axis=1)
    area = np.full(len(top), np.nan)
    area[known] = _area(cost[known], accuracy[known], top[known]) / top[known]
    return area


def _area(cost: Floats, accuracy: Floats, top: Floats) -> Floats:
    rows = np.arange(len(top))
    x = np.zeros(len(top))
    y = np.where(cost <= 0, accuracy, 0.0).max(axis=1, initial=0.0)
    area = np.zeros(len(top))
    for _ in range(cost.shape[1]):
        run, rise = cost - x[:, None], accuracy - y[:, None]
        ahead = (run > 0) & (rise > 0)
        with np.errstate(over="ignore"):
            slope = np.where(ahead, rise / np.where(ahead, run, 1.0), -np.inf)
        best = slope.argmax(axis=1)
        goes_on = ahead[rows, best]
        if not goes_on.any():
            break
        next_x = np.where(goes_on, cost[rows, best], x)
        next_y = np.where(goes_on, accuracy[rows, best], y)
        width = np.minimum(next_x, top) - np.minimum(x, top)
        reached = width / np.where(goes_on, next_x - x, 1.0)
        area += width * (y + (next_y - y) * reached / 2)
        x, y = next_x, next_y
    area += np.maximum(top - x, 0.0) * y
    return area


def aiq_gain(
    score: Floats,
    cost: Floats,
    model_score: Floats,
    model_cost: Floats,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """AIQ of a policy's settings less that of the single models, with its 95 % interval.

    ``score`` and ``cost`` have the shape (prompts, settings), those of the models (prompts,
    models); or each with runs before, which are averaged. Every resample draws prompts for all
    alike, and takes as ``top`` the model that is dearest in it.
    """
    per_prompt = [_over_runs(array) for array in (score, cost, model_score, model_cost)]
    prompts = len(per_prompt[0])
    value = _gains(per_prompt, np.ones((1, prompts)))
    samples = _gains(per_prompt, resample_counts(prompts, resamples, seed))
    return percentile_interval(samples, float(value[0]))


def _gains(per_prompt: Sequence[Floats], counts: Floats) -> Floats:
    score, cost, model_score, model_cost = (
        counts @ array / counts.shape[1] for array in per_prompt
    )
    top = model_cost.max(axis=1)
    return aiq_samples(cost, score, top) - aiq_samples(model_cost, model_score, top)


def _over_runs(array: Floats) -> Floats:
    return array.mean(axis=0) if array.ndim == 3 else array
