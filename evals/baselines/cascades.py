"""Fixed cascades of agreement: two opinions, and a third model where they differ.

Answers agree if ``secondhalf.policy.agreement`` says so: what a live router could see.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from secondhalf.evals.baselines.outcome import Flags, Outcome, Recorded, by_fold
from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.track import Floats, Ints
from secondhalf.policy.agreement import Gist, gist, same

_TIE = 1e-12
Column = tuple[int, int]
"""A model and the number of its sample."""


class Opinions(NamedTuple):
    """Pairs of opinions that could be heard first.

    A pair is two models, or two samples of one where every prompt has two or more.
    """

    first: Ints
    """Places of models, (pairs,)."""
    second: Ints
    """Places of models, (pairs,); the same as ``first`` for two samples of one."""
    agree: Flags
    """Whether the two answers agree, (prompts, pairs)."""
    cost: Floats
    """US dollars of both, (prompts, pairs)."""
    latency_s: Floats
    """Seconds until both are there, asked at once, (prompts, pairs)."""


class Cascade(NamedTuple):
    """Ask ``first`` and ``second``; if they agree give the first's answer, else ``last``'s."""

    pair: int
    """Place among the opinions."""
    first: int
    last: int


def opinions(dataset: DataSet, number: int = 0) -> Opinions | None:
    """All pairs of run ``number`` whose answers were recorded for every prompt; None if none."""
    pairs = _pairs(dataset, number)
    if not pairs or not len(dataset):
        return None
    columns = {column for pair in pairs for column in pair}
    keys = {column: _keys(dataset, column) for column in columns}
    said = [
        [
            a is not None and b is not None and same(a, b)
            for a, b in zip(keys[first], keys[second], strict=True)
        ]
        for first, second in pairs
    ]
    costs = {column: _costs(dataset, column) for column in columns}
    seconds = {column: _latencies(dataset, column) for column in columns}
    return Opinions(
        first=np.array([first[0] for first, _ in pairs]),
        second=np.array([second[0] for _, second in pairs]),
        agree=np.array(said, bool).T,
        cost=np.stack([costs[a] + costs[b] for a, b in pairs], axis=1),
        latency_s=np.stack([np.maximum(seconds[a], seconds[b]) for a, b in pairs], axis=1),
    )


def _pairs(dataset: DataSet, number: int) -> list[tuple[Column, Column]]:
    usable = [
        model
        for model in range(len(dataset.models))
        if all(answer.text is not None for row in dataset.answers for answer in row[model])
    ]
    several = [m for m in usable if all(len(row[m]) > 1 for row in dataset.answers)]
    return [((a, number), (b, number)) for a, b in combinations(usable, 2)] + [
        ((a, number), (a, number + 1)) for a in several
    ]


def _keys(dataset: DataSet, column: Column) -> list[Gist | None]:
    model, number = column
    return [
        gist(dataset.sample(prompt, model, number).text or "") for prompt in range(len(dataset))
    ]


def _costs(dataset: DataSet, column: Column) -> Floats:
    return _known([dataset.sample(prompt, *column).cost_usd for prompt in range(len(dataset))])


def _latencies(dataset: DataSet, column: Column) -> Floats:
    return _known([dataset.sample(prompt, *column).latency_s for prompt in range(len(dataset))])


def _known(amounts: Sequence[float | None]) -> Floats:
    return np.array([np.nan if amount is None else amount for amount in amounts], float)


def cascade_outcome(heard: Opinions, cascade: Cascade, recorded: Recorded) -> Outcome:
    """What the cascade does on all prompts."""
    agree = heard.agree[:, cascade.pair]
    first, last = cascade.first, cascade.last
    asked = np.zeros(recorded.score.shape)
    asked[:, [heard.first[cascade.pair], heard.second[cascade.pair]]] = 1
    asked[~agree, last] = 1
    return Outcome(
        score=np.where(agree, recorded.score[:, first], recorded.score[:, last]),
        cost=heard.cost[:, cascade.pair] + np.where(agree, 0, recorded.cost[:, last]),
        latency_s=heard.latency_s[:, cascade.pair]
        + np.where(agree, 0, recorded.latency_s[:, last]),
        opened=np.where(agree, 2.0, 3.0),
        answered_by=np.where(agree, first, last),
        asked=asked,
    )


def best_cascade(heard: Opinions, recorded: Recorded, usd_price: float) -> Cascade | None:
    """The cascade with the best mean score − ``usd_price`` · mean cost, the first of equals.

    Of two models the one that costs less on average comes first. None if there is no third model.
    Costs must be known.
    """
    price = recorded.cost.mean(axis=0)
    swapped = price[heard.second] < price[heard.first]
    first = np.where(swapped, heard.second, heard.first)
    utility = recorded.score - usd_price * recorded.cost
    agree = heard.agree.astype(float)
    prompts = len(agree)
    kept = (agree * recorded.score[:, first] - usd_price * heard.cost).mean(axis=0)
    value = kept[:, None] + (1 - agree).T @ utility / prompts
    models = np.arange(int(recorded.score.shape[1]))
    own = (models == heard.first[:, None]) | (models == heard.second[:, None])
    value[own] = -np.inf
    best = np.flatnonzero(value.ravel() >= value.max() - _TIE)[0]
    pair, last = divmod(int(best), len(models))
    return None if own[pair, last] else Cascade(pair, int(first[pair]), last)


def best_triples(
    heard: Opinions, recorded: Recorded, folds: Ints, usd_price: float
) -> Outcome | None:
    """For each fold the best cascade of the others, as it does on this one; None if there is none.

    Two samples of one model and another where they differ compete with triples of models.
    """
    parts: list[tuple[Flags, Outcome]] = []
    for fold in np.unique(folds):
        learned = folds != fold
        cascade = best_cascade(
            _where(heard, learned), Recorded(*(table[learned] for table in recorded)), usd_price
        )
        if cascade is None:
            return None
        parts.append((~learned, cascade_outcome(heard, cascade, recorded)))
    return by_fold(parts)


def _where(heard: Opinions, prompts: Flags) -> Opinions:
    return heard._replace(
        agree=heard.agree[prompts], cost=heard.cost[prompts], latency_s=heard.latency_s[prompts]
    )
