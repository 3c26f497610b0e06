"""The recorded answers of other people's experiments, if they are there."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.data.reading import load_dataset
from secondhalf.evals.errors import DataSetError


def load(file: Path, **options: Any) -> DataSet:
    usual: dict[str, Any] = {"needs_answers": False, "needs_prices": False}
    return load_dataset(file, **usual | options)


def accuracy(data: DataSet) -> dict[str, float]:
    scores = data.scores()
    return {m: round(float(scores[:, j].mean()), 3) for j, m in enumerate(data.models)}


def test_routellm_without_its_contaminated_prompts(data_dir: Path) -> None:
    """1,307 of 1,319 prompts, and the accuracies that are published with them."""
    file = data_dir / "routellm_mixtral_gpt4.jsonl.gz"
    data = load(file, dataset="gsm8k", needs_answers=True, needs_prices=True)

    expected = {"gpt-4-1106-preview": 0.858, "mistralai/Mixtral-8x7B-Instruct-v0.1": 0.637}
    assert (1307, expected) == (len(data), accuracy(data))
    assert "24 rows of 12 prompts: marked as contaminated" in data.left_out
    assert ["genai-prices"] * 2 == [price.source for price in data.prices if price]
    assert np.isfinite(data.costs()).all()


def test_a_data_set_on_another_scale_says_so(data_dir: Path) -> None:
    """MT-Bench's judge gives 1 to 10; its rows do not hinder the data sets beside it."""
    file = data_dir / "routellm_mixtral_gpt4.jsonl.gz"

    with pytest.raises(DataSetError, match=r"line 16761: score 9\.0 .* give --score-max 10"):
        load(file, dataset="mt_bench")
    judged = load(file, dataset="mt_bench", score_max=10)
    assert (144, 8) == (len(judged), len(set(judged.groups)))


def test_zeroeval_is_complete(data_dir: Path) -> None:
    """1,319 prompts by 14 models; what is not recorded is priced by the file."""
    file, prices = data_dir / "zeroeval_gsm_14models.jsonl.gz", data_dir / "prices.json"
    data = load(file, needs_answers=True, needs_prices=True, prices=prices)

    assert (1319, 14, ()) == (len(data), len(data.models), data.left_out)
    assert {"prices.json"} == {price.source for price in data.prices if price}
    assert {"Llama-3.1-8B-Instruct": 0.84, "Llama-3.1-70B-Instruct": 0.942}.items() <= accuracy(
        data
    ).items()


def test_traps_have_few_prompts_and_several_samples(data_dir: Path) -> None:
    """26 prompts are enough to load."""
    data = load(data_dir / "misguided_attention_traps.jsonl.gz", needs_answers=True)

    samples = Counter(len(cell) for of_prompt in data.answers for cell in of_prompt)
    assert (26, 58) == (len(data), len(data.models))
    assert {3: 1465, 5: 26, 2: 12, 1: 5} == samples


def test_recorded_cost_stays_as_it_was_recorded(data_dir: Path) -> None:
    """Tree search with its whole bill."""
    data = load(data_dir / "tot_game24_outcomes.jsonl.gz", needs_answers=True, needs_prices=True)

    assert (100, 3) == (len(data), len(data.models))
    assert 1.40319 == data.sample(0, data.models.index("gpt-4 ToT(b=5)")).cost_usd
    assert {"recorded"} == {price.source for price in data.prices if price}


def test_the_mmlupro_matrix_agrees_with_the_answers(data_dir: Path) -> None:
    """The same models on the same questions, read from two files of two shapes."""
    answers = load(data_dir / "mmlupro_answers_6models_quarter.jsonl.gz")
    matrix = load(data_dir / "mmlupro_matrix_29models.csv.gz", models=answers.models)

    assert (1482, 6, 14) == (len(answers), len(answers.models), len(set(answers.groups)))
    places = [matrix.ids.index(name) for name in answers.ids if name in matrix.ids]
    same = matrix.only(places, answers.models)
    mine = answers.only([answers.ids.index(name) for name in same.ids])
    assert (same.prompts, same.groups) == (mine.prompts, mine.groups)
    assert np.array_equal(same.scores(), mine.scores())


def test_the_joined_configurations_are_a_wide_table(data_dir: Path) -> None:
    """32 columns of 0 and 1; the gold answers are none of them."""
    data = load(data_dir / "gsm8k_join_32configs.csv.gz")

    assert (1319, 32) == (len(data), len(data.models))
    assert {"re2:gpt-4o-mini-2024-07-18 [base/cot]": 0.929}.items() <= accuracy(data).items()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("planbench_backprompt_steps.jsonl.gz", "lacks 'prompt_id', 'score' or 'correct'"),
        ("tot_game24_tree_nodes.jsonl.gz", "lacks 'prompt_id', 'prompt', 'model'"),
        ("mmlupro_prompts.jsonl.gz", "no column that names a model per row"),
        ("prices.json", "line 1: not a JSON object on one line"),
    ],
)
def test_what_holds_no_answers_is_refused(data_dir: Path, file: str, message: str) -> None:
    """With what it lacks."""
    with pytest.raises(DataSetError, match=message):
        load(data_dir / file)
