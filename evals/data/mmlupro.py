"""The matrix of MMLU-Pro predictions: a row per question, and of each model its letter.

``pred:<model>`` is the letter it chose, compared with ``answer``, and ``out_chars:<model>`` the
length of its output. An output without a letter is wrong; without either, nothing was recorded.
The questions are in a file ``mmlupro_prompts`` beside the matrix, under ``mmlupro-<question_id>``.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from secondhalf.evals.data.adapter import Placed, Reading
from secondhalf.evals.data.fields import FieldError, Record, count, optional_text, required_text
from secondhalf.evals.data.rows import Row, dataset_of
from secondhalf.evals.data.tables import open_table
from secondhalf.evals.data.wording import counted
from secondhalf.evals.errors import DataSetError

_PRED, _CHARS = "pred:", "out_chars:"
_PROMPTS = "mmlupro_prompts"
_DATASET = "mmlu-pro"


def is_mmlupro(columns: frozenset[str]) -> bool:
    """Whether a table has the matrix's columns."""
    return {"question_id", "answer"} <= columns and any(c.startswith(_PRED) for c in columns)


def mmlupro_rows(reading: Reading) -> Iterator[Placed]:
    """A row per question and model.

    Raises:
        DataSetError: the questions are not beside the matrix, or a field cannot be used.
    """
    table = reading.table
    prompts = _prompts(table.path)
    models = [name.removeprefix(_PRED) for name in table.columns if name.startswith(_PRED)]
    missing = 0
    for line, record in table.records:
        try:
            dataset = dataset_of(record, _DATASET)
            if not reading.choice.takes(dataset):
                continue
            prompt_id = f"mmlupro-{required_text(record, 'question_id')}"
            prompt = prompts.get(prompt_id)
            if prompt is None:
                missing += 1
                continue
            shared = (prompt_id, dataset, prompt)
            for model in models:
                row = _row(record, model, shared)
                if row is not None:
                    yield Placed(line, row)
        except FieldError as error:
            raise DataSetError(f"{table.at(line)}: {error}") from None
    if missing:
        reading.notes.append(f"{counted(missing, 'question')}: not among the prompts beside it")


def _row(record: Record, model: str, shared: tuple[str, str, str]) -> Row | None:
    letter = optional_text(record, f"{_PRED}{model}")
    length = count(record, f"{_CHARS}{model}")
    if letter is None and length is None:
        return None
    correct = letter == required_text(record, "answer")
    return Row(
        *shared,
        model,
        None,
        float(correct),
        correct,
        completion_tokens=None if length is None else -(-length // 4),
        tokens_source=None if length is None else "est_chars/4",
        group=optional_text(record, "category") or "",
    )


def _prompts(matrix: Path) -> Mapping[str, str]:
    beside = sorted(p for p in matrix.parent.glob(f"{_PROMPTS}.*") if p.is_file())
    if not beside:
        raise DataSetError(
            f"{str(matrix)!r} holds predictions without prompts: put "
            f"'{_PROMPTS}.jsonl.gz' into the same folder"
        )
    prompts: dict[str, str] = {}
    with open_table(beside[0]) as table:
        for line, record in table.records:
            try:
                prompts[required_text(record, "prompt_id")] = required_text(record, "prompt")
            except FieldError as error:
                raise DataSetError(f"{table.at(line)}: {error}") from None
    return prompts
