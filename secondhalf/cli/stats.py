"""``secondhalf stats``."""

import math
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from secondhalf.cli import options
from secondhalf.cli.db import age
from secondhalf.cli.jsonout import print_json
from secondhalf.cli.screen import console, money, seconds
from secondhalf.state.plaintext import one_line

if TYPE_CHECKING:
    from rich.text import Text

    from secondhalf.evals.metrics.bootstrap import Interval
    from secondhalf.statistics import Figures, Group, Statistics

_BARS = "▁▂▃▄▅▆▇█"


def moment(value: str | None) -> float | None:
    """A date (2026-05-01, 2026-05-01T12:00) or a span before now (90m, 24h, 7d), as Unix time."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        try:
            span = age(value)
        except typer.BadParameter:
            raise typer.BadParameter(
                f"{value!r} is no time: write a date such as 2026-05-01, or 90m, 24h, 7d, 4w"
            ) from None
        found = time.time() - (span.total_seconds() if span is not None else 0.0)
    if found > time.time():
        raise typer.BadParameter(f"{value!r} is still to come")
    return found


def stats(
    strategy: Annotated[
        str | None, typer.Option("--strategy", metavar="NAME", help="Of this strategy only.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Of routes since a date, or within 7d or 24h; then with the time before beside.",
        ),
    ] = None,
    tenant: Annotated[
        str | None, typer.Option("--tenant", metavar="ID", help="Of this tenant only.")
    ] = None,
    by: Annotated[
        Literal["strategy", "path", "bucket", "tenant"],
        typer.Option("--by", help="What to group by; a bucket is a kind of request."),
    ] = "strategy",
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """Say how routes went: success, quality, cost, latency, and what people said of them."""
    start = moment(since)
    from secondhalf.memory import Memory
    from secondhalf.places import database_to_read
    from secondhalf.statistics import statistics

    with Memory.from_url(database_to_read(db)) as memory:
        found = statistics(memory, by=by, since=start, strategy=strategy, tenant=tenant)
    if as_json:
        print_json(_object(found))
    elif not found.total.now.routes:
        narrowed = (strategy, since, tenant) != (None, None, None)
        print("There are no such routes." if narrowed else "There are no routes yet.")
    else:
        _print_table(found)


def _object(found: "Statistics") -> dict[str, Any]:
    return {
        "since": found.since,
        "until": found.until,
        "by": found.by,
        "total": _plain(found.total),
        "groups": [_plain(group) for group in found.groups],
        "alarms": [alarm._asdict() for alarm in found.alarms],
    }


def _plain(value: Any) -> Any:
    """NamedTuples as objects, and nan, which JSON has not, as null."""
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if hasattr(value, "_asdict"):
        return {name: _plain(part) for name, part in value._asdict().items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownVariableType]


_COLUMNS = (
    "routes", "success", "trend", "judged right", "quality", "ECE", "cost (p90)",
    "latency (p90)", "escalated", "rating", "feedback",
)  # fmt: skip
_FIRST = (
    "routes", "success", "feedback", "cost (p90)", "quality", "judged right",
    "latency (p90)", "rating", "escalated", "trend", "ECE",
)  # fmt: skip
"""The same in the order in which a narrow screen gives them room."""
_EDGES, _GAP = 2, 3
"""Columns of a screen that a table takes besides, and that lie between two of its own."""
_SHORTEST = 10
"""Characters of a name that are worth more than a figure."""


def _print_table(found: "Statistics") -> None:
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    alone = len(found.groups) == 1 and found.by != "path"
    rows: list[tuple[list[Text], str]] = []
    for group in found.groups if alone else (*found.groups, found.total):
        rows.append((_cells(group, "(all)" if group is found.total else group.name), ""))
        if group.before is not None and group.before.routes:
            rows.append((_figures(group.before, "  before", ""), "dim"))
    screen = console()
    headers = (found.by, *_COLUMNS)
    columns = zip(headers, *(cells for cells, _ in rows), strict=True)
    widths = [max(cell_len(str(text)) for text in column) for column in columns]
    fit = _fit(widths, screen.width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place in (0, *fit.places):
        table.add_column(headers[place], justify="right" if place else "left", no_wrap=True)
    for cells, style in rows:
        name = Text(_cut(cells[0].plain, fit.name))
        table.add_row(name, *(cells[place] for place in fit.places), style=style)
    screen.print(table)
    left_out = [name for place, name in enumerate(_COLUMNS, 1) if place not in fit.places]
    if left_out:
        screen.print(f"No room for {', '.join(left_out)}: use a wider screen, or --json.")
    for line in _remarks(found):
        screen.print(line)


class _Fit(NamedTuple):
    """Which columns there is room for, the name's apart, and how much is left for that."""

    places: list[int]
    name: int


