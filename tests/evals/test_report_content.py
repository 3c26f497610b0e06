"""What a report holds, as a file and back."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.evals.errors import DataSetError
from secondhalf.evals.report.content import (
    Band,
    Curves,
    PolicyRow,
    Report,
    Summary,
    read_report,
    to_json,
)
from tests.evals.report_samples import full, policy, report, usual


def strict(text: str) -> Any:
    """JSON as its standard has it: no NaN, no Infinity."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_a_report_survives_its_file(tmp_path: Path) -> None:
    """What is read is what was written, from the file and from its folder."""
    found = full(policies=10)
    (tmp_path / "report.json").write_text(to_json(found))

    assert found == read_report(tmp_path)
    assert found == read_report(tmp_path / "report.json")


@given(st.floats(), st.floats(), st.text())
def test_no_figure_and_no_text_breaks_the_json(one: float, other: float, name: str) -> None:
    """Not nan, not infinity, not half of a surrogate pair."""
    found = report(
        policy(name, "model", 0.5, one, ece=other),
        settings={name: [one, {"deep": other}]},
        extra={"figure": np.array([one, other])},
        curves={"frontier": {name: [(one, other)]}},
    )

    text = to_json(found)
    assert text.isascii()
    assert found == Report.model_validate(strict(text))


def test_what_is_no_number_is_null() -> None:
    """A figure that does not apply is not guessed."""
    row = policy("m", "model", 0.5, math.nan, ece=math.inf)

    assert (None, None) == (row.cost_usd_per_1k, row.ece)


def test_an_accuracy_that_is_no_number_is_refused() -> None:
    """It always applies: nan in it is a fault of whoever counted."""
    with pytest.raises(ValueError, match="finite"):
        policy("m", "model", math.nan, 1.0)


def test_numbers_of_numpy_are_taken() -> None:
    """Figures come from arrays."""
    row = PolicyRow.model_validate({"name": "m", "kind": "model", "accuracy": np.float64(0.5)})
    at = np.arange(3)
    band = Band.model_validate({"at": at, "mean": at / 2, "low": at * np.nan, "high": at})

    assert 0.5 == row.accuracy
    assert ((0.0, 0.5, 1.0), (None, None, None)) == (band.mean, band.low)
    assert {"a": [0, 1, 2]} == report(settings={"a": at}).settings


def test_the_keys_are_those_of_the_contract() -> None:
    """Others read the file by these names."""
    found = strict(to_json(usual()))

    assert {"file", "name", "prompts", "models", "left_out"} == set(found["data"])
    assert set(found["policies"][0]) >= {
        *("name", "kind", "accuracy", "accuracy_low", "accuracy_high", "cost_usd_per_1k"),
        *("strong_share", "latency_s", "opened", "quality", "ece", "answered_by", "paths"),
        *("violations", "after_100", "arena", "escalation_rate"),
    }
    assert set(found["summary"]) >= {
        *("aiq", "aiq_single_models", "aiq_gain_low", "apgr", "apgr_low", "apgr_length"),
        *("apgr_ridge", "cpt50", "cpt80", "cost_save", "perf_gain", "robustness"),
        *("budget_violations", "ece"),
    }
    assert set(Curves.model_fields) == {"frontier", "regret", "pgr", "risk_coverage", "roc"}


def test_a_report_of_another_version_is_read(tmp_path: Path) -> None:
    """Keys that are not known are passed over, and those that came later may be missing."""
    found = strict(to_json(usual()))
    found["news"] = {"deep": [1, 2]}
    found["policies"][0]["news"] = 1
    del found["curves"], found["summary_after_100"], found["policies"][0]["arena"]
    file = tmp_path / "report.json"
    file.write_text(json.dumps(found))

    assert usual() == read_report(file)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "Invalid JSON"),
        ("[1, 2", "Invalid JSON"),
        ("[]", "object"),
        ("{}", "data"),
        ("[" * 100_000, "Invalid JSON"),
        ('{"data": "\\ud800"}', "Invalid JSON"),
        ('{"data": 7}', "data"),
    ],
)
def test_what_is_no_report_is_refused_in_one_line(tmp_path: Path, text: str, what: str) -> None:
    """The line names the file and what is wrong with it."""
    file = tmp_path / "report.json"
    file.write_text(text)

    with pytest.raises(DataSetError, match=what) as caught:
        read_report(file)
    assert repr(str(file)) in str(caught.value)
    assert 1 == len(str(caught.value).splitlines())


def test_a_wrong_field_is_named(tmp_path: Path) -> None:
    """With its place in the file."""
    found = strict(to_json(usual()))
    found["policies"][1]["accuracy"] = "high"
    (tmp_path / "report.json").write_text(json.dumps(found))

    with pytest.raises(DataSetError, match=r"policies\.1\.accuracy: Input should be"):
        read_report(tmp_path)


def test_a_missing_report_is_refused(tmp_path: Path) -> None:
    """And it is said what to name."""
    with pytest.raises(DataSetError, match=r"nowhere.*No such file.*folder that an evaluation"):
        read_report(tmp_path / "nowhere")


def test_figures_that_are_not_given_are_unknown() -> None:
    """A run that measured little writes little."""
    assert all(value is None for _, value in Summary())
