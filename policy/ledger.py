"""Ledger arithmetic: reserve before a call, settle after it, and never exceed a cap."""

from typing import NamedTuple

from secondhalf.state.budget import DEFAULT_BUDGET, Budget, Ledger, LedgerEntry, Usage
from secondhalf.state.expert import Grant

CAPS = ("usd", "seconds", "tokens", "calls")


class Left(NamedTuple):
    """What a route may still use: US dollars, active seconds, tokens and calls."""

    usd: float
    seconds: float
    tokens: int
    calls: int


def open_ledger(budget: Budget) -> Ledger:
    """An empty ledger under ``budget``; missing caps are the defaults."""
    return Ledger(budget=budget.over(DEFAULT_BUDGET))


def reserve(ledger: Ledger, entry_id: str, node: str, amount: Usage) -> Ledger:
    """The ledger with ``amount`` held for ``node``."""
    return ledger.with_entry(LedgerEntry(id=entry_id, node=node, reserved=amount))


def settle(ledger: Ledger, entry_id: str, node: str, actual: Usage) -> Ledger:
    """The ledger with the entry's reservation replaced by what was really used; idempotent."""
    held = next((e.reserved for e in ledger.entries if e.id == entry_id), Usage())
    return ledger.with_entry(LedgerEntry(id=entry_id, node=node, reserved=held, settled=actual))


def spent(ledger: Ledger) -> Usage:
    """The sum of what has been settled."""
    return sum((e.settled for e in ledger.entries if e.settled is not None), Usage())


def left(ledger: Ledger) -> Left:
    """What is neither settled nor reserved; never below zero."""
    budget = ledger.budget.over(DEFAULT_BUDGET)
    used = sum((e.settled or e.reserved for e in ledger.entries), Usage())
    return Left(
        usd=max(0.0, (budget.usd or 0.0) - used.usd),
        seconds=max(0.0, (budget.seconds or 0.0) - used.seconds),
        tokens=max(0, (budget.tokens or 0) - used.tokens),
        calls=max(0, (budget.calls or 0) - used.calls),
    )


def first_cap_exceeded(amount: Usage, available: Left) -> str:
    """The first cap that ``amount`` would exceed; empty if it fits."""
    wanted = Left(amount.usd, amount.seconds, amount.tokens, amount.calls)
    over = (cap for cap in CAPS if getattr(wanted, cap) > getattr(available, cap) + 1e-12)
    return next(over, "")


def grant(amount: Usage) -> Grant:
    """A reservation, as the most that the path it was made for may use."""
    return Grant(usd=amount.usd, seconds=amount.seconds, tokens=amount.tokens, calls=amount.calls)


def remaining(granted: Grant, used: Usage) -> Grant:
    """What is left of a grant after ``used``."""
    return Grant(
        usd=max(0.0, granted.usd - used.usd),
        seconds=max(0.0, granted.seconds - used.seconds),
        tokens=max(0, granted.tokens - used.tokens),
        calls=max(0, granted.calls - used.calls),
    )
