"""Recorded answers as LangChain chat models."""

import asyncio
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from secondhalf.evals.errors import NotRecordedError
from secondhalf.evals.replay.desk import CURRENT
from secondhalf.evals.sight import Opened


class ReplayModel(BaseChatModel):
    """Answers the prompt that is being replayed as ``model`` did, with its tokens and latency.

    It serves nothing but the recorded prompt: asked anything else (to revise a draft, to judge),
    it raises ``NotRecordedError``. An answer of more than ``max_tokens`` is cut short, as it
    would have been. On a ``VirtualLoop`` the recorded latency passes at once.
    """

    model: str
    max_tokens: int | None = None

    @property
    def _llm_type(self) -> str:
        return "secondhalf-replay"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._result(self._opened(messages))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        opened = self._opened(messages)
        if opened.latency_s:
            await asyncio.sleep(opened.latency_s)
        return self._result(opened)

    def _opened(self, messages: list[BaseMessage]) -> Opened:
        task = CURRENT.get()
        if task is None:
            raise NotRecordedError("no prompt is being replayed")
        asked = next((m for m in reversed(messages) if isinstance(m, HumanMessage)), None)
        if asked is None or str(asked.text) != task.prompt:
            raise NotRecordedError("what was asked is not the recorded prompt")
        return task.open(self.model, self.max_tokens)

    def _result(self, opened: Opened) -> ChatResult:
        message = AIMessage(
            opened.text,
            usage_metadata={
                "input_tokens": opened.input_tokens,
                "output_tokens": opened.output_tokens,
                "total_tokens": opened.input_tokens + opened.output_tokens,
            },
            response_metadata={"model_name": self.model, "finish_reason": opened.finish_reason},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])
