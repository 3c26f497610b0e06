"""All baselines over one data set, as tracks: what every router has to be compared with."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from secondhalf.evals.baselines.cascades import Opinions, opinions
from secondhalf.evals.baselines.crossfit import folds_of
from secondhalf.evals.baselines.lineup import Pair, Policy, Run, policies
from secondhalf.evals.baselines.outcome import Recorded
from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.errors import DataSetError
from secondhalf.evals.track import Floats, Track, plain_track
from secondhalf.policy.estimates.features import Seen


def baseline_tracks(
    dataset: DataSet,
    *,
    seeds: Sequence[int],
    folds: int = 5,
    usd_prices: Mapping[str, float],
    weak: str | None = None,
    strong: str | None = None,
) -> list[Track]:
    """Every baseline over ``dataset``, one run per seed; learned ones by cross-fitting.

    The seed of a run draws its folds, and run ``r`` replays sample ``r`` of every answer.
    ``usd_prices`` says by preset what a US dollar is worth in quality: the learned baselines and
    the cascades have one track per preset. Where a cost is not known there are no presets, no
    cascades, no cheapest model (but the weak one) and no budget; the learned baselines then take
    the model that they expect most of. ``weak`` and ``strong`` name the two models of a set that
    has two: then tracks say which prompt needs the strong one.

    Raises:
        DataSetError: there are fewer than two prompts, or a named model is not recorded.
    """
    if len(dataset) < 2:
        raise DataSetError(
            f"{dataset.file!r} holds {len(dataset)} prompts: baselines learn from some and are "
            "tried on others, so give at least two"
        )
    pair = _pair(dataset, weak, strong)
    found = [list(policies(run)) for run in _runs(dataset, seeds, folds, usd_prices, pair)]
    by_name = [{policy.name: policy for policy in one} for one in found]
    shared = [name for name in by_name[0] if all(name in one for one in by_name)] if found else []
    return [_track([one[name] for one in by_name], pair) for name in shared]


def _pair(dataset: DataSet, weak: str | None, strong: str | None) -> Pair | None:
    if weak is None or strong is None:
        return None
    missing = [name for name in (weak, strong) if name not in dataset.models]
    if missing:
        raise DataSetError(
            f"{dataset.file!r} holds no answers of {missing[0]!r}: name one of its models"
        )
    if len(dataset.models) != 2 or weak == strong:
        return None
    return Pair(dataset.models.index(weak), dataset.models.index(strong))


def _runs(
    dataset: DataSet,
    seeds: Sequence[int],
    folds: int,
    usd_prices: Mapping[str, float],
    pair: Pair | None,
) -> Iterator[Run]:
    several = any(len(answers) > 1 for row in dataset.answers for answers in row)
    seen: Seen = {}
    heard: Opinions | None = None
    for number, seed in enumerate(seeds):
        recorded = Recorded(
            dataset.scores(number), dataset.costs(number), dataset.latencies(number)
        )
        if recorded.priced and usd_prices and (several or number == 0):
            heard = opinions(dataset, number)
        yield Run(
            prompts=dataset.prompts,
            models=dataset.models,
            recorded=recorded,
            folds=folds_of(len(dataset), folds, seed),
            seed=seed,
            usd_prices=usd_prices,
            pair=pair,
            heard=heard,
            seen=seen,
        )


def _track(one: Sequence[Policy], pair: Pair | None) -> Track:
    """The track of one policy in all runs."""

    def stacked(of: str) -> Floats:
        return np.stack([getattr(policy.outcome, of) for policy in one])

    needs = [policy.need for policy in one if policy.need is not None]
    qualities = [policy.quality for policy in one if policy.quality is not None]
    return plain_track(
        one[0].name,
        one[0].kind,
        stacked("score"),
        stacked("cost"),
        np.stack([policy.outcome.answered_by for policy in one]),
        latency_s=stacked("latency_s"),
        strong=None if pair is None else stacked("asked")[:, :, pair.strong],
        quality=np.stack(qualities) if qualities else None,
        opened=stacked("opened"),
        need=np.stack(needs) if needs else None,
    )
