"""What each path is worth if it is opened next: a dynamic programme over outcomes.

Opening a path costs money and time and shows how good its answer is; one may go back to any
earlier answer, or stop. That is Weitzman's problem (Econometrica 1979), with paths that go on from
others, hard caps, and a difficulty that nobody sees and all paths share. A state is the whole
history: which paths were opened, with which outcome each. So the belief about the difficulty, the
best level and what is unlocked are functions of the state, and

    V(h) = max(best(h), max_B −cost_B + Σ_k Pr(k | h, B) · V(h + (B, k)))

is computed on weights that are not normalised (the joint probability of h and each difficulty),
which makes the expectation a plain sum. A batch B is one path or, where waiting is dear, several
side by side: they cost the sum of the money and the longest of the waiting.

Exact: the belief, prerequisites, and the value of every plan for as many paths as are looked ahead
over (``tables.depth``): 5 always, 6 if a level is out of the question, of more 4 or 5; a plan is
made anew after every step. A batch that leads beyond is valued with stopping after it. Outcomes
that end the search, by success or because nothing left can beat them at any difficulty, are folded
into the price, which is exact too. Not exact: what has been opened is taken to have used its mean.
"""

from typing import NamedTuple

import numpy as np

from secondhalf.policy.search.candidate import Problem
from secondhalf.policy.search.game import Action, Game, actions_of, game_of
from secondhalf.policy.search.tables import Floats, Layer, apart, members, step


class Lookahead(NamedTuple):
    """What opening next and then going on optimally is worth; minus infinity if it cannot be."""

    paths: tuple[float, ...]
    """For each path by itself."""
    batches: dict[tuple[int, ...], float]
    """For paths side by side; empty where that cannot pay."""


def look_ahead(problem: Problem) -> Lookahead:
    """Solve ``problem``, which must be clean, for all its candidates; there must be one."""
    game = game_of(problem)
    actions = actions_of(game, problem)
    weights = _weights(game, problem)
    ahead: dict[int, Floats] = {}
    worth: list[Floats] = []
    for opened in range(len(game.layers) - 1, -1, -1):
        here, weight = game.layers[opened], weights[opened]
        worth = [
            _open(game, action, opened, weight, ahead)
            for action in actions
            if opened + action.size <= len(game.chance)
        ]
        value = game.best[here.reached] * weight.sum(axis=1)
        for each in worth:
            np.maximum(value, each.max(axis=1), out=value)
        ahead[opened] = value
    paths, *batches = (table[0, :, 0].tolist() for table in worth)
    named = {
        tuple(batch): value
        for action, values in zip(actions[1:], batches, strict=True)
        for batch, value in zip(
            members(len(game.chance), action.size).tolist(), values, strict=True
        )
    }
    return Lookahead(tuple(paths), named)


def _weights(game: Game, problem: Problem) -> list[Floats]:
    """(C, 3, M) per layer: the joint probability of each history and each difficulty."""
    weights: list[Floats] = [np.array(problem.belief).reshape(1, 3, 1)]
    chance = game.going[:, :, :, None]
    for here in game.layers[1:]:
        joint = chance[here.first] * weights[-1][here.others][:, :, None]
        weights.append(joint.reshape(len(here.first), 3, -1))
    return weights


def _open(
    game: Game, action: Action, opened: int, weight: Floats, ahead: dict[int, Floats]
) -> Floats:
    """(C, a, M): the value of opening each batch, times the probability of being there."""
    here, (n, _, levels) = game.layers[opened], game.going.shape
    batches = apart(n, opened, action.size)
    if opened + action.size not in ahead:
        worth = _weighed(action.at_last[batches], weight, here)
    else:
        _, rows, turned = step(n, levels, opened, action.size)
        after = ahead[opened + action.size].take(turned, axis=1)
        after = after.reshape(-1, levels**action.size, weight.shape[2])
        worth = np.add.reduce(after, axis=1)[rows]
        worth += _weighed(action.at_once[batches], weight, here)
    action.rules.shut(worth, here, batches)
    return worth


def _weighed(values: Floats, weight: Floats, here: Layer) -> Floats:
    """(C, a, M): the mean over difficulties of ``values`` (C, a, 3, best in hand)."""
    if values.shape[3] == 1:
        return values[:, :, :, 0] @ weight
    worth: Floats = np.empty((*values.shape[:2], weight.shape[2]))
    for reached, histories in enumerate(here.by_reached):
        if len(histories):
            worth[:, :, histories] = values[:, :, :, reached] @ weight[:, :, histories]
    return worth
