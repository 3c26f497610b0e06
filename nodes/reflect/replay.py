"""What a policy would have done on a past route, as far as the record tells."""

from dataclasses import dataclass

from langchain_core.messages import HumanMessage

from secondhalf.memory import StoredRoute
from secondhalf.nodes.expand_tree import view_of
from secondhalf.nodes.outlooks import Outlooks
from secondhalf.nodes.pick_strategy import prospects_of
from secondhalf.nodes.reading import chosen, leaning_of, weighed
from secondhalf.nodes.services import Services
from secondhalf.policy.learning.buckets import bucket_of
from secondhalf.policy.learning.cases import Case, Opened
from secondhalf.policy.learning.leaning import leaned, leaning, scaled
from secondhalf.policy.learning.utility import Worth, paid, worth
from secondhalf.policy.ledger import open_ledger, reserve, settle
from secondhalf.policy.permitted import permitted
from secondhalf.policy.planner import best_result
from secondhalf.policy.rules import pick
from secondhalf.policy.trees import with_model
from secondhalf.state.budget import Usage
from secondhalf.state.estimate import Prospects
from secondhalf.state.expert import ExpertBundle, ExpertResult
from secondhalf.state.policy import Price, RoutingPolicy
from secondhalf.state.result import RouteResult
from secondhalf.state.route import RouteState
from secondhalf.state.strategy import RouteNode

MOST_STEPS = 50


@dataclass(frozen=True)
class Replay:
    """What came of it."""

    price: Price
    """What money and time were worth on this route."""
    opened: tuple[str, ...]
    """The paths it would have opened, in order, up to one that is not on record."""
    missing: str = ""
    """The first path of them whose outcome is not on record; empty if all are."""
    given: str = ""
    cost_usd: float = 0.0
    seconds: float = 0.0

    def worth(self, case: Case) -> Worth:
        """What its answer was worth, where all that it would have opened is on record."""
        return worth(case.path(self.given), paid(self.price, self.cost_usd, self.seconds))


async def replay(
    policy: RoutingPolicy, route: StoredRoute, case: Case, services: Services
) -> Replay | None:
    """``route`` under ``policy``, with what is expected of everybody now; None if it cannot be."""
    state = await _begun(policy, route, services)
    if state is None:
        return None
    usual = services.policy.thresholds.good_enough
    opened: list[str] = []
    cost = seconds = 0.0
    price = policy.prices[route.request.preset].where(Outlooks(state, services).dearest())
    for _ in range(MOST_STEPS):
        outlooks = Outlooks(state, services)
        view = view_of(state, services, outlooks)
        decision = permitted(services.planner.plan(view), view)
        if decision.action != "open":
            break
        waited = 0.0
        for name in decision.nodes:
            opened.append(name)
            found = case.path(name)
            if found is None:
                return Replay(price, tuple(opened), name)
            node = chosen(state)[0].by_id()[name]
            _record(state, node, found, route, outlooks)
            cost += found.cost_usd
            waited = max(waited, found.seconds)
        state["results"] = _judged(state, case, usual)
        seconds += waited
    best = best_result(state["results"])
    given = "" if best is None else best.path[-1]
    return Replay(price, tuple(opened), "", given, cost, seconds)


async def _begun(
    policy: RoutingPolicy, route: StoredRoute, services: Services
) -> RouteState | None:
    """The state of ``route`` as it would be before its first decision under ``policy``."""
    request, analysis = route.request, route.analysis
    if analysis is None or request.tools:
        return None
    rule = pick(policy, analysis)
    strategy = services.strategies.get(request.strategy or rule.strategy)
    if strategy is None:
        return None
    if request.model is not None:
        if request.model not in services.experts.model_names:
            return None
        strategy = with_model(strategy, request.model)
    found = leaning(policy, strategy.name, bucket_of(analysis), request.started_at)
    state: RouteState = {
        "messages": [HumanMessage(route.prompt)],
        "request": request,
        "policy": policy,
        "clarifications": [],
        "analysis": analysis,
        "strategy": strategy,
        "side_effects": False,
        "prospects": Prospects(),
        "decision": None,
        "bundles": [],
        "results": [],
        "ledger": open_ledger(scaled(request.budget, request.named, found.budget)),
        "trace": [],
    }
    learned = await services.estimates(request.tenant)
    prospects = prospects_of(strategy, state, services, learned)
    state["prospects"] = leaned(prospects, found.weights)
    return state


