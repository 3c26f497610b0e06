"""Ledger arithmetic: reserve before a call, settle after it, and never exceed a cap."""

import math
from typing import NamedTuple

from secondhalf.state.budget import DEFAULT_BUDGET, Budget, Ledger, LedgerEntry, Usage
from secondhalf.state.expert import Grant

CAPS = ("usd", "seconds", "tokens", "calls")
HEADROOM = 4.0
"""How many times the 90th percentile a path may use of what nobody has reserved: one in ten needs
more than that percentile, and to cut its answer short would waste what it has cost."""
BUDGET_SHARE = 0.5
"""Of a budget as a whole: what one path has used before it reserves no more than this share of it,
unless its request alone makes one guess more."""

_NOTHING = Usage()


class Headroom(NamedTuple):
    """What a path may use at most, and what is left beside it."""

    grant: Grant
    spare: Grant


class Left(NamedTuple):
    """What a route may still use: US dollars, active seconds, tokens and calls."""

    usd: float
    seconds: float
    tokens: int
    calls: int


def open_ledger(budget: Budget) -> Ledger:
    """An empty ledger under ``budget``; missing caps are the defaults."""
    return Ledger(budget=budget.over(DEFAULT_BUDGET))


def reserve(
    ledger: Ledger, entry_id: str, node: str, amount: Usage, guess: Usage | None = None
) -> Ledger:
    """The ledger with ``amount`` held for ``node``, whose request made one ``guess`` that."""
    return ledger.with_entry(LedgerEntry(id=entry_id, node=node, reserved=amount, guess=guess))


def to_reserve(most: Usage, guess: Usage, budget: Budget, prompts: int) -> Usage:
    """What is reserved of ``most``.

    Enough for ``prompts`` of so many tokens in all, if as many were guessed; and never so much more
    than the ``guess`` that a budget of which nothing is used had no room for it: who is not asked
    again can never prove to have become cheaper.
    """
    if most == guess == _NOTHING:
        return most
    caps = budget.over(DEFAULT_BUDGET)
    least = min(1.0, prompts / guess.tokens) if guess.tokens else 0.0
    tokens = max(least * guess.tokens, _within(most.tokens, guess.tokens, caps.tokens))
    share = tokens / most.tokens if most.tokens else 1.0
    return most.model_copy(
        update={
            "usd": max(least * guess.usd, _within(most.usd, guess.usd, caps.usd)),
            "seconds": _within(most.seconds, guess.seconds, caps.seconds),
            "input_tokens": math.ceil(share * most.input_tokens),
            "output_tokens": math.ceil(share * most.output_tokens),
        }
    )


def _within(most: float, guess: float, cap: float | None) -> float:
    return min(most, max(guess, BUDGET_SHARE * (cap or 0.0)))


def settle(ledger: Ledger, entry_id: str, node: str, actual: Usage) -> Ledger:
    """The ledger with the entry's reservation replaced by what was really used; idempotent."""
    unheld = LedgerEntry(id=entry_id, node=node)
    held = next((e for e in ledger.entries if e.id == entry_id), unheld)
    return ledger.with_entry(held.model_copy(update={"settled": actual}))


def spent(ledger: Ledger) -> Usage:
    """The sum of what has been settled."""
    return sum((e.settled for e in ledger.entries if e.settled is not None), Usage())


def left(ledger: Ledger) -> Left:
    """What is neither settled nor reserved; never below zero.

    A call whose price is not known counts as the dollars that were reserved for it.
    """
    budget = ledger.budget.over(DEFAULT_BUDGET)
    used = [_counts_as(entry) for entry in ledger.entries]
    return Left(
        usd=max(0.0, (budget.usd or 0.0) - sum(u.usd for u in used)),
        seconds=max(0.0, (budget.seconds or 0.0) - sum(u.seconds for u in used)),
        tokens=max(0, (budget.tokens or 0) - sum(u.tokens for u in used)),
        calls=max(0, (budget.calls or 0) - sum(u.calls for u in used)),
    )


def _counts_as(entry: LedgerEntry) -> Usage:
    if entry.settled is None:
        return entry.reserved
    if not entry.settled.unpriced_calls or entry.settled.usd >= entry.reserved.usd:
        return entry.settled
    return entry.settled.model_copy(update={"usd": entry.reserved.usd})


