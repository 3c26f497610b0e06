"""Rows gathered by prompt and model, in the order of the file."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from secondhalf.evals.data.adapter import Placed
from secondhalf.evals.data.dataset import Answer
from secondhalf.evals.data.rows import Row, estimated_tokens
from secondhalf.evals.data.tables import Place
from secondhalf.evals.data.wording import counted, unknown
from secondhalf.evals.errors import DataSetError


@dataclass
class Entry:
    """One prompt with its answers so far: samples by model, in the order of the file."""

    dataset: str
    id: str
    prompt: str
    line: int
    group: str
    answers: dict[str, list[Answer]] = field(default_factory=dict[str, list[Answer]])


class Collected:
    """All rows that are of use. ``cost_usd`` of an answer is still what was recorded."""

    def __init__(self, at: Place, models: Collection[str] | None, needs_answers: bool) -> None:
        """Keep answers of ``models`` (None: of all); with a text, where ``needs_answers``."""
        self._at = at
        self._models = models
        self._needs_answers = needs_answers
        self._entries: dict[tuple[str, str], Entry] = {}
        self._seen: dict[str, None] = {}
        self._contaminated: dict[tuple[str, str], int] = {}
        self._textless = 0
        self._uncounted: dict[str, None] = {}

    def add(self, placed: Placed) -> None:
        """Take a row in.

        Raises:
            DataSetError: its prompt's id has stood for another prompt before.
        """
        row, key = placed.row, (placed.row.dataset, placed.row.prompt_id)
        self._seen[row.model] = None
        if self._models is not None and row.model not in self._models:
            return
        if row.signals.get("contaminated") is True:
            self._contaminated[key] = self._contaminated.get(key, 0) + 1
            return
        if self._needs_answers and row.answer is None:
            self._textless += 1
            return
        entry = self._entries.get(key)
        if entry is None:
            entry = Entry(row.dataset, row.prompt_id, row.prompt, placed.line, row.group)
            self._entries[key] = entry
        elif entry.prompt != row.prompt:
            raise DataSetError(
                f"{self._at(placed.line)}: prompt_id {row.prompt_id!r} stands for another prompt "
                f"than at {self._at(entry.line)}: give each prompt an id of its own"
            )
        entry.answers.setdefault(row.model, []).append(self._answer(row))

    @property
    def entries(self) -> list[Entry]:
        """The prompts in order of first appearance."""
        return list(self._entries.values())

    @property
    def models(self) -> list[str]:
        """Models that have answers, in order of first appearance."""
        kept = {model for entry in self._entries.values() for model in entry.answers}
        return [model for model in self._seen if model in kept]

    @property
    def uncounted(self) -> list[str]:
        """Models with answers of unknown length."""
        return list(self._uncounted)

    def check_models(self, file: str) -> None:
        """After the last row: is every model there that was asked for?

        Raises:
            DataSetError: one is not; names the nearest.
        """
        for name in self._models or ():
            if name not in self._seen:
                raise DataSetError(f"{file!r}: {unknown('model', name, self._seen)}")

    def notes(self) -> Iterator[str]:
        """What was passed over, and why."""
        others = sum(self._models is not None and m not in self._models for m in self._seen)
        if others:
            yield f"{counted(others, 'model')}: not asked for"
        if self._contaminated:
            rows = counted(sum(self._contaminated.values()), "row")
            prompts = counted(len(self._contaminated), "prompt")
            yield f"{rows} of {prompts}: marked as contaminated"
        if self._textless:
            rows = counted(self._textless, "row")
            yield f"{rows}: only a score was recorded, no answer (--pre-generation needs none)"

    def _answer(self, row: Row) -> Answer:
        sent, received = row.prompt_tokens, row.completion_tokens
        if received is None and row.answer is None:
            self._uncounted[row.model] = None
        return Answer(
            text=row.answer,
            input_tokens=estimated_tokens(row.prompt) if sent is None else sent,
            output_tokens=estimated_tokens(row.answer or "") if received is None else received,
            cost_usd=row.cost_usd,
            latency_s=row.latency_s,
            score=row.score,
        )
