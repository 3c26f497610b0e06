"""What ``--json`` prints: pure ASCII, so that nothing in it can steer a terminal."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from secondhalf.state.result import RouteResult


def print_json(value: dict[str, Any]) -> None:
    """One object on one line of stdout."""
    print(json.dumps(value, ensure_ascii=True, allow_nan=False), flush=True)


def result_object(result: "RouteResult", show_unverified: bool = False) -> dict[str, Any]:
    """The object of a route's outcome, the same for ``route``, ``resume`` and ``trace``."""
    answer = result.answer
    if answer is None and show_unverified:
        answer = result.unverified_answer
    return {
        "route_id": result.route_id,
        "thread_id": result.thread_id,
        "status": result.status,
        "answer": answer,
        "strategy": result.strategy,
        "path": list(result.path),
        "cost_usd": result.cost_usd,
        "tokens": result.tokens.model_dump(),
        "latency_s": result.latency_s,
        "quality": result.quality,
        "policy_version": result.policy_version,
        "explored": [path.model_dump() for path in result.explored],
        "interrupt": result.interrupt.model_dump() if result.interrupt is not None else None,
    }
