"""The fan-out subgraph: the stages of one opened path.

START → dispatch ─→ ask* → dispatch … → END
"""

from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from secondhalf.experts.registry import Experts
from secondhalf.nodes.consult import AskInput, ask, dispatch
from secondhalf.state.route import ConsultInput, ConsultOutput, ConsultState


def build_consult(experts: Experts) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Compiled without a checkpointer of its own: it shares that of the route."""
    graph = StateGraph(ConsultState, input_schema=ConsultInput, output_schema=ConsultOutput)
    graph.add_node("dispatch", dispatch(experts), destinations=("ask", END))
    graph.add_node("ask", ask(experts), input_schema=AskInput)
    graph.add_edge(START, "dispatch")
    graph.add_edge("ask", "dispatch")
    return graph.compile(name="consult")
