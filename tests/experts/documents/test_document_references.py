"""Answers from reference pages: options, codes in tables, settings."""

import pytest

from secondhalf.experts.documents.answer import answer_from_passages
from secondhalf.experts.documents.retriever import DocumentRetriever
from tests.experts.documents.conftest import DATA


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "What does --no-ask do?",
            "`--no-ask` forbids questions: the pump then decides by itself.",
        ),
        ("What does exit code 3 mean?", "| 3 | no pump was free |"),
        ("How fast does the Zorblax engine run?", "The Zorblax engine runs at 4200 rpm."),
        ("How long may a refill take?", "delay: 60   # seconds a refill may take"),
    ],
)
def test_a_reference_page_is_quoted_where_it_answers(question: str, expected: str) -> None:
    """An option is a name of its own, a row is found by its key, code is quoted by the line."""
    retriever = DocumentRetriever(folder=DATA / "manual")

    answer = answer_from_passages(question, retriever.invoke(question))

    assert answer is not None
    assert expected == answer.evidence[-1].text
    assert answer.confidence > 0.7
