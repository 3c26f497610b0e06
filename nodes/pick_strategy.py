"""pick_strategy: the policy's ordered rules choose a tree of candidate paths."""

from typing import Any

from langchain_core.runnables import Runnable

from secondhalf.nodes.embedding import with_vector
from secondhalf.nodes.events import event
from secondhalf.nodes.reading import request_text
from secondhalf.nodes.services import Services
from secondhalf.nodes.step import step
from secondhalf.policy.estimates.arms import HELPERS, arms_of
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.estimates.foresee import judges_of, prospects
from secondhalf.policy.learning.buckets import bucket_of
from secondhalf.policy.learning.leaning import leaned, leaning, scaled
from secondhalf.policy.priors import JUDGE_RIGHT
from secondhalf.policy.rules import pick
from secondhalf.policy.trees import with_model, with_opened
from secondhalf.state.base import Json
from secondhalf.state.estimate import Prospects
from secondhalf.state.route import RouteState
from secondhalf.state.strategy import Strategy


def pick_strategy(services: Services) -> Runnable[Any, Any]:
    """The first rule that fits picks; a caller's strategy or model overrides its choice only.

    What a rule forbids (tools with side effects on risky prompts) stays forbidden.
    """

    async def pick_strategy(state: RouteState) -> dict[str, Any]:
        request, analysis = state["request"], state.get("analysis")
        assert analysis is not None, "analyze runs before pick_strategy"
        rule = pick(state["policy"], analysis)
        strategy = services.strategies[request.strategy or rule.strategy]
        reason = "the caller's choice" if request.strategy else f"rule {rule.name!r}"
        if request.model is not None:
            strategy = with_model(strategy, request.model)
            reason += f", with model {request.model!r} by the caller's choice"
        opened = {bundle.node for bundle in state["bundles"]}
        strategy = with_opened(strategy, state.get("strategy"), opened)
        learned = await services.estimates(request.tenant)
        ledger, note = await with_vector(state, services, learned)
        found = leaning(state["policy"], strategy.name, bucket_of(analysis), request.started_at)
        if found.used:
            reason += f"; leans on reflection {', '.join(found.used)}"
        reason += f"; {note}" if note else ""
        text = f"{strategy.name}: {reason}"
        used: list[Json] = list(found.used)
        made = event("pick", text, strategy=strategy.name, rule=rule.name, reflections=used)
        update: dict[str, Any] = {
            "strategy": strategy,
            "prospects": leaned(prospects_of(strategy, state, services, learned), found.weights),
            "side_effects": rule.side_effects and not services.unseen,
            "trace": [made],
        }
        if found.budget != 1.0:
            budget = scaled(request.budget, request.named, found.budget)
            ledger = ledger.model_copy(update={"budget": budget})
        return update if ledger is state["ledger"] else {**update, "ledger": ledger}

    return step(pick_strategy)


def prospects_of(
    strategy: Strategy, state: RouteState, services: Services, learned: Estimates
) -> Prospects:
    """What to expect of everybody who may answer, from the outcomes that memory knows."""
    analysis = state.get("analysis")
    assert analysis is not None, "analyze runs before pick_strategy"
    has_tools = bool(state["request"].tools)
    helpers = set(HELPERS).intersection(services.experts.names())
    arms = arms_of(
        strategy, services.experts.models, analysis, has_tools=has_tools, at_hand=helpers
    )
    paths: dict[str, dict[str, str]] = {}
    for (node, expert), (arm, _) in arms.items():
        paths.setdefault(node, {})[expert] = arm
    found = prospects(learned, analysis.difficulty, request_text(state), dict(arms.values()))
    judges = {model.name: JUDGE_RIGHT[model.tier] for model in services.experts.judges.values()}
    before = state.get("prospects")
    told = found.told if found.told is None or before is None else before.told or {}
    trust = judges_of(learned, judges)
    return found.model_copy(update={"paths": paths, "judges": trust, "told": told})
