"""Which recorded answer a request gets: by model, by the text of its prompt, sample by sample."""

import threading
from collections import Counter
from difflib import get_close_matches

from secondhalf.evals.data.dataset import Answer, DataSet
from secondhalf.evals.errors import NotRecordedError

LONGEST_NAME = 200
"""Characters of a model's name that are compared and repeated; the rest is left out."""


class Book:
    """The recorded answers of a data set, looked up by text. Safe to use from many threads."""

    def __init__(self, dataset: DataSet, sample: int = 0) -> None:
        """``sample``: the number of the sample that comes first where there are several."""
        self._dataset = dataset
        self._first = sample
        self._columns = {name: place for place, name in enumerate(dataset.models)}
        self._exact: dict[str, int] = {}
        self._squeezed: dict[str, int] = {}
        for place, prompt in enumerate(dataset.prompts):
            self._exact.setdefault(prompt, place)
            self._squeezed.setdefault(squeeze(prompt), place)
        self._turns: Counter[tuple[int, int]] = Counter()
        self._lock = threading.Lock()

    @property
    def models(self) -> tuple[str, ...]:
        """Whose answers there are."""
        return self._dataset.models

    def __contains__(self, model: str) -> bool:
        return model in self._columns

    def nearest(self, model: str) -> str:
        """The known name most like ``model``; empty if no model is known."""
        folded = {name.casefold(): name for name in self.models}
        close = get_close_matches(model[:LONGEST_NAME].casefold(), folded, n=1, cutoff=0.0)
        return folded[close[0]] if close else ""

    def find(self, prompt: str) -> int | None:
        """The place of the first prompt of this text, else of this text but for white space."""
        place = self._exact.get(prompt)
        return self._squeezed.get(squeeze(prompt)) if place is None else place

    def answer(self, model: str, prompt: str, seed: int | None = None) -> Answer:
        """What ``model`` said to ``prompt``; the ``text`` of the answer is not None.

        Of several samples ``seed`` picks one, modulo their number; without it they come in turn.

        Raises:
            NotRecordedError: nobody recorded the prompt, or nothing but a score was recorded.
        """
        row = self.find(prompt)
        if row is None:
            raise NotRecordedError(
                "no answer to this prompt was recorded, and none is guessed: the text of the last "
                f"user message must be one of the {len(self._dataset):,} prompts recorded"
            )
        column = self._columns[model]
        number = self._turn(row, column) if seed is None else seed
        found = self._dataset.sample(row, column, number)
        if found.text is None:
            raise NotRecordedError(
                f"the text of this answer of {model!r} was not recorded: ask another model, "
                "or serve a file that holds whole answers"
            )
        return found

    def _turn(self, row: int, column: int) -> int:
        with self._lock:
            turn = self._turns[row, column]
            self._turns[row, column] += 1
        return self._first + turn


def squeeze(text: str) -> str:
    """The text with each run of white space as one space, and none at its ends."""
    return " ".join(text.split())
