"""Tables with a row per prompt and a column of 0 and 1 (or False and True) per model.

So are RouteLLM's published responses laid out (lm-sys/RouteLLM, ``routellm/evals``): ``prompt``, a
column per model, and for some a column ``<model>_response`` with its answers.
"""

from collections.abc import Iterator, Sequence

from secondhalf.evals.data.adapter import Placed, Reading, note_columns
from secondhalf.evals.data.fields import FieldError, Record, as_flag, optional_text, required_text
from secondhalf.evals.data.rows import Row, dataset_of
from secondhalf.evals.data.tables import Table
from secondhalf.evals.data.wording import shown
from secondhalf.evals.errors import DataSetError

PROMPTS = ("prompt", "question")
RESPONSE = "_response"
_IDS = ("prompt_id", "sample_id", "question_id", "id", "index")
_GROUPS = ("group", "category")
_OTHERS = frozenset((*PROMPTS, *_IDS, *_GROUPS, "dataset", "answer", "gold", "label", "split"))

Records = Sequence[tuple[int, Record]]


def is_wide(columns: frozenset[str]) -> bool:
    """Whether there are prompts and no column that names the model of a row."""
    return not columns.isdisjoint(PROMPTS) and "model" not in columns


def wide_rows(reading: Reading) -> Iterator[Placed]:
    """A row per prompt and model; empty cells were not recorded.

    A column counts as a model's if each cell is 0, 1 or empty, so the table is read as a whole.

    Raises:
        DataSetError: no column is so, or one nearly is.
    """
    table = reading.table
    records = list(table.records)
    models = [name for name in table.columns if _is_model(name, records, table)]
    if not models:
        raise DataSetError(
            f"{str(table.path)!r} has no column that names a model per row ('model', with 'score' "
            "or 'correct'), and no column of 0 and 1 per model"
        )
    read = {*models, *(f"{model}{RESPONSE}" for model in models), *_OTHERS}
    note_columns(reading, {c: None for c in table.columns if c not in read and not _is_id(c)})
    for number, (line, record) in enumerate(records, 1):
        try:
            yield from _rows(reading, line, record, models, number)
        except FieldError as error:
            raise DataSetError(f"{table.at(line)}: {error}") from None


def _rows(
    reading: Reading, line: int, record: Record, models: Sequence[str], number: int
) -> Iterator[Placed]:
    columns = reading.table.columns
    dataset = dataset_of(record, reading.table.name)
    if not reading.choice.takes(dataset):
        return
    prompt = required_text(record, next(name for name in PROMPTS if name in columns))
    key = next((c for c in (*_IDS, *columns) if c in columns and _is_id(c)), None)
    prompt_id = str(number) if key is None else required_text(record, key)
    labels = (optional_text(record, name) for name in _GROUPS)
    group = next((label for label in labels if label), "")
    for model in models:
        correct = as_flag(record.get(model))
        if correct is not None:
            answer = optional_text(record, f"{model}{RESPONSE}")
            score = float(correct)
            row = Row(prompt_id, dataset, prompt, model, answer, score, correct, group=group)
            yield Placed(line, row)


def _is_model(name: str, records: Records, table: Table) -> bool:
    """Whether a column holds nothing but 0 and 1; one that mostly does is a mistake to be told."""
    if name in _OTHERS or _is_id(name):
        return False
    cells = [(line, record.get(name)) for line, record in records]
    filled = [(line, cell) for line, cell in cells if cell is not None]
    odd = [(line, cell) for line, cell in filled if as_flag(cell) is None]
    if odd and 2 * len(odd) < len(filled):
        line, cell = odd[0]
        raise DataSetError(f"{table.at(line)}: {name!r} holds {shown(cell)}, neither 0 nor 1")
    return bool(filled) and not odd


def _is_id(name: str) -> bool:
    return name in _IDS or name.endswith(("_id", "_index"))
