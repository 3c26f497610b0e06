"""The retriever expert: passages for a question, from any LangChain retriever."""

import time
from collections.abc import Sequence

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.retrievers import BaseRetriever

from secondhalf.experts.documents.corpus import position
from secondhalf.experts.expert import failed, one_line, seconds_since, storable
from secondhalf.experts.plain import plain
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
            passages = list(await self._retriever.ainvoke(call.prompt))
        except Exception as error:  # noqa: BLE001 - experts never raise: failure is data
            return failed(call, self.role, f"the documents cannot be searched: {one_line(error)}")
        usage = Usage(seconds=seconds_since(began))
        quotes, lost = _quotes(passages)
        if not quotes:
            why = lost or "no passage fits the question"
            return failed(call, self.role, why, usage=usage)
        return ExpertResult(
            call_id=call.id,
            expert=self.name,
            role=self.role,
            output=f"{len(quotes)} passages",
            usage=usage,
            evidence=quotes,
            notes=(lost,) if lost else (),
        )


def _quotes(passages: Sequence[Document]) -> tuple[tuple[Evidence, ...], str]:
    """The passages as evidence, and what is said of those that cannot be read, if any."""
    quotes, errors = list[Evidence](), list[Exception]()
    for place, passage in enumerate(passages, start=1):
        try:
            quotes.append(quote_of(passage, place))
        except Exception as error:  # noqa: BLE001 - a retriever of others may find anything
            errors.append(error)
    if not errors:
        return tuple(quotes), ""
    many = "1 passage" if len(errors) == 1 else f"{len(errors)} passages"
    return tuple(quotes), f"{many} cannot be read: {one_line(errors[0])}"


def quote_of(passage: Document, place: int) -> Evidence:
    """A passage as evidence; one without a source is named by its place in the list."""
    data = plain(passage.metadata)
    source = str(data.get("source") or f"passage {place}")
    start, end = data.get("start"), data.get("end")
    return Evidence(
        kind="quote",
        source=position(source, data.get("line"), data.get("page")),
        text=storable(passage.page_content),
        start=start if isinstance(start, int) else None,
        end=end if isinstance(end, int) else None,
        data={**data, "source": source},
    )


def passages_of(results: Sequence[ExpertResult]) -> tuple[Document, ...]:
    """The passages that retrievers found, among the results of earlier stages."""
    quotes = [e for r in results if r.role == "retriever" for e in r.evidence]
    return tuple(Document(page_content=e.text, metadata=dict(e.data)) for e in quotes)
