"""What an answer was worth: how good it was, less what it cost and how long it took."""

from collections.abc import Iterable
from typing import NamedTuple

from secondhalf.policy.learning.cases import CHECKS, Case, Opened
from secondhalf.state.policy import Price


class Worth(NamedTuple):
    """One answer as far as it can be valued."""

    quality: float
    """In [0, 1]: how good it was where that is known for sure, else as it is thought to be."""
    verified: bool
    """Whether it is known for sure: an executable check, or somebody who is trusted."""
    price: float
    """What money and time are worth that it took, in quality."""


def worth_of(case: Case, price: Price) -> Worth:
    """What the answer that a past route gave was worth."""
    return worth(case.answer, paid(price, case.cost_usd, case.seconds))


def worth(answer: Opened | None, cost: float) -> Worth:
    """What an answer on record was worth, for a ``cost`` in quality; no answer is worth nothing."""
    if answer is None:
        return Worth(0.0, True, cost)
    checked = dict(answer.voices).get(CHECKS)
    return Worth(answer.quality if checked is None else checked, checked is not None, cost)


def dearest_of(cases: Iterable[Case]) -> float:
    """US dollars that the dearest path of ``cases`` cost on average; 0 where all were free."""
    costs: dict[str, list[float]] = {}
    for case in cases:
        for one in case.opened:
            costs.setdefault(one.path, []).append(one.cost_usd)
    return max((sum(each) / len(each) for each in costs.values()), default=0.0)


def paid(price: Price, cost_usd: float, seconds: float) -> float:
    """Money and time in quality."""
    return price.usd * cost_usd + price.second * seconds


def difference(new: Worth, old: Worth) -> float:
    """By how much ``new`` is better, in [-1, 1].

    What is only thought never counts in favour of something new: a verifier may err, or lie.
    """
    gained = new.quality - old.quality
    if not (new.verified and old.verified):
        gained = min(0.0, gained)
    return min(1.0, max(-1.0, gained - new.price + old.price))
