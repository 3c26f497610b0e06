"""A router with its database: what the command line and ``aroute`` run routes with."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import TracebackType
from typing import Any, NamedTuple, Self

from langchain_core.messages import AIMessageChunk, HumanMessage, RemoveMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command
from pydantic import ValidationError

from secondhalf.checkpoints import SQLAlchemySaver, acheck_graph
from secondhalf.experts.masking import masker
from secondhalf.graph.router import Router, build_router, strategies_of
from secondhalf.memory import Memory
from secondhalf.nodes.events import STREAM_KEY
from secondhalf.nodes.final import FINAL_TAG
from secondhalf.policy.ledger import raised
from secondhalf.policy.settings import check_call
from secondhalf.state.budget import Budget, Ledger
from secondhalf.state.config import RouterConfig
from secondhalf.state.errors import (
    ConfigError,
    FinishedRouteError,
    ThreadInUseError,
    UnknownRouteError,
)
from secondhalf.state.request import RouteContext, RouteRequest
from secondhalf.state.result import Question, RouteResult

FOR_WANT_OF = {"usd": "money", "seconds": "time", "tokens": "tokens", "calls": "calls"}
"""What a route lacked that ended at one of these caps."""


class Step(NamedTuple):
    """Something that happened: a trace event as JSON (``token`` empty), or a piece of answer."""

    event: dict[str, Any]
    token: str = ""


class Session:
    """One router on one database; a context manager that closes what it opened."""

    def __init__(self, config: RouterConfig, db: str, **experts: Any) -> None:
        """``db`` is a SQLAlchemy URL; ``experts`` go to ``build_router``.

        Raises:
            ConfigError: the configuration cannot be used.
            StorageError, CheckpointError: the database cannot be used.
        """
        self._strategies = strategies_of(config)
        names = [*(m.name for m in config.models), *(experts.get("models") or ())]
        self._models = tuple(dict.fromkeys(names))
        mask = masker(config.redact, experts.get("redact"))
        self.memory = Memory.from_url(db, caps=config.policy.learning.caps, redact=mask)
        self.saver = SQLAlchemySaver.from_url(db)
        self.router: Router = build_router(
            config, checkpointer=self.saver, memory=self.memory, **experts
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database connections."""
        self.saver.close()
        self.memory.close()

    async def route(
        self, prompt: str, context: RouteContext, thread_id: str | None = None
    ) -> AsyncGenerator[Step | RouteResult, None]:
        """Runs a new turn on a thread (a new one by default): steps, and at last the result.

        Raises:
            PromptError, ConfigError: the call cannot be made; nothing has been stored.
        """
        # Before LangGraph stores anything: a mistake must not leave a thread dangling.
        check_call(prompt, context, self._strategies, self._models)
        thread = thread_id or uuid.uuid4().hex
        given = {"messages": [HumanMessage(prompt)]}
        async with aclosing(self._run(given, thread, context)) as steps:
            async for step in steps:
                yield step

    async def resume(
        self,
        thread_id: str,
        answer: str | None = None,
        add_usd: float = 0.0,
        add_seconds: float = 0.0,
        add_tokens: int = 0,
        add_calls: int = 0,
    ) -> AsyncGenerator[Step | RouteResult, None]:
        """Goes on where a thread stopped: after a crash, or with the answer to its question.

        A waiting route without an ``answer`` just says again what it waits for. A route that a
        cap ended goes on where it stopped if that cap is raised: by ``add_usd`` (US dollars),
        ``add_seconds`` (active time), ``add_tokens`` or ``add_calls``.

        Raises:
            ConfigError: what is to be added is not zero or more.
            UnknownRouteError: there is no such thread.
            FinishedRouteError: its last route has ended, and not at a cap that this raises.
            GraphChangedError: it would go on with a step that the router no longer has.
        """
        more = _more(usd=add_usd, seconds=add_seconds, tokens=add_tokens, calls=add_calls)
        state = await self.router.aget_state(_config(thread_id))
        if not state.values and not state.tasks:
            raise UnknownRouteError(
                f"there is no thread {thread_id!r}: 'secondhalf routes' lists those there are"
            )
        await acheck_graph(self.router, _config(thread_id))
        # Not `next`: that is empty, too, between a step's writes and the following checkpoint.
        if not state.tasks and more != Budget():
            await self._reopen(thread_id, state.values, more)
        elif not state.tasks:
            raise FinishedRouteError(
                f"the route on thread {thread_id!r} has ended; {_how_to_go_on(state.values)}"
            )
        if state.interrupts and answer is None:
            yield await self._result(thread_id)
            return
        given: Any = Command(resume=answer) if state.interrupts else None
        context = await self._settings_of(thread_id)
        async with aclosing(self._run(given, thread_id, context)) as steps:
            async for step in steps:
                yield step

    async def _reopen(self, thread_id: str, values: dict[str, Any], more: Budget) -> None:
        """Takes a route that ended at a cap back to its last decision, with that cap raised."""
        result: RouteResult = values["route"]
        ledger: Ledger = values["ledger"]
        request: RouteRequest = values["request"]
        if not result.capped or getattr(more, result.capped, None) is None:
            wanted = FOR_WANT_OF.get(result.capped)
            hint = f"; it ended for want of {wanted}" if wanted else ""
            added = " or ".join(FOR_WANT_OF[name] for name in more.model_dump(exclude_none=True))
            raise FinishedRouteError(
                f"the route on thread {thread_id!r} did not end for want of {added}; "
                f"more of it changes nothing{hint}"
            )
        try:
            budget = raised(ledger.budget, more)
        except ValidationError:
            raise ConfigError("what is to be added is too large for a cap: add less") from None
        update = {
            "ledger": ledger.model_copy(update={"budget": budget}),
            "request": request.model_copy(update={"budget": budget}),
            "messages": [RemoveMessage(id=str(values["messages"][-1].id))],
            "route": None,
        }
        await self.router.aupdate_state(_config(thread_id), update, as_node="verify")
        await self.memory.aset_status(request.route_id, "running")

    async def _settings_of(self, thread_id: str) -> RouteContext:
        """The settings of a thread's last route; they matter if it was killed in its first step."""
        stored = await self.memory.alatest_on_thread(thread_id)
        if stored is None:
            return RouteContext()
        known = stored.request.model_dump(include=set(RouteContext.model_fields))
        return RouteContext.model_validate(known)

    async def _run(
        self, given: Any, thread_id: str, context: RouteContext
    ) -> AsyncGenerator[Step | RouteResult, None]:
        stream = self.router.astream(
            given,
            _config(thread_id),
            context=context,
            stream_mode=["custom", "messages", "updates"],
            subgraphs=True,
            durability="sync",
        )
        result: RouteResult | None = None
        async for place, mode, data in stream:
            if mode == "updates":
                result = (_outcome(data) or result) if not place else result
                continue
            step = _custom(data) if mode == "custom" else _token(data)
            if step is not None:
                yield step
        yield result or await self._result(thread_id)

    async def _result(self, thread_id: str) -> RouteResult:
        """What the thread's newest checkpoint says: a question, or the outcome."""
        state = await self.router.aget_state(_config(thread_id))
        if state.interrupts:
            return _waiting(state.interrupts[0].value)
        result = state.values.get("route")
        if not isinstance(result, RouteResult):
            raise ThreadInUseError(
                f"thread {thread_id!r} was changed by another process meanwhile: "
                "'secondhalf routes' says what became of it"
            )
        return result


