"""Places for the labels of points, so that none lies on another or on a point.

Greedy, in the order of importance: of the places around a point, near ones first, the one that
costs least is taken (Christensen, Marks and Shieber, "An Empirical Study of Algorithms for
Point-Feature Label Placement", 1995, call it the greedy heuristic). What finds no place is left
without.
"""

import math
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from secondhalf.evals.report.drawing import Anchor

_RINGS = (10.0, 15.0, 22.0, 31.0, 42.0, 55.0, 70.0, 88.0, 108.0, 130.0, 155.0)
_LEADER = 16.0
"""From this distance on a line leads from the point to its label."""
_ANGLES = tuple(math.radians(degrees) for degrees in range(0, 360, 20))


Line = tuple[float, float, float, float]
"""From where to where, in pixels."""


class Label(NamedTuple):
    """A text for the point at ``x``, ``y``, in pixels; ``size`` is the height of a letter."""

    x: float
    y: float
    text: str
    size: float = 12


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether the two have more than an edge in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: "Box") -> bool:
        """Whether the other lies wholly within."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


class Place(NamedTuple):
    """Where a label is written, by its anchor and baseline; ``leader`` if a line leads there."""

    x: float
    y: float
    anchor: Anchor
    box: Box
    leader: bool


def width_of(text: str, size: float) -> float:
    """About how wide ``text`` is in a sans-serif of ``size`` pixels."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return size * (0.54 * (len(text) - wide) + 1.02 * wide)


def placed(
    labels: Sequence[Label], points: Sequence[tuple[float, float]], room: Box
) -> list[Place | None]:
    """A place within ``room`` for each label, or None; ``points`` are kept free.

    Args:
        labels: the most important first.
        points: of all markers, in pixels.
        room: where labels may be.
    """
    markers = [Box(x - 5, y - 5, x + 5, y + 5) for x, y in points]
    leaders: list[Line] = []
    taken: list[Box] = []
    found: list[Place | None] = []
    for label in labels:
        place = _best(label, room, markers, taken, leaders)
        found.append(place)
        if place is not None:
            taken.append(place.box)
            if place.leader:
                leaders.append(_leader(label, place))
    return found


def _best(
    label: Label,
    room: Box,
    markers: Sequence[Box],
    taken: Sequence[Box],
    leaders: Sequence[Line],
) -> Place | None:
    best, lowest = None, math.inf
    for ring, turn, place in _places(label):
        if ring >= lowest:
            break  # farther away nothing is cheaper
        box = place.box
        if (
            room.holds(box)
            and not any(box.meets(other) for other in taken)
            and not any(box.meets(other) for other in markers)
            and not any(_crosses(box, leader) for leader in leaders)
        ):
            price = (
                ring
                + 3 * (1 - math.cos(turn))
                + _leader_price(label, place, markers, taken, leaders)
            )
            if price < lowest:
                best, lowest = place, price
    return best


def _leader_price(
    label: Label,
    place: Place,
    markers: Sequence[Box],
    taken: Sequence[Box],
    leaders: Sequence[Line],
) -> float:
    """What the line to the label costs: over labels, over points, over other lines."""
    if not place.leader:
        return 0.0
    leader = _leader(label, place)
    return (
        150 * sum(_crosses(box, leader) for box in taken)
        + 12 * max(0, sum(_crosses(box, leader) for box in markers) - 1)
        + 60 * sum(_meet(leader, other) for other in leaders)
    )


def _leader(label: Label, place: Place) -> Line:
    return (label.x, label.y, *tip(label, place))


def tip(label: Label, place: Place) -> tuple[float, float]:
    """The point of the label's box that is nearest to its point: where a leader ends."""
    box = place.box
    return min(max(label.x, box.left), box.right), min(max(label.y, box.top + 3), box.bottom - 3)


def _places(label: Label) -> Iterator[tuple[float, float, Place]]:
    size, width = label.size, width_of(label.text, label.size)
    for ring in _RINGS:
        for turn in _ANGLES:
            across, down = math.cos(turn), math.sin(turn)
            x, middle = label.x + ring * across, label.y + ring * down
            anchor: Anchor = "start" if across > 0.5 else "end" if across < -0.5 else "middle"
            left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            box = Box(left - 1, middle - size * 0.62, left + width + 1, middle + size * 0.62)
            yield ring, turn, Place(x, middle + size * 0.35, anchor, box, ring >= _LEADER)


def _crosses(box: Box, line: Line) -> bool:
    """Whether the line comes into the box; sampled, for lines are short."""
    x1, y1, x2, y2 = line
    steps = max(2, int(math.hypot(x2 - x1, y2 - y1) / 4))
    for step in range(steps + 1):
        x, y = x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps
        if box.left < x < box.right and box.top < y < box.bottom:
            return True
    return False


def _meet(one: Line, other: Line) -> bool:
    """Whether two lines cross each other."""

    def side(px: float, py: float, line: Line) -> float:
        return (line[2] - line[0]) * (py - line[1]) - (line[3] - line[1]) * (px - line[0])

    return (
        side(one[0], one[1], other) * side(one[2], one[3], other) < 0
        and side(other[0], other[1], one) * side(other[2], other[3], one) < 0
    )
