"""Figures and names as they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.evals.report.text import (
    amount,
    fraction,
    interval,
    round_fraction,
    round_usd,
    several,
    share,
    shorten,
    shortened,
    signed,
    usd,
    with_interval,
)
from secondhalf.state.plaintext import clean, one_line


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.9424, ".942"), (1.0, "1.000"), (0.0, ".000"), (-0.021, "−.021"), (-0.0001, ".000")],
)
def test_a_fraction_has_no_leading_zero(value: float, text: str) -> None:
    """Nor does what rounds to nothing have a sign."""
    assert text == fraction(value)


@pytest.mark.parametrize(("value", "text"), [(0.021, "+.021"), (-0.004, "−.004"), (0.0, "+.000")])
def test_a_difference_has_a_sign(value: float, text: str) -> None:
    """So that it is not taken for an accuracy."""
    assert text == signed(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.238, "24 %"),
        (0.004, "0.4 %"),
        (0.9951, "99.5 %"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (-0.2, "−20 %"),
        (-0.00001, "0.0 %"),
    ],
)
def test_a_share_says_whether_it_is_all_or_none(value: float, text: str) -> None:
    """Near both ends it has a digit more."""
    assert text == share(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "$0"),
        (9.9999, "$10.0"),
        (0.0812, "$0.0812"),
        (1.234, "$1.23"),
        (12.34, "$12.3"),
        (1234.5, "$1,234"),
    ],
)
def test_dollars_have_three_digits(value: float, text: str) -> None:
    """Small and large ones."""
    assert text == usd(value)


def test_what_is_not_known_is_a_dash() -> None:
    """Never a zero, never nan."""
    unknown = [
        f(value) for f in (fraction, signed, share, usd, amount) for value in (None, float("nan"))
    ]

    assert {"–"} == set(unknown)
    assert "" == interval(0.1, None)
    assert ".500" == with_interval(0.5, None, 0.6)


def test_other_forms() -> None:
    """Intervals, round values beside an axis, counts."""
    assert ".942 [.929, .954]" == with_interval(0.942, 0.929, 0.954)
    assert ["$0.05", "$2", "$1,500"] == [round_usd(value) for value in (0.05, 2.0, 1500.0)]
    assert [".90", ".005", "1.00", ".00"] == [round_fraction(v) for v in (0.9, 0.005, 1.0, 0.0)]
    assert ["1 run", "1,319 runs"] == [several(number, "run") for number in (1, 1319)]
    assert "2 policies" == several(2, "policy", "policies")


@given(st.text(st.characters(), max_size=60))
def test_nothing_steers_a_terminal_or_hides(text: str) -> None:
    """No control characters, no marks of direction, no halves of surrogate pairs."""
    shown = one_line(text)

    assert not set(shown) & {*map(chr, range(32)), "\x7f", "\x9b", "\u200f", "\u202e", "\ufeff"}
    assert shown == shown.encode("utf-8").decode()
    assert shown == one_line(shown)


def test_clean_keeps_text_as_it_is() -> None:
    """Spaces at its ends, newlines, every letter."""
    assert " Zeile\n\tß → 漢 " == clean(" Zeile\n\tß → 漢 ")


def test_the_middle_of_a_long_name_gives_way() -> None:
    """Names of models differ at both ends; an organisation goes first."""
    assert "Mixtral-8x7B-Instruct-v0.1" == shorten("mistralai/Mixtral-8x7B-Instruct-v0.1", 30)
    assert "gpt-3.5-turbo…struct [cot]" == shorten("gpt-3.5-turbo-0125-instruct [cot]", 26)


@given(
    st.lists(st.text(st.sampled_from("ab/…"), min_size=1, max_size=50), unique=True),
    st.integers(12, 45),
)
def test_short_names_stay_apart(names: list[str], longest: int) -> None:
    """Two policies never share one."""
    forms = shortened(names, longest)

    assert len(names) == len(set(forms.values()))
    assert all(len(form) <= longest for form in forms.values())
