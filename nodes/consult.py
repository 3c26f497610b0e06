"""consult: the stages of one opened path; every expert call is a task of its own."""

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

from langchain_core.messages import AnyMessage
from langchain_core.runnables import Runnable
from langgraph.types import Command, Send

from secondhalf.experts.registry import Experts
from secondhalf.nodes.events import announce
from secondhalf.nodes.step import step
from secondhalf.policy.stages import bundle_of, is_dead_end, share
from secondhalf.state.expert import ExpertCall, ExpertResult
from secondhalf.state.route import ConsultState


class AskInput(TypedDict):
    """What one expert call gets."""

    call: ExpertCall
    conversation: list[AnyMessage]


def dispatch(experts: Experts) -> Runnable[Any, Any]:
    """Sends the next stage's experts off in parallel, or closes the path with its bundle."""

    async def dispatch(state: ConsultState) -> Command[Literal["ask", "__end__"]]:
        node, results = state["node"], state.get("answers") or []
        stage = state.get("stage", 0)
        if stage == len(node.stages) or is_dead_end(results):
            bundle = bundle_of(node, state["attempt"], results)
            return Command(update={"bundles": [bundle]}, goto="__end__")
        calls = _calls(state, stage, results, experts)
        sends = [Send("ask", AskInput(call=c, conversation=state["conversation"])) for c in calls]
        return Command(update={"stage": stage + 1}, goto=sends)

    return step(dispatch)


def ask(experts: Experts) -> Runnable[Any, Any]:
    """One call of one expert. Experts never raise; what they used is in their result."""

    async def ask(state: AskInput) -> dict[str, Any]:
        call = state["call"]
        expert = experts.get(call.expert)
        announce({"kind": "ask", "node": call.node, "expert": call.expert, "text": "asked"})
        result = await expert.ask(call, state["conversation"])
        return {"answers": [result.model_copy(update={"expert": call.expert})]}

    return step(ask)


def _calls(
    state: ConsultState, stage: int, results: Sequence[ExpertResult], experts: Experts
) -> list[ExpertCall]:
    node, template = state["node"], state["template"]
    prior = (*template.prior, *results)
    drafts = [
        template.model_copy(
            update={
                "id": f"{template.id}/{stage}.{place}/{name}",
                "expert": name,
                "seed": place,
                "prior": prior,
            }
        )
        for place, name in enumerate(node.stages[stage])
    ]
    later = [
        template.model_copy(update={"prior": prior, "expert": name})
        for names in node.stages[stage + 1 :]
        for name in names
    ]
    grants = share(
        template.grant,
        [r.usage for r in results],
        [experts.get(c.expert).estimate(c, state["conversation"]) for c in drafts],
        [experts.get(c.expert).estimate(c, state["conversation"]) for c in later],
    )
    return [c.model_copy(update={"grant": g}) for c, g in zip(drafts, grants, strict=True)]
