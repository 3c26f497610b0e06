"""Paths that are opened just to learn from them: how often, which, when never."""

from collections import Counter
from typing import Any

import pytest

from secondhalf.policy.ledger import Left
from secondhalf.policy.planner import Outlook, SearchPlanner, View, best_result
from secondhalf.state.analysis import Adversarial, TaskAnalysis
from secondhalf.state.budget import Budget, Usage
from secondhalf.state.decision import Decision
from secondhalf.state.estimate import Prospect, Prospects
from secondhalf.state.policy import Price, Thresholds
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import Guard, RouteNode, Strategy

COSTS = {"done": 0.001, "cheap": 0.001, "middle": 0.004, "dear": 0.05}
"""Expected US dollars."""
NODES = (
    *(RouteNode(id=name, stages=((name,),)) for name in COSTS),
    RouteNode(id="local", stages=(("local",),)),
    RouteNode(id="checked", stages=(("cheap",), ("verifier",)), verified=True),
    RouteNode(id="last", stages=(("cheap",),), guard=Guard(fallback=True)),
)
PATHS = {name: {name: name} for name in COSTS} | {"checked": {"cheap": "cheap"}}
PROSPECTS = Prospects(arms={name: Prospect(right=(0.9, 0.6, 0.2)) for name in COSTS}, paths=PATHS)
DONE = RouteResult(
    route_id="r", status="success", quality=0.95, path=("done",), answer="42", cost_usd=0.01
)


def outlook(node: RouteNode) -> Outlook:
    mean = COSTS.get(node.stages[0][0], 0.0)
    most = Usage(usd=2 * mean, calls=1, seconds=1)
    return Outlook(0.6, most, expected=Usage(usd=mean, calls=1, seconds=1))


def view(seed: object = 0, **changes: Any) -> View:
    """A route with an answer that is good enough; what money buys is worth nothing to it."""
    base = View(
        strategy=Strategy(name="S", roots=tuple(node.id for node in NODES), nodes=NODES),
        analysis=TaskAnalysis(),
        results=(DONE,),
        outlook=outlook,
        left=Left(usd=1.0, seconds=100, tokens=10_000, calls=10),
        budget=Budget(),
        thresholds=Thresholds(),
        price=Price(usd=1e6, second=0.0),
        preset="balanced",
        may_ask=False,
        has_documents=False,
        answered=frozenset({"done"}),
        prospects=PROSPECTS,
        exploration=1.0,
        seed=str(seed),
    )
    return base._replace(**changes)


def decided(**changes: Any) -> Decision:
    return SearchPlanner().plan(view(**changes))


def test_trials_are_as_frequent_as_is_logged() -> None:
    """The propensity is the true probability: outcomes can be weighed by its inverse."""
    number, exploration = 6000, 0.4
    decisions = [decided(seed=seed, exploration=exploration) for seed in range(number)]
    tried = Counter(d.nodes[0] for d in decisions if d.trial)
    logged = {d.nodes[0]: d.propensity or 0.0 for d in decisions if d.trial}

    assert {"cheap", "middle", "dear"} == set(tried)
    assert sum(logged.values()) == pytest.approx(exploration)
    for name, propensity in logged.items():
        spread = (propensity * (1 - propensity) / number) ** 0.5
        assert abs(tried[name] / number - propensity) < 4 * spread
    assert logged["cheap"] > logged["middle"] > logged["dear"]


@pytest.mark.parametrize("spent", [0.0, 0.0002, 0.001])
def test_trials_take_no_larger_share_of_the_money_than_of_the_routes(spent: float) -> None:
    """On average they cost at most `exploration` times what the answers do; free ones stay."""
    number, exploration = 4000, 0.5
    answer = DONE.model_copy(update={"cost_usd": spent})
    decisions = [
        decided(seed=seed, exploration=exploration, results=(answer,)) for seed in range(number)
    ]
    tried = [d for d in decisions if d.trial]
    logged = {d.nodes[0]: d.propensity or 0.0 for d in tried}

    assert sum(COSTS[name] * propensity for name, propensity in logged.items()) <= (
        exploration * (spent + 2e-6)
    )
    assert sum(COSTS[d.nodes[0]] for d in tried) / number <= 1.5 * exploration * spent + 1e-4
    assert (len(tried) > 0.01 * number) == (spent > 0.0)
    assert [None] == [*{d.propensity for d in decisions if not d.trial}]


def test_the_same_route_decides_the_same_again() -> None:
    """A step that is repeated after a crash does not roll the dice again."""
    for seed in range(50):
        assert decided(seed=seed, exploration=0.5) == decided(seed=seed, exploration=0.5)


@pytest.mark.parametrize(
    "changes",
    [
        {"exploration": 0.0},
        {"analysis": TaskAnalysis(risk="high")},
        {"analysis": TaskAnalysis(adversarial=Adversarial(score=0.61))},
        {"left": Left(usd=0.0019, seconds=100, tokens=10_000, calls=10)},
        {"left": Left(usd=1.0, seconds=100, tokens=10_000, calls=0)},
        {"budget": Budget(nodes=1)},
        {"prospects": Prospects()},
        {"results": ()},
    ],
    ids=["off", "risk", "attack", "dollars", "calls", "paths", "unknown", "no answer"],
)
def test_nothing_is_tried(changes: dict[str, Any]) -> None:
    """Without a memory, on risky prompts, beyond any cap, of who is no arm, without an answer."""
    assert not any(decided(seed=seed, **changes).trial for seed in range(20))


def test_only_what_fits_is_tried() -> None:
    """Within the budget: what is left decides between the paths too."""
    left = Left(usd=0.01, seconds=100, tokens=10_000, calls=10)
    tried = {decided(seed=seed, left=left).nodes[0] for seed in range(200)}

    assert {"cheap", "middle"} == tried


def test_one_path_is_tried_at_most() -> None:
    """And then the route ends, however it came out."""
    tried = DONE.model_copy(update={"path": ("cheap",), "trial": True, "quality": 0.2})
    for status in ("success", "uncertain", "fail"):
        after = decided(results=(DONE, tried.model_copy(update={"status": status})))

        assert ("stop", False) == (after.action, after.trial)


def test_what_was_tried_is_never_the_answer() -> None:
    """Even where it is better: the probability of an answer must not depend on the dice."""
    better = DONE.model_copy(
        update={"path": ("dear",), "trial": True, "quality": 1.0, "answer": "43"}
    )
    poor = DONE.model_copy(update={"quality": 0.1, "status": "uncertain"})

    assert best_result([poor, better]) is poor
    assert best_result([better]) is None


def test_a_trial_says_that_it_is_one() -> None:
    """In words and in figures."""
    found = decided(seed=1)

    assert found.trial
    assert found.propensity is not None
    assert found.nodes[0] in found.reason
    assert "the answer stands" in found.reason
