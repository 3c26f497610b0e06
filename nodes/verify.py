"""verify: from what the experts of a path said to a result with a status."""

from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import Runnable
from langgraph.types import Overwrite

from secondhalf.nodes.events import event
from secondhalf.nodes.reading import chosen, leaning_of, quality_before, trials_of, weighed
from secondhalf.nodes.services import Services
from secondhalf.nodes.step import step
from secondhalf.policy.estimates.answers import spoken
from secondhalf.policy.ledger import settle
from secondhalf.policy.opinions import Panel, answers_of
from secondhalf.policy.permitted import sound
from secondhalf.policy.quality import Assessment, answer_of, assess_ruling
from secondhalf.policy.rulings import reliance, ruling_of
from secondhalf.policy.search.tree import is_judge
from secondhalf.state.budget import Usage
from secondhalf.state.estimate import Prospects
from secondhalf.state.expert import ExpertBundle, ExpertResult
from secondhalf.state.result import RouteResult, TokenCount, TraceEvent
from secondhalf.state.route import RouteState
from secondhalf.state.strategy import RouteNode

CHANGED = 0.05
"""An earlier result whose quality moves by more than this is told of in the trace."""


def verify(services: Services) -> Runnable[Any, Any]:
    """Settles every bundle that came back since the last time, and judges all anew.

    A new answer speaks for those before it, or against them.
    """

    async def verify(given: RouteState) -> dict[str, Any]:
        ledger, bundles, before = given["ledger"], given["bundles"], given["results"]
        new = bundles[len(before) :]
        for bundle, used in zip(new, _settled(new), strict=True):
            ledger = settle(ledger, f"{bundle.node}#{bundle.attempt}", bundle.node, used)
        prospects = await _with_words(given, services, new)
        state: RouteState = {**given, "prospects": prospects}
        trials = trials_of(state)
        panel = weighed(state, trials)
        results: list[RouteResult] = []
        for bundle in bundles:
            trial = bundle.node in trials
            results.append(_result(bundle, results, panel, trial, state, services))
        told = [*zip(before, results, strict=False)]
        trace = [_event(now) for was, now in told if abs(was.quality - now.quality) > CHANGED]
        trace += [_event(result) for result in results[len(before) :]]
        update: dict[str, Any] = {"ledger": ledger, "trace": trace}
        update["results"] = Overwrite(results) if before else results
        return update if prospects is given["prospects"] else {**update, "prospects": prospects}

    return step(verify)


async def _with_words(
    state: RouteState, services: Services, new: Sequence[ExpertBundle]
) -> Prospects:
    """What is expected, with what the wording of ``new`` answers tells of them.

    They are read as those were that it was learned from: without what memory may not keep.
    """
    prospects = state["prospects"]
    said = [
        (answer, arm)
        for bundle in new
        for answer in answers_of(bundle)
        if (arm := prospects.paths.get(bundle.node, {}).get(answer.expert)) is not None
    ]
    if prospects.told is None or not said:
        return prospects
    model = (await services.estimates(state["request"].tenant)).answers
    wordings = await services.wordings({answer.call_id: answer.output for answer, _ in said})
    arms = {answer.call_id: arm for answer, arm in said}
    told = {call: spoken(model, arms[call], wording) for call, wording in wordings.items()}
    return prospects.model_copy(update={"told": {**prospects.told, **told}})


def _settled(bundles: Sequence[ExpertBundle]) -> list[Usage]:
    """What each path used; paths of one batch ran side by side, so the longest counts in time."""
    used = [bundle.usage for bundle in bundles]
    longest = max((usage.seconds for usage in used), default=0.0)
    return [
        usage.model_copy(update={"seconds": longest if place == 0 else 0.0})
        for place, usage in enumerate(used)
    ]


def _result(
    bundle: ExpertBundle,
    earlier: Sequence[RouteResult],
    panel: Panel,
    trial: bool,
    state: RouteState,
    services: Services,
) -> RouteResult:
    strategy, _ = chosen(state)
    request, node = state["request"], strategy.by_id()[bundle.node]
    bundle = panel.best_first(bundle)
    answer, usage = answer_of(bundle), bundle.usage
    if is_judge(node):
        assessment = _ruled(bundle, state)
    else:
        assessment = _assessed(bundle, node, answer, panel, state, services)
    said = [] if answer is None else panel.notes(answer)
    return RouteResult(
        route_id=request.route_id,
        thread_id=request.thread_id,
        status=assessment.status,
        answer=answer.output.strip() or None if answer is not None else None,
        cost_usd=usage.usd,
        unpriced_calls=usage.unpriced_calls,
        estimated_calls=usage.estimated_calls,
        tokens=TokenCount(input=usage.input_tokens, output=usage.output_tokens),
        latency_s=bundle.seconds,
        quality=assessment.quality,
        strategy=strategy.name,
        path=_opened_path(strategy.path_to(node.id), earlier),
        trial=trial,
        policy_version=state["policy"].version,
        reason="; ".join([assessment.reason, *said]),
        models=tuple(dict.fromkeys(r.model for r in bundle.results if r.model)),
        evidence=tuple(e for r in bundle.results for e in r.evidence),
        tool_requests=answer.tool_requests if answer is not None else (),
        trace=tuple(_call_event(r, bundle.node) for r in bundle.results),
    )


def _assessed(
    bundle: ExpertBundle,
    node: RouteNode,
    answer: ExpertResult | None,
    panel: Panel,
    state: RouteState,
    services: Services,
) -> Assessment:
    chance = None if answer is None else panel.quality(answer)
    assessment = services.aggregate(
        bundle,
        node,
        quality_before(node, state, services.experts) if chance is None else chance,
        leaning_of(state).thresholds,
        0 if answer is None else panel.agreeing(answer),
    )
    return sound(assessment)


def _ruled(bundle: ExpertBundle, state: RouteState) -> Assessment:
    ruling = ruling_of(bundle)
    owners = {
        answer.call_id: b.node if len(answers) == 1 else f"{answer.expert} of {b.node}"
        for b in state["bundles"]
        for answers in (answers_of(b),)
        for answer in answers
    }
    return assess_ruling(ruling, reliance(state["prospects"], ruling.judge), owners)


def _opened_path(path: Sequence[str], earlier: Sequence[RouteResult]) -> tuple[str, ...]:
    """``path`` without the ancestors that were passed over because they could not be taken."""
    opened = {result.path[-1] for result in earlier}
    return (*(name for name in path[:-1] if name in opened), path[-1])


def _call_event(result: ExpertResult, node: str) -> TraceEvent:
    return event(
        "call",
        result.error or f"{result.expert} answered",
        node=node,
        seconds=result.usage.seconds,
        expert=result.expert,
        role=result.role,
        model=result.model,
        output=result.output,
        error=result.error,
        attempts=result.attempts,
        usage=result.usage.model_dump(mode="json"),
        evidence=[e.model_dump(mode="json") for e in result.evidence],
        notes=list(result.notes),
    )


def _event(result: RouteResult) -> TraceEvent:
    return event(
        "verify",
        f"{result.status}, quality {result.quality:.2f}: {result.reason}",
        node=result.path[-1],
        seconds=result.latency_s,
        status=result.status,
        quality=result.quality,
        cost_usd=result.cost_usd,
    )
