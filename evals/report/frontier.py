"""The main figure: what every policy costs and how often it is right, and the hulls."""

from collections.abc import Callable, Sequence

from secondhalf.evals.report.content import PolicyRow, Report
from secondhalf.evals.report.drawing import Look
from secondhalf.evals.report.figure import Grid, Picture, known, legend
from secondhalf.evals.report.markup import Markup
from secondhalf.evals.report.palette import (
    BASELINE,
    MODEL,
    ORACLE,
    OTHERS,
    PRESET_COLOURS,
    point_looks,
)
from secondhalf.evals.report.picks import (
    MAIN_PRESET,
    best_single,
    in_order,
    is_ours,
    of_kind,
    preset_labels,
    ranking,
)
from secondhalf.evals.report.scale import Axis, cost_axis, linear
from secondhalf.evals.report.scatter import NARROW, WIDE, Hull, Spot, accuracy_axis, scatter
from secondhalf.evals.report.text import fraction, interval, round_usd, share, usd

_DASHES = ("5 4", "2 3", "8 3 2 3")
_MOST_HULLS = 6
Price = Callable[[PolicyRow], float | None]
Writer = Callable[[float | None], str]


def frontier(report: Report) -> Picture | None:
    """Cost and accuracy; the share of strong calls stands for costs that are not known."""
    priced = sum(row.cost_usd_per_1k is not None for row in report.policies)
    shares = sum(row.strong_share is not None for row in report.policies)
    if not max(priced, shares):
        return None
    if priced >= shares:
        spots, hulls = _spots(report, lambda row: row.cost_usd_per_1k, usd), _hulls(report)
        x = cost_axis("US dollars per 1,000 prompts", [spot.x for spot in spots], round_usd)
        return _picture(report, "Cost and accuracy", spots, hulls, x)
    spots = _spots(report, lambda row: row.strong_share, share)
    x = linear("share of prompts sent to the strong model", [spot.x for spot in spots], share)
    return _picture(report, "Share of strong calls and accuracy", spots, [], x)


def _picture(
    report: Report, title: str, spots: Sequence[Spot], hulls: Sequence[Hull], x: Axis
) -> Picture:
    few, others = _spoken_of(report), _further_prices(report)
    wide, missing = scatter(spots, hulls, x, WIDE, lambda row: row.name not in others)
    narrow, _ = scatter(spots, hulls, x, NARROW, lambda row: row.name in few)
    return Picture(
        key="frontier",
        title=title,
        caption=_caption(spots, hulls, missing, further=bool(others)),
        body=(wide, narrow),
        legend=_legend(spots, hulls),
        grid=_grid(spots, x.label),
        wide=True,
    )


def _spots(report: Report, price: Price, write: Writer) -> list[Spot]:
    looks, labels = point_looks(report), preset_labels(report)
    place = {name: at for at, name in enumerate(ranking(report))}
    rows = sorted(report.policies, key=lambda row: place[row.name])
    found = [(row, price(row)) for row in rows]
    return [
        Spot(row, labels.get(row.name, row.name), x, write(x), looks[row.name])
        for row, x in found
        if x is not None
    ]


def _hulls(report: Report) -> list[Hull]:
    """The router's in the main colour, then the models' in grey, then those of baselines."""
    curves = report.curves.frontier
    baselines = {row.name.rpartition("/")[0] for row in of_kind(report, "baseline")}
    ours = [name for name in curves if is_ours(report, name)]
    others = sorted((n for n in curves if n not in ours), key=lambda name: name in baselines)
    looks = [Look(PRESET_COLOURS[MAIN_PRESET]) for _ in ours] + [
        Look(OTHERS[at % len(OTHERS)] if name in baselines else MODEL, _DASHES[at % len(_DASHES)])
        for at, name in enumerate(others)
    ]
    drawn = zip([*ours, *others], looks, strict=True)
    return [Hull(name, known(curves[name]), look) for name, look in drawn][:_MOST_HULLS]


def _spoken_of(report: Report) -> set[str]:
    """Whose labels there is room for on a small screen."""
    single = best_single(report)
    rows = [*of_kind(report, "router", "oracle"), *([single] if single else [])]
    return {row.name for row in rows}


def _further_prices(report: Report) -> set[str]:
    """Baselines at other prices than the main preset's, where they are there at that, too."""
    names = {row.name for row in of_kind(report, "baseline")}
    split = [(name, name.rpartition("/")) for name in names]
    return {
        name
        for name, (family, _, preset) in split
        if family and preset != MAIN_PRESET and f"{family}/{MAIN_PRESET}" in names
    }


def _caption(
    spots: Sequence[Spot], hulls: Sequence[Hull], missing: Sequence[str], *, further: bool
) -> str:
    words = [
        "Up is more accurate, left is cheaper.",
        "Lines through the points are 95 % intervals over prompts.",
    ]
    if hulls:
        words.append("A hull is what mixing the policies on it at random can reach.")
    rows = [spot.row for spot in spots]
    floor = accuracy_axis(rows).low
    if any(row.accuracy < floor for row in rows):
        words.append("A triangle at the foot lies below it, where its figure says.")
    if further:
        words.append(f"Of a baseline at several prices the one of {MAIN_PRESET} is named.")
    if missing:
        words.append(f"For want of room without a label: {', '.join(missing)}.")
    return " ".join(words)


def _legend(spots: Sequence[Spot], hulls: Sequence[Hull]) -> tuple[Markup, ...]:
    presets = [spot for spot in spots if spot.ours]
    kinds = {spot.row.kind for spot in spots}
    shapes = {
        **{f"preset {spot.row.name}": spot.look for spot in presets},
        **({"baseline": Look(BASELINE, shape="square")} if "baseline" in kinds else {}),
        **({"single model": Look(MODEL)} if "model" in kinds else {}),
        **({"oracle": Look(ORACLE, shape="ring")} if "oracle" in kinds else {}),
    }
    lines = {f"hull of {hull.name}": hull.look for hull in hulls}
    return (*legend(shapes, lines=False), *legend(lines, lines=True))


def _grid(spots: Sequence[Spot], head: str) -> Grid:
    price = {spot.row.name: spot.at for spot in spots}
    return Grid(
        ("policy", "kind", "accuracy", "95 % interval", head),
        tuple(
            (
                row.name,
                row.kind,
                fraction(row.accuracy),
                interval(row.accuracy_low, row.accuracy_high),
                price[row.name],
            )
            for row in in_order([spot.row for spot in spots])
        ),
    )
