"""The front door of recorded answers: a file or a database in, a complete matrix out."""

import math
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from secondhalf.evals.data.adapter import ALL, Choice, Placed, Reading
from secondhalf.evals.data.collecting import Collected
from secondhalf.evals.data.complete import complete, first
from secondhalf.evals.data.costs import read_prices
from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.data.recognise import adapter_of
from secondhalf.evals.data.rows import Row
from secondhalf.evals.data.tables import Place, open_table
from secondhalf.evals.data.wording import quoted
from secondhalf.state.errors import InputError


class _Source(NamedTuple):
    """Rows, and how messages name the whole and each of them."""

    name: str
    at: Place
    rows: Iterator[Placed]


def read_rows(
    path: str | Path,
    *,
    dataset: str | None = None,
    score_max: float = 1.0,
    notes: list[str] | None = None,
) -> Iterator[Row]:
    """The rows of a file of recorded answers, one by one.

    The shape of the file is found out; see docs/datasets.md. A URL (``sqlite:///routes.db``)
    names a database of the router's own routes.

    Args:
        path: JSON lines, CSV or Parquet, plain or packed with gzip; or a database's URL.
        dataset: only its rows, and others are not looked at; None for those of every data set.
        score_max: what a full score is in this file; scores are divided by it.
        notes: takes a line, when the last row is read, for whatever was passed over.

    Raises:
        DataSetError: the file or a row cannot be used, or it does not hold the data set.
    """
    _check_scale(score_max)
    told: list[str] = [] if notes is None else notes
    choice = Choice(ALL if dataset is None else dataset)
    with _opened(path, choice, score_max, told) as source:
        for placed in source.rows:
            yield placed.row
        choice.check(source.name)


def load_dataset(
    path: str | Path,
    *,
    dataset: str | None = None,
    models: Sequence[str] | None = None,
    prices: Path | None = None,
    limit: int | None = None,
    score_max: float = 1.0,
    needs_answers: bool,
    needs_prices: bool,
    min_prompts: int = 20,
) -> DataSet:
    """A data set in which every model has answered every prompt; ``left_out`` tells the rest.

    Rows marked as contaminated are dropped, as RouteLLM does. Models come in the order of the
    file, several answers of a model to one prompt are its samples.

    Args:
        path: a file in one of the shapes of docs/datasets.md, or the URL of a database of routes.
        dataset: which one, where the file holds several; ``all`` makes one of them.
        models: only these; None for all that are recorded on half of the prompts or more.
        prices: a file ``{"model": [input, output]}``, US dollars per million tokens.
        limit: the first prompts only.
        score_max: what a full score is in this file.
        needs_answers: leave out answers of which only the score was recorded.
        needs_prices: leave out models whose price is not known.
        min_prompts: fewer prompts than this, before ``limit``, are an error.

    Raises:
        DataSetError: the file, a row or the prices cannot be used, or too little is left.
        InputError: an argument cannot be used.
    """
    _check_scale(score_max)
    if limit is not None and limit < 1:
        raise InputError(f"limit {limit} leaves no prompt: give 1 or more")
    if models is not None and not models:
        raise InputError("no model is named: name one or more, or leave models out")
    given = {} if prices is None else read_prices(prices)
    choice, notes = Choice(dataset), list[str]()
    with _opened(path, choice, score_max, notes) as source:
        collected = Collected(source.at, models, needs_answers)
        for placed in source.rows:
            collected.add(placed)
        choice.check(source.name)
        collected.check_models(source.name)
    if choice.rest():
        noun = "data set" if len(choice.rest()) == 1 else "data sets"
        notes.insert(0, f"{noun} {quoted(choice.rest())}: not asked for")
    data = complete(
        source.name,
        collected,
        given,
        notes,
        needs_prices=needs_prices,
        named=models is not None,
        min_prompts=min_prompts,
    )
    return data if limit is None else first(data, limit)


@contextmanager
def _opened(
    path: str | Path, choice: Choice, score_max: float, notes: list[str]
) -> Generator[_Source]:
    if isinstance(path, str) and "://" in path:
        # Files need no database library.
        from secondhalf.evals.data.traces import safe_name, trace_rows

        name = safe_name(path)

        def at(number: int) -> str:
            return f"{name!r} route {number}"

        yield _Source(name, at, trace_rows(path, choice, notes))
        return
    with open_table(Path(path)) as table:
        reading = Reading(table, choice, score_max, notes)
        yield _Source(str(path), table.at, adapter_of(table)(reading))


def _check_scale(score_max: float) -> None:
    if not (math.isfinite(score_max) and score_max > 0):
        raise InputError(f"a full score of {score_max!r} is no scale: give a number above 0")
