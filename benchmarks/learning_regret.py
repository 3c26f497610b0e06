"""Regret in worlds that stand still, change, or lie: what learning loses beside not learning.

Three paths of the same cost; how good each is differs from what its tier lets expect. Simulated are
prompts, answers and people. The router's own are estimates, drift watches and the planner's first
choice (made anew every ``EVERY`` prompts, to save time), reflector, deltas and gate. A look back
comes every ``LOOK`` prompts; shadow runs are free here, and nobody sees a canary.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from learning_drift import Prompts
from learning_past import STATED, Ears, Told, told_of
from learning_router import Router

from secondhalf.policy.learning.cases import Case, held_out
from secondhalf.policy.learning.gate import judge, spent_alpha
from secondhalf.policy.learning.reflector import Rules, reflect
from secondhalf.policy.learning.revising import revised
from secondhalf.policy.learning.utility import Worth, difference
from secondhalf.policy.priors import log_odds, probability
from secondhalf.state.policy import RoutingPolicy

PRIORS = {"llm": 0.86, "mid": 0.75, "slm": 0.60}
NAMES = tuple(PRIORS)
SPREAD = 1.0
"""By how much paths differ from their priors, in log-odds."""
ROUNDS, EVERY, LOOK = 1000, 5, 100
ALPHA, STRENGTH = 0.05, 8.0


class World(NamedTuple):
    """A kind of world."""

    name: str
    changes: str = ""
    told: Told = Told()


WORLDS = (
    World("stationary"),
    World("sudden", "sudden"),
    World("slow", "slow"),
    World("poisoned", told=Told(poisoned=0.3)),
    World("lying", told=Told(checks_say_nothing=True)),
)


class Life:
    """One world: how good each path is at any time, and what is said of its answers."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.rng = world, np.random.default_rng([seed, 0])
        self.before, self.after = self._drawn(), self._drawn()
        self._prompts = Prompts(self.rng)

    def _drawn(self) -> dict[str, float]:
        moved = (log_odds(p) + SPREAD * self.rng.normal() for p in PRIORS.values())
        return {name: probability(x) for name, x in zip(NAMES, moved, strict=True)}

    def means(self, at: int) -> dict[str, float]:
        """How often each path is right."""
        share = {"sudden": float(at >= ROUNDS / 2), "slow": at / ROUNDS}.get(
            self.world.changes, 0.0
        )
        return {n: round((1 - share) * self.before[n] + share * self.after[n], 2) for n in NAMES}

    def prompt(self, at: int) -> dict[str, float]:
        """Whether each path would answer the next prompt right."""
        theta = self._prompts.draw()
        return {name: self._prompts.right(mean, theta) for name, mean in self.means(at).items()}

    def told(self, at: int, truth: dict[str, float], opened: Sequence[str]) -> Case:
        """What is said of those that were opened; whoever is out to do harm praises the worst."""
        means = self.means(at)
        worst = min(means, key=means.__getitem__)
        return told_of(self.rng, at, {n: truth[n] for n in opened}, worst, self.world.told)


class Learner:
    """Estimates and, if ``reflecting``, policies: through the gate, or ``ungated``."""

    def __init__(self, *, ungated: bool = False) -> None:
        self.router, self._ears, self._ungated = Router(PRIORS), Ears(), ungated
        self._past: list[tuple[Case, dict[str, float]]] = []
        self._proposals, self._tried = 0, set[str]()
        self._waiting: tuple[RoutingPolicy, int] | None = None
        self._first = ""

    def choose(self, at: int) -> str:
        """The path to open first."""
        if at and at % LOOK == 0:
            self._look_back(at)
        if at % EVERY == 0:
            self._first = self.router.first(at=float(at))
        return self._first

    def learn(self, case: Case, truth: dict[str, float]) -> None:
        """What was said of the last prompt's answers."""
        self._past.append((case, truth))
        self.router.take(self._ears.heard(case), case.at)

    def _look_back(self, at: int) -> None:
        seen = [case for case, _ in self._past if not held_out(case.route_id)]
        found = [one for one in reflect(seen, Rules(), float(at)) if one.id not in self._tried]
        if self._ungated:
            self.router.policy = revised(self.router.policy, found, float(at))
            return
        if self._waiting is None and found:
            self._tried.add(found[0].id)
            self._proposals += 1
            self._waiting = revised(self.router.policy, found[:1], float(at)), at
        if self._waiting is not None:
            self._judge(*self._waiting, at)

    def _judge(self, proposal: RoutingPolicy, since: int, at: int) -> None:
        new, old = (self.router.first(one, float(at)) for one in (proposal, self.router.policy))
        fresh = [one for one in self._past if held_out(one[0].route_id) or one[0].at >= since]
        pairs = [difference(_worth(new, *one), _worth(old, *one)) for one in fresh if new != old]
        alike = 0 if pairs else len(fresh)
        verdict = judge(pairs, spent_alpha(ALPHA, self._proposals), alike)
        if verdict.action == "accept":
            self.router.policy = proposal
        if verdict.action != "wait":
            self._waiting = None


def _worth(path: str, case: Case, truth: dict[str, float]) -> Worth:
    """What ``path`` comes to on a route: known where a check looked at it, or would have."""
    opened = case.path(path)
    if opened is not None and opened.checked is not None:
        return Worth(float(opened.checked), True, 0.0)
    checked = any(one.checked is not None for one in case.opened)
    return Worth(truth[path] if checked else STATED, checked, 0.0)


def _regret_of_learner(life: Life, *, ungated: bool) -> float:
    learner, regret = Learner(ungated=ungated), 0.0
    for at in range(ROUNDS):
        truth, first = life.prompt(at), learner.choose(at)
        opened = [first]
        if life.rng.random() < learner.router.exploration:
            opened.append(str(life.rng.choice([name for name in NAMES if name != first])))
        learner.learn(life.told(at, truth, opened), truth)
        regret += _lost(life, at, first)
    return regret


def _regret_of_thompson(life: Life) -> float:
    """A plain bandit: what is drawn from the beta posterior, nothing ever forgotten."""
    right = {name: STRENGTH * mean for name, mean in PRIORS.items()}
    wrong = {name: STRENGTH * (1.0 - mean) for name, mean in PRIORS.items()}
    regret = 0.0
    for at in range(ROUNDS):
        drawn = {name: life.rng.beta(right[name], wrong[name]) for name in NAMES}
        first = max(drawn, key=drawn.__getitem__)
        case = life.told(at, life.prompt(at), [first])
        score = case.opened[0].score or 0.0
        right[first] += score
        wrong[first] += 1.0 - score
        regret += _lost(life, at, first)
    return regret


def _regret_of_none(life: Life) -> float:
    first = Router(PRIORS).first()
    return sum(_lost(life, at, first) for at in range(ROUNDS))


def _lost(life: Life, at: int, first: str) -> float:
    means = life.means(at)
    return max(means.values()) - means[first]


ROUTERS: dict[str, Callable[[Life], float]] = {
    "no_learning": _regret_of_none,
    "ours": lambda life: _regret_of_learner(life, ungated=False),
    "ungated": lambda life: _regret_of_learner(life, ungated=True),
    "thompson": _regret_of_thompson,
}


def regrets(world: World, seeds: int) -> dict[str, float]:
    """The mean regret of each router over ``seeds`` worlds of a kind, in right answers."""
    return {
        name: float(np.mean([route(Life(world, seed)) for seed in range(seeds)]))
        for name, route in ROUTERS.items()
    }
