"""Calibration: what a policy says of its answers against how often they are right."""

from secondhalf.evals.report.chart import Chart, Size
from secondhalf.evals.report.content import Calibration, Report
from secondhalf.evals.report.drawing import Look
from secondhalf.evals.report.figure import Grid, Picture
from secondhalf.evals.report.markup import Markup, element
from secondhalf.evals.report.palette import line_looks
from secondhalf.evals.report.picks import shown
from secondhalf.evals.report.scale import Axis
from secondhalf.evals.report.text import amount, fraction, shorten

_MOST = 3
_SIZE = Size(340, 330, left=46, right=14)
_FOOT = 0.2
"""The tallest bar of counts, as a part of the chart's height."""


def reliability(report: Report) -> Picture | None:
    """Reliability diagrams (DeGroot and Fienberg, 1983) with the counts beneath."""
    by_name = {row.policy: row for row in report.calibration if row.bins}
    names = shown(report, by_name, _MOST)
    if not names:
        return None
    looks = line_looks(report)
    left = len(by_name) - len(names)
    return Picture(
        key="calibration",
        title="Calibration",
        caption="On the dotted diagonal an answer of quality .8 is right in 80 % of the cases; "
        "below it the policy is too sure of itself. Bars are counts, points grow with them."
        + (f" {left} more {'is' if left == 1 else 'are'} in report.json." if left else ""),
        body=tuple(_panel(by_name[name], looks[name]) for name in names),
        legend=(),
        grid=_grid([by_name[name] for name in names]),
        wide=True,
    )


def _panel(row: Calibration, look: Look) -> Markup:
    chart = Chart(
        Axis("stated quality", 0.0, 1.0, _two), Axis("share right", 0.0, 1.0, _two), _SIZE
    )
    most = max((bin_.count for bin_ in row.bins), default=0) or 1
    for bin_ in row.bins:
        tip = f"{bin_.count:,.0f} answers between {_two(bin_.low)} and {_two(bin_.high)}"
        chart.bar(bin_.low + 0.006, bin_.high - 0.006, _FOOT * bin_.count / most, "count", tip)
    chart.line([(0, 0), (1, 1)], Look("faint", "3 4"))
    points = [
        (bin_.quality, bin_.accuracy, bin_.count)
        for bin_ in row.bins
        if bin_.quality is not None and bin_.accuracy is not None and bin_.count
    ]
    chart.line([(quality, right) for quality, right, _ in points], look._replace(dash=None))
    for quality, right, count in points:
        tip = f"quality {fraction(quality)}, right {fraction(right)}, {count:,.0f} answers"
        chart.point(
            quality, right, look._replace(shape="disc"), tip, 2.5 + 5 * (count / most) ** 0.5
        )
    figures = [("ECE", row.ece), ("Brier", row.brier), ("AUC", row.auc), ("AURC", row.aurc)]
    words = ", ".join(f"{name} {fraction(value)}" for name, value in figures if value is not None)
    return element(
        "div",
        element("h4", element("bdi", shorten(row.policy, 34))),
        element("p", words, class_="note"),
        chart.svg(f"Reliability diagram of {row.policy}"),
        class_="panel",
    )


def _grid(rows: list[Calibration]) -> Grid:
    return Grid(
        ("policy", "from", "to", "answers", "mean quality", "share right"),
        tuple(
            (
                row.policy,
                _two(bin_.low),
                _two(bin_.high),
                amount(bin_.count),
                fraction(bin_.quality),
                fraction(bin_.accuracy),
            )
            for row in rows
            for bin_ in row.bins
            if bin_.count
        ),
    )


def _two(value: float) -> str:
    return fraction(value, 2)
