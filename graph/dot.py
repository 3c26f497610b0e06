"""A LangGraph drawing as Graphviz DOT text: what stands where, and in which colours."""

from collections.abc import Iterator

from langchain_core.runnables.graph import Edge, Graph, Node
from langgraph.graph import END, START

FONT = "Open Sans"
"""The family every text is set in; it comes with the ``draw`` extra."""

_INK, _FAINT = "#1f2933", "#7b8794"
_FONTS = f"{FONT},Helvetica,Arial,sans-serif"
_GRAPH = {
    "rankdir": "TB",
    "newrank": "true",  # ranks the whole graph at once, so that frames do not rise to the top
    "nodesep": "0.55",
    "ranksep": "0.5",
    "pad": "0.35",
    "bgcolor": "white",
    "labelloc": "t",
    "fontname": _FONTS,
    "fontsize": "18",
    "fontcolor": _INK,
}
_NODE = {
    "shape": "box",
    "style": "rounded,filled",
    "fillcolor": "#eef2ff",
    "color": "#4c63b6",
    "penwidth": "1.4",
    "margin": "0.24,0.12",
    "fontname": _FONTS,
    "fontsize": "14",
    "fontcolor": _INK,
}
_EDGE = {
    "color": "#52606d",
    "penwidth": "1.3",
    "arrowsize": "0.8",
    "fontname": _FONTS,
    "fontsize": "12",
    "fontcolor": "#b44d12",
}
_CLUSTER = {
    "style": "rounded,filled",
    "fillcolor": "#f8f9fb",
    "color": "#9aa5b1",
    "fontcolor": _FAINT,
    "fontsize": "13",
    "labeljust": "l",
    "margin": "14",
}
_ENDS = {
    START: {"label": "start", "fillcolor": "#d9f2e3", "color": "#23835a"},
    END: {"label": "end", "fillcolor": "#323f4b", "color": "#323f4b", "fontcolor": "white"},
}
_DOT = {"label": "", "shape": "circle", "style": "filled", "width": "0.16", "fixedsize": "true"}
"""How a nested graph's start and end look."""


def to_dot(graph: Graph, title: str = "", dpi: int = 144) -> str:
    """DOT text of ``graph``: a box per node, a frame per subgraph, conditional edges dashed.

    Args:
        graph: what ``get_graph(xray=…)`` returns; ``:`` in an id separates nested graphs. Its
            nodes should come in the order of a run: that order tells which edges lead back.
        title: stands above the picture if not empty.
        dpi: dots per inch of a bitmap made from it.
    """
    settings = _GRAPH | {"dpi": str(dpi)} | ({"label": f"{title}\n"} if title else {})
    lines = [
        f"graph {_attributes(settings)}",
        f"node {_attributes(_NODE)}",
        f"edge {_attributes(_EDGE)}",
        *(_node(key, node) for key, node in graph.nodes.items()),
        *_frames(graph),
        *(_edge(edge) for edge in graph.edges),
    ]
    return "digraph {\n" + "\n".join(lines) + "\n}\n"


def _frames(graph: Graph, outer: tuple[str, ...] = ()) -> Iterator[str]:
    """A frame around the nodes of each graph nested in ``outer``, with its own nested in it."""
    depth = len(outer)
    paths = {key: tuple(key.split(":")) for key in graph.nodes}
    within = {key: path for key, path in paths.items() if path[:depth] == outer}
    if outer:
        yield from (_quoted(key) for key, path in within.items() if len(path) == depth + 1)
    for name in dict.fromkeys(path[depth] for path in within.values() if len(path) > depth + 1):
        inner = (*outer, name)
        yield f"subgraph {_quoted('cluster_' + ':'.join(inner))} {{"
        yield f"graph {_attributes(_CLUSTER | {'label': name})}"
        yield from _frames(graph, inner)
        yield "}"


def _node(key: str, node: Node) -> str:
    name = node.name.split(":")[-1]
    look = {"label": name, "tooltip": name}
    if name in _ENDS:
        look = _ENDS[name] | (_DOT if ":" in key else {})
    return f"{_quoted(key)} {_attributes(look)}"


def _edge(edge: Edge) -> str:
    look: dict[str, str] = {"style": "dashed"} if edge.conditional else {}
    if edge.data is not None:
        look["label"] = f" {edge.data} "
    return f"{_quoted(edge.source)} -> {_quoted(edge.target)} {_attributes(look)}"


def _attributes(values: dict[str, str]) -> str:
    return "[" + ", ".join(f"{name}={_quoted(value)}" for name, value in values.items()) + "]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
