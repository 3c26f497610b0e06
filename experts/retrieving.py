"""The retriever expert: passages for a question, from any LangChain retriever."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.retrievers import BaseRetriever

from secondhalf.experts.documents.corpus import position
from secondhalf.experts.expert import failed, one_line, seconds_since
from secondhalf.state.base import Json
from secondhalf.state.budget import Usage
from secondhalf.state.expert import Evidence, ExpertCall, ExpertResult, Role


class RetrieverExpert:
    """Looks passages up; each becomes a quote with its source and place."""

    name = "retriever"
    role: Role = "retriever"
    free = True

    def __init__(self, retriever: BaseRetriever, *, remote: bool = False) -> None:
        self._retriever = retriever
        self.remote = remote

    def estimate(self, call: ExpertCall, messages: Sequence[BaseMessage] = ()) -> Usage:
        """Nothing: what a retriever costs is not known to us."""
        return Usage()

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """The passages as evidence of kind ``quote``; ``output`` says how many."""
        began = time.monotonic()
        try:
            passages = await self._retriever.ainvoke(call.prompt)
        except Exception as error:  # noqa: BLE001 - experts never raise: failure is data
            return failed(call, self.role, f"the documents cannot be searched: {one_line(error)}")
        usage = Usage(seconds=seconds_since(began))
        quotes = tuple(quote_of(p, place) for place, p in enumerate(passages, start=1))
        if not quotes:
            return failed(call, self.role, "no passage fits the question", usage=usage)
        return ExpertResult(
            call_id=call.id,
            expert=self.name,
            role=self.role,
            output=f"{len(quotes)} passages",
            usage=usage,
            evidence=quotes,
        )


def quote_of(passage: Document, place: int) -> Evidence:
    """A passage as evidence; one without a source is named by its place in the list."""
    data = plain(passage.metadata)
    source = str(data.get("source") or f"passage {place}")
    start, end = data.get("start"), data.get("end")
    return Evidence(
        kind="quote",
        source=position(source, data.get("line"), data.get("page")),
        text=passage.page_content,
        start=start if isinstance(start, int) else None,
        end=end if isinstance(end, int) else None,
        data={**data, "source": source},
    )


def plain(metadata: Mapping[str, Any]) -> dict[str, Json]:
    """The metadata as JSON; what is not JSON becomes its text."""
    data: dict[str, Json] = json.loads(json.dumps(dict(metadata), default=str))
    return data


def passages_of(results: Sequence[ExpertResult]) -> tuple[Document, ...]:
    """The passages that retrievers found, among the results of earlier stages."""
    quotes = [e for r in results if r.role == "retriever" for e in r.evidence]
    return tuple(Document(page_content=e.text, metadata=dict(e.data)) for e in quotes)
