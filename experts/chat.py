"""Chat models as reasoners."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage

from secondhalf.experts.deployment import Deployment
from secondhalf.experts.failure import Failure, unusable
from secondhalf.experts.group import ModelGroup
from secondhalf.experts.model_expert import ModelExpert, result_of_failure, sent_away
from secondhalf.experts.plain import checked, text_of
from secondhalf.experts.prompts import reasoner
from secondhalf.experts.replies import answer_text, cut_short, refusal
from secondhalf.experts.run import Ask, Request
from secondhalf.experts.structured import QUIET
from secondhalf.policy.nonanswer import is_non_answer
from secondhalf.state.analysis import Level
from secondhalf.state.expert import ExpertCall, ExpertResult, Role, ToolRequest

ANSWER_TOKENS: dict[Level, int] = {"low": 512, "medium": 1_024, "high": 2_048}
"""How long answers get, by difficulty: nine of ten stay below."""
CONFIDENCE = 0.5
"""A model's word alone: how good the answer is, others estimate."""
CUT_SHORT_CONFIDENCE = 0.3
NON_ANSWER_CONFIDENCE = 0.1


T = TypeVar("T")


class Reply(NamedTuple):
    """What a chat model answered: text, or tools it wants to be called."""

    text: str
    tools: tuple[ToolRequest, ...]


class ChatExpert(ModelExpert):
    """A chat model that answers the request, revises a draft or answers from sources."""

    def __init__(
        self, group: ModelGroup, *, name: str | None = None, role: Role = "reasoner"
    ) -> None:
        """``name`` is what strategies call it; by default the group's own name."""
        super().__init__(group, name or group.name)
        self.role: Role = role

    def answer_tokens(self, call: ExpertCall) -> int:
        """By difficulty."""
        return ANSWER_TOKENS[call.analysis.difficulty]

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """The model's answer; tools it wants called are in ``tool_requests``."""
        request = Request(reasoner(call, messages), _chat(call), call.tools)
        outcome = await self.group.run(call, request)
        if outcome.value is None or outcome.message is None:
            return result_of_failure(call, self.role, outcome)
        return ExpertResult(
            call_id=call.id,
            expert=self.name,
            role=self.role,
            output=outcome.value.text,
            confidence=_confidence(outcome.value, outcome.message),
            usage=outcome.usage,
            attempts=outcome.attempts,
            tool_requests=outcome.value.tools,
            model=outcome.model,
            notes=outcome.notes + self._notes(call, outcome.message),
        )

    def _notes(self, call: ExpertCall, message: AIMessage) -> tuple[str, ...]:
        notes = sent_away(self.group, call)
        return (*notes, "the answer was cut short") if cut_short(message) else notes


def _chat(call: ExpertCall) -> Ask[Reply]:
    async def ask(
        deployment: Deployment, model: BaseChatModel, messages: Sequence[BaseMessage]
    ) -> tuple[AIMessage, Reply]:
        message = await _invoke(call, model, messages)
        return message, _reply(call, message)

    return ask


async def _invoke(
    call: ExpertCall, model: BaseChatModel, messages: Sequence[BaseMessage]
) -> AIMessage:
    if not call.tools:
        return await model.ainvoke(list(messages), config=QUIET)
    choice = {"tool_choice": call.tool_choice} if call.tool_choice else {}
    try:
        bound = model.bind_tools([dict(tool) for tool in call.tools], **choice)
    except NotImplementedError:
        raise Failure("bad request", "this model cannot call tools") from None
    return await bound.ainvoke(list(messages), config=QUIET)


def _reply(call: ExpertCall, message: AIMessage) -> Reply:
    if message.invalid_tool_calls:
        wanted = message.invalid_tool_calls[0]
        raise unusable(f"malformed call of the tool {wanted.get('name')!r}", message)
    text = answer_text(message) or refusal(message)
    tools = tuple(
        _request(wanted, f"{call.id}-{n}", message)
        for n, wanted in enumerate(message.tool_calls, start=1)
    )
    if not text and not tools:
        if cut_short(message):
            raise unusable("no text within its limit of tokens", message, final=True)
        raise unusable("it is empty", message)
    unknown = {tool.name for tool in tools} - _names(call)
    if unknown:
        raise unusable(f"it calls {min(unknown)!r}, a tool that does not exist", message)
    return Reply(text, tools)


def _request(wanted: Mapping[str, object], place: str, message: AIMessage) -> ToolRequest:
    name = wanted.get("name")
    try:
        args = checked(wanted.get("args"))
    except ValueError as error:
        raise unusable(f"it calls {name!r} with {error}", message) from None
    if not isinstance(name, str) or not isinstance(args, dict):
        raise unusable(f"malformed call of the tool {name!r}", message)
    return ToolRequest(id=text_of(wanted.get("id") or place), name=name, args=args)


def _names(call: ExpertCall) -> set[str]:
    """Names of the caller's tools, in OpenAI's form or a bare one."""
    names: set[str] = set()
    for tool in call.tools:
        inner = tool.get("function")
        name = inner.get("name") if isinstance(inner, dict) else tool.get("name", tool.get("title"))
        names.add(str(name))
    return names


def _confidence(reply: Reply, message: AIMessage) -> float:
    if not reply.tools and is_non_answer(reply.text):
        return NON_ANSWER_CONFIDENCE
    return CUT_SHORT_CONFIDENCE if cut_short(message) else CONFIDENCE
