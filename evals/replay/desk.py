"""Hands out prompts one at a time, serves their recorded answers, and keeps the account."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from secondhalf.evals.data.dataset import Answer, DataSet
from secondhalf.evals.errors import ForbiddenSightError, NotRecordedError
from secondhalf.evals.sight import Opened, Task

CURRENT: ContextVar[Task | None] = ContextVar("secondhalf_replayed_task", default=None)
"""The prompt that is being replayed; recorded chat models answer it."""


@dataclass
class Seat:
    """The harness's own account of one prompt: what was opened. Policies never hold it."""

    place: int
    opened: list[tuple[int, Answer]] = field(default_factory=list[tuple[int, Answer]])
    """Place of the model, and what it had answered."""
    alarm: list[str] = field(default_factory=list[str])
    """What a policy tried to see; anything here ends the run, whoever caught the error."""

    @property
    def cost_usd(self) -> float:
        """US dollars of everything opened; nan if a price is not known."""
        costs = (answer.cost_usd for _, answer in self.opened)
        return sum(float("nan") if cost is None else cost for cost in costs)


class Desk:
    """Serves one run over a data set. ``number`` says which sample of several it replays."""

    def __init__(self, dataset: DataSet, number: int = 0) -> None:
        self._dataset = dataset
        self._number = number
        self._models = {name: place for place, name in enumerate(dataset.models)}

    @contextmanager
    def seat(self, place: int, prompt: str | None = None) -> Generator[tuple[Task, Seat]]:
        """The prompt at ``place`` as a task, and the account of it.

        ``prompt`` stands in for the recorded text (a paraphrase, say); its answers are the same.

        Raises:
            ForbiddenSightError: at the end, if a policy reached for what it may not see.
        """
        seat = Seat(place)
        text = self._dataset.prompts[place] if prompt is None else prompt
        task = Task(text, lambda model: self._open(seat, model), seat.alarm.append)
        token = CURRENT.set(task)
        try:
            yield task, seat
        finally:
            CURRENT.reset(token)
        if seat.alarm:
            raise ForbiddenSightError(seat.alarm[0])

    def _open(self, seat: Seat, model: str) -> Opened:
        column = self._models.get(model)
        if column is None:
            raise NotRecordedError(f"no answer of a model {model!r} was recorded")
        samples = self._dataset.answers[seat.place][column]
        before = sum(1 for place, _ in seat.opened if place == column)
        if before >= len(samples):
            raise NotRecordedError(f"only {len(samples)} answers of {model!r} were recorded")
        answer = samples[(self._number + before) % len(samples)]
        if answer.text is None:
            raise NotRecordedError(f"of {model!r} only the score of this answer was recorded")
        seat.opened.append((column, answer))
        tokens = answer.input_tokens, answer.output_tokens
        return Opened(model, answer.text, *tokens, answer.latency_s, seat.alarm.append)