def _more(**caps: float) -> Budget:
    """What is to be added to the caps; nothing where it is zero."""
    try:
        return Budget.model_validate({name: value for name, value in caps.items() if value})
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(
            f"cannot add {first['input']!r} {first['loc'][0]}: {first['msg']}"
        ) from None


def _how_to_go_on(values: dict[str, Any]) -> str:
    """What can be done about a route that has ended."""
    result = values.get("route")
    if not isinstance(result, RouteResult) or result.capped not in FOR_WANT_OF:
        return "there is nothing to resume"
    wanted, cap = FOR_WANT_OF[result.capped], result.capped
    spent = f" (${result.cost_usd:.6f} was spent)" if cap == "usd" else ""
    return f"it wanted {wanted}{spent}: to let it go on add some, --add-{cap} N"


def _config(thread_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread_id}}


def _custom(data: Any) -> Step | None:
    event = data.get(STREAM_KEY) if isinstance(data, dict) else None  # pyright: ignore
    return Step(event) if event is not None else None  # pyright: ignore


def _token(data: Any) -> Step | None:
    message, metadata = data
    if not isinstance(message, AIMessageChunk) or FINAL_TAG not in metadata.get("tags", ()):
        return None
    return Step({}, str(message.text)) if message.text else None


def _outcome(update: Any) -> RouteResult | None:
    """The outcome in an update of the graph's own nodes, if it holds one."""
    if "__interrupt__" in update:
        return _waiting(update["__interrupt__"][0].value)
    ended: dict[str, RouteResult] = update.get("feedback") or {}
    return ended.get("route")


def _waiting(asked: dict[str, Any]) -> RouteResult:
    return RouteResult(
        route_id=asked["route_id"],
        thread_id=asked["thread_id"],
        status="waiting",
        strategy=asked["strategy"],
        policy_version=asked["policy_version"],
        reason="waiting for the user",
        cost_usd=asked.get("cost_usd", 0.0),  # not in what was asked by an older version
        unpriced_calls=asked.get("unpriced_calls", 0),
        tokens=asked.get("tokens", {}),
        latency_s=asked.get("latency_s", 0.0),
        interrupt=Question(kind=asked["kind"], question=asked["question"]),
    )
