"""Hands out prompts one at a time, serves their recorded answers, and keeps the account."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial

from secondhalf.evals.data.dataset import Answer, DataSet
from secondhalf.evals.errors import ForbiddenSightError, NotRecordedError
from secondhalf.evals.replay.cut import cut
from secondhalf.evals.sight import Opened, Task

CURRENT: ContextVar[Task | None] = ContextVar("secondhalf_replayed_task", default=None)
"""The prompt that is being replayed; recorded chat models answer it."""


@dataclass
class Seat:
    """The harness's own account of one prompt: what was opened. Policies never hold it."""

    place: int
    opened: list[tuple[int, Answer]] = field(default_factory=list[tuple[int, Answer]])
    """Place of the model, and what it had answered; of an answer that was cut short the tokens and
    the cost are those of what was said."""
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
        task = Task(text, partial(self._open, seat), seat.alarm.append)
        token = CURRENT.set(task)
        try:
            yield task, seat
        finally:
            CURRENT.reset(token)
        if seat.alarm:
            raise ForbiddenSightError(seat.alarm[0])

    def _open(self, seat: Seat, model: str, max_tokens: int | None) -> Opened:
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
        text, said, finish = cut(answer.text, answer.output_tokens, max_tokens)
        seat.opened.append((column, self._shortened(answer, column, said)))
        tokens = answer.input_tokens, said
        return Opened(model, text, *tokens, answer.latency_s, finish, seat.alarm.append)

    def _shortened(self, answer: Answer, column: int, said: int) -> Answer:
        """``answer``, charged for no more tokens than were ``said``."""
        price = self._dataset.prices[column] if self._dataset.prices else None
        if said == answer.output_tokens or answer.cost_usd is None or price is None:
            return answer._replace(output_tokens=said)
        unsaid = (answer.output_tokens - said) * price.output / 1e6
        return answer._replace(output_tokens=said, cost_usd=max(0.0, answer.cost_usd - unsaid))
