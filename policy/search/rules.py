"""What may be opened in which state of the search: prerequisites and caps, as arrays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from secondhalf.policy.search.candidate import SLACK, Candidate, Problem, closes
from secondhalf.policy.search.tables import Flags, Floats, Ints, Layer


class Caps(NamedTuple):
    """What is used, in the order of ``Amount``, and what is left."""

    means: Floats
    """(n, 5): of each path."""
    reserves: Floats
    """(b, 5): the 90th percentiles of each batch, summed as the ledger reserves them."""
    room: Floats
    """(5,)"""


class Rules(NamedTuple):
    """The rules for ``b`` batches of paths out of ``n``; None where there is no such rule."""

    parents: Ints | None
    """(b,): bit mask of what must have been opened."""
    closers: Ints | None
    """(b,): bit mask of what must not have been opened."""
    uncertain: Ints | None
    """(b, size): the paths that must not have failed; ``n`` stands for none."""
    caps: Caps | None
    """None if everything fits together."""
    clash: Flags | None
    """(b,): whether the batch cannot be opened together at all."""

    def shut(self, worth: Floats, here: Layer, batches: Ints) -> None:
        """Set to minus infinity, in (C, a, M), what is locked, closed, or does not fit."""
        sets = here.sets[:, None]
        if self.clash is not None:
            worth[self.clash[batches]] = -np.inf
        if self.parents is not None:
            need = self.parents[batches]
            worth[(sets & need) != need] = -np.inf
        if self.closers is not None:
            worth[(sets & self.closers[batches]) != 0] = -np.inf
        if self.uncertain is not None:
            for paths in self.uncertain.T:
                place = np.take_along_axis(here.places, paths[batches], axis=1)
                worth[here.failed[place]] = -np.inf
        if self.caps is not None:
            member = (sets >> np.arange(len(self.caps.means)) & 1).astype(np.float64)
            wanted = (member @ self.caps.means)[:, None] + self.caps.reserves[batches]
            worth[(wanted > self.caps.room + SLACK).any(axis=2)] = -np.inf


def rules_of(problem: Problem, batches: Ints, together: Flags) -> Rules:
    """The rules of ``problem`` for ``batches`` (b, size), out of paths that may be ``together``."""
    candidates, n = problem.candidates, len(problem.candidates)
    parents = [candidate.parent for candidate in candidates]
    strict = [n if p is None or not candidates[p].fail_locks else p for p in parents]
    return Rules(
        parents=_united([0 if p is None else 1 << p for p in parents], batches),
        closers=_united([_closers(candidates, place) for place in range(n)], batches),
        uncertain=None if all(p == n for p in strict) else np.array(strict, np.intp)[batches],
        caps=_caps(problem, batches),
        clash=_clash(candidates, batches, together) if batches.shape[1] > 1 else None,
    )


def _closers(candidates: Sequence[Candidate], place: int) -> int:
    """Bit mask of the candidates that close the one at ``place``."""
    if not candidates[place].closed_by:
        return 0
    others = (p for p in range(len(candidates)) if p != place)
    return sum(1 << p for p in others if closes(candidates[p], candidates[place]))


def _united(masks: list[int], batches: Ints) -> Ints | None:
    """(b,): the masks of all members of each batch; None if no path has one."""
    if not any(masks):
        return None
    return np.asarray(np.bitwise_or.reduce(np.array(masks, np.intp)[batches], axis=1))


def _caps(problem: Problem, batches: Ints) -> Caps | None:
    means = [candidate.expected for candidate in problem.candidates]
    reserves = [candidate.reserve for candidate in problem.candidates]
    most = [map(max, mean, reserve) for mean, reserve in zip(means, reserves, strict=True)]
    used = map(sum, zip(*most, strict=True))
    if all(u <= room + SLACK for u, room in zip(used, problem.room, strict=True)):
        return None
    summed = np.array(reserves)[batches].sum(axis=1)
    return Caps(np.array(means), summed, np.array(problem.room))


def _clash(candidates: Sequence[Candidate], batches: Ints, together: Flags) -> Flags:
    """(b,): whether it pays for one of a batch to be opened by itself, or two ask the same expert
    first, or one leaves another nothing to do."""
    clash = [[_clashes(one, other) for other in candidates] for one in candidates]
    pairs = np.array(clash, np.bool_)[batches[:, :, None], batches[:, None, :]]
    return np.asarray(pairs.any(axis=(1, 2)) | ~together[batches].all(axis=1))


def _clashes(one: Candidate, other: Candidate) -> bool:
    if one is other:
        return False
    return bool(one.first and one.first == other.first) or closes(one, other)
