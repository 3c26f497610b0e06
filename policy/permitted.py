"""What planners and aggregators have to keep to, whoever wrote them."""

from collections.abc import Mapping
from difflib import get_close_matches
from inspect import iscoroutinefunction
from numbers import Real
from typing import get_args

from secondhalf.policy.ledger import first_cap_exceeded
from secondhalf.policy.quality import Assessment
from secondhalf.policy.search.view import View
from secondhalf.state.budget import Usage
from secondhalf.state.decision import Decision
from secondhalf.state.errors import ConfigError
from secondhalf.state.result import Status
from secondhalf.state.strategy import USER, RouteNode

OUTCOMES = tuple(status for status in get_args(Status) if status != "waiting")
"""What may come of a path; only a whole route waits."""


def check_pieces(planner: object, aggregator: object) -> None:
    """Refuses what cannot be a planner or an aggregator; None is no such piece.

    Raises:
        ConfigError: it says which of both, and what is wanted.
    """
    plan = getattr(planner, "plan", None)
    if planner is not None and (isinstance(planner, type) or not callable(plan)):
        raise ConfigError(
            f"planner must be an object with a method plan(view), not {planner!r:.60}"
        )
    if aggregator is not None and (isinstance(aggregator, type) or not callable(aggregator)):
        raise ConfigError(
            f"aggregator must be a function like policy.quality.assess, not {aggregator!r:.60}"
        )
    for name, work in (("planner", plan), ("aggregator", aggregator)):
        if iscoroutinefunction(work):
            raise ConfigError(f"{name} must decide at once: it cannot be `async`")


def permitted(decision: Decision, view: View) -> Decision:
    """``decision`` if it can be followed, or to stop where a cap is in its way.

    In which order paths are opened is the planner's affair, and so are their guards.

    Raises:
        ConfigError: it cannot be followed at all: the planner is wrong.
    """
    if not isinstance(decision, Decision):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigError(f"a planner must return a Decision, not {type(decision).__name__}")
    if decision.action == "ask" and not view.may_ask:
        raise ConfigError("the planner asks the user, who may not be asked: see View.may_ask")
    if decision.action != "open":
        return decision
    nodes = view.strategy.by_id()
    if wrong := _wrong_with(decision, view, nodes):
        raise ConfigError(f"the planner opens {wrong}")
    cap = _cap_exceeded(decision, view, nodes)
    if not cap:
        return decision
    names = ", ".join(decision.nodes)
    return Decision(
        action="stop",
        reason=f"the cap on {cap} does not let the planner open {names}",
        capped=cap,
        alternatives=decision.alternatives,
    )


def _wrong_with(decision: Decision, view: View, nodes: Mapping[str, RouteNode]) -> str:
    """What is wrong with the paths it opens; to be read after "the planner opens"."""
    if not decision.nodes:
        return "no path: to end the search its action is 'stop'"
    opened = {result.path[-1] for result in view.results}
    for name in decision.nodes:
        if name not in nodes:
            near = get_close_matches(name, nodes, n=1)
            hint = f": did you mean {near[0]!r}?" if near else f" (paths: {', '.join(nodes)})"
            return f"{name!r}, which strategy {view.strategy.name!r} does not have{hint}"
        if name in opened:
            return f"{name!r} a second time: a path is opened once"
        opened.add(name)
        if USER in nodes[name].experts:
            return f"{name!r}, which asks the user: its action must be 'ask'"
        if missing := view.outlook(nodes[name]).missing:
            return f"{name!r}, which cannot be asked: {missing} (see Outlook.missing)"
    return ""


def _cap_exceeded(decision: Decision, view: View, nodes: Mapping[str, RouteNode]) -> str:
    """The first cap that the paths would exceed together; empty if they fit."""
    most, deepest = view.budget.nodes, view.budget.depth
    if most is not None and len(view.results) + len(decision.nodes) > most:
        return "nodes"
    if deepest is not None and any(
        len(view.strategy.path_to(name)) > deepest for name in decision.nodes
    ):
        return "depth"
    costs = (view.outlook(nodes[name]).cost for name in decision.nodes)
    return first_cap_exceeded(sum(costs, Usage()), view.left)


def sound(assessment: Assessment) -> Assessment:
    """``assessment``, if that is what an aggregator made.

    Raises:
        ConfigError: it is none, or has a status, a quality or a reason that a path cannot have.
    """
    if not isinstance(assessment, Assessment):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigError(
            f"an aggregator must return an Assessment, not {type(assessment).__name__}"
        )
    status, quality = assessment.status, assessment.quality
    if status not in OUTCOMES:
        raise ConfigError(f"an aggregator's status is one of {', '.join(OUTCOMES)}, not {status!r}")
    if not (isinstance(quality, Real) and 0.0 <= quality <= 1.0):
        raise ConfigError(f"an aggregator's quality is a number from 0 to 1, not {quality!r}")
    if not isinstance(assessment.reason, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigError(f"an aggregator's reason is a text, not {assessment.reason!r:.60}")
    return assessment
