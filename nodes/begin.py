"""begin: resolves and validates a call's settings, and resets what belongs to one route."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

from langchain_core.runnables import Runnable
from langgraph.config import get_config
from langgraph.runtime import get_runtime
from langgraph.types import Overwrite
from pydantic import ValidationError

from secondhalf.nodes.events import event
from secondhalf.nodes.services import Services
from secondhalf.nodes.step import step
from secondhalf.policy.ledger import open_ledger
from secondhalf.policy.settings import check_call
from secondhalf.state.conversation import last_request, turns
from secondhalf.state.errors import ConfigError
from secondhalf.state.estimate import Prospects
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.request import RouteContext, RouteRequest
from secondhalf.state.result import TraceEvent
from secondhalf.state.route import RouteState

_LISTS = ("clarifications", "bundles", "results")
_VALUES = {
    "analysis": None,
    "strategy": None,
    "prospects": Prospects(),
    "side_effects": True,
    "decision": None,
    "route": None,
}
"""What belongs to one turn, and what it is at its beginning."""


def begin(services: Services) -> Runnable[Any, Any]:
    """The first node: see the module's text.

    Raises:
        PromptError: the conversation holds no request, or one that is too long.
        ConfigError: the settings are malformed, or name an unknown strategy or model.
    """

    async def begin(state: RouteState) -> dict[str, Any]:
        context = _context()
        prompt = last_request(turns(state["messages"]))
        check_call(prompt, context, services.strategies, services.experts.model_names)
        request = _request(context, services)
        policy, chance = await services.remember_start(request, prompt)
        began = [_event(request, policy, chance)]
        return {
            "request": request,
            "policy": policy,
            "ledger": open_ledger(request.budget),
            "trace": Overwrite(began) if state.get("trace") else began,
            **_emptied(state),
        }

    return step(begin)


def _emptied(state: RouteState) -> dict[str, Any]:
    """What takes away what the turn before has left; in the first there is nothing to store."""
    before: Mapping[str, Any] = state
    lists = {name: Overwrite([]) for name in _LISTS if before.get(name)}
    return lists | {name: empty for name, empty in _VALUES.items() if name in before}


def _context() -> RouteContext:
    """The call's settings: the context if it is ours, else ``configurable``, else none."""
    given: Any = get_runtime().context
    if not isinstance(given, RouteContext):
        given = get_config().get("configurable", {}).get("secondhalf")
    if given is None:
        return RouteContext()
    try:
        return given if isinstance(given, RouteContext) else RouteContext.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(f"setting {where!r} cannot be used: {first['msg']}") from None


def _request(context: RouteContext, services: Services) -> RouteRequest:
    route_id, thread_id = _ids()
    return RouteRequest(
        route_id=route_id,
        thread_id=thread_id,
        started_at=time.time(),
        budget=context.budget.over(services.budget),
        named=tuple(context.budget.model_dump(exclude_none=True)),
        preset=context.preset or services.policy.preset,
        strategy=context.strategy,
        model=context.model,
        clarify=context.clarify,
        principal=context.principal,
        tenant=context.tenant,
        tools=context.tools,
        tool_choice=context.tool_choice,
        config_path=services.config.path,
        config_hash=services.config.hash,
        docs=services.config.retrieval.docs or "",
    )


def _event(request: RouteRequest, policy: RoutingPolicy, chance: float) -> TraceEvent:
    text = f"route {request.route_id} begins"
    if chance < 1.0:
        text += f" under policy {policy.version}, as {chance:.0%} of the routes do"
    return event("begin", text, policy=policy.version, propensity=chance)


def _ids() -> tuple[str, str]:
    """Route and thread id. A step that is run again after a crash gives its route the same id."""
    info = get_runtime().execution_info
    task = info.task_id if info is not None else uuid.uuid4().hex
    thread = info.thread_id if info is not None else None
    return uuid.uuid5(uuid.NAMESPACE_OID, task).hex, thread or uuid.uuid4().hex
