"""One call on its way through the deployments of a model: limits, retries, fallbacks.

The only place where calls to models are retried. Each attempt has a time limit and a token limit
that come from the call's grant, and each is charged. A failing deployment is asked again, after
exponential backoff with jitter or when its Retry-After says, then the next one is asked; a
deployment whose circuit breaker is open is passed over.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langgraph.errors import GraphBubbleUp

from secondhalf.experts.account import Account
from secondhalf.experts.deployment import Deployment
from secondhalf.experts.expert import one_line
from secondhalf.experts.failure import Failure, classify
from secondhalf.experts.prices import Tokens
from secondhalf.experts.replies import cut_short
from secondhalf.experts.tokens import about, cut_to_fit, has_files, prompt_at_most
from secondhalf.state.base import Json
from secondhalf.state.budget import Usage
from secondhalf.state.expert import ExpertCall

T = TypeVar("T")
Ask = Callable[[Deployment, BaseChatModel, Sequence[BaseMessage]], Awaitable[tuple[AIMessage, T]]]
"""Puts messages to a model and makes something of the answer, or raises ``Failure``."""

LONGEST_WAIT = 30.0
"""Seconds: a server that asks for more is set aside."""
WAIT_WITH_ALTERNATIVE = 1.0
"""Seconds to wait at most for one deployment while another could be asked."""
UNUSABLE_ANSWERS = 2
"""Answers that cannot be used before the call is given up."""


def loop_time() -> float:
    """Seconds as the running event loop counts them: so a replay's recorded time counts too."""
    return asyncio.get_running_loop().time()


class Pace(NamedTuple):
    """Where time and chance come from: seconds, a way to wait, and numbers in [0, 1)."""

    clock: Callable[[], float] = loop_time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random

    def pause(self, attempt: int, retry_after: float | None) -> float:
        """Seconds before the next attempt: half to all of .5, 1, 2, …, or as the server asks."""
        if retry_after is not None:
            return retry_after + 0.1 * self.jitter()
        return 0.25 * float(2**attempt) * (1.0 + self.jitter())


class Request(NamedTuple, Generic[T]):
    """What to put to a model, and how.

    ``repair`` words a request to mend an unusable answer, given what is wrong with it.
    """

    messages: Sequence[BaseMessage]
    ask: Ask[T]
    tools: Sequence[Mapping[str, Json]] = ()
    repair: Callable[[str], str] | None = None


class Outcome(NamedTuple, Generic[T]):
    """What came of a call: ``value`` and the ``message`` it was made from, or ``error``."""

    value: T | None
    message: AIMessage | None
    error: str | None
    usage: Usage
    attempts: int
    model: str
    notes: tuple[str, ...]


class Prepared(NamedTuple):
    """One attempt: the messages that fit, their tokens, and its limits of tokens and seconds."""

    messages: list[BaseMessage]
    written: int
    prompt: int
    """What is ``written``, and the deployment's overhead."""
    tokens: int
    seconds: float


