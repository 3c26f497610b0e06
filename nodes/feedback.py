"""feedback: ends a route: picks the answer, writes everything to memory, and says it."""

from collections.abc import Mapping
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
from secondhalf.policy.outcome import PathLessons, outcome
from secondhalf.policy.rulings import reliance, rulings_of
from secondhalf.state.budget import LedgerEntry, Usage
from secondhalf.state.estimate import Answered, Judged, Overran, Prospects, Wording
from secondhalf.state.expert import ExpertBundle
from secondhalf.state.result import RouteResult, TraceEvent
from secondhalf.state.route import RouteState


def feedback(services: Services) -> Runnable[Any, Any]:
    """The last node: see the module's text."""

    async def feedback(state: RouteState) -> dict[str, Any]:
        decision = state.get("decision")
        assert decision is not None, "expand_tree runs before feedback"
        panel = weighed(state, trials_of(state))
        wordings = await _wordings(state, services)
        found = outcome(
            state["request"],
            state["policy"],
            state.get("analysis"),
            state.get("strategy"),
            state["results"],
            state["ledger"],
            decision,
            {
                bundle.node: PathLessons(
                    _answered(panel.best_first(bundle), state, wordings),
                    _overran(bundle, state),
                    _judged(bundle, state["prospects"]),
                )
                for bundle in state["bundles"]
            },
            leaning_of(state).used,
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


async def _wordings(state: RouteState, services: Services) -> dict[str, Wording]:
    """How the answers of a route are worded, by call, where a memory learns from it."""
    if services.unseen:
        return {}
    said = [answer for bundle in state["bundles"] for answer in answers_of(bundle)]
    return await services.wordings({answer.call_id: answer.output for answer in said})


def _answered(
    bundle: ExpertBundle, state: RouteState, wordings: Mapping[str, Wording]
) -> list[Answered]:
    """What can be learned of the models that answered on one path."""
    prospects, (usd, seconds) = state["prospects"], _shares(bundle, _entry(bundle, state).guess)
    arms = prospects.paths.get(bundle.node, {})
    told = [e.passed for r in bundle.results for e in r.evidence if e.kind == "check"]
    checked = False if False in told else None if not told or None in told else True
    return [
        Answered(
            arm=arms[answer.expert],
            call=answer.call_id,
            gist=gist(answer.output),
            prior=prospects.arms[arms[answer.expert]].prior,
            family=prospects.arms[arms[answer.expert]].family,
            usd_share=usd,
            seconds_share=seconds,
            checked=checked,
            wording=wordings.get(answer.call_id),
            told=(prospects.told or {}).get(answer.call_id, 0.0),
        )
        for answer in answers_of(bundle)
        if answer.expert in arms
    ]


def _overran(bundle: ExpertBundle, state: RouteState) -> list[Overran]:
    """Models of one path that gave no answer within what was reserved for it, if that is known."""
    entry, used = _entry(bundle, state), bundle.usage
    if used.estimated_calls or used.tokens < entry.reserved.tokens:
        return []
    arms = state["prospects"].paths.get(bundle.node, {})
    usd, seconds = _shares(bundle, entry.guess)
    return [
        Overran(arm=arms[result.expert], usd_share=usd, seconds_share=seconds)
        for result in bundle.results
        if result.expert in arms and not result.answered
    ]


def _entry(bundle: ExpertBundle, state: RouteState) -> LedgerEntry:
    name = f"{bundle.node}#{bundle.attempt}"
    unknown = LedgerEntry(id=name, node=bundle.node)
    return next((e for e in state["ledger"].entries if e.id == name), unknown)


def _shares(bundle: ExpertBundle, guess: Usage | None) -> tuple[float | None, float | None]:
    """Dollars (tokens, where they have no price) and seconds, as shares of what was guessed.

    None where something was lost: what it is charged is the most that it can have been.
    """
    if any(
        r.lost != Usage() or (r.attempts > 1 and r.usage.estimated_calls) for r in bundle.results
    ):
        return None, None
    used, guess = bundle.usage, guess or Usage()
    priced = guess.usd > 0.0 and not used.unpriced_calls
    tokens = used.tokens / guess.tokens if guess.tokens else None
    return (
        used.usd / guess.usd if priced else tokens,
        bundle.seconds / guess.seconds if guess.seconds > 0.0 else None,
    )


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
    calls: dict[str, list[tuple[TraceEvent, ...]]] = {}
    for result in state["results"]:
        calls.setdefault(result.path[-1], []).append(result.trace)
    whole: list[TraceEvent] = []
    for made in state["trace"]:
        if made.kind == "verify" and calls.get(made.node):
            whole += calls[made.node].pop(0)
        whole.append(made)
    return (*whole, stop)


async def _message(result: RouteResult) -> AIMessage:
    metadata = {
        "route": {
            "route_id": result.route_id,
            "status": result.status,
            "withheld": result.unverified_answer is not None,
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
