"""The stages of one path: who gets how much, when to give up early, what came of it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from secondhalf.policy.ledger import divided, remaining
from secondhalf.state.budget import Usage
from secondhalf.state.expert import ExpertBundle, ExpertResult, Grant
from secondhalf.state.strategy import RouteNode

MAX_ATTEMPTS = 3
"""How often one path is opened at most; more than once only while its calls are lost."""


class Shares(NamedTuple):
    """What the calls of one stage may use."""

    grants: tuple[Grant, ...]
    """One for each call."""
    spare: Grant
    """What each may use beyond its grant, if it is made again after its process was killed."""


def shares(
    node: RouteNode,
    place: int,
    granted: Grant,
    spare: Grant,
    results: Sequence[ExpertResult],
    estimates: Mapping[str, Usage],
) -> Shares:
    """What the calls of the stage at ``place`` may use, after the ``results`` of earlier stages.

    ``granted`` is the path's, with ``spare`` beside it; ``estimates`` are those of its experts.
    """
    stage, later = node.stages[place], node.stages[place + 1 :]
    used = sum((r.usage for r in results), Usage())
    lost = sum((r.lost for r in results), Usage())
    used = used.model_copy(update={"seconds": wall_time(node, results)}) + _beyond(lost, spare)
    grants = share(
        granted,
        used,
        [estimates[name] for name in stage],
        [stage_usage([estimates[name] for name in names]) for names in later],
    )
    return Shares(grants, divided(remaining(spare, lost), len(stage)))


def stages_done(node: RouteNode, results: Sequence[ExpertResult]) -> int:
    """How many stages of ``node`` gave the ``results``, one of each expert."""
    missing, done = len(results), 0
    while missing > 0:
        missing -= len(node.stages[done])
        done += 1
    return done


def _beyond(lost: Usage, spare: Grant) -> Usage:
    """What lost calls used of the path's own grant, since ``spare`` was less."""
    return Usage(
        usd=max(0.0, lost.usd - spare.usd),
        output_tokens=max(0, lost.tokens - spare.tokens),
        calls=max(0, lost.calls - spare.calls),
    )


def share(
    total: Grant, used: Usage, now: Sequence[Usage], later: Sequence[Usage]
) -> tuple[Grant, ...]:
    """What each call of a stage may use, out of what the path was granted.

    What earlier stages used is gone; what later stages are estimated to need is kept back
    as far as it leaves this stage its own estimate; the rest is shared in proportion to the
    estimates ``now``. Time is not shared: calls of a stage run side by side, so ``used.seconds``
    is wall time and each of ``later`` a whole stage (see ``stage_usage``). Who is estimated to need
    no time gets none: that is no limit.
    """
    kept, wanted = sum(later, Usage()), stage_usage(now)
    usd = _free(total.usd, used.usd, kept.usd, wanted.usd)
    tokens = int(_free(total.tokens, used.tokens, kept.tokens, wanted.tokens))
    seconds = _free(total.seconds, used.seconds, kept.seconds, wanted.seconds)
    calls = int(_free(total.calls, used.calls, kept.calls, wanted.calls))
    return tuple(
        Grant(
            usd=usd * (mine.usd / wanted.usd) if wanted.usd > 0 else 0.0,
            tokens=tokens * mine.tokens // wanted.tokens if wanted.tokens else 0,
            seconds=seconds if mine.seconds > 0 else 0.0,
            calls=calls * mine.calls // wanted.calls if wanted.calls else 0,
        )
        for mine in now
    )


def stage_usage(calls: Sequence[Usage]) -> Usage:
    """What a stage uses as a whole: its calls run side by side, so the longest counts in time."""
    longest = max((u.seconds for u in calls), default=0.0)
    return sum(calls, Usage()).model_copy(update={"seconds": longest})


def _free(total: float, spent: float, kept: float, wanted: float) -> float:
    remaining = max(0.0, total - spent)
    return max(min(remaining, wanted), remaining - kept)


def is_dead_end(results: Sequence[ExpertResult]) -> bool:
    """Whether asking the path's later stages is pointless: nothing found, or nobody answered."""
    retrieved = [r for r in results if r.role == "retriever"]
    answered = [r for r in results if r.role in ("reasoner", "tool")]
    nothing_found = bool(retrieved) and not any(r.evidence for r in retrieved)
    nobody_answered = bool(answered) and not any(r.answered for r in answered)
    return nothing_found or nobody_answered


def may_open_again(bundle: ExpertBundle) -> bool:
    """Whether a path has no answer because a call lost with its process was not made again.

    What it is charged leaves too little. The path has not failed, unless that was its last attempt:
    a call that always takes its process down with it is not made for ever.
    """
    if bundle.attempt >= MAX_ATTEMPTS:
        return False
    answers = [r for r in bundle.results if r.role in ("reasoner", "tool")]
    unmade = any(r.lost != Usage() and not r.attempts for r in answers or bundle.results)
    return unmade and not any(r.answered for r in answers)


def bundle_of(node: RouteNode, attempt: int, results: Sequence[ExpertResult]) -> ExpertBundle:
    """The results of a path by role; the last answer of a role takes its place."""
    places = {
        "classifier": "analysis",
        "retriever": "retrieval",
        "reasoner": "reasoning",
        "verifier": "verification",
        "tool": "tool",
    }
    chosen: dict[str, ExpertResult] = {}
    others: list[ExpertResult] = []
    for result in results:
        place = places[result.role]
        held = chosen.get(place)
        if held is None or (result.answered and result.role != "reasoner") or not held.answered:
            others += [held] if held is not None else []
            chosen[place] = result
        else:
            others.append(result)
    return ExpertBundle.model_validate(
        {
            **chosen,
            "node": node.id,
            "attempt": attempt,
            "others": tuple(others),
            "seconds": wall_time(node, results),
        }
    )


def wall_time(node: RouteNode, results: Sequence[ExpertResult]) -> float:
    """Seconds from the first stage to the last: stages one after the other, calls side by side."""
    rest, total = list(results), 0.0
    for stage in node.stages:
        mine, rest = rest[: len(stage)], rest[len(stage) :]
        total += max((r.usage.seconds for r in mine), default=0.0)
    return total
