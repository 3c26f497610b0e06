"""Cross-fitted predictions of rewards."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from secondhalf.evals.offpolicy_fit import cross_fitted
from secondhalf.evals.offpolicy_log import LoggedChoices


def logged(
    reward: NDArray[Any], taken: NDArray[Any] | list[int], actions: int = 2
) -> LoggedChoices:
    """A log in which only actions and rewards matter."""
    rows = len(reward)
    return LoggedChoices(
        actions=tuple("abcdefg"[:actions]),
        taken=np.array(taken, int),
        propensity=np.full(rows, 0.5),
        reward=np.array(reward, float),
        target=np.full((rows, actions), 1 / actions),
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_a_row_does_not_know_its_own_reward(seed: int, with_features: bool) -> None:
    """Whatever it earned, its predictions stay."""
    rng = np.random.default_rng(seed)
    reward, taken = rng.random(30), rng.integers(2, size=30)
    features = rng.normal(size=(30, 3)) if with_features else None
    row = int(rng.integers(30))
    other = reward.copy()
    other[row] = 1000.0

    before = cross_fitted(logged(reward, taken), features)
    after = cross_fitted(logged(other, taken), features)
    assert before[row].tolist() == after[row].tolist()
    assert not np.array_equal(before, after)


def test_without_features_it_is_the_actions_mean() -> None:
    """With many rows the pull to the mean of all is small."""
    rng = np.random.default_rng(0)
    taken = rng.integers(2, size=2000)
    reward = (rng.random(2000) < np.array([0.3, 0.8])[taken]) * 1.0

    found = cross_fitted(logged(reward, taken))
    assert pytest.approx([0.3, 0.8], abs=0.03) == found.mean(axis=0)


def test_an_action_never_taken_is_predicted_as_all_are() -> None:
    """There is nothing else to go by."""
    found = cross_fitted(logged(np.full(20, 0.7), [0] * 20, actions=3))

    assert pytest.approx(0.7) == found[:, 2]


def test_features_are_followed() -> None:
    """A ridge per action finds the slope of each, and ignores a constant feature."""
    rng = np.random.default_rng(1)
    x, taken = rng.normal(size=3000), rng.integers(2, size=3000)
    reward = np.where(taken == 0, x, 1 - 2 * x) + 0.1 * rng.normal(size=3000)

    found = cross_fitted(logged(reward, taken), np.stack([x, np.ones(3000)], axis=1))
    inner = np.abs(x) < 1.5
    assert pytest.approx(x[inner], abs=0.1) == found[inner, 0]
    assert pytest.approx(1 - 2 * x[inner], abs=0.1) == found[inner, 1]


def test_predictions_stay_within_the_rewards_seen() -> None:
    """A line is not followed beyond them."""
    x = np.append(np.linspace(0, 1, 40), [50.0, -50.0])
    found = cross_fitted(logged(np.clip(x, 0, 1), [0] * 42), x[:, None])

    assert 0 <= found.min() <= found.max() <= 1


def test_one_row_is_predicted_as_nothing() -> None:
    """There are no others to learn from."""
    assert [[0, 0]] == cross_fitted(logged(np.array([1.0]), [0])).tolist()
