"""What a planner and an aggregator of one's own may do, and what they are told if they do more."""

import re
from typing import Any

import pytest

from secondhalf.policy.ledger import Left
from secondhalf.policy.permitted import check_pieces, permitted, sound
from secondhalf.policy.planner import SearchPlanner
from secondhalf.policy.quality import Assessment, assess
from secondhalf.policy.trees import STRATEGIES
from secondhalf.state.budget import Budget
from secondhalf.state.decision import Decision
from secondhalf.state.errors import ConfigError
from tests.policy.test_planner import plan, result, view


def opening(*nodes: str) -> Decision:
    return Decision(action="open", nodes=nodes, reason="why not")


@pytest.mark.parametrize(
    ("decision", "told"),
    [
        (opening(), "opens no path: to end the search its action is 'stop'"),
        (opening("exakt"), "'exakt', which strategy 'SLM_DIRECT' does not have: did you mean 'ex"),
        (opening("x"), "does not have (paths: exact, extract, "),
        (opening("slm"), "'slm' a second time"),
        (opening("mid", "mid"), "'mid' a second time"),
        (opening("tool"), "'tool', which cannot be asked: not configured"),
        (None, "must return a Decision, not NoneType"),
    ],
)
def test_a_planner_that_cannot_be_followed_is_told_why(decision: Any, told: str) -> None:
    """One line that names the path, in place of an error from somewhere inside the graph.

    A path that was opened a second time would be booked in the place of the first.
    """
    with pytest.raises(ConfigError, match=re.escape(told)):
        permitted(decision, view(result("slm", "uncertain", 0.6)))


def test_the_user_is_asked_by_asking_and_only_if_that_is_allowed() -> None:
    """A caller who said ``clarify=False`` is not there to answer."""
    ask = Decision(action="ask", reason="what is it?")

    assert ask is permitted(ask, view())
    with pytest.raises(ConfigError, match="may_ask"):
        permitted(ask, view(may_ask=False))
    with pytest.raises(ConfigError, match="'ask', which asks the user"):
        permitted(opening("ask"), view(strategy=STRATEGIES["CLARIFY_THEN_DECIDE"]))


@pytest.mark.parametrize(
    ("cap", "changes"),
    [
        ("usd", {"left": Left(usd=0.015, seconds=100, tokens=10_000, calls=10)}),
        ("calls", {"left": Left(usd=1.0, seconds=100, tokens=10_000, calls=1)}),
        ("nodes", {"budget": Budget(nodes=1)}),
        ("depth", {"budget": Budget(depth=0)}),
    ],
)
def test_a_cap_stops_any_planner(cap: str, changes: dict[str, Any]) -> None:
    """Two paths that do not fit together are not opened; the best answer so far comes back."""
    decision = permitted(opening("slm", "mid"), view(**changes))

    assert ("stop", cap) == (decision.action, decision.capped)
    assert f"the cap on {cap} does not let the planner open slm, mid" == decision.reason


def test_what_the_search_decides_is_permitted() -> None:
    """Whatever it decides is handed on as it is."""
    seen = view(result("slm", "uncertain", 0.6))
    for decision in (plan(), SearchPlanner().plan(seen)):
        assert decision is permitted(decision, view() if decision.nodes == ("slm",) else seen)


class _Async:
    async def plan(self, view: object) -> None: ...


async def _assess(*_: object) -> None: ...


@pytest.mark.parametrize(
    ("planner", "aggregator", "told"),
    [
        (SearchPlanner, None, "planner must be an object with a method plan"),
        (lambda view: None, None, "planner must be an object with a method plan"),  # pyright: ignore
        (_Async(), None, "planner must decide at once"),
        (None, "mean", "aggregator must be a function like policy.quality.assess, not 'mean'"),
        (None, _assess, "aggregator must decide at once"),
    ],
)
def test_what_can_be_no_piece_is_refused(planner: Any, aggregator: Any, told: str) -> None:
    """When the router is built, not on a route."""
    with pytest.raises(ConfigError, match=re.escape(told)):
        check_pieces(planner, aggregator)

    check_pieces(None, None)
    check_pieces(SearchPlanner(), assess)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (True, "must return an Assessment, not bool"),
        (("success", 0.9, "why"), "must return an Assessment, not tuple"),
        (Assessment("waiting", 0.9, "why"), "one of success, uncertain, fail, not 'waiting'"),
        (Assessment("success", 90, "why"), "a number from 0 to 1, not 90"),
        (Assessment("success", float("nan"), "why"), "a number from 0 to 1, not nan"),
        (Assessment("success", "high", "why"), "a number from 0 to 1, not 'high'"),  # type: ignore[arg-type]
        (Assessment("success", 0.9, None), "reason is a text, not None"),  # type: ignore[arg-type]
    ],
)
def test_an_assessment_that_no_path_can_have_is_refused(made: Any, told: str) -> None:
    """It is said what an aggregator must return."""
    good = Assessment("uncertain", 0.5, "why")

    assert good is sound(good)
    with pytest.raises(ConfigError, match=re.escape(told)):
        sound(made)
