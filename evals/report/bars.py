"""Figures that are bars: who answered, by which path, and how robust the choices are."""

from collections.abc import Iterator, Mapping, Sequence

from secondhalf.evals.report.content import Report, RobustnessRow
from secondhalf.evals.report.drawing import drawing, rectangle, text
from secondhalf.evals.report.figure import Grid, Picture, mark_entry
from secondhalf.evals.report.markup import Markup
from secondhalf.evals.report.palette import line_looks
from secondhalf.evals.report.picks import in_order, of_kind, shown
from secondhalf.evals.report.text import amount, fraction, share, shorten
from secondhalf.state.plaintext import one_line

_WIDTH = 480.0
_MOST_PARTS = 8
"""Parts of a stacked bar; the rest is one part."""
_MOST_ROWS = 8
_MOST_POLICIES = 4
_REST = "all others"
Shares = Mapping[str, float]


def models(report: Report) -> Picture | None:
    """Which model's answer was given."""
    return _stacked(
        _shares(report, "answered_by"),
        key="models",
        title="Whose answer was given",
        caption="Share of the prompts by the model whose answer was given, for each preset.",
        noun="model",
    )


def paths(report: Report) -> Picture | None:
    """Which path of the router led to the answer."""
    return _stacked(
        _shares(report, "paths"),
        key="paths",
        title="Which path answered",
        caption="Share of the prompts by the path that led to the answer, for each preset.",
        noun="path",
    )


def robustness(report: Report) -> Picture | None:
    """Choices that stay when a prompt is put in other words."""
    known = [row for row in report.robustness if row.robustness is not None]
    if not known:
        return None
    names = shown(report, {row.policy for row in known}, _MOST_POLICIES)
    drawn = [row for row in known if row.policy in names]
    left = len({row.policy for row in known}) - len(names)
    return Picture(
        key="robustness",
        title="Robustness",
        caption="Share of the prompts for which the choice stays the same when the prompt is "
        "changed and its meaning is not." + (f" {left} more in the table below." if left else ""),
        body=(_robustness_bars(drawn, report),),
        legend=(),
        grid=Grid(
            ("change", "policy", "prompts", "flips", "robustness"),
            tuple(
                (
                    row.perturbation,
                    row.policy,
                    amount(row.matched),
                    amount(row.flips),
                    fraction(row.robustness),
                )
                for row in report.robustness
            ),
        ),
    )


def _shares(report: Report, field: str) -> dict[str, Shares]:
    found: dict[str, Shares] = {}
    for row in in_order(of_kind(report, "router"))[:_MOST_ROWS]:
        shares: Mapping[str, float | None] = getattr(row, field)
        known = {name: value for name, value in shares.items() if value is not None and value > 0}
        if known:
            found[row.name] = known
    return found


def _stacked(
    bars: Mapping[str, Shares], *, key: str, title: str, caption: str, noun: str
) -> Picture | None:
    if not bars:
        return None
    parts = _parts(bars)
    marks: list[Markup] = []
    for place, (name, shares) in enumerate(bars.items()):
        top = 50.0 * place
        marks.append(text(0, top + 13, shorten(name, 60), "rowname"))
        marks += _segments(shares, parts, top + 19)
    named = {part: f"part p{at}" for at, part in enumerate(parts)}
    return Picture(
        key=key,
        title=title,
        caption=caption,
        body=(drawing(_WIDTH, 50.0 * len(bars), f"Shares by {noun}", *marks),),
        legend=tuple(mark_entry(shorten(part, 40), css) for part, css in named.items()),
        grid=Grid(
            ("policy", noun, "share"),
            tuple(
                (name, part, share(value))
                for name, shares in bars.items()
                for part, value in sorted(shares.items(), key=lambda item: -item[1])
            ),
        ),
    )


def _parts(bars: Mapping[str, Shares]) -> list[str]:
    """What the bars are made of, the largest first; the smallest are one."""
    total: dict[str, float] = {}
    for shares in bars.values():
        for part, value in shares.items():
            total[part] = total.get(part, 0.0) + value
    ordered = sorted(total, key=lambda part: -total[part])
    if len(ordered) <= _MOST_PARTS:
        return ordered
    return [*ordered[: _MOST_PARTS - 1], _REST]


def _segments(shares: Shares, parts: Sequence[str], top: float) -> Iterator[Markup]:
    named = {part: shares.get(part, 0.0) for part in parts}
    if _REST in named:
        named[_REST] += sum(value for part, value in shares.items() if part not in named)
    left, whole = 0.0, max(1.0, sum(named.values()))
    for place, (part, value) in enumerate(named.items()):
        width = _WIDTH * value / whole
        if width > 0:
            tip = f"{one_line(part)}: {share(value)}"
            yield rectangle(left, top, max(width - 1, 0.5), 22, f"part p{place}", tip)
        if width > 38:
            yield text(left + width / 2, top + 15.5, share(value), f"inside p{place}", "middle")
        left += width


def _robustness_bars(rows: Sequence[RobustnessRow], report: Report) -> Markup:
    looks = line_looks(report)
    start, end, top = 150.0, _WIDTH - 48, 0.0
    marks: list[Markup] = []
    for change in dict.fromkeys(row.perturbation for row in rows):
        marks.append(text(0, top + 15, shorten(change, 60), "rowname"))
        top += 22
        for row in rows:
            if row.perturbation != change or row.robustness is None:
                continue
            colour = looks[row.policy].colour
            tip = f"{row.policy}: {row.flips:,.0f} flips in {row.matched:,.0f} prompts"
            width = (end - start) * min(max(row.robustness, 0), 1)
            marks += [
                text(start - 8, top + 11.5, shorten(row.policy, 18), anchor="end"),
                rectangle(start, top, end - start, 14, "trough", ""),
                rectangle(start, top, width, 14, f"fill {colour}", tip),
                text(end + 8, top + 11.5, fraction(row.robustness), "value"),
            ]
            top += 18
        top += 10
    return drawing(_WIDTH, top, "Bars of robustness by change and policy", *marks)