class Run(Generic[T]):
    """One call, from its first attempt to its outcome; use it once."""

    def __init__(
        self, deployments: Sequence[Deployment], call: ExpertCall, request: Request[T], pace: Pace
    ) -> None:
        """Prepare; nothing is asked yet."""
        self._waiting = list(deployments)
        self._call = call
        self._request = request
        self._messages = list(request.messages)
        self._pace = pace
        self._account = Account(call.grant)
        self._began = pace.clock()
        self._attempts = 0
        self._unusable = 0
        self._last: Failure | None = None
        self._model = ""

    async def outcome(self) -> Outcome[T]:
        """Ask until there is an answer, or nobody is left to ask.

        Raises only LangGraph's control flow, cancellation and interruption.
        """
        while self._waiting and self._unusable < UNUSABLE_ANSWERS:
            answer = await self._try(self._waiting.pop(0))
            if answer is not None:
                return self._end(*answer, error=None)
        error = str(self._last) if self._last else "; ".join(self._account.notes)
        return self._end(None, None, error=error)

    async def _try(self, deployment: Deployment) -> tuple[AIMessage, T] | None:
        """Ask one deployment until it answers or it is pointless to go on."""
        for attempt in range(1 + deployment.config.max_retries):
            if not deployment.breaker.acquire():
                pause = deployment.breaker.remaining()
                self._account.note(f"{deployment.label} keeps failing: set aside for {pause:.0f} s")
                return None
            try:
                return await self._attempt(deployment)
            except Failure as failure:
                self._remember(deployment, failure)
                if not await self._again(deployment, failure, attempt):
                    return None
        return None

    async def _attempt(self, deployment: Deployment) -> tuple[AIMessage, T]:
        """Ask once; the breaker learns how it went.

        Raises:
            Failure: for whatever goes wrong.
        """
        breaker = deployment.breaker
        try:
            prepared = self._prepare(deployment)
            model = await deployment.limited(prepared.tokens, self._call.seed)
            answer = await self._charged(deployment, model, prepared)
        except GraphBubbleUp:
            breaker.release()
            raise
        except Exception as error:
            failure = classify(error)
            if failure.blames_deployment:
                breaker.fail(failure.retry_after)
            else:
                breaker.release()
            raise failure from error
        except BaseException:
            breaker.release()  # cancelled or interrupted: that is not the deployment's fault
            raise
        breaker.succeed()
        return answer

    async def _charged(
        self, deployment: Deployment, model: BaseChatModel, prepared: Prepared
    ) -> tuple[AIMessage, T]:
        """Make the request within its time, and book it whatever comes of it."""
        self._attempts += 1
        self._model = deployment.model_name
        try:
            async with asyncio.timeout(prepared.seconds):
                message, value = await self._request.ask(deployment, model, prepared.messages)
        except GraphBubbleUp:
            raise
        except Exception as error:
            failure = classify(error)
            self._charge_failure(deployment, failure, prepared)
            if failure.kind == "timeout":
                raise _timed_out(deployment, prepared.seconds) from error
            raise failure from error
        self._charge_answer(deployment, message, prepared)
        return message, value

    def _prepare(self, deployment: Deployment) -> Prepared:
        seconds = self._seconds_left()
        if seconds <= 0:
            raise Failure("refused", f"no time is left to ask {deployment.label}")
        config, tools = deployment.config, prompt_at_most((), self._request.tools)
        overhead = deployment.overhead.tokens
        reserve = tools + overhead + min(config.max_tokens, config.context_window // 4)
        messages, left_out = cut_to_fit(self._messages, config.context_window, reserve=reserve)
        if left_out:
            self._account.note(f"the {left_out} oldest messages do not fit into the context window")
        written = tools + prompt_at_most(messages)
        prompt = written + overhead
        tokens = self._account.payable(deployment, prompt)
        return Prepared(messages, written, prompt, tokens, min(config.timeout, seconds))

    def _charge_answer(
        self, deployment: Deployment, message: AIMessage, prepared: Prepared
    ) -> None:
        sent = sum(about(str(m.text)) for m in self._messages)
        guess = Tokens(sent, about(str(message.text)))
        most = Tokens(prepared.prompt, prepared.tokens)
        window = deployment.config.context_window
        told = message.usage_metadata
        usage = told if isinstance(told, dict) else None
        booked = self._account.charge_reported(deployment, usage, guess, most, window)
        if booked is not None:
            self._note_overhead(deployment, booked.input, prepared)
        if cut_short(message) and prepared.tokens == deployment.config.max_tokens:
            self._account.note(
                f"{deployment.label} reached its max_tokens of {prepared.tokens}: "
                "set more if it thinks before it answers"
            )

    def _note_overhead(self, deployment: Deployment, prompt: int, prepared: Prepared) -> None:
        """Reckon with prompts as long as this one was: they are charged, whoever made them long.

        What the user's own files have of it says nothing of the next prompt.
        """
        if not has_files(prepared.messages):
            deployment.overhead.note(prompt - prepared.written)
        if prompt > prepared.prompt:
            self._account.note(
                f"{deployment.label} counts {prompt} tokens of prompt where at most "
                f"{prepared.prompt} were expected"
            )

    def _charge_failure(self, deployment: Deployment, failure: Failure, prepared: Prepared) -> None:
        if failure.message is not None:
            self._charge_answer(deployment, failure.message, prepared)
        elif failure.kind in ("timeout", "unusable"):
            self._account.charge_lost(deployment, prepared.prompt, prepared.tokens)
        else:
            self._account.charge(deployment, Tokens(0, 0), billed=False)

    def _remember(self, deployment: Deployment, failure: Failure) -> None:
        if failure.kind == "refused":
            self._account.note(str(failure))
            self._last = self._last or failure
            return
        self._account.note(f"{deployment.label}: {failure}")
        self._last = failure
        if failure.kind == "unusable":
            self._unusable += 1
            if self._request.repair is not None and failure.message is not None:
                mend = HumanMessage(self._request.repair(failure.detail))
                said = AIMessage(str(failure.message.text) or "(nothing)")
                self._messages = [*self._request.messages, said, mend]

    async def _again(self, deployment: Deployment, failure: Failure, attempt: int) -> bool:
        """Whether to ask the same deployment again, once it has had its pause."""
        if failure.final or attempt >= deployment.config.max_retries:
            return False
        if failure.kind == "unusable":
            return self._unusable < UNUSABLE_ANSWERS
        pause = self._pace.pause(attempt, failure.retry_after)
        alternative = any(other.breaker.available() for other in self._waiting)
        most = WAIT_WITH_ALTERNATIVE if alternative else LONGEST_WAIT
        if pause > min(self._seconds_left(), most):
            if failure.retry_after is not None:
                deployment.breaker.set_aside(failure.retry_after)
            return False
        await self._pace.sleep(pause)
        return True

    def _seconds_left(self) -> float:
        return self._call.grant.seconds - max(0.0, self._pace.clock() - self._began)

    def _end(self, message: AIMessage | None, value: T | None, error: str | None) -> Outcome[T]:
        # A clock that jumps makes no call longer than its time limit, or shorter than nothing.
        seconds = min(self._call.grant.seconds, max(0.0, self._pace.clock() - self._began))
        named = message.response_metadata.get("model_name") if message is not None else None
        return Outcome(
            value=value,
            message=message,
            error=error,
            usage=self._account.used.model_copy(update={"seconds": seconds}),
            attempts=self._attempts,
            model=one_line(str(named or self._model)),
            notes=tuple(self._account.notes),
        )


def _timed_out(deployment: Deployment, seconds: float) -> Failure:
    """A time limit of our own making says nothing about the deployment, and cannot be retried."""
    granted = seconds < deployment.config.timeout
    why = "all that was granted" if granted else "raise the model's timeout if that is too short"
    return Failure(
        "timeout", f"within {seconds:.3g} s, {why}", final=granted, blames_deployment=not granted
    )
