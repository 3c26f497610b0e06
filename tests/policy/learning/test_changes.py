"""What a policy takes over from a reflection, and what that comes to on a route."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from secondhalf.policy.defaults import default_policy, version_of
from secondhalf.policy.learning.describing import differences, learned_lines, same_configuration
from secondhalf.policy.learning.leaning import MOST_SHIFT, hints, lean, leaned, leaning, scaled
from secondhalf.policy.learning.revising import (
    MOST_WEIGHT,
    reflections_in,
    revised,
    without,
    without_expired,
)
from secondhalf.state.budget import Budget
from secondhalf.state.estimate import Prospect, Prospects
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.reflection import (
    AvoidChange,
    BudgetChange,
    Change,
    HintChange,
    PreferChange,
    Reflection,
    Scope,
    ThresholdChange,
)

HERE = Scope(strategy="S", bucket="code.low")
EVERYWHERE = Scope(strategy="S")
NOW = 1_000_000.0
A_DAY = 86_400.0


def reflection(*changes: Change, name: str = "r1", support: int = 20) -> Reflection:
    return Reflection(
        id=name,
        strategy="S",
        trigger="failed",
        cause="wrong_expert",
        changes=changes,
        support=support,
    )


def after(*changes: Change, policy: RoutingPolicy | None = None, name: str = "r1") -> RoutingPolicy:
    return revised(policy or default_policy(), [reflection(*changes, name=name)], NOW)


def test_a_new_version_is_named_by_its_content_and_names_its_parent() -> None:
    """The old one stays what it was."""
    before = default_policy()

    policy = after(AvoidChange(scope=HERE, path="a"))

    assert policy.parent == before.version != policy.version
    assert policy.version == version_of(policy.model_dump(mode="json"))
    assert ("r1",) == reflections_in(policy)
    assert same_configuration(before, policy)
    assert before == default_policy()
    assert policy == after(AvoidChange(scope=HERE, path="a"))


def test_avoid_and_prefer_count_as_a_few_outcomes_where_they_hold_and_while_they_hold() -> None:
    """Never more than so many, and not elsewhere."""
    change = AvoidChange(scope=HERE, path="a", ttl_days=2.0)
    policy = after(change, PreferChange(scope=HERE, path="b", ttl_days=2.0))

    found = leaning(policy, "S", "code.low", NOW)
    assert {"a": -MOST_WEIGHT, "b": MOST_WEIGHT} == dict(found.weights)
    assert ("r1",) == found.used
    for strategy, bucket, now in (
        ("T", "code.low", NOW),
        ("S", "code.high", NOW),
        ("S", "code.low", NOW + 2 * A_DAY),
    ):
        assert not leaning(policy, strategy, bucket, now).weights
    assert not without_expired(policy, NOW + 3 * A_DAY).avoid_patterns


def test_what_is_said_later_of_a_path_takes_the_place_of_what_was_said() -> None:
    """Else two reflections could add up, or fight."""
    policy = after(AvoidChange(scope=HERE, path="a"))

    policy = after(PreferChange(scope=HERE, path="a"), policy=policy, name="r2")

    assert not policy.avoid_patterns
    assert ("r2",) == reflections_in(policy)


def test_thresholds_move_a_little_however_often_they_are_moved() -> None:
    """In one scope by .05, in all together by no more than is allowed."""
    policy = default_policy()
    for number in range(10):
        for scope in (HERE, EVERYWHERE):
            change = ThresholdChange(scope=scope, key="good_enough", delta=0.05)
            policy = after(change, policy=policy, name=f"r{number}")

    found = leaning(policy, "S", "code.low", NOW).thresholds
    assert found.good_enough == pytest.approx(policy.thresholds.good_enough + 0.10)
    assert 0.10 <= MOST_SHIFT
    assert found.adversarial == policy.thresholds.adversarial
    with pytest.raises(ValidationError):
        ThresholdChange.model_validate({"scope": HERE, "key": "adversarial", "delta": 0.05})
    with pytest.raises(ValidationError):
        ThresholdChange(scope=HERE, key="verified", delta=0.06)


def test_budgets_are_scaled_within_bounds_and_never_those_a_caller_named() -> None:
    """A cap that somebody has set is a promise."""
    policy = default_policy()
    for number in range(5):
        policy = after(BudgetChange(scope=HERE, factor=1.4), policy=policy, name=f"r{number}")
    factor = leaning(policy, "S", "code.low", NOW).budget
    budget = Budget(usd=1.0, seconds=10.0, tokens=100, calls=4, nodes=12)

    found = scaled(budget, ("usd",), factor)

    assert 1.5 == factor
    assert (1.0, 15.0, 150, 6, 12) == (
        found.usd,
        found.seconds,
        found.tokens,
        found.calls,
        found.nodes,
    )


def test_hints_are_sentences_of_ours() -> None:
    """Nothing that anybody wrote is in them."""
    policy = after(HintChange(scope=HERE, difficulty="high"))

    (hint,) = hints(policy, "code.low", NOW)
    assert "high difficulty" in hint
    assert () == hints(policy, "code.medium", NOW)
    assert () == hints(policy, "code.low", NOW + 365 * A_DAY)


def test_a_reflection_can_be_taken_back() -> None:
    """What others brought stays."""
    policy = after(AvoidChange(scope=HERE, path="a"))
    policy = after(HintChange(scope=HERE, difficulty="high"), policy=policy, name="r2")

    smaller = without(policy, ["r1"])

    assert ("r2",) == reflections_in(smaller)
    assert smaller.parent == policy.version


@given(st.floats(-5.0, 5.0), st.floats(0.0, 1.0), st.floats(0.0, 1000.0))
def test_leaning_is_bounded_and_data_overrule_it(weight: float, p: float, labels: float) -> None:
    """With a thousand outcomes it hardly shows; it never makes anything certain or impossible."""
    prospects = Prospects(
        arms={"m": Prospect(right=(p, p, p), labels=labels)}, paths={"a": {"x": "m"}}
    )

    (moved, *_) = leaned(prospects, {"a": weight}).arms["m"].right

    assert 0.0 <= moved <= 1.0
    assert (moved >= p - 1e-12) if weight >= 0 else (moved <= p + 1e-12)
    assert abs(moved - p) <= abs(weight) / (8.0 + labels + abs(weight)) + 1e-12
    assert 0.0 <= lean(p, weight) <= 1.0


def test_a_path_without_models_leans_as_well() -> None:
    """Its weight is noted for whoever asks what to expect of it."""
    found = leaned(Prospects(), {"quotes": -5.0})

    assert {"quotes": -5.0} == found.leanings
    assert lean(0.5, -5.0) == pytest.approx(4.0 / 13.0)
    assert leaned(Prospects(), {}) == Prospects()


def test_differences_are_told_in_words() -> None:
    """One line each, both ways."""
    before = after(AvoidChange(scope=HERE, path="a"))
    now = after(
        ThresholdChange(scope=EVERYWHERE, key="verified", delta=0.05),
        policy=without(before, ["r1"]),
    )

    lines = differences(before, now)

    assert ["-", "+"] == [line[0] for line in lines]
    assert "avoid a in S, code.low" in lines[0]
    assert "verified +0.05 in S" in lines[1]
    assert [] == differences(now, now)
    other = default_policy().model_copy(update={"exploration": 0.5})
    assert ["~ exploration: 0.02 → 0.5"] == differences(default_policy(), other)
    assert 1 == len(learned_lines(now))
