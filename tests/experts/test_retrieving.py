import math
from datetime import date
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from secondhalf.experts.retrieving import RetrieverExpert
from secondhalf.graph.serialisation import RouteSerializer
from tests.support.asking import call

GOOD = Document("Steel ships float.", metadata={"source": "ships.md", "line": 3})


class Finding(BaseRetriever):
    """Finds whatever a test tells it to."""

    found: Any

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> Any:
        return self.found


def circle() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "metadata",
    [
        {"score": math.nan, "page": math.inf},
        {("a", 1): 2, date(2020, 1, 1): 3},
        {"parent": circle()},
        {"page": 10**400, "start": 2**64, "end": -(2**63) - 1},
        {"page": 10**5000},
        {"source": {"half\ud800": "a\udfff"}},
    ],
    ids=["not finite", "keys", "circle", "huge", "no text", "half"],
)
async def test_odd_metadata_costs_no_passage(metadata: dict[Any, Any]) -> None:
    """It is text then; a vector store keeps what it was given, and that must not end a route."""
    found = [Document("Ships \ud800 float.", metadata=metadata), GOOD]

    got = await RetrieverExpert(Finding(found=found)).ask(call(), [])

    serde = RouteSerializer()
    assert got == serde.loads_typed(serde.dumps_typed(got))
    assert ["Ships ? float.", "Steel ships float."] == [e.text for e in got.evidence]
    assert ("2 passages", ()) == (got.output, got.notes)
    assert "ships.md:3" == got.evidence[1].source


@pytest.mark.parametrize(
    "passage", [None, "text", Document("").model_copy(update={"page_content": None})]
)
async def test_a_passage_that_is_none_costs_itself(passage: Any) -> None:
    """The others are found all the same, under the places they have, and the result says so."""
    got = await RetrieverExpert(Finding(found=[passage, Document("Else."), GOOD])).ask(call(), [])

    assert ["passage 2", "ships.md:3"] == [e.source for e in got.evidence]
    assert ("2 passages", None) == (got.output, got.error)
    assert ["1 passage cannot be read"] == [note.split(":")[0] for note in got.notes]


async def test_where_no_passage_can_be_read_that_is_said() -> None:
    """It is not that nothing was found."""
    got = await RetrieverExpert(Finding(found=[None, None])).ask(call(), [])

    assert (got.error or "").startswith("2 passages cannot be read: ")


async def test_a_retriever_that_finds_no_list_is_an_error() -> None:
    """Experts never raise."""
    got = await RetrieverExpert(Finding(found=None)).ask(call(), [])

    assert (got.error or "").startswith("the documents cannot be searched: ")
