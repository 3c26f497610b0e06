"""The exact optimum of a world, computed without the planner, and what a policy loses against it.

A state is the outcome of every path, or that it is unopened: nothing is folded, merged or cut off.
"""

import heapq
from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from planner_worlds import Kind, Policy

from secondhalf.policy.search.candidate import Problem
from secondhalf.policy.search.levels import LEVELS, Belief

UNOPENED = -1
State = tuple[int, ...]
"""For each path the place of its outcome among those that occur, or ``UNOPENED``."""
Floats = NDArray[np.float64]


class World:
    """All states of a world, with the value of each times the probability of getting there."""

    def __init__(self, problem: Problem, kind: Kind) -> None:
        self.problem, self.kind = problem, kind
        self.paths, self.count = len(problem.candidates), len(kind.outcomes)
        self.levels = [LEVELS[k] for k in kind.outcomes]
        shape = (self.count + 1,) * self.paths
        self._weight = self._weights()
        self._mass = self._weight.sum(axis=0).reshape(shape)
        self._best = self._bests()
        self._value: Floats = self._best * self._mass
        for opened in range(self.paths - 1, -1, -1):
            for taken in combinations(range(self.paths), opened):
                if all(self._parent(path) in (None, *taken) for path in taken):
                    self._solve(taken)

    def _parent(self, path: int) -> int | None:
        return self.problem.candidates[path].parent

    def _weights(self) -> Floats:
        """(3, states): the joint probability of a difficulty and the outcomes so far."""
        weight: Floats = np.array(self.problem.belief).reshape(3, 1)
        for candidate in self.problem.candidates:
            rows = np.array(candidate.outcomes)[:, list(self.kind.outcomes)]
            row = np.concatenate([np.ones((3, 1)), rows], axis=1)
            weight = (weight[:, :, None] * row[:, None, :]).reshape(3, -1)
        return weight

    def _bests(self) -> Floats:
        best: Floats = np.zeros(1)
        for _ in range(self.paths):
            best = np.maximum(best[:, None], np.array([0.0, *self.levels])).ravel()
        return best.reshape((self.count + 1,) * self.paths)

    def _solve(self, taken: tuple[int, ...]) -> None:
        here = tuple(slice(1, None) if p in taken else 0 for p in range(self.paths))
        value = self._value[here]
        for action in self._actions(taken):
            allowed = self._unlocked(taken, action)
            opened = self._after(taken, action) - self._cost(action) * self._mass[here]
            value = np.maximum(value, np.where(allowed, opened, -np.inf))
        ended = self._best[here] >= 1.0
        self._value[here] = np.where(ended, self._value[here], value)

    def _actions(self, taken: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """What may be opened together after ``taken``, whatever its outcomes."""
        spent = sum(self.problem.candidates[path].expected.usd for path in taken)
        ready = [
            path
            for path, candidate in enumerate(self.problem.candidates)
            if path not in taken and candidate.parent in (None, *taken)
        ]
        for size in range(1, len(ready) + 1 if self.kind.dear_time else 2):
            for action in combinations(ready, size):
                usd = sum(self.problem.candidates[path].reserve.usd for path in action)
                if spent + usd <= self.problem.room.usd + 1e-12:
                    yield action

    def _unlocked(self, taken: tuple[int, ...], action: tuple[int, ...]) -> NDArray[np.bool_]:
        """Whether no parent of ``action`` failed, for all outcomes of ``taken``."""
        allowed = np.ones((self.count,) * len(taken), np.bool_)
        for path in action:
            parent = self.problem.candidates[path].parent
            if parent is not None:
                shape = [self.count if p == parent else 1 for p in taken]
                allowed &= (np.arange(self.count) > 0).reshape(shape)
        return allowed

    def _after(self, taken: tuple[int, ...], action: tuple[int, ...]) -> Floats:
        opened = sorted((*taken, *action))
        block = self._value[tuple(slice(1, None) if p in opened else 0 for p in range(self.paths))]
        return np.asarray(block.sum(axis=tuple(opened.index(path) for path in action)))

    def _cost(self, action: tuple[int, ...]) -> float:
        used = [self.problem.candidates[path].expected for path in action]
        price = self.problem.price
        return price.usd * sum(u.usd for u in used) + price.second * max(u.seconds for u in used)

    @property
    def optimum(self) -> float:
        """The expected final quality, prices paid, of the best policy."""
        return float(self._value[(0,) * self.paths])

    def share(self, policy: Policy, tolerance: float = 1e-4) -> float:
        """The share of the optimum that ``policy`` reaches, from below, up to ``tolerance``.

        States are followed in the order of what could be lost in them, until less is left.
        """
        start = (UNOPENED,) * self.paths
        lost, left = 0.0, self._loss(start, ())
        heap = [(-left, start)]
        while heap and left > tolerance * self.optimum:
            possible, state = heapq.heappop(heap)
            left += possible
            seen, live = self.view(state)
            opened = sum(k != UNOPENED for k in state)
            action = tuple(live[place] for place in policy(seen, opened))
            lost += self._loss(state, action)
            for after in self._outcomes(state, action):
                could = self._loss(after, ())
                if could > 0.0:
                    left += could
                    heapq.heappush(heap, (-could, after))
        return 1.0 - (lost + left) / self.optimum

    def _loss(self, state: State, action: tuple[int, ...]) -> float:
        """What ``action`` gives away in ``state``, times the probability of being there."""
        place = tuple(k + 1 for k in state)
        if not action:
            return float(self._value[place] - self._best[place] * self._mass[place])
        after = [slice(1, None) if p in action else k for p, k in enumerate(place)]
        gained = float(self._value[tuple(after)].sum()) - self._cost(action) * self._mass[place]
        return float(self._value[place] - gained)

    def _outcomes(self, state: State, action: tuple[int, ...]) -> Iterator[State]:
        states = [state] if action else []
        for path in action:
            states = [(*s[:path], k, *s[path + 1 :]) for s in states for k in range(self.count)]
        yield from states

    def view(self, state: State) -> tuple[Problem, list[int]]:
        """The decision that a policy faces in ``state``, and which paths it decides about."""
        opened = [path for path, k in enumerate(state) if k != UNOPENED]
        place = np.ravel_multi_index([k + 1 for k in state], self._value.shape)
        low, medium, high = (self._weight[:, place] / self._weight[:, place].sum()).tolist()
        belief: Belief = (low, medium, high)
        spent = sum(self.problem.candidates[path].expected.usd for path in opened)
        room = self.problem.room._replace(usd=self.problem.room.usd - spent)
        best = max((self.levels[state[path]] for path in opened), default=0.0)
        live: list[int] = []
        for path, candidate in enumerate(self.problem.candidates):  # parents come first
            parent = candidate.parent
            open_to = parent is None or parent in live or state[parent] > 0
            if state[path] == UNOPENED and open_to:
                live.append(path)
        candidates = [self.problem.candidates[path] for path in live]
        moved = tuple(c._replace(parent=_moved(c.parent, live)) for c in candidates)
        now = self.problem._replace(candidates=moved, belief=belief, room=room, best=best)
        return now, live


def _moved(parent: int | None, live: list[int]) -> int | None:
    return live.index(parent) if parent in live else None
