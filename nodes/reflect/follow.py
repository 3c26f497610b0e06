"""follow: how a policy in use does, beside the one it is compared with; and what has drifted.

Harm takes it back at once. Where somebody has got worse, what was learned about them is taken back
too, and has to pass the gate again.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterator
from typing import Any

from langchain_core.runnables import Runnable

from secondhalf.nodes.reflect.bench import Bench, History
from secondhalf.nodes.step import step
from secondhalf.policy.estimates.book import Estimates, watch_name
from secondhalf.policy.learning.gate import harmed
from secondhalf.policy.learning.lifecycle import promote, reject, retire, roll_back, settle
from secondhalf.policy.learning.revising import added, without
from secondhalf.policy.learning.utility import dearest_of, worth_of
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.reflecting import ReflectRequest, ReflectState
from secondhalf.state.reflection import ReflectionStatus
from secondhalf.state.standing import Pair, PolicyEvent, PolicyStanding

CANARY_ROUTES = 30
"""Routes that a proposal serves before it becomes active, if no harm shows."""
WATCH_ROUTES = 200
"""Routes that a new policy serves before the one before it is let go, if no harm shows."""


def follow(bench: Bench) -> Runnable[Any, Any]:
    """The second step: see the module's text."""

    async def follow(state: ReflectState) -> dict[str, Any]:
        request = state["request"]
        events = [
            event
            for event in (await _drifted(bench, request), await _served(bench, request))
            if event is not None
        ]
        return {"events": events, "notes": [event.text for event in events]}

    return step(follow)


async def _drifted(bench: Bench, request: ReflectRequest) -> PolicyEvent | None:
    """What was learned about somebody who has got worse is taken back, to be proved again."""
    standing = await bench.standing(request)
    policy = await bench.policy(standing.active)
    estimates = await bench.memory.aestimates(request.tenant)
    hit = _hit_by_drift(policy, estimates, await bench.history(request), standing.since)
    if not hit:
        return None
    now = bench.clock()
    smaller = without(policy, hit)
    await bench.memory.policies.aput(smaller, now)
    names = ", ".join(hit)
    text = (
        f"Version {policy.version} was made smaller: {', '.join(dict.fromkeys(hit.values()))}; "
        f"so reflection {names} was taken back and has to prove itself again."
    )
    event = retire(standing, smaller.version, now, "drift", text)
    event = event.model_copy(update={"reflections": tuple(hit)})
    statuses: dict[str, ReflectionStatus] = dict.fromkeys(hit, "retired")
    if standing.stage in ("shadow", "canary"):  # what was being tried has to wait for its turn
        waiting = added(await bench.policy(standing.other), policy)
        statuses |= dict.fromkeys(waiting, "proposed")
    return await bench.enter(event, statuses)


def _hit_by_drift(
    policy: RoutingPolicy, estimates: Estimates, history: History, since: float
) -> dict[str, str]:
    """Reflections in ``policy`` about paths whose arms have got worse since, each with why."""
    arms: dict[str, set[str]] = defaultdict(set)
    for _, case in history:
        for one in case.opened:
            arms[one.path].update(one.arms)
    hit: dict[str, str] = {}
    for pattern in (*policy.avoid_patterns, *policy.prefer_patterns):
        if not pattern.reflection:
            continue
        for arm in sorted(arms[pattern.path]):
            for bucket in [pattern.scope.bucket] if pattern.scope.bucket else _buckets(history):
                watch = estimates.watches.get(watch_name(bucket, arm))
                if watch and watch.alarmed_at is not None and watch.alarmed_at > since:
                    hit[pattern.reflection] = f"{arm} has got worse at {bucket}"
    return hit


def _buckets(history: History) -> list[str]:
    return sorted({case.bucket for _, case in history})


async def _served(bench: Bench, request: ReflectRequest) -> PolicyEvent | None:
    """Whether what users got from two policies decides anything."""
    standing = await bench.standing(request)
    if standing.stage not in ("canary", "watch"):
        return None
    new, old = standing.other, standing.active
    if standing.stage == "watch":
        new, old = old, new
    history = await bench.history(request)
    known = await bench.memory.policies.apairs(new, standing.stage)
    used = {name for pair in known for name in (pair.route_id, pair.other_id)}
    made = [*_pairs(bench, history, standing, new, old, used)]
    for pair in made:
        await bench.memory.policies.aadd_pair(pair)
    pairs = [*known, *made]
    verdict = harmed([pair.x for pair in pairs], bench.settings.alpha)
    served = sum(
        1
        for route, case in history
        if route.result and route.result.policy_version == new and case.at >= standing.since
    )
    now = bench.clock()
    learned = added(await bench.policy(new), await bench.policy(old))
    told = f"It has served {served} routes; {verdict.reason}."
    if verdict.action == "reject" and standing.stage == "canary":
        text = f"Proposal {new} was given up. {told}"
        event = reject(standing, now, "gate", text)
        return await bench.enter(event, dict.fromkeys(learned, "quarantined"))
    if verdict.action == "reject":
        text = f"Version {new} was taken back, and {old} is active again. {told}"
        event = roll_back(standing, old, now, "gate", text)
        return await bench.enter(event, dict.fromkeys(learned, "quarantined"))
    if standing.stage == "canary" and served >= CANARY_ROUTES:
        text = f"Version {new} is active; {old} keeps {standing.share:.0%} for now. {told}"
        event = promote(standing, new, standing.share, now, "gate", text)
        return await bench.enter(event, dict.fromkeys(learned, "active"))
    if standing.stage == "watch" and served >= WATCH_ROUTES:
        return await bench.enter(settle(standing, now, f"Version {new} has settled. {told}"))
    return None


def _pairs(
    bench: Bench,
    history: History,
    standing: PolicyStanding,
    new: str,
    old: str,
    used: Collection[str],
) -> Iterator[Pair]:
    """Answers that both policies gave, matched in order within a strategy and bucket.

    None of those that are ``used`` in earlier pairs.
    Only answers that are known for sure, so that which are matched does not depend on what anybody
    thinks of them.
    """
    waiting: dict[tuple[str, str, bool], deque[tuple[str, float]]] = defaultdict(deque)
    stage, at = standing.stage, bench.clock()
    prices, dearest = bench.services.policy.prices, dearest_of(case for _, case in history)
    for route, case in history:
        result = route.result
        if result is None or case.at < standing.since or case.route_id in used:
            continue
        if result.policy_version not in (new, old):
            continue
        worth = worth_of(case, prices[route.request.preset].where(dearest))
        if not worth.verified:
            continue
        is_new = result.policy_version == new
        value = worth.quality - worth.price
        others = waiting[case.strategy, case.bucket, not is_new]
        if not others:
            waiting[case.strategy, case.bucket, is_new].append((case.route_id, value))
            continue
        other_id, other = others.popleft()
        x = value - other if is_new else other - value
        names = (case.route_id, other_id) if is_new else (other_id, case.route_id)
        yield Pair(
            version=new,
            route_id=names[0],
            other_id=names[1],
            stage=stage,
            x=min(1.0, max(-1.0, x)),
            source="served",
            at=at,
        )
