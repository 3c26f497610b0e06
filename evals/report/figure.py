"""What a figure of the page is made of: drawings, a legend, and the numbers behind them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from secondhalf.evals.report.content import Curve
from secondhalf.evals.report.drawing import Look, marker
from secondhalf.evals.report.markup import Markup, element

MOST_POINTS = 200
"""Points of a curve that are drawn."""
MOST_ROWS = 21
"""Rows of a curve in the table behind it; all are in ``report.json``."""


class Grid(NamedTuple):
    """A table: its first column names what the rows are of."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Picture(NamedTuple):
    """``key`` is its anchor on the page; ``body`` the drawings; ``legend`` may be empty."""

    key: str
    title: str
    caption: str
    body: tuple[Markup, ...]
    legend: tuple[Markup, ...]
    grid: Grid
    wide: bool = False


def thinned(length: int, most: int) -> list[int]:
    """At most ``most`` places of a row of ``length``, evenly spread, both ends among them."""
    if length <= most:
        return list(range(length))
    return [round(place * (length - 1) / (most - 1)) for place in range(most)]


def known(curve: Curve) -> list[tuple[float, float]]:
    """The points of a curve that are known, thinned to what is drawn."""
    points = [(x, y) for x, y in curve if x is not None and y is not None]
    return [points[place] for place in thinned(len(points), MOST_POINTS)]


def legend(names: Mapping[str, Look], *, lines: bool) -> tuple[Markup, ...]:
    """The looks with what they stand for."""
    return tuple(legend_entry(label, look, lines=lines) for label, look in names.items())


def legend_entry(label: str, look: Look, *, lines: bool) -> Markup:
    """One entry of a legend."""
    mark = marker(13, 6, look)
    if lines:
        css = f"line {look.colour}"
        mark = element("path", class_=css, d="M0 6H26", stroke_dasharray=look.dash)
    swatch = element("svg", mark, class_="swatch", viewBox="0 0 26 12", aria_hidden="true")
    return element("li", swatch, element("bdi", label))


def mark_entry(label: str, css: str) -> Markup:
    """An entry of the legend of a filled area."""
    mark = element("rect", class_=css, width=12, height=12, x=7, rx=2)
    swatch = element("svg", mark, class_="swatch", viewBox="0 0 26 12", aria_hidden="true")
    return element("li", swatch, element("bdi", label))


def curve_grid(curves: Mapping[str, Sequence[tuple[float, float]]], head: Sequence[str]) -> Grid:
    """Curves as rows of name, x, y; each thinned to what a reader wants to see."""
    rows: list[tuple[str, ...]] = []
    for name, points in curves.items():
        rows += [
            (name, f"{points[place][0]:.4g}", f"{points[place][1]:.4g}")
            for place in thinned(len(points), MOST_ROWS)
        ]
    return Grid(tuple(head), tuple(rows))


def flat(curves: Iterable[Sequence[tuple[float, float]]], part: int) -> list[float]:
    """All x (``part`` 0) or y (``part`` 1) of some curves."""
    return [point[part] for curve in curves for point in curve]
