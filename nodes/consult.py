"""consult: the stages of one opened path.

Every expert call is a task of its own, durable by itself; but for experts who just compute: a path
of theirs is one task, for it costs less to run it again than to write down how far it came.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypedDict

from langchain_core.messages import AnyMessage
from langchain_core.runnables import Runnable
from langgraph.types import Command, Send

from secondhalf.experts.expert import Expert, failed, most_of
from secondhalf.experts.registry import Experts
from secondhalf.nodes.events import announce
from secondhalf.nodes.inflight import charged_as_lost, note_call
from secondhalf.nodes.step import Step, step
from secondhalf.policy.ledger import charge_lost
from secondhalf.policy.stages import bundle_of, is_dead_end, shares, stages_done
from secondhalf.state.budget import Usage
from secondhalf.state.expert import ExpertCall, ExpertResult, Grant
from secondhalf.state.route import ConsultInput, ConsultOutput, ConsultState

LONGEST_FREE = 30.0
"""Seconds after which an expert that reserves no time is given up."""


class AskInput(TypedDict):
    """What one expert call gets."""

    call: ExpertCall
    conversation: list[AnyMessage]
    spare: Grant
    """What it may use beyond its grant if it is made again."""


def at_once(experts: Experts) -> Step:
    """All stages of a path in one step."""

    async def consult(state: ConsultInput) -> ConsultOutput:
        node, results = state["node"], list[ExpertResult]()
        for stage in range(len(node.stages)):
            given = _stage(state, stage, results, experts)
            results += await asyncio.gather(*[_answer(experts, one) for one in given])
            if is_dead_end(results):
                break
        return {"bundles": [bundle_of(node, state["attempt"], results)]}

    return step(consult)


def first_stage(experts: Experts) -> Callable[[ConsultInput], list[Send]]:
    """What leads into the subgraph: the experts of the first stage, in parallel."""

    def first_stage(state: ConsultInput) -> list[Send]:
        return _sends(state, 0, (), experts)

    return first_stage


def dispatch(experts: Experts) -> Runnable[Any, Any]:
    """Sends the next stage's experts off in parallel, or closes the path with its bundle."""

    async def dispatch(state: ConsultState) -> Command[Literal["ask", "__end__"]]:
        node, results = state["node"], state.get("answers") or []
        stage = stages_done(node, results)
        if stage == len(node.stages) or is_dead_end(results):
            bundle = bundle_of(node, state["attempt"], results)
            return Command(update={"bundles": [bundle]}, goto="__end__")
        return Command(goto=_sends(state, stage, results, experts))

    return step(dispatch)


def _sends(
    state: ConsultInput | ConsultState,
    stage: int,
    results: Sequence[ExpertResult],
    experts: Experts,
) -> list[Send]:
    return [Send("ask", given) for given in _stage(state, stage, results, experts)]


def ask(experts: Experts) -> Runnable[Any, Any]:
    """One call of one expert. Experts never raise; what they used is in their result."""

    async def ask(state: AskInput) -> dict[str, Any]:
        return {"answers": [await _answer(experts, state)]}

    return step(ask)


async def _answer(experts: Experts, given: AskInput) -> ExpertResult:
    call = given["call"]
    announce({"kind": "ask", "node": call.node, "expert": call.expert, "text": "asked"})
    result = await _ask(experts.get(call.expert), call, given)
    return result.model_copy(update={"expert": call.expert})


async def _ask(expert: Expert, call: ExpertCall, state: AskInput) -> ExpertResult:
    """The result of ``call``; if it was lost before, that is charged, and the rest granted."""
    if not call.grant.calls:
        return await _in_time(expert, call, state["conversation"])
    times = await note_call(call.id)
    if not times:
        return await _in_time(expert, call, state["conversation"])
    most = most_of(expert, call, state["conversation"])
    lost, rest = charge_lost(call.grant, state["spare"], times, most)
    again = call.model_copy(update={"grant": rest})
    result = await _in_time(expert, again, state["conversation"])
    return result.model_copy(update={"lost": lost, "notes": (*result.notes, charged_as_lost(lost))})


async def _in_time(
    expert: Expert, call: ExpertCall, conversation: list[AnyMessage]
) -> ExpertResult:
    """What ``expert`` says; one that reserves no time is given up after a while.

    No clock makes a call take longer than it was allowed to, or less than nothing.
    """
    limit = call.grant.seconds or LONGEST_FREE
    if call.grant.seconds:
        result = await expert.ask(call, conversation)
    else:
        try:
            async with asyncio.timeout(limit):
                result = await expert.ask(call, conversation)
        except TimeoutError:
            used = Usage(seconds=limit)
            return failed(call, expert.role, f"no answer within {limit:.0f} s", usage=used)
    seconds = min(limit, result.usage.seconds)
    return result.model_copy(update={"usage": result.usage.model_copy(update={"seconds": seconds})})


def _stage(
    state: ConsultInput | ConsultState,
    stage: int,
    results: Sequence[ExpertResult],
    experts: Experts,
) -> list[AskInput]:
    node, talk = state["node"], state["conversation"]
    prior = (*state["template"].prior, *results)
    template = state["template"].model_copy(update={"prior": prior})
    names = dict.fromkeys(name for later in node.stages[stage:] for name in later)
    estimates = {
        name: experts.get(name).estimate(template.model_copy(update={"expert": name}), talk)
        for name in names
    }
    parts = shares(node, stage, template.grant, state["spare"], results, estimates)
    calls = [
        template.model_copy(
            update={
                "id": f"{template.id}/{stage}.{place}/{name}",
                "expert": name,
                "seed": place,
                "grant": granted,
            }
        )
        for place, (name, granted) in enumerate(zip(node.stages[stage], parts.grants, strict=True))
    ]
    return [AskInput(call=call, conversation=talk, spare=parts.spare) for call in calls]
