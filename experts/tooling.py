"""The tool executor: a model chooses, we run, the model answers from what came back."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.errors import GraphBubbleUp

from secondhalf.experts.expert import Expert, failed, one_line, storable
from secondhalf.experts.plain import text_of
from secondhalf.experts.run import loop_time
from secondhalf.policy.ledger import remaining
from secondhalf.state.budget import Usage
from secondhalf.state.expert import Evidence, ExpertCall, ExpertResult, Role, ToolRequest

MAX_STEPS = 4
"""Rounds of asking the model and running the tools it wants."""
MAX_OUTPUT = 8_000
"""Characters of a tool's output that a model gets to see."""
LEAST_SECONDS = 0.01
"""Less time than this is none left: timers are no more exact, and a tool that was started may have
done something."""
READ_ONLY = "read_only"
"""Tag (or true metadata key) of a tool without side effects; any other is assumed to have some."""


class ToolExpert:
    """Lets ``model`` call LangChain tools; arguments are validated by each tool's own schema."""

    name = "tool"
    role: Role = "tool"

    def __init__(self, model: Expert, tools: Sequence[BaseTool]) -> None:
        self._model = model
        self._tools = {tool.name: tool for tool in tools}
        self.remote = model.remote
        self.free = model.free

    def estimate(self, call: ExpertCall, messages: Sequence[BaseMessage] = ()) -> Usage:
        """Two rounds of the model: one to choose a tool, one to answer."""
        once = self._model.estimate(call, messages)
        return once + once

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """The model's answer, with every tool call as evidence of kind ``tool``.

        The tools' time counts as the model's does: together they get what is granted.
        """
        began = loop_time()
        tools = _allowed(self._tools, call)
        if not tools:
            return failed(call, self.role, "no tool without side effects, and others are forbidden")
        schemas = tuple(_schema(tool) for tool in tools.values())
        talk, used, evidence = list(messages), Usage(), list[Evidence]()
        attempts = 0
        for _ in range(MAX_STEPS):
            left = remaining(call.grant, _timed(used, began))
            asked = call.model_copy(update={"tools": schemas, "grant": left})
            said = await self._model.ask(asked, talk)
            used += said.usage
            attempts = max(attempts, said.attempts)
            if said.error is not None or not said.tool_requests:
                final = _final(said, call, _timed(used, began), evidence)
                return final.model_copy(update={"attempts": attempts})
            talk.append(_ai_message(said))
            for request in said.tool_requests:
                seconds = remaining(call.grant, _timed(used, began)).seconds
                if seconds < LEAST_SECONDS:
                    break
                output, ok = await _run(request, tools, seconds)
                evidence.append(_evidence(request, output, ok))
                talk.append(ToolMessage(output, tool_call_id=request.id))
            used = _timed(used, began)
            if remaining(call.grant, used).seconds < LEAST_SECONDS:
                many = f"{len(evidence)} calls of tools"
                return _unanswered(call, f"no answer in time, after {many}", used, evidence)
        return _unanswered(call, f"no answer after {MAX_STEPS} rounds of tools", used, evidence)


def _timed(used: Usage, began: float) -> Usage:
    """What was used, with all the time since ``began``: of the model, and of the tools."""
    return used.model_copy(update={"seconds": max(0.0, loop_time() - began)})


def _allowed(tools: Mapping[str, BaseTool], call: ExpertCall) -> dict[str, BaseTool]:
    return {name: t for name, t in tools.items() if call.side_effects or _is_read_only(t)}


def _is_read_only(tool: BaseTool) -> bool:
    return READ_ONLY in (tool.tags or ()) or bool((tool.metadata or {}).get(READ_ONLY))


def _schema(tool: BaseTool) -> dict[str, Any]:
    return convert_to_openai_tool(tool)


def _ai_message(said: ExpertResult) -> AIMessage:
    calls = [
        {"id": r.id, "name": r.name, "args": dict(r.args), "type": "tool_call"}
        for r in said.tool_requests
    ]
    return AIMessage(said.output, tool_calls=cast("Any", calls))


async def _run(
    request: ToolRequest, tools: Mapping[str, BaseTool], seconds: float
) -> tuple[str, bool]:
    tool = tools.get(request.name)
    if tool is None:
        return f"there is no tool {request.name!r}", False
    try:
        async with asyncio.timeout(seconds):
            output = await tool.ainvoke(dict(request.args))
        return _text(output)[:MAX_OUTPUT], True
    except GraphBubbleUp:
        raise  # the tool asks the user something, or leads elsewhere: that is LangGraph's to do
    except TimeoutError:
        return "the tool took too long", False
    except Exception as error:  # noqa: BLE001 - experts never raise: failure is data
        return f"the tool failed: {one_line(error)}", False


def _text(output: object) -> str:
    """Whatever a tool returned as text: JSON if it can be that."""
    if isinstance(output, str):
        return storable(output)
    try:
        return json.dumps(output, default=text_of)
    except (TypeError, ValueError, RecursionError):  # names that are none, a circle, too deep
        return text_of(output)


def _evidence(request: ToolRequest, output: str, ok: bool) -> Evidence:
    arguments = json.dumps(request.args, sort_keys=True)
    return Evidence(kind="tool", source=f"{request.name}({arguments})", text=output, passed=ok)


def _final(
    said: ExpertResult, call: ExpertCall, used: Usage, evidence: Sequence[Evidence]
) -> ExpertResult:
    return said.model_copy(
        update={
            "call_id": call.id,
            "role": "tool",
            "usage": used,
            "evidence": (*said.evidence, *evidence),
        }
    )


def _unanswered(
    call: ExpertCall, why: str, used: Usage, evidence: Sequence[Evidence]
) -> ExpertResult:
    """No answer came; what the tools returned is kept."""
    result = failed(call, "tool", why, usage=used)
    return result.model_copy(update={"evidence": tuple(evidence)})
