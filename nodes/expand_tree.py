"""expand_tree: grows the tree, asks the planner what to open next, reserves, and fans out."""

from typing import Any, Literal

from langchain_core.runnables import Runnable
from langgraph.types import Command, Send

from secondhalf.nodes.events import event
from secondhalf.nodes.outlooks import Outlooks
from secondhalf.nodes.reading import chosen, conversation_of, leaning_of
from secondhalf.nodes.services import Services
from secondhalf.nodes.step import step
from secondhalf.policy.ledger import divided, grant, headroom, left, reserve
from secondhalf.policy.permitted import permitted
from secondhalf.policy.planner import View
from secondhalf.policy.stages import may_open_again
from secondhalf.state.decision import Decision
from secondhalf.state.result import RouteResult
from secondhalf.state.route import ConsultInput, RouteState

Next = Literal["consult", "clarify", "feedback"]
STEPS_TO_OPEN = 5
"""Graph steps that opening one more path needs: consult, verify, expand_tree, feedback, end."""


def expand_tree(services: Services) -> Runnable[Any, Any]:
    """One decision of the search; leads to consult (next), clarify (ask) or feedback (stop)."""

    async def expand_tree(state: RouteState) -> Command[Next]:
        outlooks = Outlooks(state, services)
        decision = _decide(state, services, outlooks)
        made = event(
            "plan",
            f"{decision.action}: {decision.reason}",
            alternatives=[a.model_dump(mode="json") for a in decision.alternatives],
            nodes=list(decision.nodes),
            trial=decision.trial,
            propensity=decision.propensity,
        )
        update: dict[str, Any] = {"decision": decision, "trace": [made]}
        if decision.action == "ask":
            return Command(update=update, goto="clarify")
        if decision.action == "stop":
            return Command(update=update, goto="feedback")
        return _fan_out(state, decision, update, outlooks)

    return step(expand_tree)


def _decide(state: RouteState, services: Services, outlooks: Outlooks) -> Decision:
    if state.get("remaining_steps", STEPS_TO_OPEN) < STEPS_TO_OPEN:
        return Decision(action="stop", reason="the graph's recursion limit is near", capped="steps")
    view = view_of(state, services, outlooks)
    return permitted(services.planner.plan(view), view)


def view_of(state: RouteState, services: Services, outlooks: Outlooks) -> View:
    """What the planner decides on."""
    request, policy = state["request"], state["policy"]
    strategy, analysis = chosen(state)
    ledger = state["ledger"]
    results = [r for bundle in state["bundles"] for r in bundle.results]
    return View(
        strategy=strategy,
        analysis=analysis,
        results=_concluded(state),
        outlook=outlooks.outlook,
        left=left(ledger),
        budget=ledger.budget,
        thresholds=leaning_of(state).thresholds,
        price=policy.prices[request.preset].where(outlooks.dearest()),
        preset=request.preset,
        may_ask=request.clarify and not state["clarifications"],
        has_documents=services.experts.has_documents,
        answered=frozenset(r.expert for r in results if r.answered and r.role != "retriever"),
        prospects=state["prospects"],
        standing=outlooks.panel.standing,
        verdicts=outlooks.judging.verdicts if outlooks.judging is not None else None,
        exploration=0.0 if services.memory is None or services.unseen else policy.exploration,
        seed=request.route_id,
    )


def _concluded(state: RouteState) -> list[RouteResult]:
    """The results so far, but for those of paths that lost a call: they may be opened again."""
    both = zip(state["bundles"], state["results"], strict=True)
    return [result for bundle, result in both if result.trial or not may_open_again(bundle)]


def _fan_out(
    state: RouteState, decision: Decision, update: dict[str, Any], outlooks: Outlooks
) -> Command[Next]:
    nodes, ledger = chosen(state)[0].by_id(), state["ledger"]
    opened = [nodes[name] for name in decision.nodes]
    looks = [outlooks.outlook(node) for node in opened]
    for node, look in zip(opened, looks, strict=True):
        ledger = reserve(ledger, outlooks.entry(node), node.id, look.cost, look.guess)
    spare = divided(grant(left(ledger)), len(opened))
    allowed = [headroom(look.cost, spare, look.guess) for look in looks]
    talk = conversation_of(state)
    sends = [
        Send(
            "consult",
            ConsultInput(
                conversation=talk,
                node=node,
                attempt=outlooks.attempt(node),
                template=outlooks.template(node, one.grant),
                spare=one.spare,
            ),
        )
        for node, one in zip(opened, allowed, strict=True)
    ]
    return Command(update={**update, "ledger": ledger}, goto=sends)
