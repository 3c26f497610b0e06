"""The fan-out: the stages of one opened path.

START → ask* → dispatch ─→ ask* → dispatch … → END
"""

from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from secondhalf.experts.registry import Experts
from secondhalf.nodes.consult import AskInput, ask, at_once, dispatch, first_stage
from secondhalf.state.route import ConsultInput, ConsultOutput, ConsultState

FanOut = CompiledStateGraph[Any, Any, Any, Any]


class Consult(Runnable[Any, Any]):
    """A path through the subgraph or, if all its experts just compute, in one step."""

    def __init__(self, experts: Experts) -> None:
        self.name = "consult"
        self.fan_out = _fan_out(experts)
        self._experts = experts
        self._at_once = at_once(experts)

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """The bundle of the path."""
        return self._way(input).invoke(input, config, **kwargs)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """The bundle of the path."""
        return await self._way(input).ainvoke(input, config, **kwargs)

    def _way(self, given: ConsultInput) -> Runnable[Any, Any]:
        return self._at_once if self._experts.instant(given["node"]) else self.fan_out


def _fan_out(experts: Experts) -> FanOut:
    """Compiled without a checkpointer of its own: it shares that of the route."""
    graph = StateGraph(ConsultState, input_schema=ConsultInput, output_schema=ConsultOutput)
    graph.add_node("dispatch", dispatch(experts), destinations=("ask", END))
    graph.add_node("ask", ask(experts), input_schema=AskInput)
    graph.add_conditional_edges(START, first_stage(experts), ["ask"])
    graph.add_edge("ask", "dispatch")
    return graph.compile(name="consult")
