"""The async half of a saver, made of its sync half and threads."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextvars import copy_context
from types import TracebackType
from typing import Any, Self, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    CheckpointTuple,
    DeltaChannelHistory,
)

T = TypeVar("T")


class ThreadedSaver(BaseCheckpointSaver[str]):
    """Runs each sync method in a thread of `executor`, whatever event loop asks.

    A cancelled caller leaves its call to finish: what was being stored is stored whole.
    """

    @property
    def executor(self) -> Executor:
        """The threads that do the work."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish what is under way and release what is held."""
        raise NotImplementedError

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """`get_tuple` without blocking."""
        return await self._in_thread(lambda: self.get_tuple(config))

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """`list` without blocking."""
        for found in await self._in_thread(
            lambda: tuple(self.list(config, filter=filter, before=before, limit=limit))
        ):
            yield found

    async def adelete_thread(self, thread_id: str) -> None:
        """`delete_thread` without blocking."""
        await self._in_thread(lambda: self.delete_thread(thread_id))

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """`delete_for_runs` without blocking."""
        await self._in_thread(lambda: self.delete_for_runs(run_ids))

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """`copy_thread` without blocking."""
        await self._in_thread(lambda: self.copy_thread(source_thread_id, target_thread_id))

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """`prune` without blocking."""
        await self._in_thread(lambda: self.prune(thread_ids, strategy=strategy))

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """`get_delta_channel_history` without blocking."""
        return await self._in_thread(
            lambda: self.get_delta_channel_history(config=config, channels=channels)
        )

    async def aclose(self) -> None:
        """`close` without blocking."""
        await asyncio.to_thread(self.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _in_thread(self, call: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.executor, copy_context().run, call)
