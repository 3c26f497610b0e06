"""The drawing of costs and accuracies: hulls, points, and labels that do not overlap."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from secondhalf.evals.report.chart import Chart, Points, Size
from secondhalf.evals.report.content import PolicyRow
from secondhalf.evals.report.drawing import Look, line, text
from secondhalf.evals.report.labels import Box, Label, placed, tip
from secondhalf.evals.report.markup import Markup
from secondhalf.evals.report.scale import Axis, linear
from secondhalf.evals.report.text import fraction, round_fraction, shortened, with_interval
from secondhalf.state.plaintext import one_line

WIDE = Size(1080, 620, left=52, right=24)
NARROW = Size(400, 430, left=46, right=10)
"""For a small screen, where there is room for few labels."""
_LETTERS = {WIDE: 30, NARROW: 20}
_CUT = 0.55
"""The lowest policies are set at the foot if the others then need so little of the height."""
_SPARE = 1.25
_BOLD = 15
"""Height of a letter that is as wide as a bold one of 14 pixels."""
_FOOT = 0.06
"""Part of the height that is theirs."""
_BENDS = 150
"""Pieces of a hull on a logarithmic axis, about."""


class Spot(NamedTuple):
    """A policy to draw under ``name``: ``x`` is what it costs, ``at`` how that is said."""

    row: PolicyRow
    name: str
    x: float
    at: str
    look: Look

    @property
    def ours(self) -> bool:
        """Whether it is a preset of the router."""
        return self.row.kind == "router"


class Hull(NamedTuple):
    """A hull to draw."""

    name: str
    points: Points
    look: Look


def accuracy_axis(rows: Sequence[PolicyRow]) -> Axis:
    """Where policies are to be told apart: up to a third may lie below, but no preset."""
    ordered = sorted(row.accuracy for row in rows)
    lowest, top = _lowest(rows, ordered), ordered[-1]
    ends = [
        end for row in rows if row.kind == "router" for end in (row.accuracy_low, row.accuracy_high)
    ]
    heights = [lowest, top, *(end for end in ends if end is not None)]
    axis = linear("accuracy", heights, round_fraction, within=(0, 1))
    foot = _FOOT * (axis.high - axis.low) if lowest > ordered[0] else 0.0
    return axis._replace(low=axis.low - foot)


def _lowest(rows: Sequence[PolicyRow], ordered: Sequence[float]) -> float:
    """The least accuracy that is drawn in its place."""
    top = ordered[-1]
    preset = min((row.accuracy for row in rows if row.kind == "router"), default=top)
    below = sum(accuracy < preset for accuracy in ordered)
    reach = top - ordered[min(below, len(ordered) // 3)]
    if reach > _CUT * (top - ordered[0]):
        return ordered[0]
    return next(accuracy for accuracy in ordered if top - accuracy <= _SPARE * reach)


def scatter(
    spots: Sequence[Spot],
    hulls: Sequence[Hull],
    x: Axis,
    size: Size,
    labelled: Callable[[PolicyRow], bool] = lambda _: True,
) -> tuple[Markup, list[str]]:
    """The drawing, and the labels that found no room.

    Args:
        spots: the most important first.
        hulls: drawn below the points.
        x: axis of what they cost.
        size: ``WIDE`` or ``NARROW``.
        labelled: which policies are named.
    """
    chart = Chart(x, accuracy_axis([spot.row for spot in spots]), size)
    for hull in hulls:
        chart.line(_bent(hull.points, x), hull.look, one_line(hull.name), css="hull")
    for spot in reversed(spots):  # the most important lie on top
        _draw(chart, spot)
    missing = _write(chart, spots, [spot for spot in spots if labelled(spot.row)])
    css = "chart wide" if size is WIDE else "chart narrow"
    return chart.svg(f"{len(spots)} policies by {x.label} and accuracy", css), missing


def _draw(chart: Chart, spot: Spot) -> None:
    row = spot.row
    height = chart.y.clamped(row.accuracy)
    look = spot.look._replace(shape="below") if height > row.accuracy else spot.look
    if row.accuracy_low is not None and row.accuracy_high is not None:
        css = "whisker bold" if spot.ours else "whisker"
        chart.whisker(spot.x, row.accuracy_low, row.accuracy_high, look, css)
    figures = with_interval(row.accuracy, row.accuracy_low, row.accuracy_high)
    title = f"{row.name}: {figures} at {spot.at}"
    chart.point(spot.x, height, look, title, 6 if spot.ours else 4)


def _write(chart: Chart, spots: Sequence[Spot], labelled: Sequence[Spot]) -> list[str]:
    size, (width, height) = chart.size, chart.size.inner
    room = Box(size.left + 2, size.top - 8, size.left + width + size.right, size.top + height - 2)
    names = shortened((spot.name for spot in labelled), _LETTERS[size])
    labels = [
        Label(*_place(chart, spot), _with_figure(chart, spot, names), _BOLD if spot.ours else 12)
        for spot in labelled
    ]
    places = placed(labels, [_place(chart, spot) for spot in spots], room)
    found = list(zip(labelled, labels, places, strict=True))
    for _, label, place in found:
        if place is not None and place.leader:
            chart.add(line(label.x, label.y, *tip(label, place), "leader"))
    for spot, label, place in found:
        if place is not None:
            css = "label ours" if spot.ours else "label"
            chart.add(text(place.x, place.y, label.text, css, place.anchor))
    return [label.text for _, label, place in found if place is None]


def _place(chart: Chart, spot: Spot) -> tuple[float, float]:
    return chart.at(spot.x, chart.y.clamped(spot.row.accuracy))


def _with_figure(chart: Chart, spot: Spot, names: Mapping[str, str]) -> str:
    """The name, with the accuracy of what lies below the chart."""
    name, accuracy = names[spot.name], spot.row.accuracy
    return f"{name} {fraction(accuracy)}" if chart.y.clamped(accuracy) > accuracy else name


def _bent(points: Points, x: Axis) -> list[tuple[float, float]]:
    """The straight sides of a hull as they run on a logarithmic axis."""
    if not x.log or len(points) < 2:
        return list(points)
    return [*_pieces(points, x), points[-1]]


def _pieces(points: Points, x: Axis) -> Iterator[tuple[float, float]]:
    steps = max(1, _BENDS // len(points))
    for (x1, y1), (x2, y2) in pairwise(points):
        low, high = max(x1, x.low), max(x2, x.low)
        for step in range(steps):
            at = low * (high / low) ** (step / steps)
            part = (at - x1) / (x2 - x1) if x2 > x1 else 1.0
            yield at, y1 + part * (y2 - y1)
