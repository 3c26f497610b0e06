"""clarify: asks the user, and lets the route wait until they answer."""

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import Runnable
from langgraph.types import interrupt

from secondhalf.nodes.events import event
from secondhalf.nodes.reading import chosen
from secondhalf.nodes.services import Services
from secondhalf.nodes.step import step
from secondhalf.policy.ledger import spent
from secondhalf.state.request import MAX_PROMPT
from secondhalf.state.route import Clarification, RouteState

DEFAULT_QUESTION = "Your request can be read in several ways. What exactly do you want?"


def clarify(services: Services) -> Runnable[Any, Any]:
    """Interrupts with ``{"kind", "question", "route_id", "thread_id", …}``; resumes with text.

    The exchange becomes part of ``messages``. An empty answer is none: the route waits on.
    """

    async def clarify(state: RouteState) -> dict[str, Any]:
        request, analysis = state["request"], state.get("analysis")
        question = (analysis.question if analysis is not None else "") or DEFAULT_QUESTION
        await services.remember_waiting(request.route_id, waiting=True)
        used = spent(state["ledger"])
        asked = {
            "kind": "clarify",
            "question": question,
            "route_id": request.route_id,
            "thread_id": request.thread_id,
            "strategy": chosen(state)[0].name,
            "policy_version": state["policy"].version,
            "cost_usd": used.usd,
            "unpriced_calls": used.unpriced_calls,
            "tokens": {"input": used.input_tokens, "output": used.output_tokens},
            "latency_s": used.seconds,
        }
        answer = ""
        while not answer:
            answer = _text(interrupt(asked))[:MAX_PROMPT]
        await services.remember_waiting(request.route_id, waiting=False)
        return {
            "messages": [AIMessage(question), HumanMessage(answer)],
            "clarifications": [Clarification(question=question, answer=answer)],
            "trace": [event("ask", question), event("answer", answer)],
        }

    return step(clarify)


def _text(given: object) -> str:
    """The answer as text; people resume with a string or with ``{"answer": ...}``."""
    if isinstance(given, dict):
        given = given.get("answer", "")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return str(given or "").strip()  # pyright: ignore[reportUnknownArgumentType]
