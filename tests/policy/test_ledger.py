"""Ledger arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from secondhalf.policy.ledger import (
    Left,
    first_cap_exceeded,
    left,
    open_ledger,
    reserve,
    settle,
    spent,
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
