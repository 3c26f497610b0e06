"""Whole searches over random trees: what holds whatever the experts answer."""

import random
from collections.abc import Callable
from typing import NamedTuple

import pytest

from secondhalf.policy.ledger import first_cap_exceeded, left, open_ledger, reserve, settle
from secondhalf.policy.planner import Outlook, SearchPlanner, View
from secondhalf.state.analysis import AnalysisConfidence, TaskAnalysis
from secondhalf.state.budget import Budget, Usage
from secondhalf.state.decision import Decision
from secondhalf.state.policy import Price, Thresholds
from secondhalf.state.result import RouteResult, Status
from secondhalf.state.strategy import Guard, RouteNode, Strategy

MODELS = ("slm", "mid", "llm", "other")


class Route(NamedTuple):
    """A random search: its tree, its caps, and the decisions it came to."""

    strategy: Strategy
    budget: Budget
    outlook: Callable[[RouteNode], Outlook]
    steps: list[tuple[View, Decision]]


def random_tree(rng: random.Random, size: int) -> Strategy:
    """Paths of one or two stages; each goes on from an earlier one, or is a root."""
    parents = [rng.choice([None, None, *range(place)]) for place in range(size)]
    nodes = tuple(
        RouteNode(
            id=f"n{place}",
            stages=((rng.choice(MODELS),), *rng.choice([(), (("verifier",),)])),
            children=tuple(f"n{c}" for c, parent in enumerate(parents) if parent == place),
            guard=Guard(
                fallback=rng.random() < 0.2 and parents[place] is None,
                unasked=rng.random() < 0.2,
            ),
        )
        for place in range(size)
    )
    roots = tuple(f"n{place}" for place, parent in enumerate(parents) if parent is None)
    return Strategy(name="RANDOM", roots=roots, nodes=nodes)


def searched(seed: int) -> Route:
    """The search of a route whose paths come out at random, and use at most what they reserve."""
    rng = random.Random(seed)
    strategy = random_tree(rng, rng.randint(1, 14))
    looks = {node.id: random_outlook(rng) for node in strategy.nodes}

    def outlook(node: RouteNode) -> Outlook:
        return looks[node.id]

    route = Route(strategy, random_budget(rng), outlook, [])
    ledger, results = open_ledger(route.budget), list[RouteResult]()
    price = Price(usd=rng.choice([0.0, 1.0, 20.0]), second=rng.choice([0.0, 0.001, 0.01]))
    answered = frozenset[str]()
    while True:
        view = View(
            strategy=strategy,
            analysis=TaskAnalysis(confidence=AnalysisConfidence(difficulty=rng.random())),
            results=tuple(results),
            outlook=route.outlook,
            left=left(ledger),
            budget=route.budget,
            thresholds=Thresholds(),
            price=price,
            preset="balanced",
            may_ask=False,
            has_documents=True,
            answered=answered,
        )
        decision = SearchPlanner().plan(view)
        route.steps.append((view, decision))
        if decision.action == "stop":
            return route
        for name in decision.nodes:
            most = looks[name].cost
            used = Usage(usd=rng.random() * most.usd, calls=most.calls, seconds=most.seconds)
            ledger = settle(reserve(ledger, name, name, most), name, name, used)
            results.append(random_result(rng, name))
            answered |= set(strategy.by_id()[name].experts) - {"verifier"}


def random_outlook(rng: random.Random) -> Outlook:
    cost = Usage(
        usd=rng.choice([0.0, rng.uniform(0, 0.1)]),
        calls=rng.randint(0, 2),
        seconds=rng.uniform(0, 20),
        input_tokens=rng.randint(0, 2000),
    )
    missing = "out of order" if rng.random() < 0.15 else ""
    rows = [[rng.random() for _ in range(5)] for _ in range(3)]
    a, b, c = (tuple(p / sum(row) for p in row) for row in rows)
    return Outlook(rng.random(), cost, missing, levels=rng.choice([None, (a, b, c)]))


def random_budget(rng: random.Random) -> Budget:
    return Budget(
        usd=rng.choice([0.0, 0.05, 0.2, 1.0]),
        seconds=rng.choice([10.0, 60.0, 1000.0]),
        tokens=rng.choice([1000, 100_000]),
        calls=rng.randint(0, 12),
        nodes=rng.randint(0, 8),
        depth=rng.randint(1, 4),
    )


def random_result(rng: random.Random, name: str) -> RouteResult:
    status: Status = rng.choice(["uncertain", "uncertain", "fail", "fail", "success"])
    answer = None if status == "fail" and rng.random() < 0.5 else "a"
    return RouteResult(
        route_id="r", status=status, quality=rng.random(), path=(name,), answer=answer
    )


