"""What is learned of judges: how often they decide, and how often they are right when they do."""

from collections.abc import Mapping, Sequence

from secondhalf.policy.agreement import same
from secondhalf.policy.estimates.book import KEEP, Judging
from secondhalf.policy.estimates.lesson import Lesson, Verdict, standing_of
from secondhalf.state.estimate import Judged, Prospects


def heard(judges: Mapping[str, Judging], rulings: Sequence[Judged]) -> dict[str, Judging]:
    """``judges`` after ``rulings``: whether each said the same in both orders."""
    found = dict(judges)
    for ruling in rulings:
        was = found.get(ruling.judge, Judging())
        found[ruling.judge] = was.model_copy(
            update={
                "asked": KEEP * was.asked + 1.0,
                "decided": KEEP * was.decided + float(bool(ruling.preferred)),
            }
        )
    return found


def judged(judges: Mapping[str, Judging], before: Prospects, lesson: Lesson) -> dict[str, Judging]:
    """``judges`` after the verdicts of ``lesson``, as far as scores tell which answer was right.

    Nothing is learned where both were right, or neither.
    """
    found = dict(judges)
    for verdict in lesson.verdicts:
        right, wrong = _told(verdict, before, lesson)
        was = found.get(verdict.judge, Judging())
        if right + wrong > 0.0:
            found[verdict.judge] = was.model_copy(
                update={
                    "right": KEEP * was.right + right,
                    "wrong": KEEP * was.wrong + wrong,
                }
            )
    return found


def _told(verdict: Verdict, before: Prospects, lesson: Lesson) -> tuple[float, float]:
    """How probable it is that the verdict was right, and that it was wrong."""
    one, other = _score(verdict.preferred, lesson), _score(verdict.refused, lesson)
    if one is not None and other is not None:
        return one * (1.0 - other), other * (1.0 - one)
    if one is not None:
        alone, rest = _exclusive(verdict.preferred, verdict.refused, before, lesson)
        return one * alone, (1.0 - one) * rest
    if other is not None:
        alone, rest = _exclusive(verdict.refused, verdict.preferred, before, lesson)
        return (1.0 - other) * rest, other * alone
    return 0.0, 0.0


def _score(place: int, lesson: Lesson) -> float | None:
    """The score of an answer, or of one that says the same."""
    if (own := lesson.scores[place]) is not None:
        return own
    gist = lesson.answers[place].gist
    pairs = zip(lesson.answers, lesson.scores, strict=True)
    alike = (s for a, s in pairs if gist is not None and a.gist is not None and same(a.gist, gist))
    return next((score for score in alike if score is not None), None)


def _exclusive(known: int, other: int, before: Prospects, lesson: Lesson) -> tuple[float, float]:
    """How probable it was, without the judge, that ``other`` was wrong since ``known`` was right,
    and that ``other`` was right, ``known`` being wrong.

    As far as not both could be right: where they cannot be compared, and to an open-ended prompt,
    the score of one says nothing of the other.
    """
    if any(lesson.answers[place].gist is None for place in (known, other)):
        return 0.0, 0.0
    standing, opinions = standing_of(before, lesson, judges=False)
    right = standing.quality(opinions[known])
    alone, rest = (standing.closed_quality(opinions[place]) for place in (known, other))
    return _share(alone, right), _share(rest, 1.0 - right)


def _share(part: float, whole: float) -> float:
    return min(1.0, part / whole) if whole > 0.0 else 0.0
