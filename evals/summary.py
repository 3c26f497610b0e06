"""From what was played to a report."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import NamedTuple

import numpy as np

from secondhalf.evals.curves import curves_of
from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.jobs import Flip
from secondhalf.evals.metrics import calibration, hull, routing
from secondhalf.evals.metrics.hull import Point
from secondhalf.evals.metrics.two_models import apgr_gain, apgr_interval, cpt
from secondhalf.evals.overlap import off_policy_rows
from secondhalf.evals.parts import met_later, part
from secondhalf.evals.report.content import Data, Report, RobustnessRow, Summary
from secondhalf.evals.rows import buckets_of, calibration_of, policy_row
from secondhalf.evals.settings import RunSettings
from secondhalf.evals.track import Floats, Track
from secondhalf.state.base import Json


class _Kinds(NamedTuple):
    """Tracks by what they are good for."""

    presets: list[Track]
    models: list[Track]
    length: Track | None
    ridge: Track | None


def summarize(
    settings: RunSettings,
    data: DataSet,
    tracks: Sequence[Track],
    flips: Mapping[str, Sequence[Flip]],
) -> Report:
    """Every figure of a run; ``flips`` tells by policy what perturbations changed."""
    kinds = _kinds(tracks)
    later = met_later(kinds.presets[0]) if settings.protocol == "prequential" else None
    robustness = _robustness(flips)
    best = max(kinds.models, key=lambda track: float(track.score.mean()))
    summary = _summary(kinds, robustness)
    cut = None if later is None else _kinds([part(track, later) for track in tracks])
    return Report(
        data=Data(
            file=data.file,
            name=data.name,
            prompts=len(data),
            models=data.models,
            left_out=data.left_out,
        ),
        protocol=settings.protocol + (", pre-generation" if settings.pre_generation else ""),
        seeds=tuple(range(settings.seeds)),
        order=settings.order,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        secondhalf_version=version("secondhalf"),
        settings=settings.model_dump(mode="json"),
        policies=tuple(policy_row(track, data, later, best) for track in tracks),
        summary=summary,
        summary_after_100=None if cut is None else _summary(cut, robustness),
        buckets=buckets_of(tracks, data),
        robustness=robustness,
        calibration=tuple(
            calibration_of(t) for t in kinds.presets if not np.isnan(t.quality).all()
        ),
        curves=curves_of(tracks, data),
        off_policy=off_policy_rows(tracks, data),
        extra=_extra(kinds, tracks),
    )


def _kinds(tracks: Sequence[Track]) -> _Kinds:
    needy = [t for t in tracks if not np.isnan(t.need).any()]
    return _Kinds(
        presets=[t for t in tracks if t.kind == "router"],
        models=[t for t in tracks if t.kind == "model"],
        length=next((t for t in needy if t.name == "prompt length"), None),
        ridge=next((t for t in needy if t.name.startswith("ridge")), None),
    )


def _summary(kinds: _Kinds, robustness: Sequence[RobustnessRow]) -> Summary:
    settings, models = _points(kinds.presets), _points(kinds.models)
    top = max((p.cost for p in models), default=np.nan)
    quality = np.concatenate([t.quality.ravel() for t in kinds.presets])
    score = np.concatenate([t.score.ravel() for t in kinds.presets])
    return Summary(
        aiq=hull.aiq(settings, top),
        aiq_single_models=hull.aiq(models, top),
        aiq_gain_low=_aiq_gain_low(kinds),
        cost_save=routing.cost_save(settings, models),
        perf_gain=routing.perf_gain(settings, models),
        robustness=_mean([row.robustness for row in robustness]),
        budget_violations=_mean([routing.budget_violation_rate(t) for t in kinds.presets]),
        ece=calibration.ece(quality, score),
        **_two_models(kinds),
    )


def _points(tracks: Sequence[Track]) -> list[Point]:
    return [routing.point_of(track) for track in tracks]


def _aiq_gain_low(kinds: _Kinds) -> float:
    def table(of: str, tracks: Sequence[Track]) -> Floats:
        return np.stack([getattr(track, of).mean(axis=0) for track in tracks], axis=1)

    presets, models = kinds.presets, kinds.models
    return hull.aiq_gain(
        table("score", presets),
        table("cost", presets),
        table("score", models),
        table("cost", models),
    ).low


def _two_models(kinds: _Kinds) -> dict[str, float | None]:
    """APGR and CPT, where there are two models and the router says which prompt needs which.

    ``apgr_low`` is the APGR of prompt length plus the lower bound of the paired difference: above
    ``apgr_length`` if and only if the router is better than length, noise allowed for.
    """
    ours = next((t.need for t in _main_first(kinds.presets) if not np.isnan(t.need).any()), None)
    if ours is None or len(kinds.models) != 2:
        return {}
    weak, strong = (track.score for track in kinds.models)
    figures: dict[str, float | None] = {"apgr": apgr_interval(ours, weak, strong).mean}
    for share, name in ((0.5, "cpt50"), (0.8, "cpt80")):
        runs = zip(ours, weak, strong, strict=True)
        figures[name] = _mean([cpt(need, w, s, share) for need, w, s in runs])
    if kinds.length is not None:
        length = apgr_interval(kinds.length.need, weak, strong).mean
        gain = apgr_gain(ours, kinds.length.need, weak, strong)
        figures |= {"apgr_length": length, "apgr_low": length + gain.low}
    if kinds.ridge is not None:
        figures["apgr_ridge"] = apgr_interval(kinds.ridge.need, weak, strong).mean
    return figures


def _main_first(presets: Sequence[Track]) -> list[Track]:
    return sorted(presets, key=lambda track: not track.name.endswith("/balanced"))


def _robustness(flips: Mapping[str, Sequence[Flip]]) -> tuple[RobustnessRow, ...]:
    rows: list[RobustnessRow] = []
    for policy, tried in flips.items():
        for name in dict.fromkeys(flip.perturbation for flip in tried):
            mine = [flip for flip in tried if flip.perturbation == name]
            changed = sum(flip.before != flip.after for flip in mine)
            rows.append(
                RobustnessRow(
                    perturbation=name,
                    policy=policy,
                    matched=len(mine),
                    flips=changed,
                    robustness=1 - changed / len(mine),
                )
            )
    return tuple(rows)


def _extra(kinds: _Kinds, tracks: Sequence[Track]) -> dict[str, Json]:
    """LLMRouterBench's and AutoMix's figures of the main preset."""
    named = {track.name: float(track.score.mean()) for track in tracks}
    main, models = _main_first(kinds.presets)[0], _points(kinds.models)
    accuracy = float(main.score.mean())
    found: dict[str, Json] = {
        "gain_at_best_single": routing.gain_at_best_single(
            accuracy, routing.best_single(models).accuracy
        ),
        "pareto_distance": routing.pareto_distance(_points(kinds.presets), models),
    }
    if "random" in named:
        found["gain_at_random"] = routing.gain_at_random(accuracy, named["random"])
    if "oracle" in named:
        found["gap_at_oracle"] = routing.gap_at_oracle(accuracy, named["oracle"])
    if len(models) == 2:
        found["ibc_lift"] = routing.ibc_lift(routing.point_of(main), *models)
    return found


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
