"""A problem of the search as arrays: outcomes, what they are worth, and what may be opened."""

from typing import NamedTuple

import numpy as np

from secondhalf.policy.search.candidate import SLACK, Problem, money, waiting
from secondhalf.policy.search.levels import LEVELS, is_success
from secondhalf.policy.search.rules import Rules, rules_of
from secondhalf.policy.search.tables import Flags, Floats, Ints, Layer, depth, layer, members

_LEVELS: Floats = np.array(LEVELS)
_PLACES = range(len(LEVELS))


class Game(NamedTuple):
    """``n`` candidates with ``L`` levels of outcome after which the search may go on."""

    chance: Floats
    """(n, 3, 5): the probability of each level at each difficulty."""
    money: Floats
    """(n,): the expected price of dollars, in quality."""
    waiting: Floats
    """(n,): the expected price of seconds, in quality."""
    going: Floats
    """(n, 3, L): the probability of each level after which the search goes on; elsewhere it is a
    success, or leaves nothing that could beat it at its price."""
    best: Floats
    """(L + 1,): the best quality in hand before any outcome, and after one of each level."""
    layers: list[Layer]
    """As many as paths are looked ahead over."""
    together: Flags
    """(n,): what it may pay to open beside others."""


class Action(NamedTuple):
    """Opening one of ``b`` batches of the same size."""

    size: int
    at_once: Floats
    """(b, 3, L + 1): what outcomes that end the search are worth, weighed by their probability,
    less the price, by the best in hand before; (b, 3, 1) if that makes no difference."""
    at_last: Floats
    """(b, 3, L + 1): the same for all outcomes: opening it and stopping."""
    rules: Rules


def game_of(problem: Problem) -> Game:
    """The arrays of ``problem``."""
    candidates = problem.candidates
    chance = np.array([candidate.outcomes for candidate in candidates])
    dollars = np.array([money(candidate, problem.price) for candidate in candidates])
    seconds = np.array([waiting(candidate, problem.price) for candidate in candidates])
    success = np.array([[is_success(k, c.good_enough) for k in _PLACES] for c in candidates])
    going = np.where(success[:, None], 0.0, chance)
    together: Flags = np.zeros(len(candidates), np.bool_)
    levels = _hopeful(problem, chance, dollars)
    if seconds.any():
        # A batch shares its waiting, so that only the money is sure to be paid for each path.
        together = _pays(going[:, :, :levels], dollars, seconds)
        if together.sum() < 2:
            levels = _hopeful(problem, chance, dollars + seconds)
    going = going[:, :, :levels]
    n = len(candidates)
    best = np.append(problem.best, np.maximum(_LEVELS[:levels], problem.best))
    ahead = depth(n, levels) if going.any() else 1
    layers = [layer(n, levels, opened) for opened in range(ahead)]
    return Game(chance, dollars, seconds, going, best, layers, together)


def _hopeful(problem: Problem, chance: Floats, price: Floats) -> int:
    """How many of the lowest levels can be beaten by some path, at some difficulty, by more than
    ``price``. What is of no use alone is of no use in any plan."""
    gain = chance @ np.maximum(_LEVELS[:, None] - np.maximum(_LEVELS, problem.best), 0.0)
    return int(((gain - price[:, None, None]).max(axis=(0, 1)) > SLACK).sum())


def _pays(going: Floats, dollars: Floats, seconds: Floats) -> Flags:
    """(n,): whether opening a path beside others can pay: it saves its own waiting at most, and is
    paid for in vain if the others end the search. What ends it for sure is opened by itself."""
    goes_on = going.sum(axis=2)
    most = goes_on.max(initial=0.0)
    return np.asarray((most * seconds > (1.0 - most) * dollars) & goes_on.any(axis=1))


def actions_of(game: Game, problem: Problem) -> list[Action]:
    """What may be opened at once: each path, then batches of 2, of 3, …"""
    most = max(1, int(game.together.sum()))
    return [_action(game, problem, size) for size in range(1, most + 1)]


def _action(game: Game, problem: Problem, size: int) -> Action:
    batches, levels = members(len(game.chance), size), game.going.shape[2]
    price = game.money[batches].sum(axis=1) + game.waiting[batches].max(axis=1)
    chance = _best_of(game.chance, batches)
    ends = chance.copy()
    ends[:, :, :levels] -= _best_of(game.going, batches)
    found = np.maximum(_LEVELS[:, None], game.best)
    early = ends[:, :, :levels].any()  # a level ends it here and not elsewhere
    return Action(
        size=size,
        at_once=ends @ (found if early else found[:, :1]) - price[:, None, None],
        at_last=chance @ found - price[:, None, None],
        rules=rules_of(problem, batches, game.together),
    )


def _best_of(chance: Floats, batches: Ints) -> Floats:
    """(b, 3, levels): the probability that each level is the best that a batch comes out at."""
    if batches.shape[1] == 1:
        return chance
    none_better = chance.cumsum(axis=2)[batches].prod(axis=1)
    return np.diff(none_better, axis=2, prepend=0.0)
