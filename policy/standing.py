"""How the answers of a route stand: how probable it is that each is right, seen together.

One difficulty is shared by all who answer; given it, they are right independently of each other.
Right answers say the same. Wrong ones do only by coincidence: a wrong answer repeats an earlier
wrong one with the chance ``coincidence``, more often within a family, and more often on hard
prompts. By Bayes' rule that gives, for any pattern of agreement, how probable each answer is. Two
weak models that agree are worth more than a strong one alone; three of a family, less than they
seem. Nothing is blended: one of the answers is right, or none is.

All that holds where a prompt is closed-ended. To an open-ended one right answers differ, and what
they finally say is the same by accident: then each is as good as its arm. Which of both a prompt is
shows in the answers, too: the more of them differ of which most should be right, the more probably
it is open-ended.
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from secondhalf.policy.agreement import Gist, same
from secondhalf.state.config import GOES_ON_FROM
from secondhalf.state.estimate import Prospects, Triple

Weights = list[float]
_SURE = 1.0 - 1e-6
"""Nobody is taken to be more certain: two who could not err and disagree would leave nothing."""
DISCOUNT, STRENGTH = 0.7, 0.67
"""Of the Pitman–Yor process by which answers to an open-ended prompt finally say the same: the n-th
says what an earlier one says with the chances .18, .27, .38, .50 for n = 2, 3, 5, 14. Recorded on
trap questions: .17, .23, .31, .42, whether they are right or wrong."""
KIN = 0.5
"""How often a model repeats itself, whatever is asked; what that leaves falls out as others' do."""
PAIRS = (1.0 - DISCOUNT) / (1.0 + STRENGTH)
"""How often two answers to an open-ended prompt finally say the same, by that process."""
EVEN: Triple = (1.0, 1.0, 1.0)
"""Words that are as probable whatever the difficulty."""
_UNSAID = "\0"
"""What begins the gist of an answer that is only foreseen; no answer's does."""
_VARIANT = re.compile(r"\s*[\[@#]")


class Opinion(NamedTuple):
    """One answer: of which arm, what it finally says, and how often that arm is right."""

    arm: str
    gist: Gist | None
    right: Triple
    """In view of how it is worded."""
    family: str = ""
    worded: Triple = EVEN
    """How probable it is, at each difficulty, to be worded so; in proportion."""


class Ruled(NamedTuple):
    """How it stands once a judge has preferred one answer to another."""

    chance: float
    """How probable it was that the judge would say so, given that it says anything."""
    standing: "Standing"
    winner: Opinion
    loser: Opinion
    """Both as they stand now: of answers that cannot be compared each stands by itself."""


