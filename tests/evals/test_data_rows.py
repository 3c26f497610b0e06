"""One row: what is read from it, and what is refused in which words."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from secondhalf.evals.data.fields import FieldError
from secondhalf.evals.data.rows import estimated_tokens, parse_row
from tests.evals.data_files import row


def test_a_row_is_read_as_it_was_recorded() -> None:
    """Every field of the format arrives; what is not there is None."""
    record = row(
        correct=True,
        tokens_source="recorded",
        cost_usd=0.25,
        cost_source="recorded",
        latency_s=1.5,
        signals={"gold": 2},
        group="easy",
    )

    assert record == {k: v for k, v in parse_row(record)._asdict().items() if v is not None}
    bare = parse_row({"prompt_id": "1", "prompt": "p", "model": "m", "correct": False}, dataset="d")
    assert ("1", "d", "p", "m", None, 0.0, False) == bare[:7]
    assert {None} == set(bare[7:13])
    assert ({}, "") == (dict(bare.signals), bare.group)


def test_csv_texts_are_read_as_what_they_say() -> None:
    """CSV knows no types: numbers, truth values and signals come as their text."""
    texts: dict[str, Any] = {
        "score": "0.5",
        "correct": "False",
        "prompt_tokens": "7",
        "latency_s": "1e-1",
    }
    record = row(**texts, signals='{"gold": 2}', prompt_id=17)

    made = parse_row(record)
    assert (0.5, False, 7, 0.1) == (made.score, made.correct, made.prompt_tokens, made.latency_s)
    assert ({"gold": 2}, "17") == (made.signals, made.prompt_id)


def test_a_scale_is_divided_away() -> None:
    """A judge's 9 of 10 is .9; correctness needs no scale."""
    record = row(score=9)

    assert 0.9 == parse_row(record, score_max=10).score
    assert 1.0 == parse_row(row(score=None, correct=True), score_max=10).score


def test_the_group_is_a_column_or_a_signal() -> None:
    """``group`` goes before ``category``, and both before the signal; empty is empty."""
    signals = {"category": "signal"}
    labels: list[dict[str, Any]] = [
        {"group": "g", "category": "c"},
        {"category": "c"},
        {},
        {"group": ""},
    ]
    groups = [parse_row(row(signals=signals, **fields)).group for fields in labels]

    assert ["g", "c", "signal", ""] == groups


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"score": 9.0}, "score 9.0 is not between 0 and 1: give --score-max 10"),
        ({"score": 85}, "score 85.0 is not between 0 and 1: give --score-max 100"),
        ({"score": -1}, "score -1.0 is not between 0 and 1"),
        ({"score": float("nan")}, "score nan is not a finite number"),
        ({"score": "inf"}, "score 'inf' is not a finite number"),
        ({"score": True}, "score True is not a number"),
        ({"score": "good"}, "score 'good' is not a number"),
        ({"score": "1_0"}, "score '1_0' is not a number"),
        ({"score": 10**400}, "score a number is not a finite number"),
        ({"score": None}, "score is missing, and so is correct"),
        ({"correct": 0.5}, "correct 0.5 is neither true nor false"),
        ({"prompt": ""}, "prompt is empty"),
        ({"prompt": " \n"}, "prompt is empty"),
        ({"prompt": None}, "prompt is missing"),
        ({"prompt": ["a"]}, "prompt ['a'] is not text"),
        ({"prompt_id": None}, "prompt_id is missing"),
        ({"model": 1.5}, "model 1.5 is not text"),
        ({"dataset": ""}, "dataset is empty"),
        ({"answer": 4}, "answer 4 is not text"),
        ({"prompt_tokens": 1.5}, "prompt_tokens 1.5 is not a count"),
        ({"completion_tokens": -1}, "completion_tokens -1.0 is negative"),
        ({"completion_tokens": 1e300}, "completion_tokens 1e+300 is not a count"),
        ({"cost_usd": -0.01}, "cost_usd -0.01 is negative"),
        ({"latency_s": float("inf")}, "latency_s inf is not a finite number"),
        ({"signals": [1]}, "signals [1] is not a JSON object"),
        ({"signals": "{"}, "signals '{' is not a JSON object"),
        ({"tokens_source": {"a": 1}}, "tokens_source {'a': 1} is not text"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(fields: dict[str, Any], message: str) -> None:
    """One clear line, with the value; nothing is guessed."""
    with pytest.raises(FieldError, match=f"^{re.escape(message)}"):
        parse_row(row(**fields))


def test_a_long_value_is_cut_in_messages() -> None:
    """A line of an error stays a line."""
    with pytest.raises(FieldError) as caught:
        parse_row(row(score="x" * 10_000))

    assert len(str(caught.value)) < 80


def test_tokens_are_estimated_as_a_quarter_of_the_characters() -> None:
    """Rounded up, as in the recorded data."""
    assert [0, 1, 1, 2] == [estimated_tokens("x" * length) for length in (0, 1, 4, 5)]


def test_the_row_in_the_documentation_is_one() -> None:
    """With every field of the format, and none besides."""
    page = Path(__file__).parents[2] / "docs" / "datasets.md"
    [line] = re.findall(r"```json\n(.*)\n```", page.read_text())
    record = json.loads(line)

    made = parse_row(record)._asdict()
    assert record == {name: value for name, value in made.items() if name in record}
    assert {"correct"} == made.keys() - record.keys()
