"""Logs of choices, from which another policy can be judged without running it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from secondhalf.evals.data.fields import FieldError, Record, number, required_text
from secondhalf.evals.data.tables import open_table
from secondhalf.evals.data.wording import shown
from secondhalf.evals.errors import DataSetError
from secondhalf.evals.track import Floats, Ints

_ROUNDED = 1e-3
"""How far from 1 probabilities may sum: they were rounded when they were logged."""
_MOST_ACTIONS = 1000
_LEAST = 1e-12
"""A propensity below is none: its weight would outweigh any log."""
_LARGEST = 1e12
"""A reward beyond is a mistake."""


class _Fault(NamedTuple):
    """The first row, from 0 up, that cannot be used, and why."""

    row: int
    why: str


@dataclass(frozen=True)
class LoggedChoices:
    """What a logging policy chose, with what probability, what came of it, and a target policy.

    Raises:
        DataSetError: on creation, if a row cannot be used or the shapes do not fit.
    """

    actions: tuple[str, ...]
    """Names of all actions of either policy."""
    taken: Ints
    """Place of the action that was taken: (rows,)."""
    propensity: Floats
    """Probability, in (0, 1], with which the logging policy took it: (rows,)."""
    reward: Floats
    """Any number within ±10¹²: (rows,)."""
    target: Floats
    """Probabilities of the target policy: (rows, actions). Each row sums to 1; rows that are
    within .001 of it, as rounded ones are, are scaled."""
    predicted: Floats | None = None
    """Reward that a model predicts of each action: (rows, actions). The model must not have seen
    the rewards of this log, or of the row at least."""
    places: tuple[str, ...] = ()
    """Where each row stands, for messages; empty: rows are counted from 1."""

    def __post_init__(self) -> None:
        """Check everything, once."""
        self._check_shapes()
        fault = self._fault()
        if fault is not None:
            place = self.places[fault.row] if self.places else f"row {fault.row + 1} of the log"
            raise DataSetError(f"{place}: {fault.why}")
        total = self.target.sum(axis=1, keepdims=True)
        object.__setattr__(self, "target", self.target / total)

    def __len__(self) -> int:
        return len(self.taken)

    def _check_shapes(self) -> None:
        rows = (len(self.taken),)
        table = (*rows, len(self.actions))
        if not self.taken.size:
            raise DataSetError("the log holds no choices")
        wanted = [
            ("taken", self.taken, rows),
            ("propensity", self.propensity, rows),
            ("reward", self.reward, rows),
            ("target", self.target, table),
        ]
        if self.predicted is not None:
            wanted.append(("predicted", self.predicted, table))
        for name, array, shape in wanted:
            if array.shape != shape:
                raise DataSetError(f"{name!r} has the shape {array.shape}: it must be {shape}")

    def _fault(self) -> _Fault | None:
        found = [_Fault(int(bad.argmax()), why) for bad, why in self._checks() if bad.any()]
        first = min(found, key=lambda fault: fault.row, default=None)
        return first and first._replace(why=first.why.format(**self._numbers(first.row)))

    def _checks(self) -> Iterator[tuple[NDArray[np.bool_], str]]:
        """Which rows are bad, and what is wrong with them."""
        yield (self.taken < 0) | (self.taken >= len(self.actions)), "there is no action {taken}"
        yield (
            ~((self.propensity >= _LEAST) & (self.propensity <= 1)),
            "propensity {propensity:g} is not above 0 and at most 1",
        )
        yield ~_reasonable(self.reward), f"reward {{reward:g}} is not a number within ±{_LARGEST:g}"
        chances = (self.target >= 0) & (self.target <= 1 + _ROUNDED)
        yield ~_all(chances), "a target probability is not in [0, 1]"
        totals = np.where(chances, self.target, 0.0).sum(axis=1)
        yield np.abs(totals - 1) > _ROUNDED, "target probabilities sum to {total:g}, not to 1"
        if self.predicted is not None:
            unreasonable = ~_all(_reasonable(self.predicted))
            yield unreasonable, f"a predicted reward is not a number within ±{_LARGEST:g}"

    def _numbers(self, row: int) -> dict[str, float]:
        return {
            "taken": int(self.taken[row]),
            "propensity": float(self.propensity[row]),
            "reward": float(self.reward[row]),
            "total": sum(chance for chance in self.target[row].tolist() if math.isfinite(chance)),
        }


def _reasonable(amounts: Floats) -> NDArray[np.bool_]:
    return np.abs(amounts) <= _LARGEST


def _all(table: NDArray[np.bool_]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.logical_and.reduce(table, axis=1)
    return found


class _Row(NamedTuple):
    """One line of a log."""

    place: str
    action: str
    propensity: float
    reward: float
    target: Mapping[str, float]
    predicted: Mapping[str, float] | None


def read_log(path: Path) -> LoggedChoices:
    """A log with one JSON object per line, plain or packed with gzip.

    ``{"action": "a", "propensity": 0.8, "reward": 1.0, "target": {"a": 0.3, "b": 0.7}}``, and
    with ``"predicted": {"a": 0.6, "b": 0.9}`` on every line or on none. What ``target`` does not
    name, the target policy does not do. Other fields are passed over.

    Raises:
        DataSetError: the file or one of its lines cannot be used; names both.
    """
    with open_table(path) as table:
        rows = [_row(record, table.at(line)) for line, record in table.records]
    names = tuple(dict.fromkeys(name for row in rows for name in (*row.target, row.action)))
    if len(names) > _MOST_ACTIONS:
        raise DataSetError(f"{str(path)!r}: more than {_MOST_ACTIONS:,} different actions")
    places = {name: place for place, name in enumerate(names)}
    return LoggedChoices(
        actions=names,
        taken=np.array([places[row.action] for row in rows]),
        propensity=np.array([row.propensity for row in rows]),
        reward=np.array([row.reward for row in rows]),
        target=_matrix([row.target for row in rows], places),
        predicted=_predicted(rows, places),
        places=tuple(row.place for row in rows),
    )


def _row(record: Record, place: str) -> _Row:
    try:
        row = _Row(
            place=place,
            action=required_text(record, "action"),
            propensity=_required(record, "propensity"),
            reward=_required(record, "reward"),
            target=_amounts(record, "target"),
            predicted=None if record.get("predicted") is None else _amounts(record, "predicted"),
        )
        _check(row)
    except FieldError as error:
        raise DataSetError(f"{place}: {error}") from None
    return row


def _check(row: _Row) -> None:
    """That rewards were predicted of all actions that matter."""
    if row.predicted is None:
        return
    needed = [name for name, chance in row.target.items() if chance > 0]
    missing = [name for name in (row.action, *needed) if name not in row.predicted]
    if missing:
        raise FieldError(f"predicted has no reward for the action {missing[0]!r:.40}")


def _required(record: Record, name: str) -> float:
    found = number(record, name)
    if found is None:
        raise FieldError(f"{name} is missing")
    return found


def _amounts(record: Record, name: str) -> dict[str, float]:
    value = record.get(name)
    if value is None:
        raise FieldError(f"{name} is missing")
    if not isinstance(value, dict):
        raise FieldError(f"{name} {shown(value)} is not an object of actions and numbers")
    amounts = cast("dict[str, object]", value)
    try:
        return {action: _required(amounts, action) for action in amounts}
    except FieldError as error:
        raise FieldError(f"{name}: {error}") from None


def _predicted(rows: list[_Row], places: Mapping[str, int]) -> Floats | None:
    found = [row.predicted for row in rows if row.predicted is not None]
    if not found:
        return None
    bare = next((row for row in rows if row.predicted is None), None)
    if bare is not None:
        raise DataSetError(f"{bare.place}: predicted is missing, which other lines have")
    return _matrix(found, places)


def _matrix(amounts: list[Mapping[str, float]], places: Mapping[str, int]) -> Floats:
    matrix = np.zeros((len(amounts), len(places)))
    for row, named in zip(matrix, amounts, strict=True):
        for name, amount in named.items():
            if name in places:
                row[places[name]] = amount
    return matrix
