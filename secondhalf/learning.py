"""Looking back: ``areflect`` and its sync twin ``reflect``; never on a route's way."""

import asyncio
import time
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from secondhalf.api import configured
from secondhalf.checkpoints import SQLAlchemySaver
from secondhalf.graph.reflect import ReflectGraph, build_reflect
from secondhalf.graph.router import services_of
from secondhalf.memory import Memory
from secondhalf.nodes.services import Services
from secondhalf.nodes.step import run_blocking
from secondhalf.places import database_url
from secondhalf.state.config import RouterConfig
from secondhalf.state.reflecting import ReflectReport, ReflectRequest


async def areflect(
    *,
    config: RouterConfig | str | Path | None = None,
    docs: str | Path | None = None,
    db: str | None = None,
    tenant: str = "",
    strategy: str | None = None,
    budget_usd: float | None = None,
    answer: str | None = None,
    only_if_due: bool = False,
    **experts: Any,
) -> ReflectReport:
    """Looks back on past routes, and goes one step on with what was found.

    A look back that was interrupted goes on where it stopped.

    Args:
        config: as for ``aroute``; its ``policy.learning`` says how.
        docs: a folder of documents, as for ``aroute``.
        db: SQLAlchemy URL or SQLite path; by default ``$SECONDHALF_DB`` or the user's own.
        tenant: whose routes; tenants do not learn from each other.
        strategy: only findings about this one.
        budget_usd: what may be spent on it; by default ``policy.learning.budget_usd``.
        answer: what a person says to a proposal that waits for them: yes or no.
        only_if_due: do nothing unless enough has happened since the last time.
        experts: ``models``, ``retriever``, ``tools``, ``planner`` and ``aggregator``, as
            ``build_router`` takes them.

    Raises:
        SecondHalfError: bad input, configuration or database.
    """
    setup = await asyncio.to_thread(configured, config, docs)
    url = database_url(db)
    with Memory.from_url(url) as memory, SQLAlchemySaver.from_url(url) as saver:
        services = services_of(setup, memory, **experts)
        if only_if_due and not await is_due(services, memory, tenant):
            standing = await memory.policies.astanding(tenant, services.policy.version)
            return ReflectReport(standing=standing, notes=("Not enough has happened since.",))
        usd = setup.policy.learning.budget_usd if budget_usd is None else budget_usd
        request = ReflectRequest(
            tenant=tenant, strategy=strategy, started_at=time.time(), budget_usd=usd
        )
        graph = build_reflect(services, memory, saver)
        return await _run(graph, saver, services, memory, request, answer)


def reflect(**settings: Any) -> ReflectReport:
    """``areflect`` for code without an event loop; takes and returns the same."""
    return run_blocking(areflect(**settings))


async def is_due(services: Services, memory: Memory, tenant: str = "") -> bool:
    """Whether enough routes have ended since the last look back, or somebody has got worse."""
    events = await memory.policies.ahistory(tenant, services.policy.version)
    last = next((event.at for event in events if event.action == "looked"), 0.0)
    if await memory.aended_since(tenant, last) >= services.config.policy.learning.every:
        return True
    watches = (await memory.aestimates(tenant)).watches.values()
    return any(w.alarmed_at is not None and w.alarmed_at > last for w in watches)


async def _run(
    graph: ReflectGraph,
    saver: SQLAlchemySaver,
    services: Services,
    memory: Memory,
    request: ReflectRequest,
    answer: str | None,
) -> ReflectReport:
    thread = f"reflect/{request.tenant}/{services.policy.version}"
    config: RunnableConfig = {"configurable": {"thread_id": thread}}
    state = await graph.aget_state(config)
    if state.interrupts and answer is None:
        return await _waiting(state.interrupts[0].value, services, memory, request)
    given: Any = {"request": request}
    if state.tasks:
        given = Command(resume=answer) if state.interrupts else None
    out: dict[str, Any] = await graph.ainvoke(given, config, durability="sync")
    if found := out.get("__interrupt__"):
        return await _waiting(found[0].value, services, memory, request)
    report: ReflectReport = out["report"]
    await saver.adelete_thread(thread)
    return report


async def _waiting(
    asked: dict[str, Any], services: Services, memory: Memory, request: ReflectRequest
) -> ReflectReport:
    standing = await memory.policies.astanding(request.tenant, services.policy.version)
    return ReflectReport(standing=standing, question=str(asked["question"]))
