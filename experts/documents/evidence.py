"""What a retrieved document says about itself, and quotes placed in its source."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from langchain_core.documents import Document

from secondhalf.experts.documents.corpus import position
from secondhalf.state.expert import Evidence


def evidence_of(passage: Document, start: int, end: int, score: float | None = None) -> Evidence:
    """The quote at characters [start, end) of a passage, placed in the passage's source."""
    metadata = _metadata(passage)
    text = passage.page_content
    page, first = metadata.get("page"), metadata.get("start")
    offset = first if isinstance(first, int) and first >= 0 else 0
    return Evidence(
        kind="quote",
        source=position(source_of(passage), _line(metadata, text[:start].count("\n")), page),
        text=text[start:end],
        start=offset + start,
        end=offset + end,
        score=score,
    )


def source_of(passage: Document) -> str:
    """The name of what a passage was taken from."""
    named = _metadata(passage).get("source") or passage.id
    return str(named) if named else "passage"


def section_of(passage: Document) -> str:
    """The titles above a passage."""
    section = _metadata(passage).get("section")
    return section if isinstance(section, str) else ""


def rarity_of(passages: Sequence[Document]) -> dict[str, float] | None:
    """How telling each word of the query is, where the retriever says so."""
    for passage in passages:
        given = _metadata(passage).get("weights")
        if isinstance(given, Mapping):
            weights = cast(Mapping[object, object], given)
            return {
                str(term): float(weight)
                for term, weight in weights.items()
                if isinstance(weight, int | float) and math.isfinite(weight) and weight > 0
            }
    return None


def _line(metadata: Mapping[str, Any], breaks: int) -> int | None:
    """The line of the source on which the passage's line after so many line breaks stands."""
    match metadata:
        case {"lines": [*lines]} if breaks < len(lines) and isinstance(lines[breaks], int):
            return int(lines[breaks])
        case {"line": int(line)}:
            return line + breaks
        case _:
            return None


def _metadata(passage: Document) -> dict[str, Any]:
    return passage.metadata
