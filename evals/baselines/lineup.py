"""The baselines of one run, policy by policy."""

from collections.abc import Iterator, Mapping
from statistics import median_low
from typing import NamedTuple

import numpy as np

from secondhalf.evals.baselines.cascades import Opinions, best_triples
from secondhalf.evals.baselines.clusters import KmeansPredictor
from secondhalf.evals.baselines.crossfit import cross_fit, cross_fit_together
from secondhalf.evals.baselines.features import LIKENESS_WEIGHT, PromptFeatures
from secondhalf.evals.baselines.logistic import LogisticPredictor
from secondhalf.evals.baselines.neighbours import KnnPredictor
from secondhalf.evals.baselines.oracle import budgeted_oracle, cheapest_best
from secondhalf.evals.baselines.outcome import Outcome, Recorded, outcome_of
from secondhalf.evals.baselines.predictors import LengthPredictor, Predictor, prompt_lengths
from secondhalf.evals.baselines.ridge import RidgePredictor
from secondhalf.evals.baselines.singles import (
    best_single,
    best_single_on,
    cheapest,
    single,
    uniform,
)
from secondhalf.evals.track import Floats, Ints, Kind
from secondhalf.policy.estimates.features import Seen

BUDGET_SHARE = 0.25
"""Of the best single model's cost: what the budgeted oracle may spend."""


class Pair(NamedTuple):
    """Places of the two models of a data set that has two."""

    weak: int
    strong: int


class Run(NamedTuple):
    """What the baselines of one run are made from."""

    prompts: tuple[str, ...]
    models: tuple[str, ...]
    recorded: Recorded
    folds: Ints
    seed: int
    usd_prices: Mapping[str, float]
    """By preset: what a US dollar is worth in quality."""
    pair: Pair | None
    heard: Opinions | None
    seen: Seen
    """Shared by all runs, so that every text is read once."""


class Policy(NamedTuple):
    """What one policy did in one run; arrays of the shape (prompts,)."""

    name: str
    kind: Kind
    outcome: Outcome
    need: Floats | None = None
    """How much each prompt needs the strong model; None without two models."""
    quality: Floats | None = None
    """Expected score of the answer given; None where nothing is expected."""


def policies(run: Run) -> Iterator[Policy]:
    """All baselines of ``run``."""
    recorded, pair = run.recorded, run.pair
    for place, name in enumerate(run.models):
        yield Policy(name, "model", single(recorded, place))
    yield Policy("best single", "baseline", best_single_on(recorded, run.folds))
    if recorded.priced:
        yield Policy("cheapest", "baseline", single(recorded, cheapest(recorded)))
    elif pair is not None:
        yield Policy("cheapest", "baseline", single(recorded, pair.weak))
    indifferent = None if pair is None else np.zeros(len(run.prompts))
    yield Policy("random", "baseline", uniform(recorded), indifferent)
    yield _by_length(run)
    yield from _learned(run)
    yield from _cascades(run)
    yield from _oracles(run)


def _by_length(run: Run) -> Policy:
    """One policy, at the middle one of the prices; for two models the need is the length itself."""
    expected = cross_fit(LengthPredictor, run.prompts, run.recorded.score, run.folds)
    price = median_low(run.usd_prices.values()) if run.usd_prices else 0.0
    chosen = _chosen(run, LengthPredictor.name, expected, price)
    return chosen if run.pair is None else chosen._replace(need=prompt_lengths(run.prompts))


def _learned(run: Run) -> Iterator[Policy]:
    def predictors() -> list[Predictor]:
        features = PromptFeatures(run.seen)
        likeness = PromptFeatures(run.seen, LIKENESS_WEIGHT)
        return [
            KnnPredictor(likeness),
            KmeansPredictor(likeness, seed=run.seed),
            RidgePredictor(features, seed=run.seed),
            LogisticPredictor(features, seed=run.seed),
        ]

    found = cross_fit_together(predictors, run.prompts, run.recorded.score, run.folds)
    for predictor, expected in zip(predictors(), found, strict=True):
        if run.recorded.priced and run.usd_prices:
            for preset, price in run.usd_prices.items():
                yield _chosen(run, f"{predictor.name}/{preset}", expected, price)
        else:
            yield _chosen(run, predictor.name, expected, 0.0)


def _chosen(run: Run, name: str, expected: Floats, usd_price: float) -> Policy:
    """Per prompt the most expected score less the price of the model's mean training cost."""
    cost = _training_costs(run)
    utility = expected - usd_price * cost if run.recorded.priced else expected
    chosen = cheapest_best(utility, cost)
    need = None
    if run.pair is not None:
        need = expected[:, run.pair.strong] - expected[:, run.pair.weak]
    quality = np.clip(expected[np.arange(len(expected)), chosen], 0, 1)
    return Policy(name, "baseline", outcome_of(run.recorded, chosen), need, quality)


def _training_costs(run: Run) -> Floats:
    """For each prompt the mean cost of every model on the other folds, (prompts, models)."""
    cost = np.empty_like(run.recorded.cost)
    for fold in np.unique(run.folds):
        cost[run.folds == fold] = run.recorded.cost[run.folds != fold].mean(axis=0)
    return cost


def _cascades(run: Run) -> Iterator[Policy]:
    if run.heard is None:
        return
    for preset, price in run.usd_prices.items():
        outcome = best_triples(run.heard, run.recorded, run.folds, price)
        if outcome is not None:
            yield Policy(f"cascade/{preset}", "baseline", outcome)


def _oracles(run: Run) -> Iterator[Policy]:
    score, cost = run.recorded.score, run.recorded.cost
    if run.pair is not None and not run.recorded.priced:
        cost = np.zeros_like(score)
        cost[:, run.pair.strong] = 1
    yield Policy("oracle", "oracle", outcome_of(run.recorded, cheapest_best(score, cost)))
    if run.recorded.priced:
        budget = BUDGET_SHARE * float(cost[:, best_single(score, cost)].sum())
        outcome = outcome_of(run.recorded, budgeted_oracle(score, cost, budget))
        yield Policy(f"oracle at {100 * BUDGET_SHARE:.0f} %", "oracle", outcome)
