"""The table of all policies with all their figures."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from secondhalf.evals.report.chart import Size
from secondhalf.evals.report.content import PolicyRow, Report
from secondhalf.evals.report.drawing import drawing, line, marker
from secondhalf.evals.report.markup import Child, Markup, element
from secondhalf.evals.report.palette import point_looks
from secondhalf.evals.report.picks import in_order
from secondhalf.evals.report.scatter import accuracy_axis
from secondhalf.evals.report.tables import accuracy_at, scrolled, table_row
from secondhalf.evals.report.text import UNKNOWN, amount, fraction, share, usd, with_interval
from secondhalf.state.plaintext import one_line

_KIND_NAMES = {
    "router": "Presets of the router",
    "baseline": "Baselines",
    "model": "Single models",
    "oracle": "Oracles: what nobody can know",
}
_STRIP = Size(width=120, height=18, left=4, right=4)


class Column(NamedTuple):
    """A column of the table: a field of ``PolicyRow``; left out if it is empty everywhere."""

    field: str
    head: str
    meaning: str
    write: Callable[[float | None], str]

    def value(self, row: PolicyRow) -> float | None:
        """The field."""
        found: float | None = getattr(row, self.field)
        return found


def _two(value: float | None) -> str:
    return fraction(value, 2)


COLUMNS = (
    Column("cost_usd_per_1k", "USD / 1,000", "US dollars per 1,000 prompts", usd),
    Column("strong_share", "strong", "share sent to the strong model", share),
    Column("opened", "opened", "answers opened per prompt", _two),
    Column("escalation_rate", "escalated", "share that went on to another model", share),
    Column("latency_s", "seconds", "recorded seconds per prompt", amount),
    Column("quality", "quality", "what it says of its answers", fraction),
    Column("ece", "ECE", "how far that is from the accuracy", fraction),
    Column("arena", "arena", "RouterArena's score S", fraction),
    Column("violations", "violations", "share of prompts over budget", share),
)


def policy_table(report: Report) -> Markup:
    """Every policy with all its figures, by kind and cost; intervals are drawn as well."""
    rows = in_order(report.policies)
    columns = [c for c in COLUMNS if any(c.value(row) is not None for row in rows)]
    heads = [
        element("th", "policy", scope="col"),
        element("th", "accuracy", scope="col", colspan=2),
    ]
    heads += [element("th", c.head, scope="col", title=c.meaning) for c in columns]
    later = any(row.after_100 is not None for row in rows)
    if later:
        heads.append(element("th", "after 100", scope="col", title="without the first 100 prompts"))
    strips = _strips(report, rows)
    bodies: list[Markup] = []
    for kind, title in _KIND_NAMES.items():
        ours = [row for row in rows if row.kind == kind]
        if not ours:
            continue
        span = 3 + len(columns) + later
        group = element("tr", element("th", title, scope="rowgroup", colspan=span, class_="group"))
        lines = [_policy_row(row, strips[row.name], columns, later=later) for row in ours]
        bodies.append(element("tbody", group, *lines, class_=kind))
    table = element("table", element("thead", element("tr", *heads)), *bodies, class_="policies")
    return scrolled(table)


def _policy_row(row: PolicyRow, strip: Markup, columns: Sequence[Column], *, later: bool) -> Markup:
    figures = with_interval(row.accuracy, row.accuracy_low, row.accuracy_high)
    cells: list[Child] = [figures, strip, *(c.write(c.value(row)) for c in columns)]
    if later:
        part = row.after_100
        cells.append(UNKNOWN if part is None else accuracy_at(part.accuracy, part.cost_usd_per_1k))
    return table_row(element("bdi", one_line(row.name)), cells)


def _strips(report: Report, rows: Sequence[PolicyRow]) -> dict[str, Markup]:
    """Intervals on the main figure's axis, one small drawing per policy."""
    if not rows:
        return {}
    looks, axis = point_looks(report), accuracy_axis(rows)
    middle, reach = _STRIP.height / 2, _STRIP.width - _STRIP.left - _STRIP.right

    def across(value: float) -> float:
        return _STRIP.left + reach * min(max(axis.part(value), 0.0), 1.0)

    strips: dict[str, Markup] = {}
    for row in rows:
        look = looks[row.name]
        if row.accuracy < axis.low:
            look = look._replace(shape="before")
        marks = [line(0, middle, _STRIP.width, middle, "grid")]
        if row.accuracy_low is not None and row.accuracy_high is not None:
            start, end = across(row.accuracy_low), across(row.accuracy_high)
            marks.append(line(start, middle, end, middle, f"whisker bold {look.colour}"))
        marks.append(marker(across(row.accuracy), middle, look))
        label = f"accuracy {fraction(row.accuracy)}"
        strips[row.name] = drawing(_STRIP.width, _STRIP.height, label, *marks, css="strip")
    return strips
