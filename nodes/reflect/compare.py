"""compare: the proposal against the policy in use, on routes that its reflection has not seen.

First by what is on record. Where the proposal would have opened something else, a share of the
routes is run again under it, unseen by anybody, for money set aside to learn; without money, what
is not known is taken to have gone badly.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from langchain_core.runnables import Runnable

from secondhalf.memory import StoredRoute
from secondhalf.nodes.reflect.bench import Bench
from secondhalf.nodes.reflect.replay import Replay, replay
from secondhalf.nodes.step import step
from secondhalf.policy.agreement import Gist, same
from secondhalf.policy.estimates.book import Skill
from secondhalf.policy.estimates.foresee import STRENGTH
from secondhalf.policy.learning.cases import CHECKS, Case, held_out
from secondhalf.policy.learning.gate import MOST_PAIRS
from secondhalf.policy.learning.lottery import drawn
from secondhalf.policy.learning.revising import reflections_in
from secondhalf.policy.learning.utility import Worth, difference, paid, worth_of
from secondhalf.state.policy import Price, RoutingPolicy
from secondhalf.state.reflecting import ReflectRequest, ReflectState
from secondhalf.state.result import RouteResult
from secondhalf.state.standing import Pair, PolicyStanding

MOST_RUNS = 200
"""Past routes that one look back runs again at the most, also where that is free."""
_PESSIMISTIC = 1.2816
"""Standard deviations that the 10th percentile lies below the mean."""
_RIGHT = 0.5


class Contest(NamedTuple):
    """Two policies on one route."""

    new: RoutingPolicy
    old: RoutingPolicy
    route: StoredRoute
    case: Case


def compare(bench: Bench) -> Runnable[Any, Any]:
    """The fifth step: see the module's text."""

    async def compare(state: ReflectState) -> dict[str, Any]:
        request = state["request"]
        standing = await bench.standing(request)
        if standing.stage != "shadow":
            return {}
        known = await bench.memory.policies.apairs(standing.other, "shadow")
        mine = [pair for pair in known if pair.at >= request.started_at]
        purse = request.budget_usd - state["spent_usd"] - sum(pair.cost_usd for pair in mine)
        spent = await _compare(bench, request, standing, known, purse)
        before = sum(pair.cost_usd for pair in mine)
        return {"spent_usd": state["spent_usd"] + before + spent}

    return step(compare)


async def _compare(
    bench: Bench,
    request: ReflectRequest,
    standing: PolicyStanding,
    known: Sequence[Pair],
    purse: float,
) -> float:
    """Adds pairs; returns what that took, in US dollars."""
    new, old = await bench.policy(standing.other), await bench.policy(standing.active)
    since = await _made_at(bench, request, new)
    spent, runs = 0.0, 0
    pairs = sum(pair.source != "alike" for pair in known)
    seen = {pair.route_id for pair in known}
    for route, case in await bench.history(request):
        if pairs >= MOST_PAIRS or runs >= MOST_RUNS:
            break
        fresh = held_out(case.route_id) or case.at > since
        if case.route_id in seen or not fresh or not _sampled(bench, new.version, case.route_id):
            continue
        pair, ran = await _pair(bench, Contest(new, old, route, case), purse - spent)
        runs += ran
        if pair is not None:
            spent += pair.cost_usd
            new_one = await bench.memory.policies.aadd_pair(pair)
            pairs += new_one and pair.source != "alike"
    return spent


async def _made_at(bench: Bench, request: ReflectRequest, new: RoutingPolicy) -> float:
    """When the newest of the reflections in ``new`` was made: it has not seen what came after."""
    names = set(reflections_in(new))
    known = await bench.memory.policies.areflections(request.tenant, bench.base)
    return max((one.made_at for one in known if one.id in names), default=0.0)


def _sampled(bench: Bench, version: str, route_id: str) -> bool:
    """Whether a route is looked at: by chance, whatever became of it."""
    return drawn(f"shadow {version} {route_id}") < bench.settings.shadow


