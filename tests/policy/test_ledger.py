"""Ledger arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.policy.ledger import (
    BUDGET_SHARE,
    HEADROOM,
    Left,
    charge_lost,
    first_cap_exceeded,
    grant,
    headroom,
    left,
    open_ledger,
    overdrawn,
    reserve,
    settle,
    spent,
    to_reserve,
)
from secondhalf.policy.stages import share
from secondhalf.state.budget import Budget, Usage
from secondhalf.state.expert import Grant

amounts = st.builds(
    Usage,
    calls=st.integers(0, 5),
    input_tokens=st.integers(0, 1000),
    output_tokens=st.integers(0, 1000),
    usd=st.floats(0, 1),
    seconds=st.floats(0, 10),
)


def test_a_reservation_holds_until_it_is_settled() -> None:
    """What is reserved is not left; settling gives back what was not used."""
    ledger = open_ledger(Budget(usd=1.0))

    held = reserve(ledger, "a", "slm", Usage(usd=0.4))
    done = settle(held, "a", "slm", Usage(usd=0.1))

    assert [1.0, 0.6, 0.9] == [left(entry).usd for entry in (ledger, held, done)]
    assert spent(done).usd == 0.1


def test_a_settled_entry_remembers_what_was_guessed() -> None:
    """What is learned from it are shares of that."""
    guess = Usage(usd=0.8)
    held = reserve(open_ledger(Budget(usd=1.0)), "a", "slm", Usage(usd=0.4), guess)

    assert guess == settle(held, "a", "slm", Usage(usd=0.1)).entries[0].guess


def test_a_path_may_use_more_than_is_reserved_while_nobody_else_needs_it() -> None:
    """A few times as much, of dollars, tokens and time; never more calls."""
    amount = Usage(usd=0.1, seconds=10.0, input_tokens=50, output_tokens=50, calls=2)

    rich = headroom(amount, Grant(usd=9.0, seconds=99.0, tokens=9_999, calls=9))
    poor = headroom(amount, Grant(usd=0.05, seconds=1.0, tokens=7, calls=9))

    assert Grant(usd=0.4, seconds=40.0, tokens=400, calls=2) == rich.grant
    assert (pytest.approx(8.7), 69.0, 9_699, 9) == tuple(rich.spare.model_dump().values())
    assert (pytest.approx(0.15), 11.0, 107, 2) == tuple(poor.grant.model_dump().values())
    assert Grant(usd=0.0, seconds=0.0, tokens=0, calls=9) == poor.spare


def test_who_is_known_to_be_short_may_still_use_what_its_request_makes_one_guess() -> None:
    """Room is a multiple of the larger of both; where nothing is reserved there is no limit."""
    spare = Grant(usd=9.0, seconds=99.0, tokens=9_999, calls=9)

    short = headroom(Usage(usd=0.1, calls=1), spare, Usage(usd=0.2, calls=1))

    assert HEADROOM * 0.2 == pytest.approx(short.grant.usd)
    assert Grant(usd=0.0, seconds=0.0, tokens=0, calls=0) == headroom(Usage(), spare).grant


@given(amounts, amounts, amounts)
def test_what_is_allowed_and_what_is_left_are_what_there_was(
    amount: Usage, free: Usage, guess: Usage
) -> None:
    """Nothing is given twice, and nothing of the reservation is taken away."""
    spare = grant(free)

    found = headroom(amount, spare, guess)

    for name in ("usd", "seconds", "tokens"):
        given, beside = getattr(found.grant, name), getattr(found.spare, name)
        reserved = getattr(grant(amount), name)
        assert given + beside == pytest.approx(reserved + getattr(spare, name))
        assert given >= reserved


def test_settling_twice_counts_once() -> None:
    """A crash may settle an entry again: the ledger does not change."""
    ledger = reserve(open_ledger(Budget(usd=1.0)), "a", "slm", Usage(usd=0.4))
    once = settle(ledger, "a", "slm", Usage(usd=0.1))

    assert once == settle(once, "a", "slm", Usage(usd=0.1))


def test_the_first_cap_that_would_be_exceeded_is_named() -> None:
    """Exactly what is left still fits."""
    available = Left(usd=1.0, seconds=1.0, tokens=100, calls=1)

    assert first_cap_exceeded(Usage(usd=1.0, calls=1), available) == ""
    assert first_cap_exceeded(Usage(usd=0.5, calls=2), available) == "calls"


@given(st.lists(amounts, max_size=6), st.floats(0, 5))
def test_never_less_than_nothing_is_left(used: list[Usage], cap: float) -> None:
    """However much was used, what is left is not negative and never more than the cap."""
    ledger = open_ledger(Budget(usd=cap))
    for place, amount in enumerate(used):
        ledger = settle(ledger, str(place), "n", amount)

    assert 0.0 <= left(ledger).usd <= cap


@given(amounts, st.lists(amounts, max_size=3), st.lists(amounts, min_size=1, max_size=3), amounts)
def test_the_calls_of_a_stage_never_get_more_than_the_path_has_left(
    total: Usage, used: list[Usage], now: list[Usage], later: Usage
) -> None:
    """Grants of a stage add up to no more than the path's grant less what was used."""
    whole = Grant(usd=total.usd, seconds=total.seconds, tokens=total.tokens, calls=total.calls)

    grants = share(whole, sum(used, Usage()), now, [later])

    gone = sum(used, Usage())
    assert sum(g.usd for g in grants) <= max(0.0, whole.usd - gone.usd) + 1e-9
    assert sum(g.tokens for g in grants) <= max(0, whole.tokens - gone.tokens)
    assert sum(g.calls for g in grants) <= max(0, whole.calls - gone.calls)