def _record(
    state: RouteState, node: RouteNode, found: Opened, route: StoredRoute, outlooks: Outlooks
) -> None:
    """Puts the recorded outcome of a path into ``state``, as if it had just come back."""
    amount = outlooks.outlook(node).cost
    used = Usage(calls=amount.calls, usd=found.cost_usd, seconds=found.seconds)
    entry = outlooks.entry(node)
    ledger = settle(reserve(state["ledger"], entry, node.id, amount), entry, node.id, used)
    state["ledger"] = ledger
    state["bundles"] = [*state["bundles"], _bundle(state, node, route)]


def _judged(state: RouteState, case: Case, usual: float) -> list[RouteResult]:
    """A result for every bundle in ``state``.

    Answers that are only weighed against each other are weighed anew; whatever a check or a
    verifier said stays as it is on record. ``usual`` is what was good enough when it was recorded.
    """
    thresholds, panel = leaning_of(state).thresholds, weighed(state)
    results: list[RouteResult] = []
    for bundle in state["bundles"]:
        node, found = chosen(state)[0].by_id()[bundle.node], case.path(bundle.node)
        assert found is not None, "only paths that are on record are replayed"
        answer = panel.best_first(bundle).reasoning
        weight = None if answer is None else panel.quality(answer)
        free = found.status != "fail" and "verifier" not in node.experts and not node.verified
        quality, status = found.quality, found.status
        if weight is not None and free and found.checked is None:
            quality = weight
            status = "success" if quality > thresholds.good_enough else "uncertain"
        elif status == "success" and quality <= thresholds.good_enough:
            status = "uncertain"
        elif status == "uncertain" and thresholds.good_enough < quality <= usual:
            status = "success"  # it was only not good enough: nothing spoke against it
        results.append(_result(state, node, found, quality, status))
    return results


def _result(
    state: RouteState, node: RouteNode, found: Opened, quality: float, status: str
) -> RouteResult:
    return RouteResult.model_validate(
        {
            "route_id": state["request"].route_id,
            "status": status,
            "answer": f"the recorded answer of {node.id}" if status != "fail" else None,
            "cost_usd": found.cost_usd,
            "latency_s": found.seconds,
            "quality": quality,
            "path": chosen(state)[0].path_to(node.id),
        }
    )


ESSAY = (
    "Something was said that cannot be compared with what others said, and whose words were "
    "not kept for long enough to be said again."
)
"""Stands for a recorded answer that had no gist: it has none either."""


def _bundle(state: RouteState, node: RouteNode, route: StoredRoute) -> ExpertBundle:
    """Recorded answers as if experts had just given them: what they said is all that counts."""
    explored = route.result.explored if route.result is not None else ()
    answers = next((one.answers for one in explored if one.node == node.id), ())
    names = {arm: name for name, arm in state["prospects"].paths.get(node.id, {}).items()}
    results = [
        ExpertResult(
            call_id=f"{node.id}/{place}",
            expert=names.get(answer.arm, node.experts[-1]),
            role="reasoner",
            output=f"{node.id} {place}\n{ESSAY}" if answer.gist is None else str(answer.gist),
        )
        for place, answer in enumerate(answers)
    ]
    if not results:
        return ExpertBundle(node=node.id)
    return ExpertBundle(node=node.id, reasoning=results[0], others=tuple(results[1:]))
