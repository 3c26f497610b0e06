"""RouterBench (withmartian/routerbench; Hu et al. 2024): a row per prompt, three columns per model.

``<model>`` is the score, ``<model>|model_response`` the answer and ``<model>|total_cost`` its cost
in US dollars; ``eval_name`` names the data set. Prompts and answers are written as Python writes a
list of texts.
"""

import ast
import re
from collections.abc import Iterator

from secondhalf.evals.data.adapter import Placed, Reading, note_columns
from secondhalf.evals.data.fields import FieldError, Record, optional_text, required_text
from secondhalf.evals.data.rows import parse_row
from secondhalf.evals.errors import DataSetError

_ANSWER, _COST = "|model_response", "|total_cost"
_READ = frozenset(("sample_id", "prompt", "eval_name", "oracle_model_to_route_to"))
_TEXT = r"""'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*\""""
_LIST = re.compile(rf"\[\s*(?:{_TEXT})(?:\s*,\s*(?:{_TEXT}))*\s*\]", re.DOTALL)
_ONE = re.compile(_TEXT, re.DOTALL)


def is_routerbench(columns: frozenset[str]) -> bool:
    """Whether a table has RouterBench's columns."""
    return {"prompt", "eval_name"} <= columns and bool(_models(columns))


def routerbench_rows(reading: Reading) -> Iterator[Placed]:
    """A row per prompt and model; where there is no score, none was recorded.

    Raises:
        DataSetError: a field is missing or cannot be used.
    """
    table = reading.table
    models = [name for name in table.columns if name in _models(frozenset(table.columns))]
    read = {*_READ, *(f"{m}{part}" for m in models for part in ("", _ANSWER, _COST))}
    note_columns(reading, {name: None for name in table.columns if name not in read})
    for number, (line, record) in enumerate(table.records, 1):
        try:
            dataset = required_text(record, "eval_name")
            if reading.choice.takes(dataset):
                shared = _shared(record, dataset, number)
                for model in models:
                    if record.get(model) is not None:
                        made = shared | _own(record, model)
                        yield Placed(line, parse_row(made, score_max=reading.score_max))
        except FieldError as error:
            raise DataSetError(f"{table.at(line)}: {error}") from None


def as_text(value: str) -> str:
    """The texts of a list as Python writes it, joined by blank lines; else the value itself."""
    if not _LIST.fullmatch(value.strip()):
        return value
    try:
        # Quoted texts in a row, nothing nested: there is nothing in it that could be run.
        return "\n\n".join(ast.literal_eval(one) for one in _ONE.findall(value))
    except (ValueError, SyntaxError):
        return value


def _models(columns: frozenset[str]) -> set[str]:
    return {c for c in columns if not columns.isdisjoint((f"{c}{_ANSWER}", f"{c}{_COST}"))}


def _shared(record: Record, dataset: str, number: int) -> dict[str, object]:
    has_id = record.get("sample_id") is not None
    return {
        "prompt_id": required_text(record, "sample_id") if has_id else str(number),
        "dataset": dataset,
        "prompt": as_text(required_text(record, "prompt")),
        "group": dataset,
    }


def _own(record: Record, model: str) -> dict[str, object]:
    answer = optional_text(record, f"{model}{_ANSWER}")
    cost = record.get(f"{model}{_COST}")
    return {
        "model": model,
        "answer": None if answer is None else as_text(answer),
        "score": record[model],
        "cost_usd": cost,
        "cost_source": None if cost is None else "recorded",
    }
