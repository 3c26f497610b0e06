"""find: what regular patterns there are; by statistics, and by a model where there is one.

Only routes that are not kept for the gate are shown to a reflector.
"""

from typing import Any

from langchain_core.runnables import Runnable

from secondhalf.nodes.reflect.bench import Bench
from secondhalf.nodes.step import step
from secondhalf.policy.learning.cases import Case, held_out
from secondhalf.policy.learning.reflector import reflect
from secondhalf.policy.learning.suggesting import digest, reflections_of
from secondhalf.state.budget import Usage
from secondhalf.state.reflecting import ReflectState
from secondhalf.state.reflection import Reflection


def find(bench: Bench) -> Runnable[Any, Any]:
    """The third step: see the module's text."""

    async def find(state: ReflectState) -> dict[str, Any]:
        request = state["request"]
        history = await bench.history(request)
        seen = [case for route, case in history if not held_out(route.route_id)]
        if request.strategy is not None:
            seen = [case for case in seen if case.strategy == request.strategy]
        found = reflect(seen, bench.rules, request.started_at)
        suggested, usage, notes = await _ask(bench, state, seen)
        new = await bench.memory.policies.aadd_reflections(
            request.tenant, bench.base, (*found, *suggested)
        )
        return {"found": new, "spent_usd": usage.usd, "notes": notes}

    return step(find)


async def _ask(
    bench: Bench, state: ReflectState, seen: list[Case]
) -> tuple[tuple[Reflection, ...], Usage, list[str]]:
    """What a model suggests; nothing where there is none, or nothing to show it."""
    expert, request = bench.services.experts.reflector, state["request"]
    shown = digest(seen, bench.rules)
    if expert is None or not shown or not request.budget_usd > 0.0:
        return (), Usage(), []
    said = await bench.memory.anotes([case.route_id for case in seen])
    answer = await expert.suggest(shown, said, request.budget_usd)
    if answer.error:
        return (), answer.usage, [f"The model was of no help: {answer.error}"]
    found = reflections_of(answer.suggestions, seen, bench.rules, request.started_at, answer.model)
    return found, answer.usage, []
