"""The figures of single policies: rows of a report."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.metrics import calibration, ranking
from secondhalf.evals.metrics.bootstrap import difference_interval, mean_interval
from secondhalf.evals.metrics.routing import (
    arena_score,
    budget_violation_rate,
    escalation_rate,
    path_shares,
    point_of,
)
from secondhalf.evals.parts import Flags, bucket, part
from secondhalf.evals.report.content import Bin, Bucket, Calibration, Part, PolicyRow
from secondhalf.evals.topics import in_order, topics
from secondhalf.evals.track import Floats, Track


def policy_row(track: Track, data: DataSet, later: Flags | None, best: Track) -> PolicyRow:
    """All figures of a policy.

    ``later`` marks what it met after its first prompts; ``best`` is the best single model.
    """
    whole, gain = figures_of(track), difference_interval(track.score, best.score)
    return PolicyRow(
        name=track.name,
        kind=track.kind,
        accuracy=float(track.score.mean()),
        accuracy_low=whole.accuracy_low,
        accuracy_high=whole.accuracy_high,
        gain_low=gain.low,
        gain_high=gain.high,
        cost_usd_per_1k=whole.cost_usd_per_1k,
        strong_share=_mean(track.strong),
        latency_s=_mean(track.latency_s),
        opened=_mean(track.opened),
        quality=_known_mean(track.quality),
        ece=calibration.ece(track.quality, track.score),
        answered_by=_answered_by(track, data),
        paths={name: share for name, share in path_shares(track).items() if name},
        violations=budget_violation_rate(track),
        after_100=None if later is None else figures_of(part(track, later)),
        arena=arena_score(*_swapped(track)),
        escalation_rate=escalation_rate(track),
    )


def figures_of(track: Track) -> Part:
    """Accuracy with its interval, and cost."""
    accuracy = mean_interval(track.score)
    return Part(
        accuracy=accuracy.mean,
        accuracy_low=accuracy.low,
        accuracy_high=accuracy.high,
        cost_usd_per_1k=1000 * point_of(track).cost,
    )


def buckets_of(tracks: Sequence[Track], data: DataSet) -> tuple[Bucket, ...]:
    """The figures of every policy by topic."""
    names = topics(data)
    return tuple(
        _bucket(tracks, name, [place for place, of in enumerate(names) if of == name])
        for name in in_order(data, names)
    )


def _bucket(tracks: Sequence[Track], name: str, places: Sequence[int]) -> Bucket:
    figures = {track.name: figures_of(bucket(track, places)) for track in tracks}
    return Bucket(bucket=name, prompts=len(places), policies=figures)


def calibration_of(track: Track) -> Calibration:
    """How far what a policy says of its answers can be believed."""
    said = ~np.isnan(track.quality)
    quality, score = track.quality[said], track.score[said]
    return Calibration(
        policy=track.name,
        bins=tuple(
            Bin(low=b.low, high=b.high, count=b.number, quality=b.quality, accuracy=b.score)
            for b in calibration.reliability(quality, score)
        ),
        ece=calibration.ece(quality, score),
        brier=calibration.brier(quality, score),
        aurc=calibration.aurc(quality, score),
        auc=ranking.auc(quality, score),
    )


def _answered_by(track: Track, data: DataSet) -> dict[str, float]:
    used = Counter(int(place) for place in track.answered_by.ravel() if place >= 0)
    total = track.answered_by.size
    return {data.models[place]: number / total for place, number in used.most_common()}


def _swapped(track: Track) -> tuple[float, float]:
    point = point_of(track)
    return point.accuracy, point.cost


def _mean(values: Floats) -> float:
    return float(values.mean())


def _known_mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None
