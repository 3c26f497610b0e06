"""The checks: a verifier that needs no model."""

import asyncio
import time
from collections.abc import Callable, Sequence

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage

from secondhalf.experts.documents.corpus import Corpus
from secondhalf.experts.documents.grounding import grounded
from secondhalf.experts.documents.quotes import check_quotes
from secondhalf.experts.expert import failed, one_line, seconds_since
from secondhalf.experts.retrieving import passages_of
from secondhalf.state.budget import Usage
from secondhalf.state.expert import Evidence, ExpertCall, ExpertResult, Role

ENOUGH_SUPPORT = 0.5
"""Share of a model's answer that its sources must support."""


class ChecksExpert:
    """Checks that quotes stand where they are said to, and that sources support an answer."""

    name = "checks"
    role: Role = "verifier"
    remote = False
    free = True
    instant = True

    def __init__(self, corpus: Callable[[], Corpus] | None = None) -> None:
        """``corpus`` gives the documents that quotes are looked up in, if there are any."""
        self._corpus = corpus

    def estimate(self, call: ExpertCall, messages: Sequence[BaseMessage] = ()) -> Usage:
        """Nothing: checking is free."""
        return Usage()

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """What was checked, as evidence; none where there was nothing to check."""
        began = time.monotonic()
        try:
            evidence = await asyncio.to_thread(self._check, call)
        except Exception as error:  # noqa: BLE001 - experts never raise: failure is data
            return failed(call, self.role, f"the checks cannot be made: {one_line(error)}")
        return ExpertResult(
            call_id=call.id,
            expert=self.name,
            role=self.role,
            output=f"{len(evidence)} checks" if evidence else "nothing to check",
            usage=Usage(seconds=seconds_since(began)),
            evidence=evidence,
        )

    def _check(self, call: ExpertCall) -> tuple[Evidence, ...]:
        answers = [r for r in call.prior if r.role in ("reasoner", "tool") and r.answered]
        if not answers:
            return ()
        answer, passages = answers[-1], passages_of(call.prior)
        quotes = [e for e in answer.evidence if e.kind == "quote"]
        checked = check_quotes(quotes, self._corpus()) if self._corpus and quotes else ()
        return (*checked, *_support(answer, passages))


def _support(answer: ExpertResult, passages: Sequence[Document]) -> tuple[Evidence, ...]:
    if not answer.model or not passages:
        return ()
    share = grounded(answer.output, passages)
    return (
        Evidence(
            kind="judge",
            source="sources",
            text="share of the answer that its sources support",
            passed=share >= ENOUGH_SUPPORT,
            score=share,
        ),
    )
