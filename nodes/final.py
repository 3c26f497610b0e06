"""Says the accepted answer through a chat model that has nothing else to do.

So a plain ``stream_mode="messages"`` of the router shows exactly the answer: the models of
the search are tagged ``nostream``, this one is tagged ``secondhalf:final``.
"""

import re
import uuid
from collections.abc import Iterator
from typing import Any, Literal

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.config import get_config

from secondhalf.state.result import TokenCount

FINAL_TAG = "secondhalf:final"
_PIECES = re.compile(r"\s*\S+\s*")


class _Speaker(BaseChatModel):
    """Repeats ``text``, word by word where it is streamed."""

    text: str
    message_id: str

    @property
    def _llm_type(self) -> str:
        return "secondhalf-answer"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = AIMessage(self.text, id=self.message_id)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        # Unless the last one says so LangChain adds an empty one.
        pieces = _PIECES.findall(self.text) or [self.text]
        for place, piece in enumerate(pieces, 1):
            end: Literal["last"] | None = "last" if place == len(pieces) else None
            message = AIMessageChunk(content=piece, id=self.message_id, chunk_position=end)
            chunk = ChatGenerationChunk(message=message)
            if run_manager is not None:
                run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk


def _is_heard() -> bool:
    """Whether anybody listens: a stream, a tracer or a callback."""
    callbacks = get_config().get("callbacks")
    return bool(getattr(callbacks, "handlers", callbacks))


async def say(
    text: str, metadata: dict[str, Any], tool_calls: list[Any], tokens: TokenCount
) -> AIMessage:
    """The final message: ``text`` (streamed), tool calls, metadata and what the route used."""
    message_id = f"route-{uuid.uuid4().hex}"
    if text and _is_heard():
        speaker = _Speaker(text=text, message_id=message_id)
        await speaker.ainvoke([], config={"tags": [FINAL_TAG]})
    return AIMessage(
        text,
        id=message_id,
        tool_calls=tool_calls,
        response_metadata=metadata,
        usage_metadata={
            "input_tokens": tokens.input,
            "output_tokens": tokens.output,
            "total_tokens": tokens.input + tokens.output,
        },
    )