class Standing:
    """The answers so far, in groups that say the same, and what is believed of them.

    ``weights[c][theta]`` is the joint probability that the prompt is closed-ended, that group ``c``
    is right, and of the difficulty ``theta``; the last row stands for no group being right.
    ``open[theta]`` is that of an open-ended prompt. All together sum to 1.
    """

    def __init__(self, prospects: Prospects) -> None:
        one, family, strangers = (_possible(triple) for triple in prospects.coincidence)
        self.coincidence = one, family, strangers
        self.groups: list[list[Opinion]] = []
        self.loose: list[Opinion] = []
        """Answers that cannot be compared: each is right or wrong by itself."""
        total = sum(prospects.difficulty) or 1.0
        closed = min(_SURE, max(1.0 - _SURE, prospects.closed))
        self.weights: list[Weights] = [[closed * w / total for w in prospects.difficulty]]
        self.open: Weights = [(1.0 - closed) * w / total for w in prospects.difficulty]

    def add(self, opinion: Opinion) -> None:
        """Take in one more answer."""
        if opinion.gist is None:
            self.loose.append(opinion)
        else:
            self._weigh(opinion, opinion.gist)
        if opinion.gist is not None or self._heard(opinion):
            self.normalise()

    def normalise(self) -> float:
        """Let all weights sum to 1; returns what they summed to."""
        total = sum(self.difficulty())
        self._scale(total)
        return total

    def _heard(self, opinion: Opinion) -> bool:
        """Take in how ``opinion`` is worded; whether that tells anything of the difficulty."""
        if opinion.worded == EVEN:
            return False
        self.weights = [_product(row, opinion.worded) for row in self.weights]
        self.open = _product(self.open, opinion.worded)
        return True

    def _scale(self, total: float) -> None:
        """Let what sums to ``total`` sum to 1."""
        if total > 0.0:
            self.weights = [[w / total for w in row] for row in self.weights]
            self.open = [w / total for w in self.open]

    def foreseen(self, opinion: Opinion) -> "list[Standing]":
        """How it may stand after ``opinion``, whatever it says: it joins a group, or begins one.

        The weights are joint with what is said: each possibility's add up to its probability.
        """
        said = [group[0].gist for group in self.groups]
        possible: list[Standing] = []
        for gist in (*said, f"{_UNSAID}{len(self.groups)}"):
            if gist is not None:
                after = self._copy()
                after._weigh(opinion._replace(gist=gist), gist)
                possible.append(after)
        return possible

    def ruled(self, winner: Opinion, loser: Opinion, right: float) -> Ruled:
        """How it stands after a judge has preferred ``winner`` to ``loser``; both were added.

        Where just one of the two is right the judge prefers it with the chance ``right``; where
        both are, or neither, either as often. A judge that is right less often than a coin, or of
        whom no number is known, says nothing.
        """
        sure = min(_SURE, right) if right > 0.5 else 0.5
        after = self._copy()
        rows = [*after.weights, after.open]
        won, lost = ([[0.0] * 3 for _ in rows] for _ in range(2))
        for row, weights in enumerate(rows):
            for theta, weight in enumerate(weights):
                a, b = self._holds(winner, row, theta), self._holds(loser, row, theta)
                one, other = a * (1.0 - b) * sure, (1.0 - a) * b * (1.0 - sure)
                both = a * b / 2
                weights[theta] = weight * (one + other + both + (1.0 - a) * (1.0 - b) / 2)
                won[row][theta] = weight * (one + both)
                lost[row][theta] = weight * (other + both)
        chance = sum(after.difficulty())
        after._scale(chance)
        return Ruled(
            chance, after, after._moved(winner, won, rows), after._moved(loser, lost, rows)
        )

    def _holds(self, opinion: Opinion, row: int, theta: int) -> float:
        """The chance that ``opinion`` is right if the group of ``row`` is, at a difficulty; the row
        after the last is that of an open-ended prompt."""
        place = None if opinion.gist is None else self.group_of(opinion.gist)
        alone = place is None or row == len(self.weights)
        return opinion.right[theta] if alone else float(place == row)

    def _moved(self, opinion: Opinion, held: Sequence[Weights], rows: Sequence[Weights]) -> Opinion:
        """``opinion`` with the chance it has left where it stands by itself; takes its place.

        That is everywhere if it cannot be compared, else where the prompt is open-ended: the last
        row. ``held`` is the part of ``rows`` where it is right.
        """
        place = None if opinion.gist is None else self.group_of(opinion.gist)
        members = self.loose if place is None else self.groups[place]
        first = 0 if place is None else len(rows) - 1
        right: list[float] = []
        for theta, before in enumerate(opinion.right):
            told = sum(row[theta] for row in rows[first:])
            share = sum(row[theta] for row in held[first:])
            right.append(share / told if told > 0.0 else before)
        as_added = (opinion, opinion._replace(right=_possible(opinion.right)))
        at = next((at for at, member in enumerate(members) if member in as_added), None)
        if at is None:
            return opinion
        members[at] = opinion._replace(right=(right[0], right[1], right[2]))
        return members[at]

    def _copy(self) -> "Standing":
        copied = Standing.__new__(Standing)
        copied.coincidence = self.coincidence
        copied.groups = [list(group) for group in self.groups]
        copied.loose = list(self.loose)
        copied.weights = [list(row) for row in self.weights]
        copied.open = list(self.open)
        return copied

    def _weigh(self, opinion: Opinion, gist: Gist) -> None:
        opinion = opinion._replace(right=_possible(opinion.right))
        place = self.group_of(gist)
        repeats = [self.repeats(opinion, group) for group in self.groups]
        chance = self.joins_if_open(opinion)[-1 if place is None else place]
        self.open = [w * chance for w in self.open]
        if place is None:
            self._add_new(opinion, repeats)
        else:
            self._add_to(place, opinion, repeats[place])
        self._heard(opinion)

    def joins_if_open(self, opinion: Opinion) -> Weights:
        """How probable it is that ``opinion`` says what each group says, if the prompt is
        open-ended; last, that it says something new."""
        chances = joining([len(group) for group in self.groups])
        own = self.own(opinion.arm)
        return chances if own is None else leaning(chances, own)

    def own(self, arm: str) -> int | None:
        """The first group with an answer of the same model as ``arm``; None if there is none."""
        groups = enumerate(self.groups)
        mine = model_of(arm)
        return next((at for at, g in groups if any(model_of(o.arm) == mine for o in g)), None)

    def group_of(self, gist: Gist) -> int | None:
        """Which group says ``gist``; None if none does."""
        groups = enumerate(self.groups)
        return next((place for place, g in groups if _says(g[0].gist, gist)), None)

    def difficulty(self) -> Triple:
        """What is believed of the difficulty, in view of the answers."""
        low, medium, high = (
            sum(row[theta] for row in self.weights) + self.open[theta] for theta in range(3)
        )
        return low, medium, high

    def closed(self) -> float:
        """How probable it is that the prompt is closed-ended, in view of the answers."""
        return sum(map(sum, self.weights))

    def quality(self, opinion: Opinion) -> float:
        """How probable it is that ``opinion``, which was added, is right."""
        place = None if opinion.gist is None else self.group_of(opinion.gist)
        if place is not None:
            return min(1.0, sum(self.weights[place]) + _times(self.open, _possible(opinion.right)))
        return min(1.0, _times(self.difficulty(), opinion.right))

    def best(self, like: Opinion | None = None) -> float:
        """How probable it is that the best of the answers is right, or the best of those that say
        what ``like`` says; 0 without any."""
        if like is not None:
            place = None if like.gist is None else self.group_of(like.gist)
            among = [like] if place is None else self.groups[place]
        else:
            among = [*(member for group in self.groups for member in group), *self.loose]
        return max((self.quality(opinion) for opinion in among), default=0.0)

    def closed_quality(self, opinion: Opinion) -> float:
        """How probable it is that the prompt is closed-ended, and ``opinion`` right; 0 of one that
        cannot be compared."""
        place = None if opinion.gist is None else self.group_of(opinion.gist)
        return 0.0 if place is None else sum(self.weights[place])

    def agreeing(self, opinion: Opinion) -> int:
        """How many other answers say the same."""
        place = None if opinion.gist is None else self.group_of(opinion.gist)
        return 0 if place is None else len(self.groups[place]) - 1

    def coincidences(self, one: Opinion, other: Opinion) -> Triple:
        """How often two wrong answers of these arms are the same."""
        return self.coincidence[related(one.arm, one.family, other.arm, other.family)]

    def wrong(self, place: int) -> int:
        """How many answers are wrong if the group at ``place`` is right; -1: if none is."""
        everybody = sum(map(len, self.groups))
        return everybody if place < 0 else everybody - len(self.groups[place])

    def repeats(self, opinion: Opinion, group: Sequence[Opinion]) -> Weights:
        """How much of a wrong answer's coincidence falls on ``group``, before it is divided."""
        each = [self.coincidences(opinion, other) for other in group]
        return [sum(triple[theta] for triple in each) for theta in range(3)]

    def _add_to(self, place: int, opinion: Opinion, repeats: Weights) -> None:
        last = len(self.weights) - 1
        for row, weights in enumerate(self.weights):
            wrong = self.wrong(row if row < last else -1)
            for theta, right in enumerate(opinion.right):
                falls = repeats[theta] / wrong if wrong else 0.0
                weights[theta] *= right if row == place else (1.0 - right) * falls
        self.groups[place].append(opinion)

    def _add_new(self, opinion: Opinion, repeats: Sequence[Weights]) -> None:
        last = len(self.weights) - 1
        appears = [w * right for w, right in zip(self.weights[last], opinion.right, strict=True)]
        for row, weights in enumerate(self.weights):
            wrong = self.wrong(row if row < last else -1)
            for theta, right in enumerate(opinion.right):
                fallen = sum(each[theta] for place, each in enumerate(repeats) if place != row)
                weights[theta] *= (1.0 - right) * (1.0 - (fallen / wrong if wrong else 0.0))
        self.weights.insert(last, appears)
        self.groups.append([opinion])


