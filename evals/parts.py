"""A track cut down to part of what was met: every figure can then be made of it as of the whole."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from secondhalf.evals.track import Floats, Track

Flags = NDArray[np.bool_]
FIRST = 100
"""Prompts with which a router that starts from nothing has had time to learn."""
_FEWEST = 20
"""Prompts that must be left for figures to say anything."""


def met_later(track: Track, skipped: int = FIRST) -> Flags | None:
    """Which prompts came after the first ``skipped`` of each run, (runs, prompts); None if few."""
    if track.score.shape[1] < skipped + _FEWEST:
        return None
    kept = np.ones(track.score.shape, bool)
    for run, order in enumerate(track.order):
        kept[run, order[:skipped]] = False
    return kept


def part(track: Track, kept: Flags) -> Track:
    """One run over the prompts kept in any run, each averaged over the runs that kept it."""
    columns = np.flatnonzero(kept.any(axis=0))

    def averaged(values: Floats) -> Floats:
        chosen: Floats = np.where(kept, values, 0.0)[:, columns]
        mean: Floats = chosen.sum(axis=0) / kept[:, columns].sum(axis=0)
        return mean[None]

    return replace(
        track,
        score=averaged(track.score),
        cost=averaged(track.cost),
        latency_s=averaged(track.latency_s),
        strong=averaged(track.strong),
        quality=averaged(track.quality),
        opened=averaged(track.opened),
        need=averaged(track.need),
        violations=averaged(track.violations),
        answered_by=track.answered_by[:1, columns],
        order=np.arange(len(columns))[None],
        paths=(),
    )


def bucket(track: Track, places: Sequence[int]) -> Track:
    """The track over some prompts, in all runs; they count as met in the order of the data set."""
    columns = np.array(places)
    kept = np.zeros(track.score.shape, bool)
    kept[:, columns] = True
    return part(track, kept)
