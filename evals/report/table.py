"""A report as tables for a terminal of 80 columns or more."""

from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from secondhalf.evals.report.content import PolicyRow, Report
from secondhalf.evals.report.glossary import entries
from secondhalf.evals.report.headline import findings, headline
from secondhalf.evals.report.picks import in_order
from secondhalf.evals.report.text import amount, fraction, several, share, shortened, with_interval
from secondhalf.state.plaintext import one_line

NARROW, WIDE = 80, 100
"""Columns: a table is never laid out for fewer, nor for more."""
_FIGURES = 48
"""Columns that the figures take beside the names."""
_STYLES = {"router": "bold", "baseline": "", "model": "", "oracle": "dim"}


def report_screen(report: Report, width: int = WIDE) -> Group:
    """What was found, for a Rich console ``width`` columns wide.

    Every text is literal (``rich.text.Text``), whatever the console makes of markup.
    """
    columns = min(max(width, NARROW), WIDE)
    data = report.data
    about = (
        f"{one_line(data.name)}: {several(data.prompts, 'prompt')}, "
        f"{several(len(data.models), 'model')}, {one_line(report.protocol)}, "
        f"{several(len(report.seeds), 'run')}"
    )
    lines = [Text(f"· {line}") for line in findings(report)]
    parts: list[RenderableType] = [
        Text(about),
        Text(headline(report), style="bold"),
        *lines,
        policy_table(report.policies, columns),
        summary_table(report, columns),
        *_left_out(data.left_out),
    ]
    return Group(*parts)


def policy_table(policies: Sequence[PolicyRow], width: int = WIDE) -> Table:
    """One row per policy, by kind and then by cost; no column of shares or ECE nobody has."""
    rows = in_order(policies)
    names = shortened((row.name for row in rows), width - _FIGURES)
    strong = any(row.strong_share is not None for row in rows)
    ece = any(row.ece is not None for row in rows)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(Text("policy"), no_wrap=True)
    table.add_column(Text("accuracy"), no_wrap=True)
    for column in ("USD/1,000", *(["strong"] if strong else []), *(["ECE"] if ece else [])):
        table.add_column(Text(column), no_wrap=True, justify="right")
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        cells = [
            names[row.name],
            with_interval(row.accuracy, row.accuracy_low, row.accuracy_high),
            amount(row.cost_usd_per_1k),
            *([share(row.strong_share)] if strong else []),
            *([fraction(row.ece)] if ece else []),
        ]
        ends_kind = after is not None and after.kind != row.kind
        table.add_row(*map(Text, cells), style=_STYLES[row.kind], end_section=ends_kind)
    return table


def summary_table(report: Report, width: int = WIDE) -> Table:
    """The summary figures, with and without the first 100 prompts."""
    found = entries(report)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), width=width)
    table.add_column(Text("summary"), no_wrap=True)
    table.add_column(Text("all"), no_wrap=True, justify="right")
    if any(entry.later for entry in found):
        table.add_column(Text("after 100"), no_wrap=True, justify="right")
    table.add_column(Text("meaning"), style="dim", ratio=1)
    for term, value, later in found:
        values = [value, later] if len(table.columns) > 3 else [value]
        table.add_row(*map(Text, [term.label, *values, term.meaning]))
    return table


def _left_out(lines: Sequence[str]) -> Iterator[Text]:
    if lines:
        yield Text("left out:")
    for line in lines:
        yield Text(f"· {one_line(line)}")
