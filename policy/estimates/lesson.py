"""What one route teaches, and how its answers stood."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from secondhalf.policy.standing import Opinion, Standing, worded
from secondhalf.state.analysis import Level
from secondhalf.state.estimate import Answered, Prospects, Reliance


class Verdict(NamedTuple):
    """What a judge made of two answers of a lesson, which are named by their place."""

    judge: str
    prior: float
    preferred: int
    refused: int


class Lesson(NamedTuple):
    """What one route teaches: its answers in their order, and how good each was."""

    level: Level
    answers: Sequence[Answered]
    scores: Sequence[float | None]
    """In [0, 1]; None where nobody knows."""
    given: int | None = None
    """Which of them the route gave; None if none."""
    silent: Collection[int] = ()
    """Those that had no say in how it stood: refuted by a check, or only tried."""
    verdicts: Sequence[Verdict] = ()
    """What judges made of two of them."""
    bucket: str = ""
    """What kind of request it was."""
    at: float = 0.0
    """Unix time in seconds."""
    unscored: Collection[int] = ()
    """Those that nobody scored, but of which the scores of others may tell."""


def standing_of(
    before: Prospects, lesson: Lesson, *, judges: bool
) -> tuple[Standing, list[Opinion]]:
    """How the answers of ``lesson`` stood, and their opinions by place.

    ``before`` is what was expected of everybody; ``judges``: whether with what judges said.
    """
    standing = Standing(before)
    opinions = [
        worded(Opinion(a.arm, a.gist, before.arms[a.arm].right, a.family), a.told)
        for a in lesson.answers
    ]
    for place, opinion in enumerate(opinions):
        if place not in lesson.silent:
            standing.add(opinion)
    for verdict in lesson.verdicts if judges else ():
        one, other = verdict.preferred, verdict.refused
        if one not in lesson.silent and other not in lesson.silent:
            right = before.judges.get(verdict.judge, Reliance()).right
            said = standing.ruled(opinions[one], opinions[other], right)
            standing, opinions[one], opinions[other] = said.standing, said.winner, said.loser
    return standing, opinions
