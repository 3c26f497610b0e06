"""Axes, labels, and markup: what charts are made of."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.evals.report.chart import Chart, Size
from secondhalf.evals.report.drawing import Look
from secondhalf.evals.report.figure import thinned
from secondhalf.evals.report.labels import Box, Label, placed, width_of
from secondhalf.evals.report.markup import Markup, element, join
from secondhalf.evals.report.scale import cost_axis, linear
from secondhalf.evals.report.scatter import accuracy_axis
from secondhalf.evals.report.text import round_number
from tests.evals.report_samples import policy

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20)
COSTS = st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e6)), min_size=1, max_size=20)


@given(VALUES)
def test_ticks_lie_on_the_axis_in_order(values: list[float]) -> None:
    """And the axis holds all values."""
    axis = linear("x", values, round_number)
    ticks = axis.ticks()

    assert all(axis.low <= value <= axis.high for value in values)
    assert ticks == sorted(set(ticks))
    assert all(-1e-6 <= axis.part(tick) <= 1 + 1e-6 for tick in ticks)
    assert 1 <= len(ticks) <= 9


@given(COSTS)
def test_costs_find_a_place_on_their_axis(costs: list[float]) -> None:
    """What costs nothing stands at the start of a logarithmic one."""
    axis = cost_axis("cost", costs, round_number)
    parts = [axis.part(cost) for cost in costs]

    assert all(0 <= part <= 1 for part in parts)
    assert sorted(parts) == [axis.part(cost) for cost in sorted(costs)]
    assert all(math.isfinite(tick) for tick in axis.ticks())


def test_costs_far_apart_need_a_logarithmic_axis() -> None:
    """With round ticks; costs close together start from 0."""
    far = cost_axis("cost", [0.02, 12.0], round_number)
    near = cost_axis("cost", [1.0, 3.0], round_number)

    assert far.log
    assert [0.1, 1.0, 10.0] == [tick for tick in far.ticks() if tick in (0.1, 1.0, 10.0)]
    assert (False, 0.0) == (near.log, near.low)


def test_what_is_far_below_does_not_flatten_the_rest() -> None:
    """It is set at the foot; a preset never is."""
    close = [policy(f"m{at}", "model", 0.94 + at / 200, 1.0) for at in range(6)]
    poor = policy("poor", "model", 0.3, 0.1)

    assert accuracy_axis([*close, poor]).low > 0.9
    assert accuracy_axis([*close, policy("economy", "router", 0.3, 0.1)]).low < 0.3


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.floats(60, 940), st.floats(40, 560), st.text("abc-", min_size=1, max_size=25)),
        max_size=40,
    )
)
def test_labels_overlap_neither_each_other_nor_points(
    found: list[tuple[float, float, str]],
) -> None:
    """And they stay where there is room; one that finds no place is left out."""
    labels = [Label(*label) for label in found]
    room = Box(50, 20, 960, 580)
    places = placed(labels, [(x, y) for x, y, _ in found], room)
    boxes = [place.box for place in places if place is not None]

    assert len(labels) == len(places)
    assert all(room.holds(box) for box in boxes)
    assert not any(a.meets(b) for at, a in enumerate(boxes) for b in boxes[:at])
    assert not any(
        box.left < x < box.right and box.top < y < box.bottom for box in boxes for x, y, _ in found
    )


def test_a_label_stands_beside_its_point_where_it_can() -> None:
    """To the right, without a line."""
    place = placed([Label(100, 100, "balanced")], [(100, 100)], Box(0, 0, 400, 300))[0]

    assert place is not None
    assert ("start", False) == (place.anchor, place.leader)
    assert place.box.left > 100


def test_wide_letters_need_more_room() -> None:
    """About twice as much."""
    assert width_of("漢字", 12) > 1.5 * width_of("ab", 12)


def test_lines_are_cut_at_the_axes_and_points_are_not() -> None:
    """Lines lie in a window of their own."""
    axis = linear("x", [0, 1], round_number, zero=True)
    chart = Chart(axis, axis, Size(100, 80, left=10, bottom=10, top=10, right=10))
    chart.line([(0, 0), (1, 5)], Look("c0"))
    chart.point(1, 1, Look("c0"), "here")
    drawn = chart.svg("words")

    window = re.search(r"<svg x=.*?</svg>", drawn)
    assert window is not None
    assert "<path" in window[0]
    assert "<circle" not in window[0]
    assert 'role="img" aria-label="words"' in drawn


@pytest.mark.parametrize(("length", "places"), [(3, [0, 1, 2]), (10, [0, 3, 6, 9])])
def test_thinning_keeps_both_ends(length: int, places: list[int]) -> None:
    """And what lies evenly between."""
    assert places == thinned(length, 4)


def test_only_markup_is_not_escaped() -> None:
    """In children and in attributes."""
    found = element("p", "<b>", element("b", "&"), class_='"', data_x=None)

    assert '<p class="&quot;">&lt;b&gt;<b>&amp;</b></p>' == found
    assert isinstance(found, Markup)
    assert "&lt;<br>" == join("<", element("br"))


@pytest.mark.parametrize("name", ["a b", "x><", "", "1a", "on\nload"])
def test_names_of_elements_are_ours(name: str) -> None:
    """Data never names one."""
    with pytest.raises(ValueError, match="no name of an"):
        element(name)
    with pytest.raises(ValueError, match="no name of an"):
        element("p", **{name: "x"})
