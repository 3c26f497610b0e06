"""The front door: from a file to a complete matrix, and what is left out on the way."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.data.reading import load_dataset
from secondhalf.evals.errors import DataSetError
from secondhalf.state.errors import InputError
from tests.evals.data_files import Records, row, rows, write


def load(folder: Path, records: Records, **options: Any) -> DataSet:
    """The data set of some rows; nothing is asked of them but what ``options`` say."""
    usual: dict[str, Any] = {"needs_answers": False, "needs_prices": False, "min_prompts": 1}
    return load_dataset(str(write(folder, "a.jsonl", records)), **usual | options)


def test_a_data_set_is_a_matrix_of_prompts_and_models(tmp_path: Path) -> None:
    """In the order of the file."""
    data = load(tmp_path, rows(range(3, 0, -1), ("large", "small"), latency_s=2.0), min_prompts=3)

    assert (str(tmp_path / "a.jsonl"), "sums") == (data.file, data.name)
    assert (("p3", "p2", "p1"), ("large", "small")) == (data.ids, data.models)
    assert "What is 3 + 3?" == data.prompts[0]
    assert ("6", 10, 20, None, 2.0, 1.0) == data.sample(0, 1)
    assert ((3, 2), (), (), ()) == (data.scores().shape, data.left_out, data.groups, data.prices)


def test_answers_of_one_model_to_one_prompt_are_samples(tmp_path: Path) -> None:
    """They are taken in turn, in the order of the file; models may have more or fewer."""
    answers = [row(1, answer=text, score=score) for text, score in (("a", 0), ("b", 1), ("c", 1))]
    data = load(tmp_path, [*answers, row(1, "large")])

    assert ["a", "b", "c", "a"] == [data.sample(0, 0, run).text for run in range(4)]
    assert [[0.0, 1.0], [1.0, 1.0]] == [data.scores(run)[0].tolist() for run in range(2)]


def test_one_id_for_two_prompts_is_refused_with_both_lines(tmp_path: Path) -> None:
    """They cannot be samples of one another."""
    with pytest.raises(DataSetError) as caught:
        load(tmp_path, [row(1), row(2), row(1, "large", prompt="Something else?")])

    path = repr(str(tmp_path / "a.jsonl"))
    expected = f"{path} line 3: prompt_id 'p1' stands for another prompt than at {path} line 1"
    assert str(caught.value).startswith(expected)


def test_contaminated_rows_are_dropped_and_counted(tmp_path: Path) -> None:
    """As RouteLLM does; what is marked as clean stays."""
    marked = [row(n, model, signals={"contaminated": n < 3}) for n in range(1, 6) for model in "ab"]
    data = load(tmp_path, marked)

    assert ("p3", "p4", "p5") == data.ids
    assert ("4 rows of 2 prompts: marked as contaminated",) == data.left_out


def test_rows_without_an_answer_are_left_out_where_answers_are_needed(tmp_path: Path) -> None:
    """An empty answer is one; only a score is not."""
    records = [row(1), row(2, answer=None), row(3, answer="")]

    assert ("p1", "p3") == load(tmp_path, records, needs_answers=True).ids
    assert 3 == len(load(tmp_path, records))
    with pytest.raises(DataSetError, match="1 row: only a score was recorded, no answer"):
        load(tmp_path, records[1:2], needs_answers=True)


def test_rare_models_go_before_prompts_do(tmp_path: Path) -> None:
    """A model with fewer than half of the prompts must not take them from all others."""
    records = [*rows(range(1, 11)), *rows(range(1, 6), ["half"]), *rows(range(1, 5), ["rare"])]
    data = load(tmp_path, records)

    assert ("small", "large", "half") == data.models
    assert ("p1", "p2", "p3", "p4", "p5") == data.ids
    assert (
        "model 'rare': recorded on 4 of 10 prompts",
        "5 prompts: not answered by all models",
    ) == data.left_out


def test_models_that_are_asked_for_stay_however_rare(tmp_path: Path) -> None:
    """The caller knows what to compare; the prompts that they share are left."""
    records = [*rows(range(1, 11)), *rows(range(1, 5), ["rare"])]
    data = load(tmp_path, records, models=["rare", "small"])

    assert (("small", "rare"), 4) == (data.models, len(data))
    assert ("1 model: not asked for", "6 prompts: not answered by all models") == data.left_out


def test_an_unknown_model_is_named_with_the_nearest(tmp_path: Path) -> None:
    """Also one that only another data set knows."""
    records = [*rows(), row(99, "other", dataset="other")]

    with pytest.raises(DataSetError, match="there is no model 'smal': did you mean 'small'"):
        load(tmp_path, records, dataset="sums", models=["large", "smal"])
    with pytest.raises(DataSetError, match="there is no model 'other'"):
        load(tmp_path, records, dataset="sums", models=["other"])


def test_too_few_prompts_are_an_error_that_says_why(tmp_path: Path) -> None:
    """Twenty by default; a limit is the caller's own."""
    records = rows(range(1, 21))
    records[0]["signals"] = {"contaminated": True}

    assert 5 == len(load(tmp_path, records[2:] + rows([21]), min_prompts=20, limit=5))
    message = (
        f"{str(tmp_path / 'a.jsonl')!r}: 19 prompts to evaluate on, fewer than 20 (left out: "
        "1 row of 1 prompt: marked as contaminated; 1 prompt: not answered by all models)"
    )
    with pytest.raises(DataSetError, match=f"^{re.escape(message)}$"):
        load(tmp_path, records, min_prompts=20)


