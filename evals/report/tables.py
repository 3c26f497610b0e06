"""The tables of a page: buckets, off-policy estimates, settings, and plain ones."""

import json
from collections.abc import Mapping, Sequence

from secondhalf.evals.report.content import OffPolicyRow, Report
from secondhalf.evals.report.figure import Grid
from secondhalf.evals.report.markup import Child, Markup, element
from secondhalf.evals.report.picks import of_kind, shown
from secondhalf.evals.report.text import UNKNOWN, amount, fraction, interval, usd
from secondhalf.state.base import Json
from secondhalf.state.plaintext import one_line

_BUCKET_COLUMNS = 7
_LONGEST_SETTING = 200


def grid_table(grid: Grid) -> Markup:
    """A plain table; its first column heads the rows."""
    head = element("tr", *(element("th", cell, scope="col") for cell in grid.head))
    rows = (table_row(element("bdi", r[0]), [element("bdi", c) for c in r[1:]]) for r in grid.rows)
    return scrolled(element("table", element("thead", head), element("tbody", *rows)))


def scrolled(table: Markup) -> Markup:
    """A table that is moved sideways where it does not fit."""
    return element("div", table, class_="scroll", tabindex="0")


def bucket_table(report: Report) -> Markup | None:
    """Accuracy and cost in each bucket, for the presets and what they are measured against."""
    if not report.buckets:
        return None
    held = {name for bucket in report.buckets for name in bucket.policies}
    names = shown(report, held, max(_BUCKET_COLUMNS, len(of_kind(report, "router"))))
    rows: list[tuple[str, ...]] = []
    for bucket in report.buckets:
        parts = [bucket.policies.get(name) for name in names]
        cells = [
            UNKNOWN if part is None else accuracy_at(part.accuracy, part.cost_usd_per_1k)
            for part in parts
        ]
        rows.append((one_line(bucket.bucket), f"{bucket.prompts:,}", *cells))
    return grid_table(Grid(("bucket", "prompts", *map(one_line, names)), tuple(rows)))


def off_policy_table(rows: Sequence[OffPolicyRow]) -> Markup | None:
    """Estimates from a log beside the truth that the recorded answers give."""
    if not rows:
        return None
    head = ("policy", "estimator", "value", "95 % interval", "truth", "covered", "ESS", "warning")
    cells = [
        (
            one_line(row.policy),
            one_line(row.estimator),
            fraction(row.value),
            interval(row.low, row.high) or UNKNOWN,
            fraction(row.truth),
            UNKNOWN if row.covered is None else "yes" if row.covered else "no",
            amount(row.ess),
            one_line(row.warning),
        )
        for row in rows
    ]
    columns = len(head) if any(row.warning for row in rows) else len(head) - 1
    return grid_table(Grid(head[:columns], tuple(row[:columns] for row in cells)))


def settings_table(settings: Mapping[str, Json], head: str) -> Markup | None:
    """Names and values as they are."""
    if not settings:
        return None
    rows = tuple((one_line(name), _value(value)) for name, value in settings.items())
    return grid_table(Grid((head, "value"), rows))


def _value(value: Json) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = one_line(text)
    return line if len(line) <= _LONGEST_SETTING else f"{line[: _LONGEST_SETTING - 1]}…"


def accuracy_at(accuracy: float | None, cost: float | None) -> str:
    """``.958 at $0.41``."""
    return fraction(accuracy) if cost is None else f"{fraction(accuracy)} at {usd(cost)}"


def table_row(head: Child, cells: Sequence[Child]) -> Markup:
    """A row of a table, with what it is of."""
    return element("tr", element("th", head, scope="row"), *(element("td", c) for c in cells))
