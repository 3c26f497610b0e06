"""Ten thousand random routes: what holds whatever the experts answer, and wherever it crashes."""

import pytest

from secondhalf.policy.ledger import CAPS, left, overdrawn, spent
from secondhalf.policy.planner import best_result
from tests.policy.route_worlds import SLACK, Route, World

CHUNKS, ROUTES = 20, 500
"""Together ten thousand."""


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_routes_keep_every_promise(chunk: int) -> None:
    """Of the ledger, of the search and of the answer; see each function below."""
    crashes = batches = paid = lost = longer = 0
    for seed in range(chunk * ROUTES, (chunk + 1) * ROUTES):
        route = World(seed).run()
        caps_hold(route)
        nothing_leaks(route)
        nothing_is_forgotten(route)
        each_path_is_opened_once(route)
        the_answer_is_the_best_verified_one(route)
        crashes += route.crashes
        batches += any(len(d.nodes) > 1 for d in route.decisions)
        paid += route.bank.calls > 0
        longer += len(route.decisions) > 2
        lost += any(e.settled and e.settled.estimated_calls for e in route.ledger.entries)

    assert min(crashes, paid, longer) > ROUTES // 4, "these worlds try too little"
    assert min(batches, lost) > ROUTES // 50, "these worlds open or lose too little"


def caps_hold(route: Route) -> None:
    """Neither settled nor reserved amounts exceed a cap, after any step."""
    for ledger in route.ledgers:
        assert () == overdrawn(ledger)
        held = [e.settled or e.reserved for e in ledger.entries]
        for cap in CAPS:
            assert sum(getattr(u, cap) for u in held) <= getattr(route.budget, cap) + SLACK


def nothing_leaks(route: Route) -> None:
    """At the end every reservation is settled: what is left is the budget less what was spent."""
    assert all(entry.settled is not None for entry in route.ledger.entries)
    used, rest = spent(route.ledger), left(route.ledger)
    for cap in CAPS:
        assert getattr(route.budget, cap) == pytest.approx(getattr(used, cap) + getattr(rest, cap))


def nothing_is_forgotten(route: Route) -> None:
    """The ledger holds at least what was really charged, in flight at a crash or not."""
    used = spent(route.ledger)
    assert used.usd >= route.bank.usd - SLACK
    assert used.tokens >= route.bank.tokens
    assert used.calls >= route.bank.calls
    assert route.answer.cost_usd == used.usd
    if not route.crashes:
        assert used.usd == pytest.approx(route.bank.usd)


def each_path_is_opened_once(route: Route) -> None:
    """So that the search ends: with a decision to stop, after at most as many as there are."""
    assert "stop" == route.decisions[-1].action
    assert all(times == 1 for times in route.opened.values())
    assert sum(route.opened.values()) == len(route.results) == len(route.ledger.entries)
    assert len(route.results) <= (route.budget.nodes or 0)


def the_answer_is_the_best_verified_one(route: Route) -> None:
    """A success before an uncertain answer, and of each the one with the highest quality."""
    answers = [r for r in route.results if r.answer and r.status != "fail"]
    if not answers:
        assert (None, "fail") == (route.answer.answer, route.answer.status)
        return
    verified = [r for r in answers if r.status == "success"] or answers
    assert route.answer.quality == max(r.quality for r in verified)
    assert route.answer.path in [r.path for r in verified]
    assert best_result(route.results) in verified
