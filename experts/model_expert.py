"""What the experts that are chat models have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage

from secondhalf.experts.expert import failed
from secondhalf.experts.group import ModelGroup
from secondhalf.experts.prompts import sources_of
from secondhalf.experts.run import Outcome
from secondhalf.experts.tokens import at_most, prompt_at_most
from secondhalf.state.budget import Usage
from secondhalf.state.expert import ExpertCall, ExpertResult, Role

PROMPT_TOKENS = 400
"""Our own instructions."""
PRIOR_TOKENS = 1_500
"""What earlier stages may add to a prompt, while that is not known."""


class ModelExpert(ABC):
    """An expert that is one logical chat model in some role."""

    def __init__(self, group: ModelGroup, name: str) -> None:
        self.group = group
        self.name = name
        self.remote = group.remote
        self.free = group.free

    @abstractmethod
    def answer_tokens(self, call: ExpertCall) -> int:
        """How long its answer gets: nine of ten stay below."""

    def available(self, now: float | None = None) -> bool:
        """Whether it may be asked at ``now``: not while every deployment is set aside."""
        return self.group.available(now)

    def estimate(self, call: ExpertCall, messages: Sequence[BaseMessage] = ()) -> Usage:
        """The 90th percentile of what the call will use; ``messages`` make it more exact."""
        return self.group.estimate(prompt_tokens(call, messages), self.answer_tokens(call))

    def most(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> Usage:
        """The most that the call can use within its grant, however it goes."""
        return self.group.most(prompt_tokens(call, messages), max(1, call.grant.calls))


def prompt_tokens(call: ExpertCall, messages: Sequence[BaseMessage]) -> int:
    """Tokens that a prompt made from ``call`` may have at most, as far as it is known."""
    if call.prior:
        prior = sum(at_most(r.output) for r in call.prior)
        prior += sum(at_most(e.text) + 40 for r in call.prior for e in r.evidence)
    else:
        prior = PRIOR_TOKENS
    talk = prompt_at_most(messages, call.tools)
    return PROMPT_TOKENS + prior + at_most(call.prompt) + talk


def result_of_failure(call: ExpertCall, role: Role, outcome: Outcome[Any]) -> ExpertResult:
    """The result of a call that gave no answer, with all that it used."""
    return failed(
        call,
        role,
        outcome.error or "no answer",
        usage=outcome.usage,
        attempts=outcome.attempts,
        model=outcome.model,
        notes=outcome.notes,
    )


def sent_away(group: ModelGroup, call: ExpertCall) -> tuple[str, ...]:
    """A note on documents that left this machine, if any did."""
    passages = len(sources_of(call.prior))
    if not passages or not group.remote:
        return ()
    places = ", ".join(dict.fromkeys(d.place or d.model_name for d in group.deployments))
    return (f"{passages} passages of the documents were sent to {places}",)
