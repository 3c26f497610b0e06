"""What a route teaches, from what is stored of it and what was said of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from secondhalf.memory.labels import Label
from secondhalf.memory.records import StoredRoute
from secondhalf.memory.schema import key_of
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.estimates.learn import learn_use
from secondhalf.policy.estimates.lesson import Lesson, Verdict
from secondhalf.policy.learning.buckets import bucket_of
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.estimate import Answered, Judged
from secondhalf.state.feedback import Feedback
from secondhalf.state.result import Explored, RouteResult

_RATINGS = 4.0


def teaches(analysis: TaskAnalysis | None, adversarial: float) -> bool:
    """Whether a route's outcome is learned from: not where its prompt looks like an attack."""
    return analysis is not None and analysis.adversarial.score <= adversarial


def scores_of(result: RouteResult, feedback: Feedback) -> dict[str, float]:
    """How good the answers of paths were, in [0, 1], as far as ``feedback`` tells.

    A word on the route is one on the path whose answer was given; of several, the most exact
    counts: a factuality score, then success, then a rating.
    """
    scores = dict(feedback.path_scores)
    told = _told(feedback)
    if result.path and told is not None:
        scores.setdefault(result.path[-1], told)
    return scores


def lesson_of(
    route: StoredRoute, scores: Mapping[str, float], scored: Collection[str] | None = None
) -> Lesson:
    """The lesson of ``scores``, which are by path.

    ``scored``: all paths that somebody or a check has a word on, where the scores are to tell of
    the others, too.
    """
    assert route.analysis is not None, "a route that teaches was analyzed"
    assert route.result is not None, "a route that teaches has ended"
    answers: list[Answered] = []
    told: list[float | None] = []
    given: int | None = None
    silent, unscored = set[int](), set[int]()
    for path in route.result.explored:
        for place, answer in enumerate(path.answers):
            if not place and path.node in route.result.path[-1:]:
                given = len(answers)
            if path.trial or answer.checked is False:
                silent.add(len(answers))
            if scored is not None and not place and path.node not in scored:
                unscored.add(len(answers))
            answers.append(answer)
            # A label is one of the path's own answer, which comes first.
            told.append(None if place else scores.get(path.node))
    return Lesson(
        route.analysis.difficulty,
        answers,
        told,
        given=given,
        silent=silent,
        unscored=sorted(unscored),
        verdicts=_verdicts(route.result, [answer.call for answer in answers]),
        bucket=bucket_of(route.analysis),
        at=route.request.started_at,
    )


def with_use(estimates: Estimates, result: RouteResult, known: Collection[str] = ()) -> Estimates:
    """``estimates`` with what a route's models used; the same where none did.

    ``known``: keys of the paths of which that was learned when the route ended before, at a cap.
    """
    new = [path for path in result.explored if key_of(path.node) not in known]
    answers = [answer for path in new for answer in path.answers]
    overran = [spent for path in new for spent in path.overran]
    if not answers and not overran:
        return estimates
    return learn_use(estimates, answers, _rulings_of(new), overran)


def _rulings_of(paths: Iterable[Explored]) -> list[Judged]:
    """What judges made of answers."""
    return [judged for path in paths for judged in path.judged]


def _verdicts(result: RouteResult, calls: Sequence[str]) -> list[Verdict]:
    """Those on answers that are among ``calls``, by their place there."""
    found: list[Verdict] = []
    for judged in _rulings_of(result.explored):
        one, other = judged.answers
        preferred, refused = (one, other) if judged.preferred == one else (other, one)
        if judged.preferred and preferred in calls and refused in calls:
            places = calls.index(preferred), calls.index(refused)
            found.append(Verdict(judged.judge, judged.prior, *places))
    return found


def lesson_told(labels: Sequence[Label]) -> Lesson:
    """The lesson of an example that was taught without a route."""
    answers = [one.answer or Answered(arm=one.arm) for one in labels]
    return Lesson(labels[0].level, answers, [one.score for one in labels])


def checked_scores(result: RouteResult) -> dict[str, float]:
    """By path, what executable checks said of its answer: true labels, for nothing."""
    return {
        path.node: float(path.answers[0].checked)
        for path in result.explored
        if path.answers and path.answers[0].checked is not None
    }


def _told(feedback: Feedback) -> float | None:
    if feedback.factuality_score is not None:
        return feedback.factuality_score
    if feedback.success is not None:
        return float(feedback.success)
    return None if feedback.user_rating is None else (feedback.user_rating - 1) / _RATINGS
