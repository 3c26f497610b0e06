"""gather: what has happened since the last time, and whom reflections in use have helped."""

from collections import Counter
from typing import Any

from langchain_core.runnables import Runnable

from secondhalf.nodes.reflect.bench import Bench, History
from secondhalf.nodes.step import step
from secondhalf.state.reflecting import ReflectState
from secondhalf.state.reflection import Reflection

_RIGHT = 0.5


def gather(bench: Bench) -> Runnable[Any, Any]:
    """The first step: see the module's text."""

    async def gather(state: ReflectState) -> dict[str, Any]:
        request = state["request"]
        await bench.memory.policies.aput(bench.services.policy, request.started_at)
        history = await bench.history(request)
        for reflection in await bench.memory.policies.areflections(request.tenant, bench.base):
            counted = _counted(reflection, history)
            if counted != reflection:
                await bench.memory.policies.aput_reflection(request.tenant, bench.base, counted)
        return {"routes": len(history), "spent_usd": 0.0, "found": ()}

    return step(gather)


def _counted(reflection: Reflection, history: History) -> Reflection:
    """``reflection`` with how often routes that leant on it gave a right answer, and a wrong one.

    Counts only grow: routes that were forgotten have counted.
    """
    counts: Counter[bool] = Counter()
    for _, case in history:
        answer = case.answer
        if reflection.id in case.used and answer is not None and answer.score is not None:
            counts[answer.score >= _RIGHT] += 1
    return reflection.model_copy(
        update={
            "helpful": max(reflection.helpful, counts[True]),
            "harmful": max(reflection.harmful, counts[False]),
        }
    )
