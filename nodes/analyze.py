"""analyze: a cheap look at the request before anything is spent on answering it."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import Runnable

from secondhalf.experts.expert import most_of, seconds_since
from secondhalf.nodes.events import event
from secondhalf.nodes.inflight import charged_as_lost, note_call
from secondhalf.nodes.reading import conversation_of, request_text
from secondhalf.nodes.services import Services
from secondhalf.nodes.step import step
from secondhalf.policy.analyzer import analyze as analyze_locally
from secondhalf.policy.crosscheck import cross_check
from secondhalf.policy.learning.buckets import bucket_of
from secondhalf.policy.learning.leaning import hints
from secondhalf.policy.ledger import (
    charge_lost,
    first_cap_exceeded,
    grant,
    headroom,
    left,
    reserve,
    settle,
)
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import Ledger, Usage
from secondhalf.state.conversation import Turn, turns
from secondhalf.state.expert import ExpertCall, ExpertResult
from secondhalf.state.result import TraceEvent
from secondhalf.state.route import RouteState

COVERED = 0.6
"""Confidence of a quote from the documents that makes them worth asking."""

AT_ONCE = 1000
"""Characters that take no longer to analyze than to hand to a thread."""


def analyze(services: Services) -> Runnable[Any, Any]:
    """Local analysis, cross-checked with a model's where one is configured and affordable."""

    async def analyze(state: RouteState) -> dict[str, Any]:
        began = time.monotonic()
        local = await _locally(turns(conversation_of(state)))
        ledger, result = await _ask_model(state, local, services)
        threshold = state["policy"].thresholds.ambiguity
        analysis = _not_easy_if_unclear(_combined(local, result), threshold)
        prompt = request_text(state)
        analysis = _look_up_if_covered(analysis, await services.experts.covered(prompt))
        analysis = _use_tool_if_wanted(analysis, services.experts.wanted_tool(prompt))
        return {
            "analysis": analysis,
            "ledger": ledger,
            "trace": [_event(analysis, result, seconds_since(began))],
        }

    return step(analyze)


async def _locally(talk: Sequence[Turn]) -> TaskAnalysis:
    if sum(len(turn.text) for turn in talk) <= AT_ONCE:
        return analyze_locally(talk)
    return await asyncio.to_thread(analyze_locally, talk)


async def _ask_model(
    state: RouteState, local: TaskAnalysis, services: Services
) -> tuple[Ledger, ExpertResult | None]:
    expert, ledger = services.experts.classifier, state["ledger"]
    if expert is None:
        return ledger, None
    entry = f"analyze#{len(state.get('clarifications') or [])}"
    call = _call(state, entry, expert.name, local)
    talk = conversation_of(state)
    amount = expert.estimate(call, talk)
    if first_cap_exceeded(amount, left(ledger)):
        return ledger, None
    ledger = reserve(ledger, entry, "analyze", amount)
    times = 0 if expert.free else await note_call(call.id)
    room = headroom(amount, grant(left(ledger)))
    call = call.model_copy(update={"grant": room.grant})
    lost, granted = charge_lost(*room, times, most_of(expert, call, talk))
    call = call.model_copy(update={"grant": granted})
    result = await expert.ask(call, talk)
    if times:
        result = result.model_copy(
            update={"lost": lost, "notes": (*result.notes, charged_as_lost(lost))}
        )
    return settle(ledger, entry, "analyze", result.usage + lost), result


def _call(state: RouteState, entry: str, expert: str, local: TaskAnalysis) -> ExpertCall:
    return ExpertCall(
        id=f"{state['request'].route_id}/{entry}",
        expert=expert,
        node="analyze",
        prompt=request_text(state),
        analysis=local,
        grant=grant(Usage()),
        hints=hints(state["policy"], bucket_of(local), state["request"].started_at),
    )


def _combined(local: TaskAnalysis, result: ExpertResult | None) -> TaskAnalysis:
    if result is None:
        return local
    if result.analysis is None:
        note = f"the model's analysis was not used: {result.error or 'nothing usable in it'}"
        return local.model_copy(update={"notes": (*local.notes, note)})
    return cross_check(local, result.analysis)


def _not_easy_if_unclear(analysis: TaskAnalysis, threshold: float) -> TaskAnalysis:
    """While it is not clear what is asked, nobody knows that it is easy."""
    if analysis.ambiguity <= threshold or analysis.difficulty != "low":
        return analysis
    return analysis.model_copy(update={"difficulty": "medium"})


def _look_up_if_covered(analysis: TaskAnalysis, covered: float) -> TaskAnalysis:
    """Where the user's documents answer the request, they are asked, not a model's memory."""
    if covered < COVERED or analysis.needs_retrieval:
        return analysis
    note = f"the documents seem to answer this ({covered:.2f})"
    return analysis.model_copy(update={"needs_retrieval": True, "notes": (*analysis.notes, note)})


def _use_tool_if_wanted(analysis: TaskAnalysis, tool: str) -> TaskAnalysis:
    """The analyzers do not know the tools there are; here is one that fits the request."""
    if not tool or analysis.needs_tools:
        return analysis
    note = f"the tool {tool!r} seems to be for this"
    return analysis.model_copy(update={"needs_tools": True, "notes": (*analysis.notes, note)})


def _event(analysis: TaskAnalysis, result: ExpertResult | None, seconds: float) -> TraceEvent:
    parts = [
        f"intent {analysis.intent}",
        f"domain {analysis.domain}",
        f"difficulty {analysis.difficulty}",
        f"risk {analysis.risk}",
    ]
    parts += ["needs retrieval"] if analysis.needs_retrieval else []
    parts += ["needs tools"] if analysis.needs_tools else []
    used = Usage() if result is None else result.usage + result.lost
    return event(
        "analyze",
        ", ".join(parts),
        seconds=seconds,
        cost_usd=used.usd,
        model=result.model if result is not None else "",
        analysis=analysis.model_dump(mode="json"),
        attempts=result.attempts if result is not None else 0,
        usage=used.model_dump(mode="json"),
        notes=[f"analysis: {note}" for note in result.notes] if result is not None else [],
        error=(result.error or "") if result is not None else "",
    )
