"""Pictures of a graph shaped like the router, drawn for real and without a network."""

import operator
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict
from xml.etree import ElementTree

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from secondhalf.graph.drawing import Format, draw, write_picture
from secondhalf.state.errors import ConfigError

LABELS = {
    ("expand_tree", "consult"): "next",
    ("expand_tree", "clarify"): "ask",
    ("expand_tree", "feedback"): "stop",
}
Router = CompiledStateGraph[Any, Any, Any, Any]
PNG = b"\x89PNG\r\n\x1a\n"


class Visits(TypedDict, total=False):
    seen: Annotated[list[str], operator.add]


def _step(state: Visits) -> Visits:
    return {}


def _dispatch(state: Visits) -> Command[Literal["expert", "__end__"]]:
    return Command(goto="__end__")


def _expand(state: Visits) -> Command[Literal["consult", "clarify", "feedback"]]:
    return Command(goto="feedback")


def _consult() -> Router:
    graph: Any = StateGraph(Visits)
    graph.add_node("dispatch", _dispatch)
    graph.add_node("expert", _step)
    graph.add_edge(START, "dispatch")
    graph.add_edge("expert", "dispatch")
    compiled: Router = graph.compile()
    return compiled


@pytest.fixture(scope="module")
def router() -> Router:
    graph: Any = StateGraph(Visits)
    for name in ("begin", "analyze", "pick_strategy", "clarify", "verify", "feedback"):
        graph.add_node(name, _step)
    graph.add_node("expand_tree", _expand)
    graph.add_node("consult", _consult())
    chain = [START, "begin", "analyze", "pick_strategy", "expand_tree"]
    for source, target in [
        *pairwise(chain),
        ("consult", "verify"),
        ("verify", "expand_tree"),
        ("clarify", "analyze"),
        ("feedback", END),
    ]:
        graph.add_edge(source, target)
    compiled: Router = graph.compile()
    return compiled


def _texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)  # noqa: S314 (our own output)
    return ["".join(e.itertext()).strip() for e in root.iter() if e.tag.endswith("}text")]


def _size(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_mermaid_names_nodes_edges_labels_and_title(router: Router) -> None:
    """Mermaid text comes in the order of a run, conditional edges dotted and labelled."""
    text = draw(router, "mermaid", title="A route", labels=LABELS)

    assert "title: A route" in text
    assert text.index("begin(begin)") < text.index("analyze(analyze)") < text.index("verify(")
    assert "expand_tree -. &nbsp;next&nbsp; .-> consult" in text
    assert "verify --> expand_tree" in text


def test_mermaid_xray_keeps_the_label_of_an_edge_into_a_subgraph(router: Router) -> None:
    """An edge into a subgraph that is seen inside is still the edge to that subgraph."""
    text = draw(router, "mermaid", xray=True, labels=LABELS)

    assert "subgraph consult" in text
    assert r"-. &nbsp;next&nbsp; .-> consult\3a__start__" in text


def test_ascii_shows_boxes_and_lists_labels_below(router: Router) -> None:
    """ASCII art has the title above, the labels below, and no blanks at line ends."""
    lines = draw(router, "ascii", title="A route", labels=LABELS).splitlines()

    assert lines[0] == "A route"
    assert any("| pick_strategy |" in line for line in lines)
    assert sorted(lines[-3:]) == [
        "expand_tree -> clarify: ask",
        "expand_tree -> consult: next",
        "expand_tree -> feedback: stop",
    ]
    assert [line for line in lines if line != line.rstrip()] == []


def test_svg_holds_every_name_as_text(router: Router) -> None:
    """The SVG parses, and names each node, label and the title in the chosen font."""
    svg = draw(router, "svg", title="A route", labels=LABELS)

    expected = {"A route", "start", "end", "begin", "analyze", "pick_strategy", "expand_tree"}
    expected |= {"consult", "verify", "clarify", "feedback", "next", "ask", "stop"}
    assert expected == set(_texts(svg)) - {""}
    assert 'font-family="Open Sans' in svg
    assert svg.count("stroke-dasharray") == 3


def test_svg_xray_frames_the_subgraph(router: Router) -> None:
    """Seen inside, a subgraph is a named frame around its own nodes."""
    svg = draw(router, "svg", xray=True)

    assert 'class="cluster"' in svg
    assert {"consult", "dispatch", "expert"} <= set(_texts(svg))


def test_png_is_wide_enough_to_read(router: Router) -> None:
    """A PNG is at least 1000 pixels wide, and higher than a line of text."""
    png = draw(router, "png", title="A route", labels=LABELS)

    width, height = _size(png)
    assert png.startswith(PNG)
    assert width >= 1000
    assert height >= 1000


def test_a_machine_without_fonts_gets_the_same_picture(
    router: Router, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The font comes with the extra: no boxes in place of letters where a system has none."""
    with_fonts = draw(router, "png", labels=LABELS)
    bare = tmp_path / "fonts.conf"
    bare.write_text('<?xml version="1.0"?><fontconfig></fontconfig>', encoding="utf-8")
    monkeypatch.setenv("FONTCONFIG_FILE", str(bare))

    assert with_fonts == draw(router, "png", labels=LABELS)


def test_a_graph_object_and_odd_names_are_drawn() -> None:
    """Quotes, backslashes, angle brackets and letters of any script survive the way to SVG."""
    name = 'say "hi" \\N <b> žluť'
    graph: Any = StateGraph(Visits)
    graph.add_node(name, _step)
    graph.add_edge(START, name)
    graph.add_edge(name, END)

    assert name in _texts(draw(graph.compile().get_graph(), "svg"))


@pytest.mark.parametrize(
    ("form", "module"),
    [("ascii", "grandalf"), ("svg", "pygraphviz"), ("png", "fontpkg_open_sans")],
)
def test_a_missing_library_is_named_with_its_remedy(
    router: Router, form: Format, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra, one line says how to install it."""
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(ConfigError, match=r'pip install "secondhalf\[draw\]"'):
        draw(router, form)


def test_an_unknown_format_is_refused(router: Router) -> None:
    """The message lists what there is."""
    with pytest.raises(ConfigError, match=r"'gif'.*mermaid, ascii, svg, png"):
        draw(router, "gif")  # type: ignore[call-overload] # pyright: ignore


def test_a_picture_replaces_a_file_whole(tmp_path: Path) -> None:
    """Text and bytes are written, nothing is left beside them."""
    target = tmp_path / "g.png"

    write_picture(target, "old")
    write_picture(target, b"new")

    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_picture_is_not_written_over_a_folder(tmp_path: Path) -> None:
    """A folder stays a folder."""
    with pytest.raises(ConfigError, match="is a folder"):
        write_picture(tmp_path, b"new")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A missing folder is one clear line."""
    with pytest.raises(ConfigError, match=r"cannot write '.*g\.png': No such file"):
        write_picture(tmp_path / "missing" / "g.png", b"new")


def test_a_device_is_written_to_not_replaced() -> None:
    """`-o /dev/null` leaves the device in place."""
    write_picture(os.devnull, b"new")

    assert not Path(os.devnull).is_file()
