"""What nobody can know: the best choice for every prompt, with and without a budget."""

from typing import NamedTuple

import numpy as np

from secondhalf.evals.track import Floats, Ints

_TIE = 1e-12
_ROUNDING = 1e-9


class Step(NamedTuple):
    """Giving ``prompt`` the answer of ``model`` in place of a cheaper one, or of none."""

    prompt: int
    model: int
    cost: float
    """What it costs more, in US dollars."""
    gain: float
    """What it scores more."""


class BudgetCurve(NamedTuple):
    """The best total score by total cost, from nothing on: both of the shape (steps + 1,)."""

    cost: Floats
    score: Floats


def cheapest_best(score: Floats, cost: Floats) -> Ints:
    """For every prompt the model with the best score, the cheapest of equals; (prompts,).

    Where nobody is right that is the cheapest. Unknown costs come last; of costs that are equal
    too, the first model. Both arguments have the shape (prompts, models).
    """
    best = score >= score.max(axis=1, keepdims=True) - _TIE
    price = np.nan_to_num(cost, nan=np.finfo(float).max)
    chosen: Ints = np.where(best, price, np.inf).argmin(axis=1)
    return chosen


def steps(score: Floats, cost: Floats) -> list[Step]:
    """All improvements worth paying for, the most score per dollar first.

    Per prompt those along the upper concave envelope of its models' (cost, score) and of giving
    no answer at (0, 0): the linear relaxation of the multiple-choice knapsack (Sinha and
    Zoltners, 1979). Costs must be known.
    """
    found = [
        step
        for prompt, (scores, costs) in enumerate(zip(score, cost, strict=True))
        for step in _envelope(prompt, scores, costs)
    ]
    return sorted(found, key=_worth, reverse=True)


def _worth(step: Step) -> float:
    return np.inf if step.cost <= 0 else step.gain / step.cost


def _envelope(prompt: int, scores: Floats, costs: Floats) -> list[Step]:
    envelope: list[Step] = []
    at_cost, at_score = 0.0, 0.0
    for model in np.lexsort((-scores, costs)).tolist():
        reached_cost, reached = float(costs[model]), float(scores[model])
        if reached <= at_score + _TIE:
            continue
        step = Step(prompt, model, reached_cost - at_cost, reached - at_score)
        while envelope and _worth(step) >= _worth(envelope[-1]):
            dropped = envelope.pop()
            step = Step(prompt, model, step.cost + dropped.cost, step.gain + dropped.gain)
        envelope.append(step)
        at_cost, at_score = reached_cost, reached
    return envelope


def budget_curve(score: Floats, cost: Floats) -> BudgetCurve:
    """The budgeted oracle at all budgets; between two points it is out by less than one step."""
    taken = steps(score, cost)
    return BudgetCurve(
        cost=np.cumsum([0.0, *(step.cost for step in taken)]),
        score=np.cumsum([0.0, *(step.gain for step in taken)]),
    )


def budgeted_oracle(score: Floats, cost: Floats, budget: float) -> Ints:
    """The model for every prompt, -1 for none, with the best total score within ``budget``.

    Exact up to one prompt: it takes ``steps`` until one no longer fits. What is left then goes to
    the cheapest answers for prompts that have none, though they add no score; so that with money
    enough this is ``cheapest_best``. ``budget`` is in US dollars for all prompts together.
    """
    chosen = np.full(len(score), -1, np.int64)
    left = budget * (1 + _ROUNDING)
    for step in steps(score, cost):
        if step.cost > left:
            break
        left -= step.cost
        chosen[step.prompt] = step.model
    lowest = cost.min(axis=1)
    for prompt in np.argsort(lowest, kind="stable"):
        if chosen[prompt] < 0 and lowest[prompt] <= left:
            left -= lowest[prompt]
            chosen[prompt] = int(cost[prompt].argmin())
    return chosen
