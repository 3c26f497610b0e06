"""What every expert is: somebody the router can ask, and whose failures are results."""

import time
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from langchain_core.messages import BaseMessage

from secondhalf.experts.redaction import redact
from secondhalf.state.budget import Usage
from secondhalf.state.expert import ExpertCall, ExpertResult, Role

LONGEST = 300
"""Characters an error may have."""


class Expert(Protocol):
    """Somebody the router can ask.

    ``remote``: what it is told leaves this machine. ``free``: asking costs no money. One that
    just computes, changes nothing and may as well be asked again is ``instant`` besides.
    """

    @property
    def name(self) -> str:
        """What strategies call it."""
        ...

    @property
    def role(self) -> Role:
        """What its results are."""
        ...

    @property
    def remote(self) -> bool:
        """Whether what it is told leaves this machine."""
        ...

    @property
    def free(self) -> bool:
        """Whether asking it costs no money."""
        ...

    def estimate(self, call: ExpertCall, messages: Sequence[BaseMessage] = ()) -> Usage:
        """The 90th percentile of what ``call`` will use; ``messages`` make it more exact."""
        ...

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """Answer ``call`` within its grant.

        Never raises but for LangGraph's control flow, cancellation and interruption: a failure
        is a result with ``error``. ``messages`` is the conversation, oldest first.
        """
        ...


@runtime_checkable
class Bounded(Protocol):
    """An expert that knows the most that a call can use, whatever it is granted."""

    def most(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> Usage:
        """US dollars and tokens; no more than its models' limits allow."""
        ...


def most_of(expert: Expert, call: ExpertCall, messages: Sequence[BaseMessage]) -> Usage | None:
    """The most that ``call`` can use, if ``expert`` knows; None if only its grant limits it."""
    return expert.most(call, messages) if isinstance(expert, Bounded) else None


def failed(
    call: ExpertCall,
    role: Role,
    error: str,
    *,
    usage: Usage | None = None,
    attempts: int = 1,
    model: str = "",
    notes: tuple[str, ...] = (),
) -> ExpertResult:
    """The result of a call that went wrong: no output, no confidence, one clear line."""
    return ExpertResult(
        call_id=call.id,
        expert=call.expert,
        role=role,
        confidence=0.0,
        usage=usage or Usage(),
        error=one_line(error),
        attempts=attempts,
        model=model,
        notes=notes,
    )


def seconds_since(began: float) -> float:
    """Seconds since ``began``, a reading of ``time.monotonic``; never less than none."""
    return max(0.0, time.monotonic() - began)


def storable(text: str) -> str:
    """``text`` without half characters (lone surrogates), which no database can store."""
    return text.encode("utf-8", "replace").decode()


def one_line(error: BaseException | str) -> str:
    """An error as one line of at most ``LONGEST`` characters, without secrets."""
    text = " ".join(redact(storable(str(error))).split())
    if not text and isinstance(error, BaseException):
        text = type(error).__name__
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
