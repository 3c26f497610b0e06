"""The page: self-contained, and made of nothing but our own elements."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.evals.report.content import Report, read_report
from secondhalf.evals.report.folder import write_report
from secondhalf.evals.report.html import report_html
from secondhalf.evals.report.palette import BASELINE, MODEL, ORACLE, OTHERS, PRESET_COLOURS
from secondhalf.evals.report.plots import plots
from secondhalf.state.errors import ConfigError
from secondhalf.state.policy import PRESETS
from tests.evals.report_samples import full, policy, report, usual

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]>--><!--",
    "</title></style></svg></table><iframe src='//x.example'>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "&lt;b&gt; &#60;script&#62;",
    "\x00\x08\x1b[2J\x9f\u2028",
    "\u202e\u2066\u200fgnp.\ufeff\ufffe",
    "\ud800 \udfff",
)
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "nav", "section"),
    *("footer", "h1", "h2", "h3", "h4", "p", "ul", "li", "a", "div", "span", "bdi", "dl", "dt"),
    *("dd", "figure", "figcaption", "details", "summary", "table", "thead", "tbody", "tr", "th"),
    *("td", "svg", "path", "line", "rect", "circle", "text"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "title", "scope"),
    *("colspan", "tabindex", "role", "aria-label", "aria-hidden", "viewbox", "d", "x", "y", "x1"),
    *("y1", "x2", "y2", "cx", "cy", "r", "rx", "width", "height", "text-anchor"),
    "stroke-dasharray",
}
VOID = {"meta"}


class Reader(HTMLParser):
    """Keeps what a page is made of, and checks that elements close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.comments: list[str] = []
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def unknown_decl(self, data: str) -> None:
        self.comments.append(data)

    def handle_pi(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert [] == reader.open
    return reader


def check(page: str) -> Reader:
    """The page holds no element, attribute, comment or address that is not ours."""
    found = read(page)
    assert found.elements <= ELEMENTS
    assert set(found.attributes) <= ATTRIBUTES
    assert [] == found.comments
    assert all(re.fullmatch(r"#[a-z-]+", link) for link in found.attributes.get("href", ()))
    for name in ("id", "class", "role", "name", "http-equiv", "scope", "text-anchor"):
        assert all(re.fullmatch(r"[\w :-]*", value) for value in found.attributes.get(name, ()))
    assert not set(page) & set(map(chr, [*range(9), *range(11, 32), *range(0x7F, 0xA0)]))
    assert page == page.encode().decode()
    return found


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_from_data_is_only_shown(hostile: str) -> None:
    """In every place of a report that holds text."""
    found = check(report_html(full(lambda name: f"{hostile}{name}", policies=10)))

    text = "".join(found.text)
    visible = hostile.translate(dict.fromkeys((*range(32), *range(127, 160))))
    if visible == hostile and hostile.isascii():
        assert text.count(hostile) > 50


@settings(max_examples=8, deadline=None)
@given(st.text(st.characters(), max_size=12))
def test_any_text_is_only_shown(text: str) -> None:
    """Whatever a file of data may hold."""
    check(report_html(full(lambda name: f"{text}{name}", policies=5)))


def test_the_page_reaches_no_network() -> None:
    """No script, no font, no image, no link elsewhere; and the browser is told to refuse them."""
    page = report_html(full())

    assert {"script", "img", "link", "iframe", "object"}.isdisjoint(read(page).elements)
    assert "url(" not in page
    assert "@import" not in page
    assert "://" not in page
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith(
        "default-src &#x27;none&#x27;; style-src &#x27;unsafe-inline&#x27;;"
    )
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_a_page_of_sixty_policies_is_small() -> None:
    """Curves are thinned for drawing, tables behind them more."""
    page = report_html(full(policies=60))

    assert len(page.encode()) < 1_000_000
    paths = re.findall(r' d="([^"]*)"', page)
    assert max(path.count("L") for path in paths) <= 400  # a band is two curves of 200 points


def test_every_policy_is_in_the_table_and_in_the_main_figure() -> None:
    """By its name."""
    found = full(policies=30)
    text = "".join(read(report_html(found)).text)

    assert all(text.count(row.name) > 2 for row in found.policies)


def test_figures_are_drawn_for_what_there_is() -> None:
    """Each with its numbers; nothing is drawn for what was not measured."""
    drawn = {picture.key: picture for picture in plots(full(policies=10))}

    assert {
        *("frontier", "pgr", "regret", "models", "paths", "calibration", "risk", "roc"),
        "robustness",
    } == set(drawn)
    assert all(picture.grid.rows for picture in drawn.values())
    assert ["frontier"] == [picture.key for picture in plots(usual())]
    assert () == plots(report())


def test_the_colour_schemes_are_the_reader_s() -> None:
    """Light and dark, on a phone and on paper."""
    page = report_html(usual())

    for feature in ("prefers-color-scheme:dark", "max-width:640px", "@media print"):
        assert feature in page


def test_every_colour_that_is_drawn_with_is_defined_for_both_schemes() -> None:
    """A line in a colour that the page lacks could not be seen."""
    page = report_html(usual())

    assert len(PRESETS) == len(set(PRESET_COLOURS.values()) - set(OTHERS))
    for colour in (*PRESET_COLOURS.values(), *OTHERS, MODEL, BASELINE, ORACLE):
        assert 2 <= page.count(f"--{colour}:#"), colour


def unpriced() -> Report:
    return report(
        policy("balanced", "router", 0.9, None, strong_share=0.4),
        policy("weak", "model", 0.8, None, strong_share=0.0),
        policy("strong", "model", 0.9, None, strong_share=1.0),
    )


@pytest.mark.parametrize(
    "found",
    [
        report(),
        usual(),
        unpriced(),
        report(policy("free", "model", 0.5, 0.0)),
        report(policy("a", "model", 0.0, 0.0), policy("b", "oracle", 1.0, 0.0)),
        report(policy("a", "model", 0.5, 1e-9), policy("b", "router", 0.5, 1e9)),
        report(policy("a", "router", 0.5, None)),
        report(
            policy("a", "router", 0.5, 1.0),
            curves={
                "frontier": {"router": [(0, 0)], "none": []},
                "regret": {"a": {"at": [1], "mean": [None]}, "b": {"at": [1, 2], "mean": [0, 0]}},
                "roc": {"a": [(0, 0)]},
            },
        ),
    ],
)
def test_any_report_has_a_page(found: Report) -> None:
    """However little was measured; figures that are not known do not show as nan."""
    page = report_html(found)

    check(page)
    assert not re.search(r"\b(nan|inf|None)\b", page)


def test_without_costs_the_share_of_strong_calls_is_drawn() -> None:
    """What is compared before any answer is made has no cost yet."""
    page = report_html(unpriced())

    assert "Share of strong calls and accuracy" in page
    assert "share of prompts sent to the strong model" in page


def test_the_same_report_gives_the_same_page() -> None:
    """Nothing of the hour or of the machine is in it."""
    assert report_html(full(policies=8)) == report_html(full(policies=8))


def test_both_files_are_written(tmp_path: Path) -> None:
    """Into a folder that is made where it is missing; nothing else is left there."""
    folder = tmp_path / "deep" / "run"
    content, page = write_report(folder, usual())

    assert usual() == read_report(content)
    assert report_html(usual()) == page.read_text(encoding="utf-8")
    assert {"report.json", "report.html"} == {file.name for file in folder.iterdir()}


def test_a_report_that_cannot_be_written_is_an_error_in_one_line(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "run").write_text("")

    with pytest.raises(ConfigError, match=r"cannot make the folder .*run'"):
        write_report(tmp_path / "run", usual())
