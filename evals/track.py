"""What a policy did with every prompt of a data set: what all figures are made from."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Kind = Literal["router", "model", "baseline", "oracle"]


@dataclass(frozen=True)
class Track:
    """One policy over all runs. Arrays have the shape (runs, prompts).

    A run is one seed. Columns are in the order of the data set, whatever order the prompts came
    in; ``order[r]`` lists the prompts (places in the data set) as run ``r`` met them.
    """

    name: str
    kind: Kind
    score: Floats
    """Labels of the answers given, in [0, 1]; 0 where none was given."""
    cost: Floats
    """US dollars of all that was opened; nan where prices are not known."""
    latency_s: Floats
    """Seconds of recorded latency; nan where it was not recorded."""
    strong: Floats
    """1 where the strong model was asked, else 0; nan where there are not two models."""
    quality: Floats
    """What the policy itself said of its answer, in [0, 1]; nan where it says nothing."""
    opened: Floats
    """How many answers were opened."""
    answered_by: Ints
    """Place of the model whose answer was given; -1 where none was given."""
    need: Floats
    """Before any generation: how much the prompt needs the strong model; nan if not said."""
    violations: Floats
    """1 where a budget was exceeded, else 0."""
    order: Ints
    paths: tuple[tuple[str, ...], ...] = ()
    """Name of the path that answered, by run and prompt; empty for policies without paths."""

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return int(self.score.shape[0])


def plain_track(
    name: str,
    kind: Kind,
    score: Floats,
    cost: Floats,
    answered_by: Ints,
    *,
    latency_s: Floats | None = None,
    strong: Floats | None = None,
    quality: Floats | None = None,
    opened: Floats | None = None,
    need: Floats | None = None,
    violations: Floats | None = None,
    order: Ints | None = None,
) -> Track:
    """A track of shape (runs, prompts) whose unsaid arrays are unknown: nan, or zero violations."""
    runs, prompts = score.shape
    unknown = np.full((runs, prompts), np.nan)
    return Track(
        name=name,
        kind=kind,
        score=score,
        cost=cost,
        latency_s=unknown if latency_s is None else latency_s,
        strong=unknown if strong is None else strong,
        quality=unknown if quality is None else quality,
        opened=np.ones((runs, prompts)) if opened is None else opened,
        answered_by=answered_by,
        need=unknown if need is None else need,
        violations=np.zeros((runs, prompts)) if violations is None else violations,
        order=_as_listed(runs, prompts) if order is None else order,
    )


def _as_listed(runs: int, prompts: int) -> Ints:
    order: Ints = np.empty((runs, prompts), np.int64)
    order[:] = np.arange(prompts)
    return order
