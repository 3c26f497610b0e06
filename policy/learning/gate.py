"""Whether a proposal may replace the active policy: a bet that can be looked at at any time.

``x`` is by how much the new policy did better than the old on one route, in [-1, 1]. Whoever bets
that it is better stakes a share of what they have on each pair. If it is no better on average,
their wealth is a supermartingale, and it ever reaches 1/α with a probability of at most α, however
often one looks (Ville's inequality; Waudby-Smith & Ramdas, Estimating means of bounded random
variables by betting, 2024). Here several fixed stakes bet side by side, which needs no guess of
the mean: in simulated worlds this found improvements sooner than stakes that follow the data.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

STAKES = (0.15, 0.3, 0.5)
"""Shares of the wealth that are staked; each stake begins with the same part of it."""
LEAST_PAIRS = 30
"""Pairs that an acceptance needs."""
MOST_PAIRS = 1000
"""Pairs after which a proposal that is not accepted is given up."""
MOST_ALIKE = 100
"""Routes on which a proposal may do the same as the policy in use before it must have differed."""
RARE = 0.02


class Verdict(NamedTuple):
    """What the gate says, with the numbers it rests on."""

    action: Literal["accept", "reject", "wait"]
    pairs: int
    mean: float
    """By how much the new policy did better, per route, in quality less prices."""
    wealth: float
    """The highest that the bet on it has reached."""
    needed: float
    reason: str
    """One sentence for people."""


def spent_alpha(alpha: float, proposal: int) -> float:
    """What the ``proposal``-th proposal (from 1) may use of ``alpha``; all together use it up."""
    return 6.0 * alpha / (math.pi**2 * max(1, proposal) ** 2)


def wealth(pairs: Sequence[float]) -> list[float]:
    """What a bet on a mean above zero has come to after each of ``pairs``, beginning with 1."""
    stakes = [1.0 / len(STAKES)] * len(STAKES)
    found: list[float] = []
    for x in pairs:
        clipped = min(1.0, max(-1.0, x))
        stakes = [had * (1.0 + stake * clipped) for had, stake in zip(stakes, STAKES, strict=True)]
        found.append(sum(stakes))
    return found


def judge(pairs: Sequence[float], alpha: float, alike: int = 0) -> Verdict:
    """Whether to accept a proposal, in view of all its pairs in their order.

    It is rejected when the bet against it has won, or when there were enough pairs for it.
    ``alike`` routes, on which both policies do the same, say nothing of which is better; where
    nearly all are, the proposal changes nothing, and is rejected.
    """
    seen = list(pairs[:MOST_PAIRS])
    needed, mean = 1.0 / alpha, sum(seen) / len(seen) if seen else 0.0
    won = max(wealth(seen)[LEAST_PAIRS - 1 :], default=0.0)
    numbers = f"{len(seen)} pairs, {mean:+.3f} a route, wealth {won:.3g} of {needed:.3g}"
    if won >= needed:
        return Verdict("accept", len(seen), mean, won, needed, f"better: {numbers}")
    lost = max(wealth([-x for x in seen]), default=0.0)
    if lost >= needed:
        reason = f"worse: {len(seen)} pairs, {mean:+.3f} a route; the bet against it won {lost:.3g}"
        return Verdict("reject", len(seen), mean, won, needed, reason)
    if alike >= MOST_ALIKE and len(seen) < RARE * alike:
        reason = f"it changes next to nothing: {len(seen)} of {alike + len(seen)} routes"
        return Verdict("reject", len(seen), mean, won, needed, reason)
    if len(seen) >= MOST_PAIRS:
        return Verdict("reject", len(seen), mean, won, needed, f"not shown to be better: {numbers}")
    left = "" if len(seen) >= LEAST_PAIRS else f"; {LEAST_PAIRS} pairs are needed"
    return Verdict("wait", len(seen), mean, won, needed, f"not decided: {numbers}{left}")


def harmed(pairs: Sequence[float], alpha: float) -> Verdict:
    """Whether a policy in use does harm: the same bet, on its being worse. Needs no least pairs."""
    needed, mean = 1.0 / alpha, sum(pairs) / len(pairs) if pairs else 0.0
    won = max(wealth([-x for x in pairs]), default=0.0)
    numbers = (
        f"{len(pairs)} pairs, {mean:+.3f} a route, wealth against it {won:.3g} of {needed:.3g}"
    )
    if won >= needed:
        return Verdict("reject", len(pairs), mean, won, needed, f"harm: {numbers}")
    return Verdict("wait", len(pairs), mean, won, needed, f"no harm shown: {numbers}")
