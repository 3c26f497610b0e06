"""What a run evaluates, and how: everything its result depends on."""

import hashlib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.data.reading import load_dataset
from secondhalf.evals.errors import DataSetError
from secondhalf.state.base import Noun
from secondhalf.state.budget import Budget
from secondhalf.state.policy import PRESETS, Preset

Protocol = Literal["prequential", "kfold"]
Order = Literal["shuffled", "drifting"]


class RunSettings(Noun):
    """Settings of ``secondhalf eval run``."""

    data: str
    """A file of recorded answers, or the URL of a router's own database."""
    dataset: str | None = None
    protocol: Protocol = "prequential"
    order: Order = "shuffled"
    pre_generation: bool = False
    weak: str | None = None
    strong: str | None = None
    models: tuple[str, ...] = ()
    prices: str | None = None
    score_max: Annotated[float, Field(gt=0)] = 1.0
    seeds: Annotated[int, Field(ge=1, le=100)] = 1
    limit: Annotated[int, Field(ge=1)] | None = None
    folds: Annotated[int, Field(ge=2, le=50)] = 5
    presets: tuple[Preset, ...] = PRESETS
    budget: Budget = Budget()

    @model_validator(mode="after")
    def _two_models_or_none(self) -> Self:
        if (self.weak is None) != (self.strong is None):
            raise ValueError("--weak and --strong go together: name both models, or neither")
        if self.weak is not None and self.weak == self.strong:
            raise ValueError(f"--weak and --strong are both {self.weak!r}: name two models")
        return self

    def load(self) -> DataSet:
        """The data set, its two models in the order weak, strong where there are two.

        Raises:
            DataSetError: it cannot be used.
        """
        pair = (self.weak, self.strong) if self.weak and self.strong else ()
        data = load_dataset(
            self.data,
            dataset=self.dataset,
            models=[name for name in pair or self.models if name] or None,
            prices=None if self.prices is None else Path(self.prices),
            limit=self.limit,
            score_max=self.score_max,
            needs_answers=not self.pre_generation,
            needs_prices=not self.pre_generation,
        )
        if pair:
            _check_both(data, pair)
            return data.only(models=[name for name in pair if name])
        return data.only(models=_weak_first(data)) if len(data.models) == 2 else data

    def fingerprint(self, data: DataSet) -> str:
        """A hash of the settings and of the data they led to: the same run has the same."""
        digest = hashlib.sha256(self.model_dump_json().encode())
        for prompt, answers in zip(data.prompts, data.answers, strict=True):
            digest.update(prompt.encode("utf-8", "replace"))
            digest.update(repr(answers).encode("utf-8", "replace"))
        return digest.hexdigest()[:16]


def _check_both(data: DataSet, pair: tuple[str | None, ...]) -> None:
    missing = [name for name in pair if name not in data.models]
    if missing:
        why = "; ".join(line for line in data.left_out if str(missing[0]) in line)
        raise DataSetError(f"model {missing[0]!r} was left out: {why or 'it is not recorded'}")


def _weak_first(data: DataSet) -> list[str]:
    """The cheaper of two models first; where a price is not known, the one that is right less."""
    costs, scores = data.costs().mean(axis=0), data.scores().mean(axis=0)
    known = bool((costs == costs).all()) and costs[0] != costs[1]
    rank = costs if known else scores
    return [name for _, name in sorted(zip(rank.tolist(), data.models, strict=True))]
