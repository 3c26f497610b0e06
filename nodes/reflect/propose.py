"""propose: the most promising finding becomes a version of the policy, to be tried on past routes.

One at a time, so that what comes of it can be told apart.
"""

from typing import Any

from langchain_core.runnables import Runnable

from secondhalf.nodes.reflect.bench import Bench
from secondhalf.nodes.step import step
from secondhalf.policy.learning.lifecycle import propose as proposed
from secondhalf.policy.learning.revising import revised
from secondhalf.state.reflecting import ReflectRequest, ReflectState
from secondhalf.state.reflection import Reflection


def propose(bench: Bench) -> Runnable[Any, Any]:
    """The fourth step: see the module's text."""

    async def propose(state: ReflectState) -> dict[str, Any]:
        request = state["request"]
        standing = await bench.standing(request)
        if standing.stage != "settled":
            return {}
        chosen = await _next(bench, request)
        if chosen is None:
            return {}
        now = bench.clock()
        version = revised(await bench.policy(standing.active), [chosen], now)
        await bench.memory.policies.aput(version, now)
        text = (
            f"Proposal {version.version} does what reflection {chosen.id} suggests "
            f"({chosen.summary}). It is compared with {standing.active} on routes that the "
            "reflection has not seen."
        )
        event = proposed(standing, version.version, now, text)
        event = event.model_copy(update={"reflections": (chosen.id,)})
        await bench.enter(event, {chosen.id: "shadow"})
        return {"events": [event], "notes": [text]}

    return step(propose)


async def _next(bench: Bench, request: ReflectRequest) -> Reflection | None:
    """The reflection that promises most of those that wait; retired ones wait as well.

    What gives the same answers for less comes after what gives better ones.
    """
    known = await bench.memory.policies.areflections(request.tenant, bench.base)
    waiting = [one for one in known if one.status in ("proposed", "retired")]
    if request.strategy is not None:
        waiting = [one for one in waiting if one.strategy == request.strategy]
    waiting = [one for one in waiting if _is_possible(one, bench)]
    return max(
        waiting,
        key=lambda one: (one.predicted_quality, -one.predicted_cost_usd, one.support, one.id),
        default=None,
    )


def _is_possible(reflection: Reflection, bench: Bench) -> bool:
    """Whether the paths it names are there: a configuration may have changed."""
    strategy = bench.services.strategies.get(reflection.strategy)
    if strategy is None:
        return False
    names = [getattr(change, "path", None) for change in reflection.changes]
    return all(name is None or name in strategy.by_id() for name in names)