def test_a_limit_takes_the_first_of_what_is_left(tmp_path: Path) -> None:
    """After everything else, and it is told."""
    records = rows(range(1, 6))
    data = load(tmp_path, records[1:], limit=3)

    assert ("p2", "p3", "p4") == data.ids
    assert "1 prompt: beyond the limit of 3" == data.left_out[-1]
    assert load(tmp_path, records) == load(tmp_path, records, limit=5)


def test_groups_are_labels_of_prompts(tmp_path: Path) -> None:
    """Empty for those that have none."""
    records = [row(1, category="law"), row(2), row(3, signals={"category": "art"})]

    assert ("law", "", "art") == load(tmp_path, records).groups


def test_all_makes_one_of_several_data_sets(tmp_path: Path) -> None:
    """Ids tell them apart, and so do groups."""
    data = load(tmp_path, [row(1), row(1, dataset="more", prompt="Else?")], dataset="all")

    assert ("all", ("sums/p1", "more/p1"), ("sums", "more")) == (data.name, data.ids, data.groups)


def test_missing_token_counts_are_estimated_or_told(tmp_path: Path) -> None:
    """From the texts; an answer that was not recorded counts nothing, and that is said."""
    bare: dict[str, Any] = {"prompt_tokens": None, "completion_tokens": None}
    data = load(tmp_path, [row(1, prompt="x" * 9, answer="y" * 5, **bare), row(2, **bare)])
    textless = load(tmp_path, [row(1, answer=None, **bare)])

    assert (3, 2) == data.sample(0, 0)[1:3]
    assert 0 == textless.sample(0, 0).output_tokens
    assert ("output tokens of 'small': not recorded of each, 0 there",) == textless.left_out


def test_a_model_without_a_price_is_left_out_where_prices_are_needed(tmp_path: Path) -> None:
    """Otherwise it stays, and its cost is not known."""
    prices = tmp_path / "prices.json"
    prices.write_text(json.dumps({"small": [1, 2], "not here": [3, 4]}))
    records = rows(range(1, 4))

    kept = load(tmp_path, records, prices=prices)
    priced = load(tmp_path, records, prices=prices, needs_prices=True)
    assert [50e-6, math.nan] == pytest.approx(kept.costs()[0], nan_ok=True)
    assert (("small", "large"), ("small",)) == (kept.models, priced.models)
    assert ("model 'large': no price is known, give one with --prices",) == priced.left_out
    with pytest.raises(DataSetError, match="'small' and 'large': no price is known"):
        load(tmp_path, records, needs_prices=True)


@pytest.mark.parametrize(
    "options",
    [{"limit": 0}, {"limit": -3}, {"models": []}, {"score_max": 0.0}, {"score_max": math.nan}],
)
def test_arguments_that_cannot_be_used_are_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    """Before any file is read."""
    with pytest.raises(InputError):
        load(tmp_path, [row()], **options)


CELLS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from("abc"), st.sampled_from([0.0, 0.5, 1.0])),
    min_size=1,
    max_size=40,
)


@given(CELLS)
@settings(deadline=None)
def test_every_model_has_answered_every_prompt(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[int, str, float]]
) -> None:
    """Whatever the file holds: nothing is made up, and each sample is in its place."""
    records = [row(number, model, score=score) for number, model, score in cells]
    try:
        data = load(tmp_path_factory.mktemp("cells"), records)
    except DataSetError:
        return

    expected = {
        (f"p{n}", m): tuple(s for a, b, s in cells if (a, b) == (n, m)) for n, m, _ in cells
    }
    found = {
        (name, model): tuple(answer.score for answer in data.answers[i][j])
        for i, name in enumerate(data.ids)
        for j, model in enumerate(data.models)
    }
    assert len(found) == len(data.ids) * len(data.models) > 0
    assert found.items() <= expected.items()
    in_file = list(dict.fromkeys(f"p{n}" for n, _, _ in cells if f"p{n}" in data.ids))
    assert in_file == list(data.ids)
