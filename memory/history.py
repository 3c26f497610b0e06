"""Past routes as evidence for learning: flagged ones are left out, each principal speaks once."""

from collections.abc import Collection, Mapping, Sequence

from secondhalf.memory.lessons import checked_scores, scores_of, teaches
from secondhalf.memory.records import StoredRoute
from secondhalf.policy.learning.buckets import bucket_of
from secondhalf.policy.learning.cases import CHECKS, Case, Opened
from secondhalf.state.feedback import Feedback
from secondhalf.state.result import Explored, RouteResult

FLAGGED = 0.6
"""Routes whose prompt looks more like an attack than this teach nothing."""


def case_of(
    route: StoredRoute, said: Sequence[Feedback], trusted: Collection[str] = ()
) -> Case | None:
    """A route with what was ``said`` of it (oldest first); None if it teaches nothing.

    ``trusted`` principals speak as executable checks do.
    """
    result = route.result
    if result is None or route.analysis is None or not teaches(route.analysis, FLAGGED):
        return None
    voices = voices_of(result, said, trusted)
    return Case(
        route_id=route.route_id,
        at=route.request.started_at,
        strategy=result.strategy,
        bucket=bucket_of(route.analysis),
        opened=tuple(_opened(path, voices.get(path.node, {})) for path in result.explored),
        given="".join(result.path[-1:]),
        status=result.status,
        cost_usd=result.cost_usd,
        seconds=result.latency_s,
        capped=result.capped,
        used=result.reflections,
    )


def voices_of(
    result: RouteResult, said: Sequence[Feedback], trusted: Collection[str]
) -> dict[str, dict[str, float]]:
    """By path, and then by principal, how good its answer was. Later words replace earlier ones."""
    found: dict[str, dict[str, float]] = {}
    for feedback in said:
        who = CHECKS if feedback.principal in trusted else feedback.principal
        for path, score in scores_of(result, feedback).items():
            found.setdefault(path, {})[who] = score
    for path, score in checked_scores(result).items():
        found.setdefault(path, {})[CHECKS] = score
    return found


def score_of(voices: Mapping[str, float]) -> float | None:
    """How good an answer was: as a check says, else as people say on average; None if nobody."""
    return voices.get(CHECKS, sum(voices.values()) / len(voices) if voices else None)


def _opened(path: Explored, voices: Mapping[str, float]) -> Opened:
    return Opened(
        path=path.node,
        status=path.status,
        quality=path.quality,
        cost_usd=path.cost_usd,
        seconds=path.latency_s,
        arms=tuple(dict.fromkeys(answer.arm for answer in path.answers)),
        score=score_of(voices),
        voices=tuple(voices.items()),
        checked=path.answers[0].checked if path.answers else None,
        trial=path.trial,
    )
