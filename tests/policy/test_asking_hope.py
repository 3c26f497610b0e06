"""Whom to ask next: who is little known is hoped for, but not without end."""

import pytest

from secondhalf.policy.ledger import Left
from secondhalf.policy.search.asking import HOPED, choose
from secondhalf.policy.search.tree import Tree
from secondhalf.policy.search.view import Outlook, View
from secondhalf.policy.standing import Opinion, Standing
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import Budget, Usage
from secondhalf.state.estimate import Prospect, Prospects
from secondhalf.state.policy import Price, Thresholds
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import RouteNode, Strategy

NAMES = tuple(f"m{n}" for n in range(HOPED + 3))
RIGHT = (0.9, 0.6, 0.2)


def expected(_: RouteNode) -> Outlook:
    use = Usage(usd=0.001, calls=1)
    return Outlook(0.6, use, expected=use)


def worths(doubt: float, answers: int, exploration: float) -> list[float]:
    """What asking each of those that are left is worth, after so many ``answers`` that differ."""
    prospect = Prospect(right=RIGHT, doubt=(doubt, doubt, doubt))
    known = Prospects(
        arms=dict.fromkeys(NAMES, prospect), paths={name: {name: name} for name in NAMES}
    )
    standing = Standing(known)
    for place, name in enumerate(NAMES[:answers]):
        standing.add(Opinion(name, float(place), RIGHT, name))
    nodes = tuple(RouteNode(id=name, stages=((name,),)) for name in NAMES)
    view = View(
        strategy=Strategy(name="S", roots=NAMES, nodes=nodes),
        analysis=TaskAnalysis(),
        results=[
            RouteResult(route_id="r", status="uncertain", quality=0.4, path=(name,), answer=name)
            for name in NAMES[:answers]
        ],
        outlook=expected,
        left=Left(usd=1.0, seconds=100, tokens=10_000, calls=10),
        budget=Budget(),
        thresholds=Thresholds(),
        price=Price(usd=1.0, second=0.0),
        preset="balanced",
        may_ask=False,
        has_documents=False,
        answered=frozenset(NAMES[:answers]),
        prospects=known,
        standing=standing,
        exploration=exploration,
    )
    tree = Tree(view)
    return [option.worth for option in choose(tree, tree.live())[0].options]


@pytest.mark.parametrize("answers", range(HOPED))
def test_who_is_little_known_is_hoped_for(answers: int) -> None:
    """While outcomes are learned from; otherwise all are taken for what they are known to be."""
    known, unknown = (worths(doubt, answers, 0.02) for doubt in (0.0, 0.2))

    assert all(hoped > sure for hoped, sure in zip(unknown, known, strict=True))
    assert worths(0.2, answers, 0.0) == known


def test_after_some_answers_nobody_is_hoped_for() -> None:
    """Among many who are little known there is always one more, and each costs money."""
    assert worths(0.2, HOPED, 0.02) == worths(0.0, HOPED, 0.02)
