"""expand_tree: grows the tree, asks the planner what to open next, reserves, and fans out."""

from functools import partial
from typing import Any, Literal

from langchain_core.runnables import Runnable
from langgraph.types import Command, Send

from secondhalf.nodes.events import event
from secondhalf.nodes.reading import chosen, quality_before, request_text
from secondhalf.nodes.services import Services
from secondhalf.nodes.step import step
from secondhalf.policy.ledger import divided, grant, left, reserve
from secondhalf.policy.planner import Outlook, View
from secondhalf.policy.quality import answer_of
from secondhalf.state.budget import Usage
from secondhalf.state.decision import Decision
from secondhalf.state.expert import ExpertCall, ExpertResult
from secondhalf.state.route import ConsultInput, RouteState
from secondhalf.state.strategy import RouteNode, Strategy

Next = Literal["consult", "clarify", "feedback"]
STEPS_TO_OPEN = 5
"""Graph steps that opening one more path needs: consult, verify, expand_tree, feedback, end."""


def expand_tree(services: Services) -> Runnable[Any, Any]:
    """One decision of the search; leads to consult (next), clarify (ask) or feedback (stop)."""

    async def expand_tree(state: RouteState) -> Command[Next]:
        decision = _decide(state, services)
        made = event(
            "plan",
            f"{decision.action}: {decision.reason}",
            alternatives=[a.model_dump(mode="json") for a in decision.alternatives],
            nodes=list(decision.nodes),
        )
        update: dict[str, Any] = {"decision": decision, "trace": [made]}
        if decision.action == "ask":
            return Command(update=update, goto="clarify")
        if decision.action == "stop":
            return Command(update=update, goto="feedback")
        return _fan_out(state, decision, update, services)

    return step(expand_tree)


def _decide(state: RouteState, services: Services) -> Decision:
    if state.get("remaining_steps", STEPS_TO_OPEN) < STEPS_TO_OPEN:
        return Decision(action="stop", reason="the graph's recursion limit is near", capped="steps")
    return services.planner.plan(_view(state, services))


def _view(state: RouteState, services: Services) -> View:
    request, policy = state["request"], state["policy"]
    strategy, analysis = chosen(state)
    ledger = state["ledger"]
    results = [r for bundle in state["bundles"] for r in bundle.results]
    return View(
        strategy=strategy,
        analysis=analysis,
        results=state["results"],
        outlook=partial(outlook, state=state, services=services),
        left=left(ledger),
        budget=ledger.budget,
        thresholds=policy.thresholds,
        price=policy.prices[request.preset],
        preset=request.preset,
        may_ask=request.clarify and not state["clarifications"],
        has_documents=services.experts.has_documents,
        answered=frozenset(r.expert for r in results if r.answered and r.role != "retriever"),
    )


def outlook(node: RouteNode, state: RouteState, services: Services) -> Outlook:
    """What to expect of ``node``: quality, an upper estimate of its cost, what it lacks."""
    experts = services.experts
    missing = next((why for name in node.experts if (why := experts.missing(name))), "")
    if state["request"].demands_tool and not set(node.experts) & experts.models:
        missing = missing or "a call of the caller's tools is demanded"
    if missing:
        return Outlook(0.0, Usage(), missing)
    cost = experts.estimate(node, template_for(node, state, Usage()), state["messages"])
    return Outlook(quality_before(node, state, experts), cost)


def template_for(node: RouteNode, state: RouteState, amount: Usage) -> ExpertCall:
    """The call that every expert of ``node`` gets, but for its own name, id and share."""
    request, (strategy, analysis) = state["request"], chosen(state)
    return ExpertCall(
        id=f"{request.route_id}/{_entry(node)}",
        expert="",
        node=node.id,
        prompt=request_text(state),
        analysis=analysis,
        grant=grant(amount),
        side_effects=state["side_effects"],
        tools=request.tools,
        tool_choice=request.tool_choice,
        prior=_draft(node, state, strategy),
    )


def _draft(node: RouteNode, state: RouteState, strategy: Strategy) -> tuple[ExpertResult, ...]:
    """The answer of the node's nearest opened ancestor, if the node goes on from it."""
    if node.independent:
        return ()
    opened = {bundle.node: bundle for bundle in state["bundles"]}
    above = [opened[name] for name in strategy.path_to(node.id)[:-1] if name in opened]
    answer = answer_of(above[-1]) if above else None
    return (answer,) if answer is not None else ()


def _fan_out(
    state: RouteState, decision: Decision, update: dict[str, Any], services: Services
) -> Command[Next]:
    nodes, ledger = chosen(state)[0].by_id(), state["ledger"]
    opened = [nodes[name] for name in decision.nodes]
    amounts = [outlook(node, state, services).cost for node in opened]
    for node, amount in zip(opened, amounts, strict=True):
        ledger = reserve(ledger, _entry(node), node.id, amount)
    spare = divided(grant(left(ledger)), len(opened))
    sends = [
        Send(
            "consult",
            ConsultInput(
                conversation=state["messages"],
                node=node,
                attempt=1,
                template=template_for(node, state, amount),
                spare=spare,
            ),
        )
        for node, amount in zip(opened, amounts, strict=True)
    ]
    return Command(update={**update, "ledger": ledger}, goto=sends)


def _entry(node: RouteNode) -> str:
    return f"{node.id}#1"
