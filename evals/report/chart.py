"""A chart of two axes: points, whiskers, lines, bands, bars. Colours are classes of the page."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from secondhalf.evals.report.drawing import Look, drawing, line, marker, rectangle, text, tooltip
from secondhalf.evals.report.markup import Markup, element, number
from secondhalf.evals.report.scale import Axis

Points = Sequence[tuple[float, float]]


class Size(NamedTuple):
    """Of the whole drawing, and the room for what is written beside the axes; in pixels."""

    width: float = 480
    height: float = 330
    left: float = 54
    bottom: float = 46
    top: float = 30
    right: float = 16

    @property
    def inner(self) -> tuple[float, float]:
        """Width and height between the axes."""
        return self.width - self.left - self.right, self.height - self.top - self.bottom


class Chart:
    """Marks are drawn in the order they are added, over the grid; coordinates are data."""

    def __init__(self, x: Axis, y: Axis, size: Size | None = None) -> None:
        self.x, self.y, self.size = x, y, size or Size()
        self._inside: list[Markup] = []
        self._over: list[Markup] = []

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a pair of values lies, in pixels from the top left."""
        width, height = self.size.inner
        return (
            self.size.left + self.x.part(x) * width,
            self.size.top + (1 - self.y.part(y)) * height,
        )

    def line(self, points: Points, look: Look, title: str = "", css: str = "line") -> None:
        """A line through points; what lies beyond the axes is cut off."""
        if not points:
            return
        css, path = f"{css} {look.colour}", self._path(points)
        self._inside.append(
            element("path", *tooltip(title), class_=css, d=path, stroke_dasharray=look.dash)
        )

    def band(self, lower: Points, upper: Points, look: Look) -> None:
        """The area between two lines."""
        path = self._path([*lower, *reversed(upper)]) + "Z"
        self._inside.append(element("path", class_=f"band {look.colour}", d=path))

    def whisker(self, x: float, low: float, high: float, look: Look, css: str = "whisker") -> None:
        """A vertical interval."""
        self._inside.append(line(*self.at(x, low), *self.at(x, high), f"{css} {look.colour}"))

    def bar(self, left: float, right: float, top: float, css: str, title: str) -> None:
        """A bar from the foot of the chart."""
        x, y = self.at(left, top)
        end, foot = self.at(right, self.y.low)
        self._inside.append(rectangle(x, y, end - x, foot - y, css, title))

    def point(self, x: float, y: float, look: Look, title: str, radius: float = 4) -> None:
        """A marker that says ``title`` when it is pointed at."""
        self._over.append(marker(*self.at(x, y), look, title, radius))

    def add(self, *marks: Markup) -> None:
        """Marks made elsewhere, in pixels; they lie over all others."""
        self._over += marks

    def svg(self, label: str, css: str = "chart") -> Markup:
        """The whole drawing; ``label`` says to those who cannot see it what it shows."""
        size, (width, height) = self.size, self.size.inner
        place = {"x": size.left, "y": size.top, "width": width, "height": height}
        box = " ".join(map(number, place.values()))
        window = element("svg", *self._inside, **place, viewBox=box)  # cuts off what is outside
        axes = (*self._rows(), *self._columns())
        return drawing(size.width, size.height, label, *axes, window, *self._over, css=css)

    def _path(self, points: Points) -> str:
        pixels = (self.at(*point) for point in points)
        return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in pixels)

    def _rows(self) -> Iterator[Markup]:
        size, (width, height) = self.size, self.size.inner
        for value in self.y.ticks(max(2, round(height / 50))):
            y = self.at(self.x.low, value)[1]
            yield line(size.left, y, size.left + width, y, "grid")
            yield text(size.left - 7, y + 4, self.y.write(value), anchor="end")
        yield text(8, 14, self.y.label, "axis")

    def _columns(self) -> Iterator[Markup]:
        size, (width, height) = self.size, self.size.inner
        foot = size.top + height
        yield line(size.left, foot, size.left + width, foot, "base")
        for value in self.x.ticks(max(2, round(width / 80))):
            x = self.at(value, self.y.low)[0]
            yield line(x, foot, x, foot + 4, "base")
            yield text(x, foot + 17, self.x.write(value), anchor="middle")
        yield text(size.left + width / 2, foot + 36, self.x.label, "axis", "middle")
