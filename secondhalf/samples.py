"""What one route, or one opened path of it, adds to the figures."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from secondhalf.memory import Observed
from secondhalf.memory.history import score_of, voices_of
from secondhalf.policy.learning.buckets import bucket_of
from secondhalf.state.result import Explored

By = Literal["strategy", "path", "bucket", "tenant"]
SILENCE = 86_400.0
"""Seconds after which a question counts as never answered."""
NONE = "(none)"
"""The name of those that have none."""


class Sample(NamedTuple):
    """How one route went, or one of its paths."""

    name: str
    """Of the group it belongs to."""
    at: float
    """When the route began; Unix time in seconds."""
    ended: bool = False
    success: bool = False
    quality: float = 0.0
    score: float | None = None
    """How good the answer was, in [0, 1], where somebody has said so."""
    cost_usd: float = 0.0
    latency_s: float = 0.0
    escalated: bool = False
    retries: int = 0
    abandoned: bool = False
    words: int = 0
    ratings: tuple[int, ...] = ()
    factuality: tuple[float, ...] = ()


def samples_of(observed: Observed, by: By, now: float) -> Iterator[Sample]:
    """A sample of the route, or by path one of each path that was opened, as of ``now``."""
    result = observed.route.result
    voices = {} if result is None else voices_of(result, observed.said, ())
    if by != "path":
        yield _of_route(observed, _name(observed, by), voices, now)
    elif result is not None:
        for path in result.explored:
            given = path.node in result.path[-1:]
            whole = _of_route(observed, path.node, voices, now)
            yield _of_path(whole, path, voices.get(path.node, {}), given=given)


def _name(observed: Observed, by: By) -> str:
    route = observed.route
    if by == "strategy":
        return observed.strategy or NONE
    if by == "tenant":
        return route.request.tenant or NONE
    return bucket_of(route.analysis) if route.analysis is not None else NONE


def _of_route(
    observed: Observed, name: str, voices: Mapping[str, Mapping[str, float]], now: float
) -> Sample:
    route, said = observed.route, observed.said
    silent = route.status == "waiting" and now - route.request.started_at > SILENCE
    words = Sample(
        name=name,
        at=route.request.started_at,
        abandoned=silent or route.status == "abandoned",
        words=len(said),
        ratings=tuple(one.user_rating for one in said if one.user_rating is not None),
        factuality=tuple(one.factuality_score for one in said if one.factuality_score is not None),
    )
    result = route.result
    if result is None or route.status not in ("success", "uncertain", "fail"):
        return words
    told = any(one.escalation_occurred for one in said)
    return words._replace(
        ended=True,
        success=route.status == "success",
        quality=result.quality,
        score=score_of(voices.get("".join(result.path[-1:]), {})),
        cost_usd=result.cost_usd,
        latency_s=result.latency_s,
        escalated=told or route.signals.escalations > 0,
        retries=route.signals.retries,
    )


def _of_path(whole: Sample, path: Explored, voices: Mapping[str, float], *, given: bool) -> Sample:
    """The path's own figures; what people said of the route is said of the answer given."""
    own = whole._replace(
        success=path.status == "success",
        quality=path.quality,
        score=score_of(voices),
        cost_usd=path.cost_usd,
        latency_s=path.latency_s,
        escalated=whole.escalated and not given,
        retries=0,
    )
    return own if given else own._replace(words=0, ratings=(), factuality=())
