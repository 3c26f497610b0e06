"""Recorded outcomes as one matrix: every prompt answered by every model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Answer(NamedTuple):
    """One recorded answer of one model.

    ``text`` is None where only its score was recorded; ``cost_usd`` and ``latency_s`` are None
    where they are not known. ``score`` is in [0, 1]: a label, which no router may see.
    """

    text: str | None
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    latency_s: float | None
    score: float


class ListPrice(NamedTuple):
    """US dollars per million tokens; ``source`` says where they come from."""

    input: float
    output: float
    source: str


@dataclass(frozen=True)
class DataSet:
    """``answers[i][j]`` holds the samples that model ``j`` gave to prompt ``i``: one or more."""

    file: str
    name: str
    prompts: tuple[str, ...]
    ids: tuple[str, ...]
    """Names of the prompts: for reports, never for routers."""
    models: tuple[str, ...]
    answers: tuple[tuple[tuple[Answer, ...], ...], ...]
    prices: tuple[ListPrice | None, ...] = ()
    """By model; None where no price is known. Empty: of none."""
    left_out: tuple[str, ...] = ()
    """What the file held besides and why it is not here: one line each."""
    groups: tuple[str, ...] = ()
    """A label per prompt (category, topic) for breakdowns; empty if there are none."""

    def __len__(self) -> int:
        return len(self.prompts)

    def sample(self, prompt: int, model: int, number: int = 0) -> Answer:
        """The sample that run ``number`` replays: the samples are taken in turn."""
        recorded = self.answers[prompt][model]
        return recorded[number % len(recorded)]

    def scores(self, number: int = 0) -> Floats:
        """Scores of shape (prompts, models) in run ``number``."""
        return self._matrix(number, lambda answer: answer.score)

    def costs(self, number: int = 0) -> Floats:
        """US dollars of shape (prompts, models); nan where a price is not known."""
        return self._matrix(
            number, lambda answer: np.nan if answer.cost_usd is None else answer.cost_usd
        )

    def latencies(self, number: int = 0) -> Floats:
        """Seconds of shape (prompts, models); nan where they were not recorded."""
        return self._matrix(
            number, lambda answer: np.nan if answer.latency_s is None else answer.latency_s
        )

    def _matrix(self, number: int, of: Callable[[Answer], float]) -> Floats:
        rows = range(len(self.prompts))
        columns = range(len(self.models))
        return np.array([[of(self.sample(i, j, number)) for j in columns] for i in rows], float)

    def only(
        self, prompts: Sequence[int] | None = None, models: Sequence[str] | None = None
    ) -> "DataSet":
        """The same with some prompts (places, in the order given) and some models (names)."""
        rows = range(len(self.prompts)) if prompts is None else prompts
        columns = [self.models.index(name) for name in (models or self.models)]
        return DataSet(
            file=self.file,
            name=self.name,
            prompts=tuple(self.prompts[i] for i in rows),
            ids=tuple(self.ids[i] for i in rows),
            models=tuple(self.models[j] for j in columns),
            answers=tuple(tuple(self.answers[i][j] for j in columns) for i in rows),
            prices=tuple(self.prices[j] for j in columns) if self.prices else (),
            left_out=self.left_out,
            groups=tuple(self.groups[i] for i in rows) if self.groups else (),
        )
