"""Single figures for a routing policy: against models, random choice and hindsight."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from secondhalf.evals.metrics.hull import Point
from secondhalf.evals.track import Floats, Ints, Track

_DEAREST, _CHEAPEST = 200.0, 0.0044
_BETA = 0.1
_AS_GOOD = 0.01
_ROUNDING = 1e-12


def arena_score(accuracy: float, cost: float) -> float:
    """RouterArena's score (2025) of a mean accuracy and US dollars per prompt, in [0, 1].

    S = (1 + β)·A·C / (β·A + C) with β = .1 and C = (log₂ 200 − log₂ c) / (log₂ 200 − log₂ .0044),
    where c is in US dollars per 1,000 prompts and C is kept in [0, 1].
    """
    if np.isnan(cost) or np.isnan(accuracy):
        return np.nan
    dollars = min(max(1000 * cost, _CHEAPEST), _DEAREST)
    cheapness = float(np.log2(_DEAREST / dollars) / np.log2(_DEAREST / _CHEAPEST))
    below = _BETA * accuracy + cheapness
    return (1 + _BETA) * accuracy * cheapness / below if below > 0 else 0.0


def robustness(chosen: Ints, perturbed: Ints, matched: Floats | None = None) -> float:
    """1 − flips / matched: the share of prompts whose choice a perturbation left as it was.

    ``chosen`` and ``perturbed`` are places of models, −1 for none, of the same shape;
    ``matched`` is 1 where a prompt was asked both ways (None: everywhere). RouterArena (2025).
    """
    both = np.ones(chosen.shape, bool) if matched is None else matched > 0
    if not both.any():
        return np.nan
    return float((chosen[both] == perturbed[both]).mean())


def gain_at_random(accuracy: float, random: float) -> float:
    """Gain@Random: accuracy / random − 1, where ``random`` asks every model equally often.

    LLMRouterBench (2026), like the two below: all are shares of what is compared with.
    """
    return _relative(accuracy, random)


def gain_at_best_single(accuracy: float, best_single: float) -> float:
    """Gain@BestSingle: accuracy / best − 1, where ``best_single`` is the most accurate model's."""
    return _relative(accuracy, best_single)


def gap_at_oracle(accuracy: float, oracle: float) -> float:
    """Gap@Oracle: 1 − accuracy / oracle, where ``oracle`` takes each prompt's best answer."""
    return -_relative(accuracy, oracle)


def _relative(accuracy: float, other: float) -> float:
    return accuracy / other - 1 if other else np.nan


def pareto_distance(points: Sequence[Point], others: Sequence[Point]) -> float:
    """ParetoDist: how far a policy's settings lie from the Pareto frontier, on average.

    The frontier is of all points: ``points``, the policy's own, and ``others``, those of the
    policies and models that it is compared with. Cost and accuracy are scaled to [0, 1] over all
    points; the distance of a setting is |Δcost| + |Δaccuracy| to the nearest point of the
    frontier. LLMRouterBench (2026) says "average distance"; the scale and the sum are our reading.
    """
    table = np.array([*points, *others], float).reshape(-1, 2)
    if not len(points) or np.isnan(table).any():
        return np.nan
    spread = np.ptp(table, axis=0)
    scaled = (table - table.min(axis=0)) / np.where(spread > 0, spread, 1.0)
    frontier = scaled[_undominated(scaled)]
    apart = np.abs(scaled[: len(points), None] - frontier[None]).sum(axis=2)
    return float(apart.min(axis=1).mean())


def _undominated(table: Floats) -> list[int]:
    """Places of the points that no other beats in one respect and equals in the other."""
    cost, accuracy = table.T
    as_good = (cost[None] <= cost[:, None]) & (accuracy[None] >= accuracy[:, None])
    better = (cost[None] < cost[:, None]) | (accuracy[None] > accuracy[:, None])
    return [int(place) for place in np.flatnonzero(~(as_good & better).any(axis=1))]


def ibc(policy: Point, weak: Point) -> float:
    """Incremental benefit per cost: (P − P_weak) / (C − C_weak); nan at equal cost.

    Madaan et al., AutoMix (2023).
    """
    cost = policy.cost - weak.cost
    return (policy.accuracy - weak.accuracy) / cost if cost else np.nan


def ibc_lift(policy: Point, weak: Point, strong: Point) -> float:
    """How much steeper than the way from weak to strong: (IBC − IBC_strong) / IBC_strong."""
    base = ibc(strong, weak)
    return (ibc(policy, weak) - base) / base if base else np.nan


def best_single(models: Sequence[Point]) -> Point:
    """The most accurate model, the cheapest of those; unknown costs come last."""
    return max(models, key=lambda one: (one.accuracy, -_or_dear(one.cost)))


def perf_gain(settings: Sequence[Point], models: Sequence[Point]) -> float:
    """The best setting's accuracy less the best single model's."""
    return max(one.accuracy for one in settings) - best_single(models).accuracy


def cost_save(settings: Sequence[Point], models: Sequence[Point]) -> float | None:
    """1 − cost / cost of the best single model, for the cheapest setting as accurate as it.

    As accurate is within .01 of it, or above. None where no setting is, or a cost is not known;
    negative where even the cheapest such setting is dearer.
    """
    best = best_single(models)
    least = best.accuracy - _AS_GOOD - _ROUNDING
    costs = [one.cost for one in settings if one.accuracy >= least]
    if not costs or np.isnan(costs).any() or not best.cost > 0:
        return None
    return 1 - min(costs) / best.cost


def _or_dear(cost: float) -> float:
    return np.inf if np.isnan(cost) else cost


def point_of(track: Track) -> Point:
    """Mean US dollars per prompt and mean score over all runs."""
    return Point(cost=float(track.cost.mean()), accuracy=float(track.score.mean()))


def escalation_rate(track: Track) -> float:
    """The share of prompts for which the strong model was asked.

    Where there are not two models (strong is nan): for which more than one answer was opened.
    All policies of a data set are measured alike.
    """
    known = ~np.isnan(track.strong)
    if known.all():
        return float(track.strong.mean())
    return float((track.opened > 1).mean())


def budget_violation_rate(track: Track) -> float:
    """The share of prompts on which a budget was exceeded."""
    return float((track.violations > 0).mean())


def path_shares(track: Track) -> dict[str, float]:
    """The share of answers per path, the most used first; empty for policies without paths."""
    used = Counter(name for run in track.paths for name in run)
    return {name: number / used.total() for name, number in used.most_common()}
