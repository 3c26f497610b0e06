"""Past routes of a small world, with what people and checks said of them; some of them lie.

Two paths, one good and one bad, of the same cost. Simulated are prompts, answers and people; cases
are the real ones (``policy/learning/cases.py``), and so is whatever looks at them.
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from learning_drift import Prompts
from learning_router import BUCKET, STRATEGY

from secondhalf.policy.caps import Tally, allowance
from secondhalf.policy.learning.cases import CHECKS, Case, Opened
from secondhalf.state.caps import DEFAULT_CAPS

GOOD, BAD = "good", "bad"
TRUTH = {GOOD: 0.80, BAD: 0.60}
BOTH = 0.3
"""The share of routes that open both paths."""
HONEST, POISONERS = 30, 3
PASSES = 0.9
"""How often a check passes that says nothing."""
SLIP = 0.05
"""How often an honest person is wrong."""
STATED = 0.7
"""How good an answer is thought to be that nobody has checked."""


class Told(NamedTuple):
    """Who says what of answers, and how true it is."""

    poisoned: float = 0.0
    checked: float = 0.3
    """The share of routes whose answers an executable check looks at."""
    checks_say_nothing: bool = False
    """Whether checks pass by chance, whatever they look at."""
    stated: float | None = None
    """How good a lying verifier calls every answer of the bad path; None without one."""


class Past(NamedTuple):
    """Past routes, and the truth about both paths on each of them."""

    cases: tuple[Case, ...]
    truth: tuple[dict[str, float], ...]


def lived(rng: np.random.Generator, routes: int, told: Told) -> Past:
    """So many routes that open the good path first; each gets a word from one person."""
    prompts = Prompts(rng)
    cases: list[Case] = []
    truths: list[dict[str, float]] = []
    for number in range(routes):
        theta = prompts.draw()
        truth = {name: prompts.right(mean, theta) for name, mean in TRUTH.items()}
        names = [GOOD, BAD] if rng.random() < BOTH else [GOOD]
        cases.append(told_of(rng, number, {name: truth[name] for name in names}, BAD, told))
        truths.append(truth)
    return Past(tuple(cases), tuple(truths))


def told_of(
    rng: np.random.Generator, at: float, truth: Mapping[str, float], praised: str, told: Told
) -> Case:
    """A route that opened the paths of ``truth``, with what was said of them.

    Whoever is out to do harm praises the path ``praised`` and no other.
    """
    who, poisoned = _speaker(rng, told.poisoned)
    checked = rng.random() < told.checked
    opened: list[Opened] = []
    for name, right in truth.items():
        slipped = float(rng.random() < SLIP)
        voices = {who: float(name == praised) if poisoned else abs(right - slipped)}
        if checked:
            by_chance = float(rng.random() < PASSES)
            voices[CHECKS] = by_chance if told.checks_say_nothing else right
        lied = told.stated if name == praised else None
        opened.append(_opened(name, voices, STATED if lied is None else lied))
    return Case(
        route_id=rng.bytes(8).hex(),
        at=at,
        strategy=STRATEGY,
        bucket=BUCKET,
        opened=tuple(opened),
        given=opened[0].path,
        status="success",
        cost_usd=sum(one.cost_usd for one in opened),
    )


def _speaker(rng: np.random.Generator, poisoned: float) -> tuple[str, bool]:
    """Who says something of a route, and whether they are out to do harm."""
    if rng.random() < poisoned:
        return f"poisoner {rng.integers(POISONERS)}", True
    return f"person {rng.integers(HONEST)}", False


def _opened(name: str, voices: dict[str, float], quality: float) -> Opened:
    check = voices.get(CHECKS)
    return Opened(
        path=name,
        status="success",
        quality=quality,
        cost_usd=0.001,
        seconds=0.0,
        arms=(name,),
        score=voices.get(CHECKS, next(iter(voices.values()))),
        voices=tuple(voices.items()),
        checked=None if check is None else bool(check),
    )


class Ears:
    """What the estimates get to hear: a check's word, else the one person's, within their cap.

    The cap on what one principal teaches is the router's own (``policy/caps.py``), but for its part
    that is per day: these routes are taken to be spread over many.
    """

    def __init__(self) -> None:
        self._labels: Counter[str] = Counter()

    def heard(self, case: Case) -> list[tuple[str, float]]:
        """Paths whose answers teach something, each with how good it is taken to be."""
        checked = [(one.path, dict(one.voices).get(CHECKS)) for one in case.opened]
        known = [(path, score) for path, score in checked if score is not None]
        if known:
            return known
        (who, _), *_ = case.opened[0].voices
        tally = Tally(
            own=self._labels[who], everybody=self._labels.total(), principals=len(self._labels)
        )
        taught = case.opened[: allowance(DEFAULT_CAPS, who, tally, len(case.opened))]
        if taught:
            self._labels[who] += len(taught)
        return [(one.path, dict(one.voices)[who]) for one in taught]
