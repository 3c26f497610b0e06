"""Logs of choices: what is read, and what is refused."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondhalf.evals.errors import DataSetError
from secondhalf.evals.offpolicy_log import LoggedChoices, read_log

LINE: dict[str, Any] = {
    "action": "a",
    "propensity": 0.8,
    "reward": 1.0,
    "target": {"a": 0.3, "b": 0.7},
}


def write(folder: Path, *lines: object) -> Path:
    """A log of these lines; text is taken as it is."""
    file = folder / "log.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join(texts) + "\n")
    return file


def choices(**changes: Any) -> LoggedChoices:
    """Two rows, two actions."""
    fields: dict[str, Any] = {
        "actions": ("a", "b"),
        "taken": np.array([0, 1]),
        "propensity": np.array([0.8, 0.2]),
        "reward": np.array([1.0, -3.5]),
        "target": np.array([[0.3, 0.7], [1.0, 0.0]]),
    }
    return LoggedChoices(**{**fields, **changes})


def test_a_log_is_read_into_arrays(tmp_path: Path) -> None:
    """Actions in the order in which they are met; what a target does not name has no chance."""
    more = {"action": "c", "propensity": 1, "reward": -2.5, "target": {"b": 1}, "time": "noon"}

    log = read_log(write(tmp_path, LINE, "", more))
    assert ("a", "b", "c") == log.actions
    assert [0, 2] == log.taken.tolist()
    assert [0.8, 1.0] == log.propensity.tolist()
    assert [1.0, -2.5] == log.reward.tolist()
    assert [[0.3, 0.7, 0.0], [0.0, 1.0, 0.0]] == log.target.tolist()
    assert log.predicted is None


def test_predictions_are_read_where_all_lines_have_them(tmp_path: Path) -> None:
    """They may leave out what is neither taken nor a target."""
    first = LINE | {"predicted": {"a": 0.6, "b": 0.9}}
    second = LINE | {"action": "b", "target": {"b": 1.0}, "predicted": {"b": 0.4, "z": 9}}

    log = read_log(write(tmp_path, first, second))
    assert log.predicted is not None
    assert [[0.6, 0.9], [0.0, 0.4]] == log.predicted.tolist()


def test_a_packed_log_is_read_too(tmp_path: Path) -> None:
    """Known by its content."""
    file = tmp_path / "log.jsonl.gz"
    file.write_bytes(gzip.compress(json.dumps(LINE).encode()))

    assert 1 == len(read_log(file))


def test_rounded_probabilities_are_scaled(tmp_path: Path) -> None:
    """Three thirds to three digits sum to .999."""
    rounded = LINE | {"target": {"a": 0.333, "b": 0.333, "c": 0.333}}

    assert pytest.approx([1 / 3] * 3) == read_log(write(tmp_path, rounded)).target[0]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "not a JSON object"),
        ("[1]", "not a JSON object"),
        (LINE | {"action": None}, "action is missing"),
        (LINE | {"action": ["a"]}, "action ['a'] is not text"),
        (LINE | {"propensity": None}, "propensity is missing"),
        (LINE | {"propensity": 0}, "propensity 0 is not above 0 and at most 1"),
        (LINE | {"propensity": 1.5}, "propensity 1.5 is not above 0 and at most 1"),
        (LINE | {"propensity": 1e-300}, "propensity 1e-300 is not above 0"),
        (LINE | {"propensity": True}, "propensity True is not a number"),
        (LINE | {"reward": float("nan")}, "reward nan is not a finite number"),
        (LINE | {"reward": 1e300}, "reward 1e+300 is not a number within"),
        (LINE | {"reward": "good"}, "reward 'good' is not a number"),
        (LINE | {"target": None}, "target is missing"),
        (LINE | {"target": [0.3, 0.7]}, "target [0.3, 0.7] is not an object"),
        (LINE | {"target": dict[str, float]()}, "target probabilities sum to 0, not to 1"),
        (LINE | {"target": {"a": 0.3, "b": 0.6}}, "target probabilities sum to 0.9, not to 1"),
        (LINE | {"target": {"a": -0.5, "b": 1.5}}, "a target probability is not in [0, 1]"),
        (LINE | {"target": {"a": None}}, "target: a is missing"),
        (LINE | {"predicted": {"a": 1.0}}, "predicted has no reward for the action 'b'"),
        (LINE | {"predicted": {"a": 1.0, "b": "x"}}, "predicted: b 'x' is not a number"),
    ],
)
def test_a_bad_line_is_named_with_what_is_wrong(tmp_path: Path, line: object, why: str) -> None:
    """File, line and reason, in one line."""
    file = write(tmp_path, LINE, "", line)

    with pytest.raises(DataSetError) as error:
        read_log(file)
    assert "log.jsonl" in str(error.value)
    assert "line 3: " in str(error.value)
    assert why in str(error.value)
    assert "\n" not in str(error.value)


def test_predictions_on_some_lines_only_are_refused(tmp_path: Path) -> None:
    """Names the first line without."""
    file = write(tmp_path, LINE | {"predicted": {"a": 1, "b": 1}}, LINE)

    with pytest.raises(DataSetError, match=r"line 2: predicted is missing"):
        read_log(file)


def test_a_log_that_is_not_there_or_empty_is_refused(tmp_path: Path) -> None:
    """Names the file."""
    for file in (tmp_path / "none.jsonl", write(tmp_path, "")):
        with pytest.raises(DataSetError, match=file.name):
            read_log(file)


def test_endlessly_many_actions_are_refused(tmp_path: Path) -> None:
    """A prompt's id in place of an action would fill the memory."""
    lines = [LINE | {"action": f"a{i}"} for i in range(1001)]

    with pytest.raises(DataSetError, match="more than 1,000 different actions"):
        read_log(write(tmp_path, *lines))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"taken": np.array([0, 2])}, "row 2 of the log: there is no action 2"),
        ({"propensity": np.array([0.5, np.nan])}, "row 2 of the log: propensity nan"),
        ({"propensity": np.array([-0.5, 7])}, "row 1 of the log: propensity -0.5"),
        ({"reward": np.array([np.inf, 0])}, "row 1 of the log: reward inf"),
        ({"target": np.array([[0.5, 0.5], [np.inf, -np.inf]])}, "row 2 of the log: a target"),
        ({"target": np.array([[0.5, 0.6], [1, 0]])}, "row 1 of the log: target probabilities"),
        ({"predicted": np.array([[0, 1], [np.nan, 0]])}, "row 2 of the log: a predicted"),
        ({"reward": np.array([1.0])}, "'reward' has the shape (1,): it must be (2,)"),
        ({"predicted": np.zeros((2, 3))}, "'predicted' has the shape (2, 3)"),
        ({"target": np.ones((2, 1))}, "'target' has the shape (2, 1): it must be (2, 2)"),
    ],
)
def test_arrays_are_checked_when_they_become_a_log(changes: dict[str, Any], why: str) -> None:
    """The first bad row is named, counted from 1."""
    with pytest.raises(DataSetError) as error:
        choices(**changes)
    assert str(error.value).startswith(why)


def test_no_choices_are_no_log() -> None:
    """There is nothing to estimate from."""
    empty = {"taken": np.empty(0, int), "propensity": np.empty(0), "reward": np.empty(0)}

    with pytest.raises(DataSetError, match="holds no choices"):
        choices(**empty, target=np.empty((0, 2)))


def test_rewards_may_be_anything_finite() -> None:
    """Scores less costs are below zero."""
    assert [1.0, -3.5] == choices().reward.tolist()
