"""One step of a route, written once as a coroutine and usable from sync and async graphs."""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import cache
from typing import Any, TypeVar

from langchain_core.runnables import Runnable, RunnableConfig, ensure_config
from langchain_core.runnables.config import set_config_context

T = TypeVar("T")


class Step(Runnable[Any, Any]):
    """A coroutine as a graph node, for sync and async graphs alike.

    Leaner than ``RunnableLambda``: LangGraph traces nodes already.
    """

    def __init__(self, work: Callable[[Any], Coroutine[Any, Any, Any]]) -> None:
        self.name = getattr(work, "__name__", "step")
        self._work = work

    def invoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:
        """Runs the step on a loop of ours, with the caller's context, and waits for it."""
        with set_config_context(ensure_config(config)) as context:
            return context.run(run_blocking, self._work(input))

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:
        """Awaits the step."""
        return await self._work(input)


def step(work: Callable[[Any], Coroutine[Any, Any, Any]]) -> Step:
    """``work``, which takes the state and returns an update or a command, as a graph node."""
    return Step(work)


def run_blocking(work: Coroutine[Any, Any, T]) -> T:
    """Runs ``work`` on a background event loop and waits; safe inside a running loop's thread."""
    context = contextvars.copy_context()
    loop = _loop()
    done: Future[T] = Future()
    task: list[asyncio.Task[T]] = []

    def start() -> None:
        task.append(loop.create_task(work, context=context))
        task[0].add_done_callback(lambda finished: _hand_over(finished, done))

    loop.call_soon_threadsafe(start)
    try:
        return done.result()
    except BaseException:
        if not done.done():
            loop.call_soon_threadsafe(lambda: task[0].cancel() if task else None)
        raise


def _hand_over(finished: "asyncio.Task[T]", done: "Future[T]") -> None:
    if finished.cancelled():
        done.cancel()
    elif (error := finished.exception()) is not None:
        done.set_exception(error)
    else:
        done.set_result(finished.result())


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="secondhalf-loop", daemon=True).start()
    return loop
