"""What a whole route comes to, once its search has stopped."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from secondhalf.policy.ledger import spent
from secondhalf.policy.planner import best_result, withheld
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import Ledger
from secondhalf.state.decision import Decision
from secondhalf.state.estimate import Answered, Judged, Overran
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import Explored, RouteResult, TokenCount
from secondhalf.state.strategy import Strategy


class PathLessons(NamedTuple):
    """What can be learned from one path."""

    answers: Sequence[Answered] = ()
    overran: Sequence[Overran] = ()
    judged: Sequence[Judged] = ()


def outcome(
    request: RouteRequest,
    policy: RoutingPolicy,
    analysis: TaskAnalysis | None,
    strategy: Strategy | None,
    results: Sequence[RouteResult],
    ledger: Ledger,
    decision: Decision,
    lessons: Mapping[str, PathLessons] = MappingProxyType({}),
    reflections: Sequence[str] = (),
) -> RouteResult:
    """The best answer found, with what the route cost as a whole.

    ``lessons``: by path, what can be learned from. ``reflections``: the ids of those it leant on.

    A high-risk route whose best answer is not a success abstains: its answer is withheld.
    """
    best, used = best_result(results), spent(ledger)
    abstains = best is not None and withheld(best, analysis)
    base = best or RouteResult(
        route_id=request.route_id, status="fail", reason=_why_nothing(results, decision)
    )
    return base.model_copy(
        update={
            "thread_id": request.thread_id,
            "status": "fail" if abstains else base.status,
            "answer": None if abstains else base.answer,
            "unverified_answer": base.answer if abstains else None,
            "cost_usd": used.usd,
            "unpriced_calls": used.unpriced_calls,
            "estimated_calls": used.estimated_calls,
            "tokens": TokenCount(input=used.input_tokens, output=used.output_tokens),
            "latency_s": used.seconds,
            "strategy": strategy.name if strategy is not None else "",
            "policy_version": policy.version,
            "reflections": tuple(reflections),
            "reason": _reason(base, decision, abstains),
            "capped": decision.capped,
            "explored": _explored(results, lessons),
        }
    )


def _reason(base: RouteResult, decision: Decision, abstains: bool) -> str:
    if abstains:
        return f"high risk and not verified: {base.reason}"
    if base.status == "success":
        return base.reason
    return f"{base.reason} ({decision.reason})" if base.path else base.reason


def _why_nothing(results: Sequence[RouteResult], decision: Decision) -> str:
    tried = "; ".join(f"{r.path[-1]}: {r.reason}" for r in results)
    missing = "; ".join(dict.fromkeys(a.reason for a in decision.alternatives if a.reason))
    said = f"{decision.reason} ({tried})" if tried else decision.reason
    return f"{said}. Not possible here: {missing}" if missing else said


def _explored(
    results: Sequence[RouteResult], lessons: Mapping[str, PathLessons]
) -> tuple[Explored, ...]:
    """Each path once: one that was opened again, since a call was lost, as it came out at last."""
    found: dict[str, Explored] = {}
    for result in results:
        name = result.path[-1]
        path = _path(result, lessons.get(name, PathLessons()))
        before = found.get(name)
        if before is not None:
            update = {
                "cost_usd": before.cost_usd + path.cost_usd,
                "latency_s": before.latency_s + path.latency_s,
            }
            path = path.model_copy(update=update)
        found[name] = path
    return tuple(found.values())


def _path(result: RouteResult, lessons: PathLessons) -> Explored:
    return Explored(
        node=result.path[-1],
        status=result.status,
        quality=result.quality,
        cost_usd=result.cost_usd,
        latency_s=result.latency_s,
        reason=result.reason,
        answers=tuple(lessons.answers),
        overran=tuple(lessons.overran),
        judged=tuple(lessons.judged),
        trial=result.trial,
    )