def _fit(widths: Sequence[int], screen: int) -> _Fit:
    """Of columns of these ``widths``, the name's first. The number of routes always has room."""
    room, places = screen - _EDGES, list[int]()
    least = min(_SHORTEST, widths[0])
    for place in map((0, *_COLUMNS).index, _FIRST):
        left = room - _GAP - widths[place]
        if places and left < least:
            break
        places.append(place)
        room = left
    return _Fit(sorted(places), max(1, room))


def _cut(name: str, most: int) -> str:
    """``name`` without its middle, where it is too long: many begin alike."""
    end = (most - 1) // 2
    return name if len(name) <= most else f"{name[: most - 1 - end]}…{name[len(name) - end :]}"


def _cells(group: "Group", name: str) -> "list[Text]":
    cells = _figures(group.now, name, _sparkline(group.trend))
    before = group.before
    if before is not None and before.ended and group.now.ended:
        if group.now.success.low > before.success.high:
            cells[2].stylize("green")
        elif group.now.success.high < before.success.low:
            cells[2].stylize("red")
    return cells


def _figures(figures: "Figures", name: str, trend: str) -> "list[Text]":
    from rich.text import Text

    cost, latency = figures.cost_usd, figures.latency_s
    cells = (
        one_line(name, 40),
        f"{figures.routes:,}",
        _share(figures.success),
        trend,
        f"{_share(figures.right)} of {figures.judged:,}" if figures.judged else "",
        _number(figures.quality),
        _number(figures.ece),
        f"{money(cost.mean)} ({money(cost.p90)})" if figures.ended else "",
        f"{seconds(latency.mean)} ({seconds(latency.p90)})" if figures.ended else "",
        "" if math.isnan(figures.escalation_rate) else f"{figures.escalation_rate:.0%}",
        _number(figures.user_rating, 1),
        f"{figures.feedback:,}" if figures.feedback else "",
    )
    return [Text(cell) for cell in cells]


def _share(interval: "Interval") -> str:
    if math.isnan(interval.mean):
        return ""
    return f"{interval.mean:.0%} [{interval.low:.0%}–{interval.high:.0%}]"


def _number(value: float, digits: int = 2) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}"


def _sparkline(shares: tuple[float, ...]) -> str:
    last = len(_BARS) - 1
    return "".join("·" if math.isnan(one) else _BARS[round(one * last)] for one in shares)


def _remarks(found: "Statistics") -> list[str]:
    now = found.total.now
    lines: list[str] = []
    if now.routes > now.ended:
        lines.append(f"{now.routes - now.ended} of {now.routes} have not ended.")
    if now.abandoned:
        lines.append(f"{now.abandoned} asked their user something who never answered.")
    lines += [
        f"drift: {one_line(alarm.arm)} on {one_line(alarm.bucket)} does otherwise than before, "
        f"since {time.strftime('%Y-%m-%d %H:%M', time.localtime(alarm.at))}"
        for alarm in found.alarms
    ]
    return lines