def joining(sizes: Sequence[int]) -> Weights:
    """How probable it is that one more answer to an open-ended prompt says what each group of so
    many says; last, that it says something new.

    Pitman & Yor, The two-parameter Poisson–Dirichlet distribution (1997).
    """
    if not sizes:
        return [1.0]
    whole = sum(sizes) + STRENGTH
    joins = [(size - DISCOUNT) / whole for size in sizes]
    return [*joins, (STRENGTH + DISCOUNT * len(sizes)) / whole]


def leaning(chances: Sequence[float], own: int) -> Weights:
    """``chances`` of somebody who may repeat what it said before, with the group ``own``."""
    return [(1.0 - KIN) * p + KIN * (at == own) for at, p in enumerate(chances)]


@lru_cache(maxsize=4096)
def model_of(arm: str) -> str:
    """The model behind an arm's name: without what it goes on from, went without, or a variant.

    Variants of one model, as they are commonly named (``model [prompt]``, ``model@host``,
    ``model#2``), make the same mistakes.
    """
    model = arm.rpartition(GOES_ON_FROM)[2].partition(" without ")[0]
    return _VARIANT.split(model, maxsplit=1)[0] or model


def related(arm: str, family: str, other_arm: str, other_family: str) -> int:
    """0 for arms of one model, 1 for models of one family, 2 for strangers."""
    if model_of(arm) == model_of(other_arm):
        return 0
    return 1 if family and family == other_family else 2


def worded(opinion: Opinion, told: float) -> Opinion:
    """``opinion``, in view of the log-odds by which its wording speaks for it.

    At each difficulty its odds of being right grow by that much; and an answer that is worded like
    a wrong one speaks for a difficult prompt.
    """
    if told == 0.0:
        return opinion
    odds = math.exp(told)
    a, b, c = (right * odds + (1.0 - right) for right in opinion.right)
    x, y, z = opinion.right
    return opinion._replace(right=(x * odds / a, y * odds / b, z * odds / c), worded=(a, b, c))


def _product(weights: Sequence[float], factors: Triple) -> Weights:
    return [w * f for w, f in zip(weights, factors, strict=True)]


def _times(weights: Sequence[float], right: Triple) -> float:
    return sum(w * r for w, r in zip(weights, right, strict=True))


def _says(one: Gist | None, other: Gist) -> bool:
    return one is not None and same(one, other)


def _possible(triple: Triple) -> Triple:
    """``triple`` without what is certain, or impossible."""
    a, b, c = (min(_SURE, max(1.0 - _SURE, p)) for p in triple)
    return a, b, c
