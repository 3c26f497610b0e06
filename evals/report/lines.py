"""Figures that are lines: regret over time, PGR, risk and coverage, ROC."""

import math
from collections.abc import Mapping

from secondhalf.evals.report.chart import Chart
from secondhalf.evals.report.content import Band, Curve, Report
from secondhalf.evals.report.drawing import Look
from secondhalf.evals.report.figure import (
    MOST_ROWS,
    Grid,
    Picture,
    curve_grid,
    flat,
    known,
    legend,
    thinned,
)
from secondhalf.evals.report.palette import line_looks
from secondhalf.evals.report.picks import shown
from secondhalf.evals.report.scale import Axis, linear
from secondhalf.evals.report.text import amount, interval, round_fraction, round_number, share
from secondhalf.state.plaintext import one_line

_MOST = 7
"""Lines in one chart; more cannot be told apart."""
Line = list[tuple[float, float]]
_FLATTENS = 3.0
"""A line so many times as high as the next is let out of the chart."""
_CHANCE = Look("faint", "3 4")


def regret(report: Report) -> Picture | None:
    """Regret over time, with bands over the runs."""
    bands = {
        name: report.curves.regret[name] for name in shown(report, report.curves.regret, _MOST)
    }
    drawn = {name: _band_points(band) for name, band in bands.items()}
    drawn = {name: points for name, points in drawn.items() if points[0]}
    if not drawn:
        return None
    curves = [curve for lines in drawn.values() for curve in lines]
    top, leaving = _top({name: middle for name, (middle, _, _) in drawn.items()})
    heights = [height for height in flat(curves, 1) if height <= top]
    chart = Chart(
        linear("prompts met", flat(curves, 0), round_number, zero=True),
        linear("utility lost so far", heights, round_number, zero=True),
    )
    looks = line_looks(report)
    for name, (_, lower, upper) in reversed(drawn.items()):
        if lower and upper:
            chart.band(lower, upper, looks[name])
    for name, (middle, _, _) in reversed(drawn.items()):
        chart.line(middle, looks[name], one_line(name))
    return Picture(
        key="regret",
        title="Regret over time",
        caption="Utility lost so far against the best fixed model in hindsight; below 0 the "
        "policy is ahead of it. A line that flattens has learned. Bands are over the runs."
        + (f" {leaving} leaves the chart." if leaving else "")
        + _others(report.curves.regret, drawn),
        body=(chart.svg("Lines of regret by the number of prompts met"),),
        legend=legend({name: looks[name] for name in drawn}, lines=True),
        grid=_band_grid(bands),
    )


def pgr(report: Report) -> Picture | None:
    """How much of the gap is recovered at every share of strong calls."""
    return _curves(
        report,
        report.curves.pgr,
        key="pgr",
        title="Gap recovered by share of strong calls",
        caption="0 is the weak model alone, 1 the strong one; APGR is the area below a line. "
        "The dotted diagonal is what random choice recovers.",
        x="share of prompts sent to the strong model",
        y="PGR",
        chance=True,
    )


def risk_coverage(report: Report) -> Picture | None:
    """How often answers are wrong when only the surest are given."""
    return _curves(
        report,
        report.curves.risk_coverage,
        key="risk",
        title="Risk and coverage",
        caption="Share of wrong answers among those given, when the answers of the highest "
        "stated quality are given first. A line that starts low knows where it is right.",
        x="coverage: share of the prompts answered",
        y="risk: share of wrong answers",
    )


def roc(report: Report) -> Picture | None:
    """How well the stated quality tells right answers from wrong ones."""
    return _curves(
        report,
        report.curves.roc,
        key="roc",
        title="ROC of the stated quality",
        caption="Taking every answer above a quality for right: how many right ones are found "
        "and how many wrong ones pass. The dotted diagonal is chance.",
        x="false positive rate",
        y="true positive rate",
        chance=True,
    )


def _curves(
    report: Report,
    curves: Mapping[str, Curve],
    *,
    key: str,
    title: str,
    caption: str,
    x: str,
    y: str,
    chance: bool = False,
) -> Picture | None:
    drawn = {name: known(curves[name]) for name in shown(report, curves, _MOST)}
    drawn = {name: points for name, points in drawn.items() if points}
    if not drawn:
        return None
    heights = flat(drawn.values(), 1)
    up = Axis(
        y,
        min(0.0, *heights),
        max(1.0 if chance else 0.0, 1.04 * max(heights)) or 1.0,
        round_fraction,
    )
    chart = Chart(Axis(x, 0.0, 1.0, share), up)
    if chance:
        chart.line([(0, 0), (1, 1)], _CHANCE, "chance")
    looks = line_looks(report)
    for name, points in reversed(drawn.items()):
        chart.line(points, looks[name], one_line(name))
    return Picture(
        key=key,
        title=title,
        caption=caption + _others(curves, drawn),
        body=(chart.svg(f"Lines of {y} by {x}"),),
        legend=legend({name: looks[name] for name in drawn}, lines=True),
        grid=curve_grid(drawn, ("policy", x, y)),
    )


def _top(lines: Mapping[str, Line]) -> tuple[float, str]:
    """How high the chart has to reach, and the one line that would flatten all others."""
    ends = sorted((max(y for _, y in points), name) for name, points in lines.items())
    if len(ends) > 2 and ends[-1][0] > _FLATTENS * max(ends[-2][0], 0) > 0:
        return 1.3 * ends[-2][0], one_line(ends[-1][1])
    return math.inf, ""


def _others(curves: Mapping[str, object], drawn: Mapping[str, object]) -> str:
    left = len(curves) - len(drawn)
    return f" {left} more {'is' if left == 1 else 'are'} in report.json." if left > 0 else ""


def _band_points(band: Band) -> tuple[Line, Line, Line]:
    middle, lower, upper = (
        known(tuple(zip(band.at, values, strict=False)))
        for values in (band.mean, band.low, band.high)
    )
    return middle, lower, upper


def _band_grid(bands: Mapping[str, Band]) -> Grid:
    rows: list[tuple[str, ...]] = []
    for name, band in bands.items():
        size = min(len(band.at), len(band.mean))
        rows += [
            (name, amount(band.at[place]), amount(band.mean[place]), _bounds(band, place))
            for place in thinned(size, MOST_ROWS)
        ]
    return Grid(("policy", "prompts met", "regret", "band"), tuple(rows))


def _bounds(band: Band, place: int) -> str:
    if place >= min(len(band.low), len(band.high)):
        return ""
    return interval(band.low[place], band.high[place])
