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
        return one * _exclusive(verdict, before, lesson), (1.0 - one) * _rest(
            verdict.preferred, verdict.refused, before, lesson
        )
    if other is not None:
        wrong = other * _exclusive(verdict, before, lesson)
        return (1.0 - other) * _rest(verdict.refused, verdict.preferred, before, lesson), wrong
    return 0.0, 0.0


def _score(place: int, lesson: Lesson) -> float | None:
    """The score of an answer, or of one that says the same."""
    if (own := lesson.scores[place]) is not None:
        return own
    gist = lesson.answers[place].gist
    pairs = zip(lesson.answers, lesson.scores, strict=True)
    alike = (s for a, s in pairs if gist is not None and a.gist is not None and same(a.gist, gist))
    return next((score for score in alike if score is not None), None)


def _exclusive(verdict: Verdict, before: Prospects, lesson: Lesson) -> float:
    """How probable it is that not both can be right; 0 if they cannot be compared: who knows."""
    places = (verdict.preferred, verdict.refused)
    comparable = all(lesson.answers[place].gist is not None for place in places)
    return before.closed if comparable else 0.0


def _rest(known: int, other: int, before: Prospects, lesson: Lesson) -> float:
    """How probable it was, without the judge, that ``other`` was right, ``known`` being wrong."""
    exclusive = _exclusive(Verdict("", 0.5, known, other), before, lesson)
    if not exclusive:
        return 0.0
    standing, opinions = standing_of(before, lesson, judges=False)
    left = 1.0 - standing.quality(opinions[known])
    return exclusive * min(1.0, standing.quality(opinions[other]) / left) if left > 0.0 else 0.0
