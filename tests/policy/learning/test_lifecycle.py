"""Stages of a proposal, and which route gets which policy."""

from hypothesis import given
from hypothesis import strategies as st

from secondhalf.policy.learning.cases import Case, Opened
from secondhalf.policy.learning.lifecycle import (
    note,
    promote,
    propose,
    reject,
    retire,
    roll_back,
    settle,
    to_canary,
    version_for,
)
from secondhalf.policy.learning.utility import Worth, dearest_of, difference
from secondhalf.state.standing import PolicyStanding

START = PolicyStanding(base="base", active="base")


def test_a_proposal_goes_from_shadow_to_canary_to_active_and_settles() -> None:
    """Each step is the next entry of the log."""
    shadow = propose(START, "new", 1.0, "").standing
    canary = to_canary(shadow, 0.1, 2.0, "gate", "").standing
    watch = promote(canary, "new", 0.1, 3.0, "gate", "").standing
    settled = settle(watch, 4.0, "").standing

    assert [1, 2, 3, 4] == [s.revision for s in (shadow, canary, watch, settled)]
    assert ["base", "base", "new", "new"] == [s.active for s in (shadow, canary, watch, settled)]
    assert ["new", "new", "base", ""] == [s.other for s in (shadow, canary, watch, settled)]
    assert 1 == settled.proposals
    assert (0.0, "settled") == (settled.share, settled.stage)


def test_at_every_stage_there_is_a_way_back() -> None:
    """To one active policy, and nothing beside it."""
    shadow = propose(START, "new", 1.0, "").standing
    canary = to_canary(shadow, 0.1, 2.0, "gate", "").standing
    watch = promote(canary, "new", 0.1, 3.0, "gate", "").standing

    for stage in (shadow, canary):
        after = reject(stage, 5.0, "gate", "").standing
        assert ("base", "settled", "", 0.0) == (after.active, after.stage, after.other, after.share)
    for after in (
        roll_back(watch, "base", 5.0, "gate", "").standing,
        retire(watch, "base", 5.0, "drift", "").standing,
    ):
        assert ("base", "settled", "") == (after.active, after.stage, after.other)
    assert watch == note(watch, "looked", "new", 6.0, "").standing.model_copy(
        update={"revision": watch.revision}
    )
    assert "settled" == promote(START, "base", 0.1, 1.0, "", "").standing.stage


def test_a_share_of_the_routes_gets_the_other_policy_always_the_same_ones() -> None:
    """Only where users may get it at all."""
    shadow = propose(START, "new", 1.0, "").standing
    canary = to_canary(shadow, 0.1, 2.0, "gate", "").standing
    keys = [f"thread {n}" for n in range(4000)]

    chosen = [version_for(canary, key) for key in keys]

    assert 0.08 < sum(version == "new" for version in chosen) / 4000 < 0.12
    assert chosen == [version_for(canary, key) for key in keys]
    assert {"base"} == {version_for(shadow, key) for key in keys}
    watch = promote(canary, "new", 0.1, 3.0, "gate", "").standing
    # Who had the new one keeps it no longer than all others: the shares are drawn anew.
    assert 0.08 < sum(version_for(watch, key) == "base" for key in keys) / 4000 < 0.12


@given(*[st.floats(0.0, 1.0)] * 2, *[st.floats(0.0, 3.0)] * 2, *[st.booleans()] * 2)
def test_what_is_only_thought_never_speaks_for_something_new(
    new: float, old: float, price: float, was: float, sure: bool, known: bool
) -> None:
    """Its price does, and whatever speaks against it."""
    x = difference(Worth(new, sure, price), Worth(old, known, was))

    assert -1.0 <= x <= 1.0
    if not (sure and known):
        assert x <= max(-1.0, was - price) + 1e-9


def test_the_dearest_path_is_dear_on_average() -> None:
    """One expensive answer of a cheap path does not make money cheap."""
    costs = {"cheap": (0.0, 0.4), "dear": (0.3, 0.3)}
    cases = [
        Case(
            "r",
            1.0,
            "S",
            "chat.low",
            tuple(Opened(path, "success", 0.9, each[place], 1.0) for path, each in costs.items()),
        )
        for place in range(2)
    ]

    assert 0.3 == dearest_of(cases)
    assert 0.0 == dearest_of([])
