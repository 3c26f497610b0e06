"""expand_tree: grows the tree, asks the planner what to open next, reserves, and fans out."""

from collections.abc import Callable
from typing import Any, Literal

from langchain_core.runnables import Runnable
from langgraph.types import Command, Send

from secondhalf.nodes.events import event
from secondhalf.nodes.reading import chosen, quality_before, request_text
from secondhalf.nodes.services import Services
from secondhalf.nodes.step import step
from secondhalf.policy.ledger import grant, left, reserve
from secondhalf.policy.opinions import panel_of
from secondhalf.policy.planner import Outlook, View
from secondhalf.policy.quality import answer_of
from secondhalf.policy.search.outlooks import expected
from secondhalf.policy.standing import Standing
from secondhalf.state.budget import Usage
from secondhalf.state.decision import Decision
from secondhalf.state.estimate import Prospects
from secondhalf.state.expert import ExpertCall, ExpertResult
from secondhalf.state.route import ConsultInput, RouteState
from secondhalf.state.strategy import USER, RouteNode, Strategy

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
    looks: dict[str, Outlook] = {}

    def look(node: RouteNode) -> Outlook:
        if node.id not in looks:
            looks[node.id] = outlook(node, state, services)
        return looks[node.id]

    return View(
        strategy=strategy,
        analysis=analysis,
        results=state["results"],
        outlook=look,
        left=left(ledger),
        budget=ledger.budget,
        thresholds=policy.thresholds,
        price=policy.prices[request.preset].where(_dearest(state, look)),
        preset=request.preset,
        may_ask=request.clarify and not state["clarifications"],
        has_documents=services.experts.has_documents,
        answered=frozenset(r.expert for r in results if r.answered and r.role != "retriever"),
        prospects=state["prospects"],
        standing=_standing(state),
        exploration=policy.exploration if services.memory is not None else 0.0,
        seed=request.route_id,
    )


def _dearest(state: RouteState, look: Callable[[RouteNode], Outlook]) -> float:
    """US dollars that the dearest path on offer is expected to cost; 0 if all are free."""
    looks = [look(node) for node in chosen(state)[0].nodes if USER not in node.experts]
    return max((expected(o).usd for o in looks if not o.missing), default=0.0)


def _standing(state: RouteState) -> Standing:
    trials = {result.path[-1] for result in state["results"] if result.trial}
    weighed = [b for b in state["bundles"] if b.node not in trials]
    return panel_of(weighed, state["prospects"]).standing


def outlook(node: RouteNode, state: RouteState, services: Services) -> Outlook:
    """What to expect of ``node``: quality, an upper estimate of its cost, what it lacks."""
    experts = services.experts
    missing = next((why for name in node.experts if (why := experts.missing(name))), "")
    if state["request"].demands_tool and experts.models.keys().isdisjoint(node.experts):
        missing = missing or "a call of the caller's tools is demanded"
    if missing:
        return Outlook(0.0, Usage(), missing)
    cost = experts.estimate(node, template_for(node, state, Usage()), state["messages"])
    mean = expected_use(cost, state["prospects"], node)
    return Outlook(quality_before(node, state, experts), cost, expected=mean)


def expected_use(most: Usage, prospects: Prospects, node: RouteNode) -> Usage | None:
    """The mean of what ``node`` uses of ``most``, as its arms did so far; None without arms."""
    arms = [prospects.arms[arm] for arm in prospects.paths.get(node.id, {}).values()]
    if not arms:
        return None
    usd = sum(arm.usd_share for arm in arms) / len(arms)
    seconds = max(arm.seconds_share for arm in arms)
    return most.model_copy(
        update={
            "usd": usd * most.usd,
            "seconds": seconds * most.seconds,
            "input_tokens": int(usd * most.input_tokens),
            "output_tokens": int(usd * most.output_tokens),
        }
    )


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
    sends: list[Send] = []
    for node_id in decision.nodes:
        node = nodes[node_id]
        amount = outlook(node, state, services).cost
        ledger = reserve(ledger, _entry(node), node.id, amount)
        sends.append(
            Send(
                "consult",
                ConsultInput(
                    conversation=state["messages"],
                    node=node,
                    attempt=1,
                    template=template_for(node, state, amount),
                ),
            )
        )
    return Command(update={**update, "ledger": ledger}, goto=sends)


def _entry(node: RouteNode) -> str:
    return f"{node.id}#1"
