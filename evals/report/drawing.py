"""The smallest pieces of a drawing: the drawing itself, texts, lines, markers."""

from typing import Literal, NamedTuple

from secondhalf.evals.report.markup import Markup, element, number

Anchor = Literal["start", "middle", "end"]
Shape = Literal["disc", "ring", "square", "diamond", "below", "before"]


class Look(NamedTuple):
    """How a series is drawn: a colour class of the page, a dash pattern, a shape of marker."""

    colour: str
    dash: str | None = None
    shape: Shape = "disc"


def drawing(width: float, height: float, label: str, *marks: Markup, css: str = "chart") -> Markup:
    """An SVG drawing; ``label`` says to those who cannot see it what it shows."""
    box = f"0 0 {number(width)} {number(height)}"
    return element("svg", *marks, class_=css, viewBox=box, role="img", aria_label=label)


def text(x: float, y: float, words: str, css: str = "tick", anchor: Anchor | None = None) -> Markup:
    """A line of text, its baseline at ``y``."""
    place = None if anchor == "start" else anchor
    return element("text", words, class_=css, x=x, y=y, text_anchor=place)


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> Markup:
    """A straight line."""
    return element("line", class_=css, x1=x1, y1=y1, x2=x2, y2=y2)


def rectangle(x: float, y: float, width: float, height: float, css: str, title: str) -> Markup:
    """A rectangle that says ``title`` when it is pointed at."""
    size = {"width": max(width, 0.0), "height": max(height, 0.0)}
    return element("rect", *tooltip(title), class_=css, x=x, y=y, **size)


def tooltip(title: str) -> tuple[Markup, ...]:
    """What is said of a mark that is pointed at, if anything."""
    return (element("title", title),) if title else ()


def marker(x: float, y: float, look: Look, title: str = "", radius: float = 4) -> Markup:
    """A point of a series that says ``title`` when it is pointed at."""
    css, tip = f"marker {look.shape} {look.colour}", tooltip(title)
    if look.shape in ("disc", "ring"):
        return element("circle", *tip, class_=css, cx=x, cy=y, r=radius)
    if look.shape == "square":
        side = 1.8 * radius
        return element(
            "rect", *tip, class_=css, x=x - side / 2, y=y - side / 2, width=side, height=side
        )
    path = (
        "M"
        + "L".join(f"{number(a)} {number(b)}" for a, b in _corners(x, y, look.shape, 1.35 * radius))
        + "Z"
    )
    return element("path", *tip, class_=css, d=path)


def _corners(x: float, y: float, shape: Shape, far: float) -> list[tuple[float, float]]:
    if shape == "below":
        return [(x - far, y - far), (x + far, y - far), (x, y + far / 2)]
    if shape == "before":
        return [(x + far, y - far), (x + far, y + far), (x - far / 2, y)]
    return [(x, y - far), (x + far, y), (x, y + far), (x - far, y)]
