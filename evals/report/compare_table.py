"""A comparison as tables for a terminal of 80 columns or more."""

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from secondhalf.evals.report.comparison import Comparison, Versus
from secondhalf.evals.report.sentences import points, relative
from secondhalf.evals.report.table import NARROW, WIDE
from secondhalf.evals.report.text import amount, fraction, several, shorten, shortened
from secondhalf.state.plaintext import one_line

_STYLES = {"better": "green", "worse": "red"}


def comparison_screen(comparison: Comparison, width: int = WIDE) -> Group:
    """What was found, for a Rich console ``width`` columns wide; every text is literal."""
    columns = min(max(width, NARROW), WIDE)
    single = len(comparison.versus) == 1
    style = "bold" if single else ""
    parts: list[RenderableType] = [Text(one_line(comparison.sentence), style=style)]
    if single:
        parts.append(_one(comparison, comparison.versus[0]))
    else:
        parts.append(_many(comparison, columns))
    parts.append(Text(f"over {several(comparison.prompts, 'prompt')} in common"))
    parts += [Text(f"· {one_line(line)}") for line in comparison.warnings]
    return Group(*parts)


def _one(comparison: Comparison, found: Versus) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(Text(""), no_wrap=True)
    sides = ((comparison.a, found.policy_a), (comparison.b, found.policy_b))
    for run, policy in sides:
        lines = [policy] if comparison.one_run else [run, policy]
        head = Text("\n".join(shorten(line, 20) for line in lines))
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column(Text("difference [95 %]"), no_wrap=True)
    accuracies = (fraction(found.accuracy_a), fraction(found.accuracy_b))
    costs = (amount(found.cost_usd_per_1k_a), amount(found.cost_usd_per_1k_b))
    rows = [
        ("accuracy", *accuracies, points(found.accuracy)),
        ("USD/1,000", *costs, relative(found.cost_ratio)),
    ]
    for preset, gain in found.utility.items():
        mark = " *" if preset == found.price else ""
        rows.append((f"utility, {preset}{mark}", "", "", points(gain)))
    for row in rows:
        table.add_row(*map(Text, row))
    table.caption = Text("* the price that the verdict goes by")
    table.caption_justify = "left"
    return table


def _many(comparison: Comparison, width: int) -> Table:
    names = shortened((found.policy_b for found in comparison.versus), width - 60)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for head in ("policy", "accuracy [95 %]", "cost [95 %]", "verdict"):
        table.add_column(Text(head), no_wrap=True)
    for found in comparison.versus:
        cells = (
            names[found.policy_b],
            points(found.accuracy),
            relative(found.cost_ratio),
            found.verdict,
        )
        table.add_row(*map(Text, cells), style=_STYLES.get(found.verdict, ""))
    return table
