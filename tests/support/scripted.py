"""Chat models that say what a test tells them to."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

Reply = str | AIMessage | Exception | Callable[[list[BaseMessage]], str | AIMessage]


class ScriptedModel(BaseChatModel):
    """Gives ``replies`` in order, the last one for ever; keeps what it was asked in ``calls``."""

    replies: list[Any]
    delay: float = 0.0
    _calls: list[list[BaseMessage]] = PrivateAttr(default_factory=list[list[BaseMessage]])

    @property
    def calls(self) -> list[list[BaseMessage]]:
        return self._calls

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        return self.bind(tools=tools, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self._calls.append(messages)
        reply: Reply = self.replies[min(len(self._calls), len(self.replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        said = reply(messages) if callable(reply) else reply
        message = AIMessage(said) if isinstance(said, str) else said
        if message.usage_metadata is None:
            message = message.model_copy(
                update={
                    "usage_metadata": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
                }
            )
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        await asyncio.sleep(self.delay)
        return self._generate(messages)