SEARCHES = [searched(seed) for seed in range(80)]


@pytest.mark.parametrize("route", SEARCHES)
def test_what_is_opened_fits_together_what_is_left(route: Route) -> None:
    """In dollars, seconds, tokens, calls, opened paths and depth, for every decision."""
    nodes = route.strategy.by_id()
    for view, decision in route.steps:
        amount = sum((route.outlook(nodes[name]).cost for name in decision.nodes), Usage())
        assert not first_cap_exceeded(amount, view.left)
        assert len(view.results) + len(decision.nodes) <= max(
            route.budget.nodes or 0, len(view.results)
        )
        for name in decision.nodes:
            assert len(route.strategy.path_to(name)) <= (route.budget.depth or 0)


@pytest.mark.parametrize("route", SEARCHES)
def test_a_path_is_opened_at_most_once_and_only_where_its_parents_let_it(route: Route) -> None:
    """After an uncertain parent, or one that could not be taken at all and handed it on."""
    nodes = route.strategy.by_id()
    for view, decision in route.steps:
        status = {result.path[-1]: result.status for result in view.results}
        for name in decision.nodes:
            assert name not in status
            above = [
                parent
                for parent in route.strategy.path_to(name)[:-1]
                if parent in status or not route.outlook(nodes[parent]).missing
            ]
            assert len(route.strategy.path_to(name)) == 1 or "uncertain" == status[above[-1]]


@pytest.mark.parametrize("route", SEARCHES)
def test_the_same_view_gets_the_same_decision(route: Route) -> None:
    """Which survives being written down, and says why it was made."""
    for view, decision in route.steps:
        assert decision == SearchPlanner().plan(view)
        assert decision == Decision.model_validate_json(decision.model_dump_json())
        assert decision.reason
        assert all(
            (alternative.passed_over == "") == (alternative.node in decision.nodes)
            for alternative in decision.alternatives
            if alternative.worth
        )


@pytest.mark.parametrize("route", SEARCHES)
def test_a_search_ends_at_a_success_or_when_nothing_is_left_to_open(route: Route) -> None:
    """Without an answer it stops only if no path can be opened."""
    view, decision = route.steps[-1]
    possible = [a for a in decision.alternatives if not a.reason]

    assert "stop" == decision.action
    if not any(result.answer for result in view.results if result.status != "fail"):
        assert [] == possible or "nodes" == decision.capped


def test_ten_thousand_paths_are_decided_about() -> None:
    """Half of them roots, half children; the best is found among them all."""
    best = "n4321"
    strategy = Strategy(
        name="HUGE",
        roots=tuple(f"n{place}" for place in range(5000)),
        nodes=tuple(
            RouteNode(
                id=f"n{place}",
                stages=((f"e{place}",), ("verifier",)),
                children=(f"n{place + 5000}",) if place < 5000 else (),
            )
            for place in range(10_000)
        ),
    )

    def outlook(node: RouteNode) -> Outlook:
        return Outlook(0.9 if node.id == best else 0.5, Usage(usd=0.01, calls=1))

    view = (
        SEARCHES[0]
        .steps[0][0]
        ._replace(
            strategy=strategy,
            outlook=outlook,
            left=left(open_ledger(Budget())),
            budget=Budget(),
            price=Price(usd=4.0, second=0.0),
            results=(),
            answered=frozenset(),
        )
    )
    decision = SearchPlanner().plan(view)

    assert ("open", (best,)) == (decision.action, decision.nodes)
    assert 5000 == len(decision.alternatives)


def test_a_chain_of_ten_thousand_paths_is_no_recursion() -> None:
    """However deep a tree is, it is walked step by step."""
    strategy = Strategy(
        name="DEEP",
        roots=("n0",),
        nodes=tuple(
            RouteNode(
                id=f"n{place}",
                stages=((f"e{place}",),),
                children=(f"n{place + 1}",) if place < 9_999 else (),
            )
            for place in range(10_000)
        ),
    )

    def outlook(node: RouteNode) -> Outlook:
        return Outlook(0.5, Usage(usd=0.0001, calls=1))

    view = (
        SEARCHES[0]
        .steps[0][0]
        ._replace(
            strategy=strategy,
            outlook=outlook,
            left=left(open_ledger(Budget())),
            budget=Budget(),
            price=Price(usd=4.0, second=0.0),
            results=(),
            answered=frozenset(),
        )
    )

    assert ("n0",) == SearchPlanner().plan(view).nodes
