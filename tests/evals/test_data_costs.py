"""What answers cost: given prices, then what was recorded, then the public list."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.evals.data.costs import (
    charged,
    cost_of,
    listed_price,
    read_prices,
    simpler_names,
)
from secondhalf.evals.data.dataset import Answer, ListPrice
from secondhalf.evals.errors import DataSetError

GIVEN = {"gpt-4o-2024-08-06": ListPrice(1.0, 2.0, "prices.json")}


def answers(*costs: float | None) -> list[Answer]:
    """Answers of 600 and 400 tokens."""
    return [Answer("a", 600, 400, cost, None, 1.0) for cost in costs]


def test_given_prices_go_before_recorded_cost() -> None:
    """And recorded cost goes before the public list."""
    recorded = answers(0.003, 0.001)

    first = cost_of("gpt-4o-2024-08-06", recorded, GIVEN)
    second = cost_of("gpt-4o-2024-08-06", recorded, {})
    third = cost_of("gpt-4o-2024-08-06", answers(None, None), {})
    assert [(1.0, 2.0, "prices.json"), (2.0, 2.0, "recorded"), (2.5, 10.0, "genai-prices")] == [
        found.price for found in (first, second, third)
    ]
    assert (None, "") == cost_of("nobody's model", answers(None), {})


def test_cost_recorded_in_part_is_none_and_is_told() -> None:
    """It cannot be set against that of others."""
    found = cost_of("nobody's model", answers(0.1, None, 0.2), {})

    note = 'recorded cost of "nobody\'s model": it stands on 2 of 3 rows only'
    assert (None, note) == found


def test_answers_are_charged_at_the_price_that_counts() -> None:
    """Recorded cost stays as it is; without a price there is none."""
    recorded = answers(0.003)

    at_price = charged(recorded, GIVEN["gpt-4o-2024-08-06"])[0].cost_usd
    assert at_price == pytest.approx((600 * 1 + 400 * 2) / 1e6)
    assert 0.003 == charged(recorded, ListPrice(9.0, 9.0, "recorded"))[0].cost_usd
    assert charged(recorded, None)[0].cost_usd is None


@given(st.lists(st.floats(0, 10), min_size=1))
def test_an_effective_price_adds_up_to_what_was_recorded(costs: list[float]) -> None:
    """It is the ratio of the totals."""
    found = cost_of("nobody's model", answers(*costs), {}).price
    assert found is not None

    total = sum(600 * found.input + 400 * found.output for _ in costs) / 1e6
    assert total == pytest.approx(sum(costs))


@pytest.mark.parametrize(
    ("model", "price"),
    [
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", (0.7, 0.7)),
        ("gpt-4-1106-preview", (10.0, 30.0)),
        ("zeroeval:gpt-4o-mini-2024-07-18", (0.15, 0.6)),
        ("claude-3-5-sonnet-20241022@somewhere", (3.0, 15.0)),
        ("gemini-1_5-flash", (0.075, 0.3)),
    ],
)
def test_a_listed_price_is_found_by_a_simpler_name(model: str, price: tuple[float, float]) -> None:
    """Names carry hosts, sources, organisations and versions; prices are those of short prompts."""
    found = listed_price(model)
    assert found is not None

    assert pytest.approx(price) == found[:2]
    assert "genai-prices" == found.source


@pytest.mark.parametrize("model", ["", "nobody's model", "6b_finetuning", "/", "a:", "@b"])
def test_an_unlisted_model_has_no_price(model: str) -> None:
    """None is guessed."""
    assert listed_price(model) is None


@given(st.text())
def test_the_name_itself_is_tried_first(name: str) -> None:
    """And no empty name is."""
    names = simpler_names(name)

    assert names[:1] == ([name] if name else [])
    assert "" not in names


def test_prices_are_read_from_json(tmp_path: Path) -> None:
    """US dollars per million tokens, input and output; the source is the file's name."""
    file = tmp_path / "prices.json"
    file.write_text(json.dumps({"a": [0, 1.5], "b": [2, 3]}))

    assert {"a": (0.0, 1.5, "prices.json"), "b": (2.0, 3.0, "prices.json")} == read_prices(file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", " line 1 column 1: not JSON (expecting value)"),
        ('{"a": [1, 2],\n "b"}', " line 2 column 5: not JSON"),
        ("[1, 2]", " are not of the form {"),
        ('{"a": [1]}', ": 'a' has [1]: give [input, output]"),
        ('{"a": [1, 2, 3]}', ": 'a' has [1, 2, 3]: give [input, output]"),
        ('{"a": 3}', ": 'a' has 3: give [input, output]"),
        ('{"a": [1, -2]}', ": 'a' has [1, -2]: give [input, output]"),
        ('{"a": [1, NaN]}', ": 'a' has [1, nan]: give [input, output]"),
        ('{"a": [1, Infinity]}', ": 'a' has [1, inf]: give [input, output]"),
        ('{"a": ["1", 2]}', ": 'a' has ['1', 2]: give [input, output]"),
        ('{"a": [true, 2]}', ": 'a' has [True, 2]: give [input, output]"),
        ('{"a": {"input": 1}}', ": 'a' has {'input': 1}: give [input, output]"),
        ('{"a": [1, 2], "a": [3, 4]}', " cannot be used: 'a' stands there twice"),
        ("[" * 100_000, " cannot be used: "),
    ],
)
def test_prices_that_cannot_be_used_are_refused(tmp_path: Path, content: Any, message: str) -> None:
    """One clear line."""
    file = tmp_path / "prices.json"
    file.write_text(content)

    with pytest.raises(DataSetError, match=f"^{re.escape(f'prices {str(file)!r}{message}')}"):
        read_prices(file)


def test_prices_that_cannot_be_opened_are_refused(tmp_path: Path) -> None:
    """A folder, a file that is not there, bytes that are no text."""
    (tmp_path / "bytes").write_bytes(b"\xff\x00")

    for name in ("", "none.json", "bytes"):
        with pytest.raises(DataSetError, match=r"cannot be (read|used)"):
            read_prices(tmp_path / name)


def test_the_prices_behind_recorded_costs_are_found() -> None:
    """From costs and tokens of answers that differ; what no two prices explain is blended."""
    tokens = [(100, 10), (20, 300), (50, 50), (400, 1)]
    answers = [
        Answer("x", sent, got, (2.0 * sent + 8.0 * got) / 1e6, None, 1.0) for sent, got in tokens
    ]
    odd = [
        answer._replace(cost_usd=cost) for answer, cost in zip(answers, (1, 0, 5, 2), strict=True)
    ]

    found, blended = cost_of("m", answers, {}).price, cost_of("m", odd, {}).price

    assert found is not None
    assert (2.0, 8.0) == pytest.approx((found.input, found.output))
    assert blended is not None
    assert blended.input == blended.output == pytest.approx(8 / 931 * 1e6)
