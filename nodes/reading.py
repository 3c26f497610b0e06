"""What more than one step reads out of the state."""

from secondhalf.experts.registry import Experts
from secondhalf.policy.priors import expected_quality
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.conversation import last_request, turns
from secondhalf.state.route import RouteState
from secondhalf.state.strategy import RouteNode, Strategy


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


def quality_before(node: RouteNode, state: RouteState, experts: Experts) -> float:
    """The quality to expect of ``node``, whether or not its experts can be asked just now."""
    suits = experts.suits(request_text(state))
    has_tools = bool(state["request"].tools)
    return expected_quality(node, chosen(state)[1], experts.tiers, suits, has_tools=has_tools)
