"""A report as one HTML page that needs nothing else: no script, no font, no network."""

from collections.abc import Iterator

from secondhalf.evals.report.content import Report
from secondhalf.evals.report.figure import Picture
from secondhalf.evals.report.glossary import Entry, entries
from secondhalf.evals.report.headline import findings, headline
from secondhalf.evals.report.limits import limits
from secondhalf.evals.report.markup import Markup, element, join
from secondhalf.evals.report.plots import plots
from secondhalf.evals.report.roster import policy_table
from secondhalf.evals.report.style import CSS
from secondhalf.evals.report.tables import (
    bucket_table,
    grid_table,
    off_policy_table,
    settings_table,
)
from secondhalf.evals.report.text import several
from secondhalf.state.plaintext import one_line

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def report_html(report: Report) -> str:
    """The page. All that comes from data is escaped where it becomes markup (``markup.py``)."""
    pictures = plots(report)
    sections = list(_sections(report, pictures))
    body = element(
        "body",
        _header(report),
        _contents(sections),
        element("main", *(section for _, _, section in sections)),
        element("footer", element("p", f"Written by secondhalf {report.secondhalf_version}.")),
    )
    return "<!doctype html>\n" + element("html", _head(report), body, lang="en") + "\n"


def _head(report: Report) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"RouterEval: {one_line(report.data.name)}"),
        element("style", Markup(CSS)),
    )


def _header(report: Report) -> Markup:
    data = report.data
    facts = [
        several(data.prompts, "prompt"),
        several(len(data.models), "model"),
        f"protocol {report.protocol}",
        f"order {report.order}",
        several(len(report.seeds), "run"),
        report.made_at,
    ]
    return element(
        "header",
        element("p", "RouterEval", class_="kicker"),
        element("h1", element("bdi", one_line(data.name))),
        element("p", *(element("span", element("bdi", fact)) for fact in facts), class_="facts"),
        element("p", element("bdi", headline(report)), class_="headline"),
        element("ul", *(element("li", element("bdi", f)) for f in findings(report))),
    )


def _contents(sections: list[tuple[str, str, Markup]]) -> Markup:
    links = (element("a", title, href=f"#{key}") for key, title, _ in sections)
    return element("nav", *links, aria_label="On this page")


def _sections(report: Report, pictures: tuple[Picture, ...]) -> Iterator[tuple[str, str, Markup]]:
    """Sections by their anchor and title, as far as there is something in them."""
    cards = [_card(entry) for entry in entries(report)]
    if cards:
        yield _section("summary", "Summary", element("dl", *cards, class_="cards"))
    if pictures:
        figures = element("div", *map(_figure, pictures), class_="figures")
        yield _section("figures", "Figures", figures)
    yield _section("policies", "Policies", policy_table(report))
    buckets = bucket_table(report)
    if buckets is not None:
        yield _section("buckets", "By bucket", buckets)
    estimates = off_policy_table(report.off_policy)
    if estimates is not None:
        words = element(
            "p",
            "What a log of another policy alone would have said of a policy, beside the truth. "
            "An estimate that warns is not to be relied on.",
        )
        yield _section("off-policy", "Off-policy estimates", words, estimates)
    yield _section("limits", "What was left out, and the limits", *_left_out(report))
    run = [settings_table(report.settings, "setting"), settings_table(report.extra, "figure")]
    if any(run):
        yield _section("run", "The run", *(table for table in run if table is not None))


def _section(key: str, title: str, *content: Markup) -> tuple[str, str, Markup]:
    return key, title, element("section", element("h2", title), *content, id=key)


def _card(entry: Entry) -> Markup:
    later = [element("dd", f"after the first 100 prompts {entry.later}")] if entry.later else []
    return element(
        "div",
        element("dt", entry.term.label),
        element("dd", entry.value, class_="value"),
        element("dd", entry.term.meaning),
        *later,
    )


def _figure(picture: Picture) -> Markup:
    legend = [element("ul", *picture.legend, class_="legend")] if picture.legend else []
    return element(
        "figure",
        element("h3", picture.title),
        element("figcaption", picture.caption),
        element("div", *picture.body, class_="plot"),
        *legend,
        element("details", element("summary", "The numbers"), grid_table(picture.grid)),
        id=picture.key,
        class_="wide" if picture.wide else None,
    )


def _left_out(report: Report) -> Iterator[Markup]:
    left_out = [element("li", element("bdi", one_line(line))) for line in report.data.left_out]
    yield element("h3", "Left out")
    yield element("ul", *left_out) if left_out else element("p", "Nothing was left out.")
    yield element("h3", "Limits")
    yield element("ul", *(element("li", element("bdi", line)) for line in limits(report)))
    yield element("p", join("Data: ", element("bdi", one_line(report.data.file))))
