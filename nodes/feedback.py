"""feedback: ends a route: picks the answer, writes everything to memory, and says it."""

from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable

from secondhalf.nodes.events import event
from secondhalf.nodes.final import say
from secondhalf.nodes.reading import leaning_of, trials_of, weighed
from secondhalf.nodes.services import Services
from secondhalf.nodes.step import step
from secondhalf.policy.agreement import gist
from secondhalf.policy.opinions import answers_of
from secondhalf.policy.outcome import outcome
from secondhalf.policy.rulings import reliance, rulings_of
from secondhalf.state.budget import Usage
from secondhalf.state.estimate import Answered, Judged, Prospects
from secondhalf.state.expert import ExpertBundle
from secondhalf.state.result import RouteResult, TraceEvent
from secondhalf.state.route import RouteState


def feedback(services: Services) -> Runnable[Any, Any]:
    """The last node: see the module's text."""

    async def feedback(state: RouteState) -> dict[str, Any]:
        decision = state.get("decision")
        assert decision is not None, "expand_tree runs before feedback"
        panel = weighed(state, trials_of(state))
        found = outcome(
            state["request"],
            state["policy"],
            state.get("analysis"),
            state.get("strategy"),
            state["results"],
            state["ledger"],
            decision,
            {
                bundle.node: _answered(panel.best_first(bundle), state)
                for bundle in state["bundles"]
            },
            leaning_of(state).used,
            {bundle.node: _judged(bundle, state["prospects"]) for bundle in state["bundles"]},
        )
        stop = event(
            "stop",
            f"{found.status}: {found.reason}",
            node="".join(found.path[-1:]),
            status=found.status,
        )
        result = found.model_copy(update={"trace": _whole_trace(state, stop)})
        await services.remember(state["request"], state.get("analysis"), result)
        return {
            "messages": [await _message(result)],
            "route": result,
            "trace": [stop],
        }

    return step(feedback)


def _answered(bundle: ExpertBundle, state: RouteState) -> list[Answered]:
    """What can be learned of the models that answered on one path."""
    prospects, entry = state["prospects"], f"{bundle.node}#{bundle.attempt}"
    arms = prospects.paths.get(bundle.node, {})
    held = next((e.reserved for e in state["ledger"].entries if e.id == entry), Usage())
    told = [e.passed for r in bundle.results for e in r.evidence if e.kind == "check"]
    checked = False if False in told else None if not told or None in told else True
    return [
        Answered(
            arm=arms[answer.expert],
            call=answer.call_id,
            gist=gist(answer.output),
            prior=prospects.arms[arms[answer.expert]].prior,
            family=prospects.arms[arms[answer.expert]].family,
            usd_share=bundle.usage.usd / held.usd if held.usd > 0.0 else None,
            seconds_share=bundle.seconds / held.seconds if held.seconds > 0.0 else None,
            checked=checked,
        )
        for answer in answers_of(bundle)
        if answer.expert in arms
    ]


def _judged(bundle: ExpertBundle, prospects: Prospects) -> list[Judged]:
    """What can be learned of the judge that one path asked."""
    return [
        Judged(
            judge=ruling.judge,
            prior=reliance(prospects, ruling.judge).prior,
            answers=ruling.answers,
            preferred=ruling.preferred,
        )
        for ruling in rulings_of([bundle])
        if ruling.judge and ruling.answers is not None
    ]


def _whole_trace(state: RouteState, stop: TraceEvent) -> tuple[TraceEvent, ...]:
    """The route's own events with those of the calls put where their path was judged."""
    calls = {result.path[-1]: result.trace for result in state["results"]}
    whole: list[TraceEvent] = []
    for made in state["trace"]:
        whole += calls.pop(made.node, ()) if made.kind == "verify" else ()
        whole.append(made)
    return (*whole, stop)


async def _message(result: RouteResult) -> AIMessage:
    metadata = {
        "route": {
            "route_id": result.route_id,
            "status": result.status,
            "strategy": result.strategy,
            "path": list(result.path),
            "cost_usd": result.cost_usd,
            "quality": result.quality,
            "policy_version": result.policy_version,
            "models": list(result.models),
        }
    }
    tool_calls = [
        {"id": r.id, "name": r.name, "args": dict(r.args), "type": "tool_call"}
        for r in result.tool_requests
    ]
    return await say(result.answer or _no_answer(result), metadata, tool_calls, result.tokens)


def _no_answer(result: RouteResult) -> str:
    if result.tool_requests:
        return ""
    if result.unverified_answer is not None:
        return "I do not answer this: it is high-risk and my answer could not be verified."
    return f"I have no answer: {result.reason}."
