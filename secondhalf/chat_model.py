"""The router as a LangChain chat model."""

import asyncio
import contextvars
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict

from secondhalf.graph.router import Router, build_router
from secondhalf.nodes.step import run_blocking
from secondhalf.state.errors import ConfigError
from secondhalf.state.request import RouteContext
from secondhalf.state.route import RouteInput

T = TypeVar("T")

CHOICES = ("auto", "any", "none")
"""What ``tool_choice`` may be besides the name of a tool."""
_NAMES: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


class RoutedChatModel(BaseChatModel):
    """Answers every call with a route of its own: ``create_agent(model=RoutedChatModel(...))``.

    A chat model cannot wait for its user, so the router never asks here; it decides. Tools
    bound with ``bind_tools`` are offered to the router's models, and called by the agent.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    router: Any = None
    """A router from ``build_router``; local experts only if none is given."""
    context: RouteContext = RouteContext()
    """Settings of every call."""

    @property
    def _llm_type(self) -> str:
        return "secondhalf"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """What LangChain's caches tell models apart by: the router, and the settings of a call."""
        return {"router": _name_of(self.router), "context": self.context.model_dump(mode="json")}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """A copy whose routes may answer by asking for these tools.

        ``tool_choice`` is a tool's name, ``auto``, ``none`` or ``any`` (also ``required`` or true),
        or one of the objects that OpenAI and Anthropic have for that.

        Raises:
            ConfigError: it is none of them, or names a tool that is not there.
        """
        schemas = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=schemas, tool_choice=_choice(tool_choice, schemas), **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return run_blocking(self._agenerate(messages, stop, None, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        answer = await _apart(self._answer(messages, kwargs))
        return ChatResult(generations=[ChatGeneration(message=_cut(answer, stop))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        answer = run_blocking(self._agenerate(messages, stop, None, **kwargs))
        for chunk in _chunks(answer):
            if run_manager is not None:
                run_manager.on_llm_new_token(str(chunk.text), chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        answer = await self._agenerate(messages, stop, None, **kwargs)
        for chunk in _chunks(answer):
            if run_manager is not None:
                await run_manager.on_llm_new_token(str(chunk.text), chunk=chunk)
            yield chunk

    async def _answer(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        router: Router = self.router or build_router()
        config: RunnableConfig = {"configurable": {"thread_id": uuid.uuid4().hex}}
        given: RouteInput = {"messages": cast("list[AnyMessage]", messages)}
        durability: Any = "exit" if router.checkpointer else None
        out = await router.ainvoke(
            given, config, context=self._context(kwargs), durability=durability
        )
        return cast("AIMessage", out["messages"][-1])

    def _context(self, kwargs: dict[str, Any]) -> RouteContext:
        tools = tuple(kwargs.get("tools") or ())
        choice = _choice(kwargs.get("tool_choice"), tools)
        return self.context.model_copy(
            update={"clarify": False, "tools": tools, "tool_choice": choice}
        )


def _name_of(router: Router | None) -> str:
    """A name that no other router has, in this process or another: nobody knows what it learned."""
    return _NAMES.setdefault(router, uuid.uuid4().hex) if router is not None else "local"


def _choice(given: object, tools: Sequence[dict[str, Any]]) -> str | None:
    """The tool that must be called by its name, or one of ``CHOICES``; None leaves it open."""
    if given is None or given is False or given == "":
        return None
    wanted: object = given
    if isinstance(given, dict):
        told = cast("dict[str, Any]", given)
        function = cast("dict[str, Any]", told.get("function") or told)
        wanted = function.get("name") or told.get("type")
    if wanted is True or wanted == "required":
        return "any"
    names = [str(tool.get("function", tool).get("name")) for tool in tools]
    if wanted not in (*CHOICES, *names):
        raise ConfigError(
            f"tool_choice {given!r} is neither one of the tools ({', '.join(names) or 'none'}) "
            f"nor one of {', '.join(CHOICES)}"
        )
    return str(wanted)


async def _apart(work: Coroutine[Any, Any, T]) -> T:
    """Awaits ``work`` outside the caller's run, so that its graph is not taken for a subgraph."""
    context = contextvars.copy_context()
    context.run(var_child_runnable_config.set, None)
    return await asyncio.create_task(work, context=context)


def _cut(message: AIMessage, stop: list[str] | None) -> AIMessage:
    """``message`` up to the first stop word."""
    text = str(message.text)
    ends = [text.find(word) for word in stop or () if word in text]
    return message.model_copy(update={"content": text[: min(ends)]}) if ends else message


def _chunks(answer: ChatResult) -> Iterator[ChatGenerationChunk]:
    """The answer word by word; tool calls, metadata and usage come with the last chunk."""
    message = answer.generations[0].message
    assert isinstance(message, AIMessage), "a route answers with an AIMessage"
    for word in str(message.text).split(" ")[:-1]:
        yield ChatGenerationChunk(message=AIMessageChunk(content=word + " ", id=message.id))
    last = AIMessageChunk(
        content=str(message.text).split(" ")[-1],
        id=message.id,
        tool_calls=message.tool_calls,
        response_metadata=message.response_metadata,
        usage_metadata=message.usage_metadata,
        chunk_position="last",
    )
    yield ChatGenerationChunk(message=last)
