"""Quotes checked at their place, found in answers, and answers held against passages."""

from pathlib import Path

import pytest
from langchain_core.documents import Document

from secondhalf.experts.documents.corpus import load_documents
from secondhalf.experts.documents.grounding import grounded
from secondhalf.experts.documents.quotes import check_quotes, quote_of
from secondhalf.experts.documents.retriever import DocumentRetriever
from secondhalf.state.expert import Evidence

TEXT = "# Logs\n\nLogs are kept for 30 days.\nThen they are deleted.\n"
PASSAGE = Document(
    TEXT[8:57].strip(), metadata={"source": "a.md", "start": 8, "line": 3, "section": "Logs"}
)


def quote(text: str, start: int | None, source: str = "a.md:3") -> Evidence:
    end = None if start is None else start + len(text)
    return Evidence(kind="quote", source=source, text=text, start=start, end=end)


@pytest.mark.parametrize(
    ("evidence", "passed"),
    [
        (quote("Logs are kept for 30 days.", 8), True),
        (quote("Logs are kept for 30 days.", 8, "a.md"), True),
        (quote("Logs are kept for 90 days.", 8), False),
        (quote("Logs are kept for 30 days.", 9), False),
        (quote("Logs are kept for 30 days.", None), False),
        (quote("Logs are kept for 30 days.", 8, "b.md:3"), False),
        (quote("Logs are kept for 30 days.", 8, "../a.md:3"), False),
        (quote("", 8), False),
        (quote("Logs", -50), False),
        (quote("deleted.", 10_000), False),
    ],
)
def test_a_quote_passes_only_at_its_place(tmp_path: Path, evidence: Evidence, passed: bool) -> None:
    """In a folder as in the documents of another retriever."""
    (tmp_path / "a.md").write_text(TEXT)

    in_folder = check_quotes([evidence], load_documents(tmp_path))
    in_documents = check_quotes([evidence], [PASSAGE])

    expected = evidence.model_copy(update={"kind": "check", "passed": passed})
    assert ((expected,), (expected,)) == (in_folder, in_documents)


def test_only_quotes_are_checked() -> None:
    """Other evidence has no place in a text."""
    assert () == check_quotes([Evidence(kind="judge", source="a.md", score=1.0)], [PASSAGE])


def test_verbatim_parts_of_an_answer_are_found() -> None:
    """Marked ones and whole sentences, whatever their white space; what was made up is absent."""
    answer = (
        'The guide says "kept for  30 days" and “kept for 90 days”.\n'
        "> Then they are deleted.\n\n"
        "Logs are kept for 30 days. So it is."
    )

    found = quote_of(answer, [Document("Else."), PASSAGE])

    assert [
        ("kept for 30 days", "a.md:3", 17, 33),
        ("Then they are deleted.", "a.md:4", 35, 57),
        ("Logs are kept for 30 days.", "a.md:3", 8, 34),
    ] == [(q.text, q.source, q.start, q.end) for q in found]


def test_a_found_quote_passes_its_check(retriever: DocumentRetriever) -> None:
    """A model that quotes a folder can be held to it."""
    passages = retriever.invoke("When is the parcel.delayed event sent?")

    found = quote_of("It is sent when `the expected arrival moved by` some time.", passages)

    assert ["guides/webhooks.html:21"] == [q.source for q in found]
    assert all(check.passed for check in check_quotes(found, retriever.corpus))


@pytest.mark.parametrize(
    ("answer", "low", "high"),
    [
        ("Logs are kept for 30 days.", 1.0, 1.0),
        ("Every log is kept for thirty days… I mean 30 days.", 0.6, 1.0),
        ("1. Logs are deleted after 30 days [1].\n— source: a.md:3", 1.0, 1.0),
        ("Logs are kept for 90 days.", 0.3, 0.5),
        ("Logs are kept for 3.0 days.", 0.3, 0.5),
        ("The moon is made of green cheese.", 0.0, 0.0),
        ("Logs are kept in Frankfurt by the platform team.", 0.2, 0.5),
        ("", 0.0, 0.0),
        ("It is so.", 0.0, 0.0),
    ],
)
def test_groundedness_is_the_share_that_is_supported(answer: str, low: float, high: float) -> None:
    """Words in any form, numbers exactly; a wrong number halves the best that can be reached."""
    assert low <= grounded(answer, [PASSAGE]) <= high


def test_a_sentence_mixed_from_passages_is_not_fully_supported() -> None:
    """Words that never stand together support a claim only in part."""
    passages = [Document("The collector is written in Go."), Document("Rust is fast. A notifier.")]

    assert 1.0 == grounded("The collector is written in Go.", passages)
    assert 0.9 > grounded("The notifier is written in Go.", passages)


def test_nothing_is_grounded_in_nothing() -> None:
    """No passages, no support."""
    assert 0.0 == grounded("Logs are kept for 30 days.", [])
