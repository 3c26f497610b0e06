"""One row of the format: one answer of one model to one prompt, and how good it was."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from secondhalf.evals.data.fields import (
    FieldError,
    Record,
    amount,
    count,
    flag,
    mapping,
    number,
    optional_text,
    required_text,
)

_NO_SIGNALS: Mapping[str, Any] = MappingProxyType({})


class Row(NamedTuple):
    """One recorded answer. What was not recorded is None; docs/datasets.md describes the format.

    ``score`` is in [0, 1], costs are US dollars, latencies seconds. ``signals`` is hindsight:
    no router sees any of it. ``group`` is a label for breakdowns (a category), or empty.
    """

    prompt_id: str
    dataset: str
    prompt: str
    model: str
    answer: str | None
    score: float
    correct: bool | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    tokens_source: str | None = None
    cost_usd: float | None = None
    cost_source: str | None = None
    latency_s: float | None = None
    signals: Mapping[str, Any] = _NO_SIGNALS
    group: str = ""


COLUMNS = frozenset((*Row._fields, "category"))
"""Fields that a row may have; ``category`` is another name of ``group``."""


def parse_row(record: Record, *, dataset: str = "", score_max: float = 1.0) -> Row:
    """The row in ``record``; fields that the format does not know are passed over.

    Args:
        record: values by field, as JSON, CSV or Parquet give them.
        dataset: the data set of a row that names none.
        score_max: scores are divided by it.

    Raises:
        FieldError: a field is missing or cannot be used.
    """
    correct = flag(record, "correct")
    signals = mapping(record, "signals")
    return Row(
        required_text(record, "prompt_id"),
        dataset_of(record, dataset),
        required_text(record, "prompt"),
        required_text(record, "model"),
        optional_text(record, "answer"),
        _score(record, correct, score_max),
        correct,
        count(record, "prompt_tokens"),
        count(record, "completion_tokens"),
        optional_text(record, "tokens_source"),
        amount(record, "cost_usd"),
        optional_text(record, "cost_source"),
        amount(record, "latency_s"),
        signals or _NO_SIGNALS,
        _group(record, signals),
    )


def dataset_of(record: Record, default: str) -> str:
    """The data set that a record belongs to.

    Raises:
        FieldError: it is not text, or there is neither a name nor a default.
    """
    if default and record.get("dataset") is None:
        return default
    return required_text(record, "dataset")


def estimated_tokens(text: str) -> int:
    """A quarter of the characters, rounded up: what is used where no count was recorded."""
    return -(-len(text) // 4)


def _score(record: Record, correct: bool | None, score_max: float) -> float:
    found = number(record, "score")
    if found is None:
        if correct is None:
            raise FieldError("score is missing, and so is correct: a row needs one of them")
        return float(correct)
    if 0 <= found <= score_max:
        return found / score_max
    scale = next((top for top in (10, 100) if 0 < found <= top), None)
    advice = f": give --score-max {scale}" if scale else ""
    raise FieldError(f"score {found!r} is not between 0 and {score_max:g}{advice}")


def _group(record: Record, signals: Mapping[str, Any] | None) -> str:
    for name in ("group", "category"):
        value = record.get(name)
        if value is not None:
            return required_text(record, name) if value != "" else ""
    value = (signals or {}).get("category")
    return value if isinstance(value, str) else ""
