"""Money, tokens, calls and time: what a route may spend, and what it has spent."""

from typing import Annotated, Self

from pydantic import Field

from secondhalf.state.base import Noun

Amount = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Cap = Annotated[Amount, Field(strict=True)]
CountCap = Annotated[Count, Field(strict=True)]
"""Strict: a person writes caps, and ``true`` would be 1."""


class Budget(Noun):
    """The caps of one route. Zero means only what is free; ``None`` means the default.

    ``usd`` is US dollars, ``seconds`` active time (waiting for a person does not count),
    ``tokens`` input plus output, ``calls`` calls of experts that are not free,
    ``nodes`` opened paths and ``depth`` the length of a chain of paths.
    """

    usd: Cap | None = None
    seconds: Cap | None = None
    tokens: CountCap | None = None
    calls: CountCap | None = None
    nodes: CountCap | None = None
    depth: CountCap | None = None

    def over(self, default: "Budget") -> "Budget":
        """This budget with its missing caps taken from ``default``."""
        missing = {
            name: cap for name, cap in default if cap is not None and getattr(self, name) is None
        }
        return self.model_copy(update=missing) if missing else self


DEFAULT_BUDGET = Budget(usd=0.25, seconds=120.0, tokens=100_000, calls=24, nodes=12, depth=4)
"""Caps for whoever names none; nothing is ever unlimited."""


class Usage(Noun):
    """What an expert call used: US dollars, tokens, calls and seconds of wall time."""

    calls: Count = 0
    input_tokens: Count = 0
    output_tokens: Count = 0
    usd: Amount = 0.0
    seconds: Amount = 0.0
    unpriced_calls: Count = 0
    """Calls whose price is not known; their cost is missing from ``usd``, not zero."""
    estimated_calls: Count = 0
    """Calls of whose usage nothing credible is known: booked at the most they may have used."""

    def __add__(self, other: "Usage") -> "Usage":
        """Sum field by field (for calls made one after the other)."""
        return Usage(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            usd=self.usd + other.usd,
            seconds=self.seconds + other.seconds,
            unpriced_calls=self.unpriced_calls + other.unpriced_calls,
            estimated_calls=self.estimated_calls + other.estimated_calls,
        )

    @property
    def tokens(self) -> int:
        """Input plus output tokens."""
        return self.input_tokens + self.output_tokens


class LedgerEntry(Noun):
    """One line of the ledger: an amount reserved for, then settled by, one opened path."""

    id: str
    node: str
    reserved: Usage = Usage()
    settled: Usage | None = None
    guess: Usage | None = None
    """What it would use as far as its request tells. What is learned are shares of that; None if
    nothing is."""


class Ledger(Noun):
    """The account of one route: its caps and one entry per opened path, keyed by id."""

    budget: Budget = DEFAULT_BUDGET
    entries: tuple[LedgerEntry, ...] = ()

    def with_entry(self, entry: LedgerEntry) -> Self:
        """A copy in which ``entry`` stands once, in place of one with the same id if any."""
        kept = tuple(e for e in self.entries if e.id != entry.id)
        return self.model_copy(update={"entries": (*kept, entry)})