def test_a_lost_call_is_charged_as_all_it_was_granted() -> None:
    """Once from its grant; the repeated call is paid from what was spare."""
    granted = Grant(usd=0.5, seconds=9.0, tokens=1000, calls=1)
    spare = Grant(usd=0.25, seconds=0.0, tokens=5000, calls=3)

    lost, again = charge_lost(granted, spare, 1)

    assert (0.5, 1000, 1, 0.0, 1) == (
        lost.usd,
        lost.tokens,
        lost.calls,
        lost.seconds,
        lost.estimated_calls,
    )
    assert Grant(usd=0.25, seconds=9.0, tokens=1000, calls=1) == again


@given(amounts, amounts, st.integers(0, 5))
def test_lost_calls_never_use_more_than_the_grant_and_what_is_spare(
    a: Usage, b: Usage, times: int
) -> None:
    """However often it was lost, with the repeated call besides."""
    granted, spare = grant(a), grant(b)

    lost, again = charge_lost(granted, spare, times)

    assert lost.usd + again.usd <= granted.usd + spare.usd + 1e-9
    assert lost.tokens + again.tokens <= granted.tokens + spare.tokens
    assert lost.calls + again.calls <= granted.calls + spare.calls


def test_who_used_more_than_granted_is_seen_in_the_ledger() -> None:
    """It is booked in full, and nothing is left of that cap."""
    ledger = settle(open_ledger(Budget(usd=0.1)), "a", "slm", Usage(usd=0.5))

    assert (("usd",), 0.0) == (overdrawn(ledger), left(ledger).usd)


def test_an_unknown_price_counts_as_what_was_reserved_for_it() -> None:
    """It is not known to be nothing."""
    held = reserve(open_ledger(Budget(usd=0.1)), "a", "slm", Usage(usd=0.04, calls=1))
    done = settle(held, "a", "slm", Usage(calls=1, unpriced_calls=1))

    assert pytest.approx(0.06) == left(done).usd
    assert 0.0 == spent(done).usd


def test_what_is_reserved_fits_a_budget_of_which_nothing_is_used() -> None:
    """If what its request makes one guess does."""
    guess = Usage(usd=0.01, seconds=2.0, input_tokens=100, output_tokens=100, calls=1)
    most = Usage(usd=9.0, seconds=900.0, input_tokens=10_000, output_tokens=90_000, calls=1)
    budget = Budget(usd=0.4, seconds=60.0, tokens=1_000)

    found = to_reserve(most, guess, budget, 50)

    assert found.usd == pytest.approx(BUDGET_SHARE * 0.4)
    assert found.seconds == pytest.approx(BUDGET_SHARE * 60.0)
    assert BUDGET_SHARE * 1_000 <= found.tokens <= BUDGET_SHARE * 1_000 + 2

    poor = to_reserve(most, guess, Budget(usd=0.0, seconds=1.0, tokens=0), 50)
    assert (0.01, 2.0, 200) == (poor.usd, poor.seconds, poor.tokens)


def test_what_a_prompt_needs_is_reserved() -> None:
    """As far as it was guessed, and no more where it is less than what is used as a rule."""
    guess = Usage(usd=0.01, input_tokens=8_000, output_tokens=2_000)
    little = Usage(usd=0.004, input_tokens=3_200, output_tokens=800)

    needed = {
        prompts: to_reserve(little, guess, Budget(), prompts).tokens for prompts in (0, 7_000)
    }

    assert {0: 4_000, 7_000: 7_000} == {p: tokens // 10 * 10 for p, tokens in needed.items()}
    assert to_reserve(little, guess, Budget(), 7_000).usd == pytest.approx(0.007)
    assert to_reserve(little, guess, Budget(), 90_000).tokens <= guess.tokens + 2
