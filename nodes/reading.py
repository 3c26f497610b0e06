"""What more than one step reads out of the state."""

from collections.abc import Collection, Mapping

from langchain_core.messages import AnyMessage

from secondhalf.experts.registry import OTHERS, Experts
from secondhalf.policy.estimates.prior import averaged
from secondhalf.policy.learning.buckets import bucket_of
from secondhalf.policy.learning.leaning import Leaning, lean, leaning
from secondhalf.policy.opinions import Panel, panel_of
from secondhalf.policy.priors import expected_of, expected_quality
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.conversation import as_told, last_request, turns
from secondhalf.state.route import RouteState
from secondhalf.state.strategy import RouteNode, Strategy


def conversation_of(state: RouteState) -> list[AnyMessage]:
    """The conversation as all experts are told it."""
    return as_told(state["messages"])


def request_text(state: RouteState) -> str:
    """The last thing the user asked, followed by their answers to the router's questions."""
    asked = state.get("clarifications") or []
    messages = state["messages"]
    exchanged = 2 * len(asked)
    prompt = last_request(turns(messages[: len(messages) - exchanged]))
    return "\n".join([prompt, *(c.answer for c in asked)]) if asked else prompt


def chosen(state: RouteState) -> tuple[Strategy, TaskAnalysis]:
    """The route's strategy and analysis, which every step after pick_strategy can rely on."""
    strategy, analysis = state.get("strategy"), state.get("analysis")
    assert strategy is not None, "pick_strategy has run"
    assert analysis is not None, "analyze has run"
    return strategy, analysis


def leaning_of(state: RouteState) -> Leaning:
    """How the route leans because of what its policy has learned."""
    strategy, analysis = chosen(state)
    bucket, began = bucket_of(analysis), state["request"].started_at
    return leaning(state["policy"], strategy.name, bucket, began)


def weighed(state: RouteState, trials: Collection[str] = ()) -> Panel:
    """All answers of the route weighed against each other, without those of ``trials``."""
    opened = (bundle for bundle in state["bundles"] if bundle.node not in trials)
    return panel_of([*opened], state["prospects"])


def trials_of(state: RouteState) -> set[str]:
    """Paths that were opened only to learn from them, with those that are just coming back."""
    trials = {result.path[-1] for result in state["results"] if result.trial}
    decision = state.get("decision")
    return trials.union(decision.nodes) if decision is not None and decision.trial else trials


def quality_before(
    node: RouteNode, state: RouteState, experts: Experts, suits: Mapping[str, float] | None = None
) -> float:
    """The quality to expect of ``node``, whether or not its experts can be asked just now.

    ``suits`` are the chances of the local solvers, if they are known already.
    """
    suits, prospects = suits or experts.suits(request_text(state)), state["prospects"]
    chances = [suits[name] for name in node.experts if name in suits]
    for arm in prospects.paths.get(node.id, {}).values():
        chances.append(averaged(prospects.arms[arm].right, prospects.difficulty))
    for name in set(node.experts).intersection(OTHERS):
        has_tools = bool(state["request"].tools)
        chances.append(expected_of(name, node, chosen(state)[1], has_tools=has_tools))
    return lean(expected_quality(node, chances), prospects.leanings.get(node.id, 0.0))
