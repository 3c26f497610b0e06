"""The look back: the state machine that learns, apart from any route and checkpointed like one.

START → gather → follow → find → propose → compare → decide → conclude → END
"""

from dataclasses import replace
from typing import Any

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from secondhalf.graph.router import router_of
from secondhalf.graph.serialisation import for_routes
from secondhalf.memory import Memory, StoredRoute
from secondhalf.nodes.reflect.bench import Bench
from secondhalf.nodes.reflect.compare import compare
from secondhalf.nodes.reflect.decide import conclude, decide
from secondhalf.nodes.reflect.find import find
from secondhalf.nodes.reflect.follow import follow
from secondhalf.nodes.reflect.gather import gather
from secondhalf.nodes.reflect.propose import propose
from secondhalf.nodes.services import Services
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.reflecting import ReflectState
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult

STEPS = (gather, follow, find, propose, compare, decide, conclude)
ReflectGraph = CompiledStateGraph[ReflectState, None, ReflectState, ReflectState]


def build_reflect(
    services: Services, memory: Memory, checkpointer: BaseCheckpointSaver[Any] | None = None
) -> ReflectGraph:
    """A compiled look back on the routes in ``memory``."""
    bench = Bench(services, memory, _run_again(services))
    graph = StateGraph(ReflectState)
    before = START
    for make in STEPS:
        graph.add_node(make.__name__, make(bench))
        graph.add_edge(before, make.__name__)
        before = make.__name__
    graph.add_edge(before, END)
    return graph.compile(checkpointer=for_routes(checkpointer), name="reflect")


def _run_again(services: Services) -> Any:
    """Runs past requests again, as if nobody had asked: nothing is written, nothing changed."""

    async def run_again(policy: RoutingPolicy, route: StoredRoute, usd: float) -> RouteResult:
        asked = route.request
        router = router_of(replace(services, policy=policy, unseen=True))
        cap = min(max(0.0, usd), asked.budget.usd if asked.budget.usd is not None else usd)
        context = RouteContext(
            budget=asked.budget.model_copy(update={"usd": cap}),
            preset=asked.preset,
            strategy=asked.strategy,
            model=asked.model,
            clarify=False,
            tenant=asked.tenant,
        )
        given: Any = {"messages": [HumanMessage(route.prompt)]}
        out = await router.ainvoke(given, context=context)
        result: RouteResult = out["route"]
        return result

    return run_again
