"""Tables of other shapes than our own: recognised by their columns, read as rows."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.evals.data.adapter import ALL, Choice
from secondhalf.evals.data.reading import load_dataset, read_rows
from secondhalf.evals.data.routerbench import as_text
from secondhalf.evals.data.rows import Row
from secondhalf.evals.errors import DataSetError
from tests.evals.data_files import csv_text, jsonl, parquet, row, write

MATRIX = (
    b"question_id,category,answer,prompt_chars,pred:a,pred:b,out_chars:a,out_chars:b\n"
    b"70,law,I,9,I,A,281,8\n"
    b"72,law,B,9,,B,0,4\n"
    b"73,art,C,9,C,,4,\n"
    b"99,art,C,9,C,C,4,4\n"
)
PROMPTS = [{"prompt_id": f"mmlupro-{n}", "prompt": f"Question {n}?"} for n in (70, 72, 73)]


def read(path: Path) -> tuple[list[Row], list[str]]:
    """All rows, and what was passed over."""
    notes: list[str] = []
    return list(read_rows(path, notes=notes)), notes


def scores(found: list[Row]) -> dict[tuple[str, str], float]:
    return {(one.prompt_id, one.model): one.score for one in found}


def test_unknown_columns_are_passed_over_and_told_once(tmp_path: Path) -> None:
    """Wherever in the file they stand."""
    found, notes = read(write(tmp_path, "a.jsonl", [row(1), row(2, judge="x"), row(3, seed=1)]))

    assert 3 == len(found)
    assert ["columns 'judge' and 'seed': not part of the format"] == notes


def test_rows_that_name_no_data_set_belong_to_that_of_the_file(tmp_path: Path) -> None:
    """Its name without extensions."""
    bare = {"prompt_id": 1, "prompt": "p", "model": "m", "correct": True}

    assert ["my-answers"] == [r.dataset for r in read_rows(write(tmp_path, "my-answers.x", [bare]))]


@pytest.mark.parametrize("field", ["prompt_id", "prompt", "model"])
def test_a_missing_field_is_named_with_its_line(tmp_path: Path, field: str) -> None:
    """In the first row as in any other."""
    broken = {name: value for name, value in row(1).items() if name != field}

    for records, line in (([broken, row(2)], 1), ([row(2), broken], 2)):
        path = write(tmp_path, "a.jsonl", records)
        message = f"{str(path)!r} line {line}: {field} is missing"
        with pytest.raises(DataSetError, match=f"^{re.escape(message)}$"):
            list(read_rows(path))


def test_a_file_of_another_shape_says_what_it_lacks(tmp_path: Path) -> None:
    """Steps of a plan and nodes of a search tree are no recorded answers."""
    steps = [{"problem_id": 1, "model": "m", "step": 0, "prompt": "p", "valid": False}]
    nodes = [{"problem_id": 1, "depth": 0, "node": 0, "parent_path": "", "value": 3.0}]
    prompts = [{"prompt_id": "p", "prompt": "p", "answer": "B", "category": "law"}]

    with pytest.raises(DataSetError, match="it lacks 'prompt_id', 'score' or 'correct'"):
        read(write(tmp_path, "steps.jsonl", steps))
    with pytest.raises(DataSetError, match="it lacks 'prompt_id', 'prompt', 'model', 'score' or"):
        read(write(tmp_path, "nodes.jsonl", nodes))
    with pytest.raises(DataSetError, match="no column that names a model per row"):
        read(write(tmp_path, "prompts.jsonl", prompts))


def test_a_wide_table_has_a_column_of_0_and_1_per_model(tmp_path: Path) -> None:
    """Whatever is neither is passed over; an empty cell was not recorded."""
    lines = b"my_index,question,gold,note,a,b:c\n0,q?,1,x,1,0\n1,r?,18,y,,1\n2,s?,1,z,0,1\n"
    found, notes = read(write(tmp_path, "wide.csv", lines))

    expected = {("0", "a"): 1, ("0", "b:c"): 0, ("1", "b:c"): 1, ("2", "a"): 0, ("2", "b:c"): 1}
    assert expected == scores(found)
    assert {("wide", None)} == {(one.dataset, one.completion_tokens) for one in found}
    assert ["column 'note': not part of the format"] == notes


def test_routellms_responses_are_a_wide_table(tmp_path: Path) -> None:
    """``prompt``, True or False per model, and a column of its answers."""
    header = b"prompt,m-v0.1,gpt,m-v0.1_response,gpt_response\n"
    lines = b'p?,True,False," a\nb",c\nq?,False,True,d,e\n'
    found, notes = read(write(tmp_path, "gsm8k_responses.csv", header + lines))

    assert ["m-v0.1", "gpt"] * 2 == [one.model for one in found]
    assert [" a\nb", "c", "d", "e"] == [one.answer for one in found]
    assert [1.0, 0.0, 0.0, 1.0] == [one.score for one in found]
    assert ["1", "1", "2", "2"] == [one.prompt_id for one in found]
    assert [] == notes


def test_a_column_that_is_almost_a_models_is_a_mistake(tmp_path: Path) -> None:
    """It is not dropped in silence."""
    path = write(tmp_path, "w.csv", b"prompt,a,b\np,1,0\nq,1,yes\nr,0,1\n")

    with pytest.raises(DataSetError, match="line 3: 'b' holds 'yes', neither 0 nor 1"):
        read(path)


def bench(**fields: Any) -> dict[str, Any]:
    """A row of RouterBench."""
    base = {
        "sample_id": "mbpp.dev.1",
        "prompt": "[\"It's\\nfine\", 'two']",
        "eval_name": "mbpp",
        "org/a": 0.25,
        "b": 1.0,
        "org/a|model_response": "['x']",
        "b|model_response": "plain",
        "org/a|total_cost": 0.5,
        "b|total_cost": 2e-05,
        "oracle_model_to_route_to": "b",
    }
    return base | fields


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_routerbench_is_a_wide_table_with_answers_and_costs(tmp_path: Path, kind: str) -> None:
    """Each of its data sets can be chosen."""
    records = [bench(), bench(sample_id="x.2", eval_name="x", **{"org/a": None})]
    made = csv_text(records) if kind == "csv" else parquet(records)
    path = write(tmp_path, "bench", made)

    found, notes = read(path)
    assert [] == notes
    expected = Row("mbpp.dev.1", "mbpp", "It's\nfine\n\ntwo", "org/a", "x", 0.25)
    assert expected._replace(cost_usd=0.5, cost_source="recorded", group="mbpp") == found[0]
    assert ["plain"] * 2 == [one.answer for one in found[1:]]
    chosen = load_dataset(path, dataset="x", needs_answers=True, needs_prices=True, min_prompts=1)
    assert (("b",), (2e-05,)) == (chosen.models, tuple(chosen.costs()[0]))


@given(st.lists(st.text(), min_size=1))
def test_a_list_as_python_writes_it_is_read_as_its_texts(texts: list[str]) -> None:
    """Whatever they hold."""
    assert "\n\n".join(texts) == as_text(repr(texts))


@pytest.mark.parametrize(
    "value",
    ["plain", "[]", "[1, 2]", "['a', b()]", "[['a']]", "['a'", "['a' 'b']", "[" * 9999, "['\\x']"],
)
def test_what_is_no_list_of_texts_stays_as_it_is(value: str) -> None:
    """Nothing is run, and nothing is lost."""
    assert value == as_text(value)


def test_the_mmlupro_matrix_finds_its_prompts_beside_it(tmp_path: Path) -> None:
    """An output without a letter is wrong, no output is none, tokens are characters / 4."""
    write(tmp_path, "mmlupro_prompts.jsonl.gz", PROMPTS)
    found, notes = read(write(tmp_path, "m.csv.gz", MATRIX))

    q70, q72, q73 = (f"mmlupro-{n}" for n in (70, 72, 73))
    expected = {(q70, "a"): 1, (q70, "b"): 0, (q72, "a"): 0, (q72, "b"): 1, (q73, "a"): 1}
    assert expected == scores(found)
    assert [71, 2, 0, 1, 1] == [one.completion_tokens for one in found]
    assert {("mmlu-pro", None)} == {(one.dataset, one.answer) for one in found}
    assert ["law"] * 4 + ["art"] == [one.group for one in found]
    assert ["1 question: not among the prompts beside it"] == notes


def test_the_mmlupro_matrix_without_its_prompts_is_refused(tmp_path: Path) -> None:
    """There is nothing to route."""
    with pytest.raises(DataSetError, match=r"put 'mmlupro_prompts\.jsonl\.gz' into the same"):
        read(write(tmp_path, "m.csv", MATRIX))


@pytest.mark.parametrize(
    ("wanted", "met", "taken", "rest"),
    [
        (None, ["a", "a"], [True, True], []),
        ("b", ["a", "b", "a"], [False, True, False], ["a"]),
        (ALL, ["a", "b"], [True, True], []),
    ],
)
def test_a_choice_takes_one_data_set_or_all(
    wanted: str | None, met: list[str], taken: list[bool], rest: list[str]
) -> None:
    """And remembers what else there was."""
    choice = Choice(wanted)

    assert taken == [choice.takes(name) for name in met]
    assert rest == choice.rest()
    choice.check("f")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (None, "'f' holds 2 data sets, 'gsm8k' and 'mmlu': choose one with --dataset, or 'all'"),
        ("gsm8", "'f': there is no data set 'gsm8': did you mean 'gsm8k'?"),
        ("zzz", "'f': there is no data set 'zzz': it holds 'gsm8k' and 'mmlu'"),
    ],
)
def test_a_choice_that_fails_says_what_there_is(wanted: str | None, message: str) -> None:
    """By name, the nearest first."""
    choice = Choice(wanted)
    for name in ("gsm8k", "mmlu"):
        choice.takes(name)

    with pytest.raises(DataSetError, match=f"^{re.escape(message)}$"):
        choice.check("f")


def test_rows_of_other_data_sets_are_not_looked_at(tmp_path: Path) -> None:
    """A scale of 10 in one of them does not hinder the others."""
    records: list[Mapping[str, Any]] = [row(1), row(2, dataset="judged", score=9.0)]
    path = write(tmp_path, "a.jsonl", jsonl(records))

    data = load_dataset(
        path, dataset="sums", needs_answers=False, needs_prices=False, min_prompts=1
    )
    assert (1, ("data set 'judged': not asked for",)) == (len(data), data.left_out)
    assert ["p1"] == [one.prompt_id for one in read_rows(path, dataset="sums")]
    assert [0.9] == [one.score for one in read_rows(path, dataset="judged", score_max=10)]
    with pytest.raises(DataSetError, match="there is no data set 'sum': did you mean 'sums'"):
        list(read_rows(path, dataset="sum"))
