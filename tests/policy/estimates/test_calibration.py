"""Calibration on its own: whatever came true, what is stated stays a probability."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from secondhalf.policy.estimates.calibration import KEPT, Calibration

SHARES = st.floats(0.0, 1.0)


def after(pairs: list[tuple[float, float]]) -> Calibration:
    found = Calibration()
    for computed, score in pairs:
        found = found.with_pair(computed, score).fitted()
    return found


def test_nothing_is_changed_by_nothing() -> None:
    """Without outcomes what was computed is stated."""
    assert 0.7 == pytest.approx(Calibration().stated(0.7))
    assert 0.0 == Calibration().error()


@given(st.lists(st.tuples(SHARES, SHARES), max_size=30), SHARES, SHARES)
@settings(deadline=None, max_examples=100)
def test_a_surer_answer_is_stated_to_be_surer(
    pairs: list[tuple[float, float]], one: float, other: float
) -> None:
    """Calibration never turns the order around, whatever it was told."""
    found = after(pairs)
    low, high = sorted([one, other])

    assert 0.0 <= found.stated(low) <= found.stated(high) <= 1.0
    assert Calibration.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(("computed", "score"), [(1.0, 0.0), (0.0, 1.0)])
def test_who_is_always_wrong_is_believed_no_more(computed: float, score: float) -> None:
    """Though the slope is kept from turning: then the offset does it."""
    found = after([(computed, score)] * 200)

    assert found.stated(computed) == pytest.approx(score, abs=0.15)
    assert found.error() < 0.15


def test_skewed_and_overconfident_quality_is_mended() -> None:
    """Logits of twice the size that they should have, and one too high."""
    rng, pairs = random.Random(0), list[tuple[float, float]]()
    for _ in range(500):
        logit = rng.uniform(-3.0, 3.0)
        true = 1 / (1 + 2.718281828 ** -(logit / 2 - 1))
        pairs.append((1 / (1 + 2.718281828**-logit), float(rng.random() < true)))
    found = after(pairs)

    assert found.slope == pytest.approx(0.5, abs=0.12)
    assert found.offset == pytest.approx(-1.0, abs=0.25)
    assert found.error() < 0.06


@pytest.mark.parametrize("usual", [0.6, 0.9, 0.97])
def test_what_is_usual_is_stated_as_it_is(usual: float) -> None:
    """A line that is flatter for want of outcomes is turned about what is usual: that stays."""
    right = round(20 * usual)
    found = after([(usual, 1.0)] * right + [(usual, 0.0)] * (20 - right))

    assert found.slope < 0.8
    assert found.stated(usual) == pytest.approx(usual, abs=0.04)


def test_a_few_outcomes_tell_that_sureness_means_nothing() -> None:
    """Where all answers are right as often, surer ones are soon said to be about as good."""
    rng = random.Random(1)
    pairs = [(rng.choice([0.45, 0.6, 0.95]), float(rng.random() < 0.65)) for _ in range(30)]
    found = after(pairs)

    assert found.stated(0.95) - found.stated(0.45) < 0.25
    assert found.stated(0.6) == pytest.approx(0.65, abs=0.15)


def test_only_the_newest_outcomes_count() -> None:
    """The fit of the line looks at so many."""
    found = after([(0.9, 0.0)] * 20 + [(0.9, 1.0)] * KEPT)

    assert after([(0.9, 1.0)] * KEPT).stated(0.9) == pytest.approx(found.stated(0.9), abs=1e-3)


@pytest.mark.parametrize(
    "broken",
    [
        {"slope": -1.0},
        {"slope": float("nan")},
        {"offset": 1e9},
        {"pairs": ((1e300, 1.0),)},
        {"pairs": ((0.0, 2.0),)},
    ],
)
def test_a_calibration_that_cannot_be_is_refused(broken: dict[str, object]) -> None:
    """A broken row must not turn what is stated around."""
    with pytest.raises(ValidationError):
        Calibration.model_validate(broken)
