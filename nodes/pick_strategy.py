"""pick_strategy: the policy's ordered rules choose a tree of candidate paths."""

from typing import Any

from langchain_core.runnables import Runnable

from secondhalf.nodes.events import event
from secondhalf.nodes.services import Services
from secondhalf.nodes.step import step
from secondhalf.policy.rules import pick
from secondhalf.policy.trees import with_model
from secondhalf.state.route import RouteState


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
        text = f"{strategy.name}: {reason}"
        return {
            "strategy": strategy,
            "side_effects": rule.side_effects,
            "trace": [event("pick", text, strategy=strategy.name, rule=rule.name)],
        }

    return step(pick_strategy)
