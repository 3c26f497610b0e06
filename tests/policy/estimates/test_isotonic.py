"""A curve that only rises, and when it is better than a line."""

import math
import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from secondhalf.policy.estimates.calibration import (
    ENOUGH,
    EVERY,
    MOST,
    Calibration,
    better_curve,
    log_loss,
)
from secondhalf.policy.estimates.isotonic import BINS, curve_of, pooled, read_off

SHARES = st.floats(0.0, 1.0)
LOGITS = st.floats(-7.0, 7.0)


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


@given(st.lists(st.tuples(SHARES, st.floats(0.1, 9.0)), min_size=1, max_size=30))
@settings(deadline=None, max_examples=200)
def test_pooling_never_falls_and_keeps_the_mean(told: list[tuple[float, float]]) -> None:
    """And what never fell is left as it was."""
    values, weights = [v for v, _ in told], [w for _, w in told]

    found = pooled(values, weights)

    assert all(a <= b for a, b in pairwise(found))
    assert np.average(found, weights=weights) == pytest.approx(np.average(values, weights=weights))
    assert sorted(values) == pytest.approx(pooled(sorted(values), weights))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=4))
@settings(deadline=None, max_examples=100)
def test_pooling_is_the_nearest_that_never_falls(steps: list[int]) -> None:
    """Beside every rising sequence on a grid."""
    values = [step / 3 for step in steps]
    found = pooled(values, [1.0] * len(values))

    def far(curve: list[float]) -> float:
        return sum((a - b) ** 2 for a, b in zip(curve, values, strict=True))

    grid = [k / 12 for k in range(13)]
    rising: list[list[float]] = [[]]
    for _ in values:
        rising = [[*one, v] for one in rising for v in grid if not one or v >= one[-1]]
    assert far(found) <= min(map(far, rising)) + 1e-12


@given(st.lists(st.tuples(LOGITS, SHARES), min_size=1, max_size=200), LOGITS, LOGITS)
@settings(deadline=None, max_examples=100)
def test_a_curve_only_rises_and_is_never_certain(
    pairs: list[tuple[float, float]], one: float, other: float
) -> None:
    """Whatever it was told, between the knots and beyond; and it survives being stored."""
    curve = curve_of(pairs, sigmoid)
    low, high = sorted([one, other])
    found = Calibration(curve=curve)

    assert 1 <= len(curve) <= BINS
    assert 0.0 < found.stated(sigmoid(low)) <= found.stated(sigmoid(high)) < 1.0
    assert Calibration.model_validate_json(found.model_dump_json()) == found
    assert read_off(curve, curve[0][0], 0.5) == pytest.approx(0.9 * curve[0][1] + 0.05, abs=2e-3)


TRUTHS: dict[str, tuple[Callable[[float], float], str]] = {
    "a line": (lambda x: sigmoid(0.6 * x), "platt"),
    "steps": (lambda x: 0.95 if x > 2 else 0.45 if x > -1 else 0.1, "isotonic"),
    "never better than .7": (lambda x: min(0.7, sigmoid(2 * x)), "isotonic"),
}


@pytest.mark.parametrize("truth", TRUTHS)
def test_the_better_of_both_is_chosen_on_outcomes_that_neither_saw(truth: str) -> None:
    """Where a line is all there is to it, the line; on new outcomes what is chosen is no worse."""
    right, method = TRUTHS[truth]
    rng = random.Random(7)

    def outcomes(many: int) -> list[tuple[float, float]]:
        logits = [rng.gauss(1.0, 2.0) for _ in range(many)]
        return [(x, float(rng.random() < right(x))) for x in logits]

    found = Calibration()
    for x, y in outcomes(2 * ENOUGH):
        found = found.with_pair(sigmoid(x), y).fitted()
    plain = Calibration(slope=found.slope, offset=found.offset)
    new = outcomes(2_000)
    losses = [
        sum(log_loss(one.stated(sigmoid(x)), y) for x, y in new) / len(new)
        for one in (found, plain)
    ]

    assert method == found.method
    assert losses[0] <= losses[1] + 1e-9
    assert method == "platt" or losses[0] < losses[1] - 0.02
    assert found.error() < 0.06


def test_below_a_thousand_outcomes_there_is_only_the_line() -> None:
    """Then it is fitted every so often, on the newest, and old outcomes go."""
    steps = TRUTHS["steps"][0]
    rng = random.Random(1)
    pairs = [(x, float(rng.random() < steps(x))) for x in (rng.gauss(1, 2) for _ in range(ENOUGH))]

    before = Calibration(pairs=tuple(pairs[:-2]), outcomes=ENOUGH - 2).with_pair(0.5, 1.0).fitted()
    after = before.with_pair(0.5, 0.0).fitted()

    assert () == better_curve(pairs[:-1], 1.0, 0.0)
    assert ("platt", "isotonic") == (before.method, after.method)
    assert 0 == ENOUGH % EVERY
    more = Calibration(pairs=tuple(pairs * 2), outcomes=MOST).with_pair(0.5, 1.0).fitted()
    assert (MOST, MOST + 1) == (len(more.pairs), more.outcomes)


@pytest.mark.parametrize(
    "curve",
    [
        ((0.0, 0.5), (1.0, 0.4)),
        ((1.0, 0.5), (0.0, 0.6)),
        ((0.0, 0.5), (0.0, 0.6)),
        ((0.0, 1.5),),
        ((float("nan"), 0.5),),
        ((1e9, 0.5),),
        tuple((k / 10, 0.5) for k in range(BINS + 1)),
    ],
)
def test_a_curve_that_cannot_be_is_refused(curve: object) -> None:
    """A broken row must not turn what is stated around."""
    with pytest.raises(ValidationError):
        Calibration.model_validate({"curve": curve})
