"""The quoter: answers with sentences copied from the passages a retriever found."""

import asyncio
import time
from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from secondhalf.experts.documents.answer import answer_from_passages
from secondhalf.experts.expert import failed, seconds_since
from secondhalf.experts.retrieving import passages_of
from secondhalf.state.budget import Usage
from secondhalf.state.expert import ExpertCall, ExpertResult, Role

LEAST_CONFIDENCE = 0.3
"""A quote less likely to answer the question is no answer."""


class QuoterExpert:
    """Needs no model; says nothing that does not stand in a document."""

    name = "quoter"
    role: Role = "reasoner"
    remote = False
    free = True
    instant = True

    def estimate(self, call: ExpertCall, messages: Sequence[BaseMessage] = ()) -> Usage:
        """Nothing: copying is free."""
        return Usage()

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """The best quote with its source; an error if no passage covers the question."""
        began = time.monotonic()
        passages = passages_of(call.prior)
        answer = await asyncio.to_thread(answer_from_passages, call.prompt, passages)
        usage = Usage(seconds=seconds_since(began))
        if answer is None or answer.confidence < LEAST_CONFIDENCE:
            return failed(call, self.role, "no passage answers the question", usage=usage)
        return ExpertResult(
            call_id=call.id,
            expert=self.name,
            role=self.role,
            output=answer.text,
            confidence=answer.confidence,
            usage=usage,
            evidence=answer.evidence,
        )