def overdrawn(ledger: Ledger) -> tuple[str, ...]:
    """The caps that what was settled exceeds: somebody used more than it was granted."""
    budget, used = ledger.budget.over(DEFAULT_BUDGET), spent(ledger)
    return tuple(
        cap for cap in CAPS if getattr(used, cap) > (getattr(budget, cap) or 0) * (1 + 1e-9)
    )


def first_cap_exceeded(amount: Usage, available: Left) -> str:
    """The first cap that ``amount`` would exceed; empty if it fits."""
    wanted = Left(amount.usd, amount.seconds, amount.tokens, amount.calls)
    over = (cap for cap in CAPS if getattr(wanted, cap) > getattr(available, cap) + 1e-12)
    return next(over, "")


def raised(budget: Budget, more: Budget) -> Budget:
    """``budget`` with what ``more`` names added to its caps.

    Raises:
        ValidationError: a sum is too large to be a cap.
    """
    added = {name: value for name, value in more.model_dump(exclude_none=True).items() if value}
    caps = budget.over(DEFAULT_BUDGET).model_dump()
    return Budget(**(caps | {name: caps[name] + value for name, value in added.items()}))


def grant(amount: Usage | Left) -> Grant:
    """A reservation, or what is left, as the most that may be used."""
    return Grant(usd=amount.usd, seconds=amount.seconds, tokens=amount.tokens, calls=amount.calls)


def headroom(amount: Usage, spare: Grant, guess: Usage | None = None) -> Headroom:
    """What a path may use for which ``amount`` is reserved, of that and of what is ``spare``.

    At most ``HEADROOM`` times the amount, or the ``guess`` if that is more; no more calls. Where
    nothing is reserved nothing is added.
    """
    usual = guess or amount
    more = Usage(
        usd=_more(amount.usd, usual.usd, spare.usd),
        seconds=_more(amount.seconds, usual.seconds, spare.seconds),
        output_tokens=int(_more(amount.tokens, usual.tokens, spare.tokens)),
    )
    return Headroom(grant(amount + more), remaining(spare, more))


def _more(amount: float, usual: float, spare: float) -> float:
    return max(0.0, min(HEADROOM * max(amount, usual) - amount, spare)) if amount > 0 else 0.0


def divided(granted: Grant, parts: int) -> Grant:
    """One of ``parts`` equal parts of a grant."""
    return Grant(
        usd=granted.usd / parts,
        seconds=granted.seconds / parts,
        tokens=granted.tokens // parts,
        calls=granted.calls // parts,
    )


def charge_lost(
    granted: Grant, spare: Grant, times: int, most: Usage | None = None
) -> tuple[Usage, Grant]:
    """A call that was in flight ``times`` times when its process was killed: cost, new grant.

    Nobody knows what it used, so each time counts as all that it could have: ``most``, if that is
    known, of what was ``granted``, and then of what ``spare``, left beside it, still allowed. The
    new grant is what is left of both, at most ``granted``; together they never exceed ``granted``
    and ``spare``. Time is not charged: nobody waited for a process that was gone.
    """
    usd, tokens = granted.usd, granted.tokens
    if most is not None:
        usd, tokens = min(usd, most.usd), min(tokens, most.tokens)
    whole = Grant(
        usd=granted.usd + spare.usd,
        seconds=granted.seconds,
        tokens=granted.tokens + spare.tokens,
        calls=granted.calls + spare.calls,
    )
    lost = Usage(
        usd=min(times * usd, whole.usd),
        output_tokens=min(times * tokens, whole.tokens),
        calls=min(times * granted.calls, whole.calls),
        estimated_calls=times,
    )
    rest = remaining(whole, lost)
    return lost, Grant(
        usd=min(granted.usd, rest.usd),
        seconds=granted.seconds,
        tokens=min(granted.tokens, rest.tokens),
        calls=min(granted.calls, rest.calls),
    )


def remaining(granted: Grant, used: Usage) -> Grant:
    """What is left of a grant after ``used``."""
    return Grant(
        usd=max(0.0, granted.usd - used.usd),
        seconds=max(0.0, granted.seconds - used.seconds),
        tokens=max(0, granted.tokens - used.tokens),
        calls=max(0, granted.calls - used.calls),
    )
