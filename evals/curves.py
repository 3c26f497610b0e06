"""Curves of a report, thinned to what a plot can show."""

from collections.abc import Sequence

import numpy as np

from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.metrics import calibration, hull, ranking
from secondhalf.evals.metrics.regret import best_fixed, cumulative_regret
from secondhalf.evals.metrics.routing import point_of
from secondhalf.evals.metrics.two_models import pgr_curve
from secondhalf.evals.report.content import Band, Curve, Curves
from secondhalf.evals.report.picks import USD_PRICES, preset_of
from secondhalf.evals.track import Floats, Track

MOST = 200
"""Points of a curve."""
MODELS = "single models"


def curves_of(tracks: Sequence[Track], data: DataSet) -> Curves:
    """All curves: hulls by family of policies, the rest by policy."""
    sure = [t for t in tracks if t.kind == "router" and not np.isnan(t.quality).all()]
    needy = [t for t in tracks if len(data.models) == 2 and not np.isnan(t.need).any()]
    return Curves(
        frontier=_frontier(tracks),
        regret=_regret(tracks, data),
        pgr={t.name: _pgr(t, data) for t in _one_preset(needy)},
        risk_coverage={t.name: _risk_coverage(t) for t in sure},
        roc={t.name: _roc(t) for t in sure},
    )


def family_of(name: str) -> str:
    """``ridge`` of ``ridge/balanced``: the policies that are one, but for a preset."""
    before, _, after = name.rpartition("/")
    return before if after in USD_PRICES else name


def _frontier(tracks: Sequence[Track]) -> dict[str, Curve]:
    families: dict[str, list[Track]] = {}
    for track in tracks:
        if np.isnan(track.cost).any():
            continue
        name = MODELS if track.kind == "model" else family_of(track.name)
        families.setdefault(name, []).append(track)
    several = {name: of for name, of in families.items() if len(of) > 1}
    return {
        name: tuple((1000 * p.cost, p.accuracy) for p in hull.hull([point_of(t) for t in of]))
        for name, of in several.items()
    }


def _regret(tracks: Sequence[Track], data: DataSet) -> dict[str, Band]:
    """Against the best fixed model at the price of a dollar that the policy's preset sets."""
    found: dict[str, Band] = {}
    for track in tracks:
        if track.kind in ("model", "oracle") or np.isnan(track.cost).any():
            continue
        price = USD_PRICES[preset_of(track.name)]
        runs = range(track.runs)
        scores = np.stack([data.scores(run) for run in runs])
        costs = np.stack([data.costs(run) for run in runs])
        curve = cumulative_regret(track, best_fixed(scores, costs, price).utility, price)
        at = _thin(len(curve.mean))
        found[track.name] = Band(
            at=tuple(float(place + 1) for place in at),
            mean=tuple(curve.mean[at].tolist()),
            low=tuple(curve.low[at].tolist()),
            high=tuple(curve.high[at].tolist()),
        )
    return found


def _one_preset(tracks: Sequence[Track]) -> list[Track]:
    """Of each family one: what a prompt needs does not depend on the preset."""
    by_family = {family_of(track.name): track for track in reversed(tracks)}
    return list(reversed(by_family.values()))


def _pgr(track: Track, data: DataSet) -> Curve:
    runs = [
        pgr_curve(need, data.scores(run)[:, 0], data.scores(run)[:, 1])
        for run, need in enumerate(track.need)
    ]
    return _curve(runs[0].share, np.mean([curve.recovered for curve in runs], axis=0))


def _risk_coverage(track: Track) -> Curve:
    curve = calibration.risk_coverage(track.quality.ravel(), track.score.ravel())
    return _curve(curve.coverage, curve.risk)


def _roc(track: Track) -> Curve:
    curve = ranking.roc_curve(track.quality.ravel(), track.score.ravel())
    return _curve(curve.false_positive_rate, curve.true_positive_rate)


def _curve(x: Floats, y: Floats) -> Curve:
    at = _thin(len(x))
    return tuple(zip(x[at].tolist(), y[at].tolist(), strict=True))


def _thin(length: int) -> list[int]:
    """At most ``MOST`` places, the first and the last among them."""
    if length <= MOST:
        return list(range(length))
    places: list[int] = np.linspace(0, length - 1, MOST).round().astype(int).tolist()
    return sorted(set(places))
