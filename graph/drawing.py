"""Pictures of a compiled graph, made offline: Mermaid, ASCII, SVG and PNG."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, overload
from uuid import uuid4

from langchain_core.runnables.graph import Edge, Graph, Node
from langgraph.graph import END, START
from langgraph.graph.state import CompiledStateGraph

from secondhalf.graph.dot import to_dot
from secondhalf.graph.graphviz import render, require
from secondhalf.state.errors import ConfigError

TextFormat = Literal["mermaid", "ascii", "svg"]
Format = Literal["mermaid", "ascii", "svg", "png"]
Drawable = Graph | CompiledStateGraph[Any, Any, Any, Any]
EdgeLabels = Mapping[tuple[str, str], str]
"""What to write on the edge from one node to another, by their names in the outermost graph."""

MIN_WIDTH = 1000
"""Pixels a PNG is wide at least; a narrow graph is drawn at more dots per inch."""
_DPI, _MAX_DPI = 144, 432


@overload
def draw(
    graph: Drawable,
    form: TextFormat,
    xray: bool = ...,
    title: str = ...,
    labels: EdgeLabels | None = ...,
) -> str: ...
@overload
def draw(
    graph: Drawable,
    form: Literal["png"],
    xray: bool = ...,
    title: str = ...,
    labels: EdgeLabels | None = ...,
) -> bytes: ...
@overload
def draw(
    graph: Drawable,
    form: Format,
    xray: bool = ...,
    title: str = ...,
    labels: EdgeLabels | None = ...,
) -> str | bytes: ...
def draw(
    graph: Drawable,
    form: Format,
    xray: bool = False,
    title: str = "",
    labels: EdgeLabels | None = None,
) -> str | bytes:
    """Draw a graph without ever using a network.

    Args:
        graph: a compiled graph, or what its ``get_graph()`` returned.
        form: ``mermaid``, ``ascii`` and ``svg`` give text, ``png`` gives bytes.
        xray: look into subgraphs (of a compiled graph).
        title: stands above the picture if not empty.
        labels: texts for edges, besides those the graph itself names.

    Raises:
        ConfigError: an unknown ``form``, or a library that it needs is not installed.
    """
    drawn = graph if isinstance(graph, Graph) else graph.get_graph(xray=xray)
    labelled = _in_order(drawn.nodes, [_labelled(e, labels or {}) for e in drawn.edges])
    match form:
        case "mermaid":
            return labelled.draw_mermaid(frontmatter_config={"title": title} if title else None)
        case "ascii":
            return _ascii(labelled, title)
        case "svg":
            return render(to_dot(labelled, title), "svg").decode()
        case "png":
            return _png(labelled, title)
        case _:
            known = "mermaid, ascii, svg, png"
            raise ConfigError(f"unknown picture format {form!r}: choose one of {known}")


def write_picture(path: Path | str, picture: str | bytes) -> None:
    """Write a picture so that ``path`` holds either what it held or all of the new one.

    Raises:
        ConfigError: ``path`` is a folder, or cannot be written.
    """
    target = Path(path).resolve()
    if target.is_dir():
        raise ConfigError(f"{str(path)!r} is a folder: name a file in it")
    data = picture.encode() if isinstance(picture, str) else picture
    try:
        _replace(target, data)
    except OSError as error:
        raise ConfigError(f"cannot write {str(path)!r}: {error.strerror or error}") from error


def _replace(target: Path, data: bytes) -> None:
    if target.exists() and not target.is_file():
        target.write_bytes(data)  # a device or a pipe, such as /dev/stdout
        return
    draft = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
    try:
        draft.write_bytes(data)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _labelled(edge: Edge, labels: EdgeLabels) -> Edge:
    return edge._replace(data=labels.get(_ends(edge), edge.data))


def _ends(edge: Edge) -> tuple[str, str]:
    """From where to where; an edge into or out of a subgraph seen inside counts as its own."""
    return edge.source.removesuffix(f":{END}"), edge.target.removesuffix(f":{START}")


def _in_order(nodes: Mapping[str, Node], edges: Sequence[Edge]) -> Graph:
    """The same graph, its nodes and edges in the order a run may come to them."""
    found = [START] if START in nodes else list(nodes)[:1]
    for key in found:  # grows while it is read: breadth first
        found += [e.target for e in edges if e.source == key and e.target not in found]
    place = {key: at for at, key in enumerate(dict.fromkeys([*found, *nodes]))}
    by_place = sorted(edges, key=lambda edge: (place[edge.source], place[edge.target]))
    return Graph({key: nodes[key] for key in place}, by_place)


def _ascii(graph: Graph, title: str) -> str:
    require("ascii", "grandalf")
    rows = [line.rstrip() for line in graph.draw_ascii().splitlines()]
    # ASCII art has no room on its lines: texts of edges are listed below it.
    notes = [f"{' -> '.join(_ends(e))}: {e.data}" for e in graph.edges if e.data is not None]
    return "\n".join([*([title, ""] if title else []), *rows, *([""] if notes else []), *notes])


def _png(graph: Graph, title: str) -> bytes:
    picture = render(to_dot(graph, title, _DPI), "png")
    width = _png_width(picture)
    if width >= MIN_WIDTH:
        return picture
    finer = min(_MAX_DPI, -(-_DPI * MIN_WIDTH // width))
    return render(to_dot(graph, title, finer), "png")


def _png_width(picture: bytes) -> int:
    """Pixels, from the header chunk every PNG begins with (PNG specification, 11.2.2)."""
    return int.from_bytes(picture[16:20], "big")
