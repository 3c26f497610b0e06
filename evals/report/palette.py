"""One look for each policy, the same in every chart of a page."""

from collections.abc import Mapping

from secondhalf.evals.report.content import Report
from secondhalf.evals.report.drawing import Look
from secondhalf.evals.report.picks import MAIN_PRESET, is_ours, of_kind, preset_of, ranking
from secondhalf.state.policy import PRESETS

PRESET_COLOURS: Mapping[str, str] = {preset: f"c{at}" for at, preset in enumerate(PRESETS)}
OTHERS = tuple(f"c{at}" for at in range(len(PRESETS), len(PRESETS) + 5))
"""Colours of lines that are not the router's; ``page`` classes, defined in ``style.py``."""
MODEL, BASELINE, ORACLE = "grey", "rival", "ink"
"""Colours of points, which are told apart by their labels."""
_DASHES = ("6 3", "2 3", "8 3 2 3", "10 4")


def line_looks(report: Report) -> dict[str, Look]:
    """How each line of the report is drawn: presets whole, all others dashed."""
    looks = _preset_looks(report)
    place = 0
    for name in _lines(report):
        if name in looks:
            continue
        if is_ours(report, name):
            looks[name] = Look(PRESET_COLOURS[MAIN_PRESET], shape="diamond")
            continue
        dash = _DASHES[place // len(OTHERS) % len(_DASHES)]
        looks[name] = Look(OTHERS[place % len(OTHERS)], dash, "square")
        place += 1
    return looks


def _lines(report: Report) -> list[str]:
    """Names of all that is drawn as a line or a bar, the ones first looked for in front."""
    curves = report.curves
    drawn = dict.fromkeys([*curves.regret, *curves.pgr, *curves.risk_coverage, *curves.roc])
    drawn |= dict.fromkeys(row.policy for row in report.calibration)
    drawn |= dict.fromkeys(row.policy for row in report.robustness)
    known = [name for name in ranking(report) if name in drawn]
    return [*known, *(name for name in drawn if name not in known)]


def point_looks(report: Report) -> dict[str, Look]:
    """How each policy's point is drawn: presets in their colours, all others by kind."""
    kinds = {
        "model": Look(MODEL, shape="disc"),
        "baseline": Look(BASELINE, shape="square"),
        "oracle": Look(ORACLE, shape="ring"),
    }
    presets = _preset_looks(report)
    return {row.name: presets.get(row.name) or kinds[row.kind] for row in report.policies}


def _preset_looks(report: Report) -> dict[str, Look]:
    free = [colour for colour in OTHERS if colour not in PRESET_COLOURS.values()]
    looks: dict[str, Look] = {}
    for place, row in enumerate(of_kind(report, "router")):
        colour = PRESET_COLOURS[preset_of(row.name)]
        used = any(look.colour == colour for look in looks.values())
        looks[row.name] = Look(free[place % len(free)] if used else colour, shape="diamond")
    return looks