async def _pair(bench: Bench, contest: Contest, purse: float) -> tuple[Pair | None, int]:
    """By how much the new policy does better on a route, and how often it had to be run again.

    None where that cannot be told.
    """
    route, case = contest.route, contest.case
    new = await replay(contest.new, route, case, bench.services)
    old = await replay(contest.old, route, case, bench.services)
    if new is None or old is None:
        return None, 0
    if _alike(new, old):
        return _made(bench, contest, 0.0, "alike", ""), 0
    was = old.worth(case) if not old.missing else worth_of(case, old.price)
    if not new.missing:
        x = difference(new.worth(case), was)
        text = f"{'+'.join(new.opened) or 'nothing'} instead of {'+'.join(old.opened) or 'nothing'}"
        return _made(bench, contest, x, "replayed", text), 0
    ran = None
    if _may_run_again(route):
        ran = await bench.run_again(contest.new, route, purse)
    if ran is None or (ran.capped == "usd" and ran.status != "success"):
        x = difference(Worth(0.0, False, 0.0), was)
        cost = 0.0 if ran is None else ran.cost_usd
        text = f"{new.missing} would have been opened; what comes of it is not known"
        return _made(bench, contest, x, "filled", text, cost), int(ran is not None)
    x = difference(await _shadow_worth(bench, contest, ran, new.price), was)
    text = f"run again: {'+'.join(ran.path) or 'no answer'}"
    return _made(bench, contest, x, "shadow", text, ran.cost_usd), 1


def _alike(new: Replay, old: Replay) -> bool:
    same_way = new.opened == old.opened and new.missing == old.missing
    return same_way and new.given == old.given


def _may_run_again(route: StoredRoute) -> bool:
    """Whether a past request can be run by itself: no tools of the caller's, no talk before it."""
    return bool(route.prompt.strip()) and not route.request.tools and route.first_of_thread


async def _shadow_worth(bench: Bench, contest: Contest, ran: RouteResult, price: Price) -> Worth:
    """What an answer nobody saw was worth.

    Known are a check of its own, and what is known of a recorded answer that says the same; and
    where the recorded one is right, whoever says something else is wrong. Otherwise it is taken to
    be as good as its model at its 10th percentile.
    """
    cost = paid(price, ran.cost_usd, ran.latency_s)
    path = next((one for one in ran.explored if one.node in ran.path[-1:]), None)
    if path is None or ran.status == "fail":
        return Worth(0.0, True, cost)
    first = path.answers[0] if path.answers else None
    if first is not None and first.checked is not None:
        return Worth(float(first.checked), True, cost)
    if first is None or first.gist is None:
        return Worth(ran.quality, False, cost)
    verified = _verified(contest)
    for gist, score in verified:
        if same(gist, first.gist):
            return Worth(score, True, cost)
    if any(score >= _RIGHT for _, score in verified):
        return Worth(0.0, True, cost)
    learned = await bench.services.estimates(contest.route.request.tenant)
    low = _pessimistic(learned.skills.get(first.arm, Skill()), first.prior)
    return Worth(low, bool(verified), cost)


def _pessimistic(skill: Skill, prior: float) -> float:
    """The 10th percentile of how often an arm is right, by its outcomes and its prior."""
    number = sum(skill.right) + sum(skill.wrong) + STRENGTH
    mean = (sum(skill.right) + STRENGTH * prior) / number
    return max(0.0, mean - _PESSIMISTIC * math.sqrt(mean * (1.0 - mean) / number))


def _verified(contest: Contest) -> list[tuple[Gist, float]]:
    """What is known for sure of the recorded answers: what each says, and how good it was."""
    explored = contest.route.result.explored if contest.route.result is not None else ()
    found: list[tuple[Gist, float]] = []
    for path in explored:
        known = contest.case.path(path.node)
        score = None if known is None else dict(known.voices).get(CHECKS)
        gist = path.answers[0].gist if path.answers else None
        if gist is not None and score is not None:
            found.append((gist, score))
    return found


def _made(
    bench: Bench, contest: Contest, x: float, source: str, text: str, cost_usd: float = 0.0
) -> Pair:
    return Pair.model_validate(
        {
            "version": contest.new.version,
            "route_id": contest.case.route_id,
            "stage": "shadow",
            "x": x,
            "source": source,
            "cost_usd": cost_usd,
            "at": bench.clock(),
            "text": text,
        }
    )
