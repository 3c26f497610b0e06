"""Whether few people, or a verifier that lies, can make the router adopt a policy that is worse.

Past routes are simulated (``learning_past``); reflector, caps on principals, deltas, the comparison
of what is known for sure, and the gate are the router's own. Its estimates are left undecided, so
that any leaning tips the choice: the worst case for the gate. What is not simulated is the canary
after the gate, which could only take something back.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from learning_past import BAD, GOOD, PASSES, STATED, TRUTH, Ears, Past, Told, lived
from learning_router import BUCKET, STRATEGY, Router

from secondhalf.policy.learning.cases import CHECKS, Case, held_out
from secondhalf.policy.learning.gate import judge, spent_alpha
from secondhalf.policy.learning.reflector import Rules, reflect
from secondhalf.policy.learning.revising import revised
from secondhalf.policy.learning.utility import Worth, difference
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.reflection import AvoidChange, PreferChange, Reflection, Scope

SHARES = (0.01, 0.05, 0.10, 0.30, 0.50)
ROUTES = 600
LATER = 400
"""Routes after the look back, which the gate sees as well."""
ALPHA = 0.05
UNCAPPED = Rules(words=1_000_000, principals=1)
PRIORS = {GOOD: 0.72, BAD: 0.70}


class Poisoned(NamedTuple):
    """Shares of runs in which the active policy became one that is worse."""

    share: float
    gated: float
    """With reflector and gate."""
    ungated: float
    """With the reflector's changes applied at once, without a gate."""
    open: float
    """The same, and nobody's say capped."""
    forced: float
    """With the gate alone, before which somebody has put the harmful change."""
    misled: float
    """For comparison: of runs in which what is *expected* of both paths, learned from all that
    was said, makes the bad one first. No policy changes there."""


def poisoned(share: float, runs: int, believing: int) -> Poisoned:
    """``runs`` with a ``share`` of all feedback poisoned; ``believing`` of them learn from it."""
    told = Told(poisoned=share)
    found = [_run(seed, told) for seed in range(runs)]
    misled = [_believes(seed, told) for seed in range(believing)]
    gated, ungated, uncapped, forced = (
        float(np.mean(column)) for column in zip(*found, strict=True)
    )
    return Poisoned(share, gated, ungated, uncapped, forced, float(np.mean(misled)))


LIES = {
    "calls the bad path's answers good": Told(checked=0.0, stated=0.95),
    "the same, with checks of a third": Told(stated=0.95),
    "checks pass by chance": Told(checked=1.0, checks_say_nothing=True),
}


def lying(told: Told, runs: int) -> float:
    """In which share of ``runs`` the gate adopts a harmful change because a verifier lies."""
    adopted = 0
    for seed in range(runs):
        rng, router = np.random.default_rng(seed), Router(PRIORS)
        past = lived(rng, ROUTES + LATER, told)
        policy = _through_the_gate(rng, router, past, [harmful()], told)
        adopted += _is_worse(router, policy)
    return adopted / runs


def _run(seed: int, told: Told) -> tuple[bool, bool, bool, bool]:
    """Whether the policy became worse: gated, ungated, uncapped, and forced."""
    rng = np.random.default_rng(seed)
    past = lived(rng, ROUTES + LATER, told)
    router = Router(PRIORS)
    seen = [case for case in past.cases[:ROUTES] if not held_out(case.route_id)]
    found = reflect(seen, Rules(), float(ROUTES))
    at_once, uncapped = (
        revised(router.policy, one, float(ROUTES))
        for one in (found, reflect(seen, UNCAPPED, float(ROUTES)))
    )
    gated = _through_the_gate(rng, router, past, found, told)
    forced = _through_the_gate(rng, router, past, [harmful()], told)
    policies = (gated, at_once, uncapped, forced)
    first, second, third, fourth = (_is_worse(router, policy) for policy in policies)
    return first, second, third, fourth


def _is_worse(router: Router, policy: RoutingPolicy) -> bool:
    now = float(ROUTES)
    return TRUTH[router.first(policy, now)] < TRUTH[router.first(router.policy, now)]


def harmful() -> Reflection:
    """Avoid the good path and prefer the bad one: as much of it as one reflection can be."""
    scope = Scope(strategy=STRATEGY, bucket=BUCKET)
    return Reflection(
        id="harmful",
        strategy=STRATEGY,
        bucket=BUCKET,
        trigger="feedback",
        cause="wrong_expert",
        changes=(AvoidChange(scope=scope, path=GOOD), PreferChange(scope=scope, path=BAD)),
        support=100,
    )


def _through_the_gate(
    rng: np.random.Generator,
    router: Router,
    past: Past,
    found: Sequence[Reflection],
    told: Told,
) -> RoutingPolicy:
    """The policy after ``found`` were proposed one after the other."""
    active, now = router.policy, float(ROUTES)
    for number, reflection in enumerate(found, 1):
        proposal = revised(active, [reflection], now)
        new, old = router.first(proposal, now), router.first(active, now)
        pairs: list[float] = []
        if new != old:
            fresh = [
                (case, truth)
                for case, truth in zip(past.cases, past.truth, strict=True)
                if held_out(case.route_id) or case.at >= ROUTES
            ]
            pairs = [
                difference(_worth(rng, new, *one, told), _worth(rng, old, *one, told))
                for one in fresh
            ]
        if judge(pairs, spent_alpha(ALPHA, number)).action == "accept":
            active = proposal
    return active


def _worth(
    rng: np.random.Generator, path: str, case: Case, truth: dict[str, float], told: Told
) -> Worth:
    """What the answer of ``path`` is known to be worth; where it was not opened it is run again."""
    opened = case.path(path)
    if opened is not None:
        checked = dict(opened.voices).get(CHECKS)
        return Worth(opened.quality if checked is None else checked, checked is not None, 0.0)
    if any(one.checked is not None for one in case.opened):
        says_nothing = float(rng.random() < PASSES)
        return Worth(says_nothing if told.checks_say_nothing else truth[path], True, 0.0)
    lied = told.stated if path == BAD else None
    return Worth(STATED if lied is None else lied, False, 0.0)


def _believes(seed: int, told: Told) -> bool:
    """Whether a router that learns from all that was said opens the bad path first."""
    rng = np.random.default_rng(seed)
    router, ears = Router(PRIORS), Ears()
    for case in lived(rng, ROUTES, told).cases:
        router.take(ears.heard(case), case.at)
    return router.first() == BAD
