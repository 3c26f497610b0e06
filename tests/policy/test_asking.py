"""Whom a thrifty preset asks where answers only speak for each other."""

import pytest

from secondhalf.policy.ledger import Left
from secondhalf.policy.planner import Outlook, SearchPlanner, View
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import Budget, Usage
from secondhalf.state.estimate import Prospect, Prospects, Triple
from secondhalf.state.policy import Price, Thresholds
from secondhalf.state.strategy import RouteNode, Strategy

COSTS = {"weak": 0.0001, "fair": 0.001, "good": 0.02}
"""Expected US dollars."""
THRIFTY = Price(usd=22.0, second=0.0, enough=0.75)
FAIR: Triple = (0.9, 0.7, 0.2)
GOOD: Triple = (0.98, 0.9, 0.5)
WEAK: Triple = (0.5, 0.2, 0.05)
NODES = tuple(RouteNode(id=name, stages=((name,),)) for name in COSTS)


def outlook(node: RouteNode) -> Outlook:
    mean = COSTS[node.id]
    most = Usage(usd=2 * mean, calls=1, seconds=1)
    return Outlook(0.6, most, expected=Usage(usd=mean, calls=1, seconds=0))


def asked(
    price: Price = THRIFTY,
    exploration: float = 0.02,
    difficulty: Triple = (0.6, 0.3, 0.1),
    **arms: Prospect,
) -> tuple[str, ...]:
    """Who is asked first."""
    known = {
        "weak": Prospect(right=WEAK),
        "fair": Prospect(right=FAIR),
        "good": Prospect(right=GOOD),
    }
    view = View(
        strategy=Strategy(name="S", roots=tuple(COSTS), nodes=NODES),
        analysis=TaskAnalysis(),
        results=(),
        outlook=outlook,
        left=Left(usd=1.0, seconds=100, tokens=10_000, calls=10),
        budget=Budget(),
        thresholds=Thresholds(),
        price=price,
        preset="economy",
        may_ask=False,
        has_documents=False,
        answered=frozenset(),
        prospects=Prospects(
            difficulty=difficulty,
            arms=known | arms,
            paths={name: {name: name} for name in COSTS},
        ),
        exploration=exploration,
    )
    return SearchPlanner().plan(view).nodes


def test_the_cheapest_that_is_worth_having_is_asked() -> None:
    """Not the one that is cheaper still and mostly wrong, as long as better ones can be found."""
    dear = Price(usd=450.0, second=0.0)

    assert ("weak",) == asked(dear)
    assert ("fair",) == asked(dear.model_copy(update={"enough": 0.75}))
    assert ("weak",) == asked(dear.model_copy(update={"enough": 0.75}), exploration=0.0)


@pytest.mark.parametrize("usd", [600.0, 5000.0])
def test_nobody_is_too_weak_where_all_others_cost_more_than_they_are_better(usd: float) -> None:
    """A hundred times the price for a half more right answers is what economy is there to avoid."""
    assert ("weak",) == asked(Price(usd=usd, second=0.0, enough=0.75))


def test_one_prompt_rules_nobody_out() -> None:
    """A hard prompt lowers what is expected of the cheap model; the dear one is no better a buy."""
    hard = Prospect(right=(0.7, 0.4, 0.1), usual=FAIR)

    assert ("fair",) == asked(fair=hard)
    assert ("good",) == asked(fair=hard.model_copy(update={"usual": None}))


def test_a_prompt_that_looks_hard_rules_nobody_out() -> None:
    """There the cheap model is right less often, and the dear one too: the money is the same."""
    assert ("fair",) == asked(difficulty=(0.05, 0.15, 0.8))


def test_who_is_little_known_is_given_a_chance() -> None:
    """Nobody is ruled out for a few failures: they count one standard deviation better."""
    doubtful = Prospect(right=(0.7, 0.4, 0.1), doubt=(0.2, 0.2, 0.2))

    assert ("fair",) == asked(fair=doubtful)
