"""All figures of a page, in the order they are read."""

from secondhalf.evals.report.bars import models, paths, robustness
from secondhalf.evals.report.content import Report
from secondhalf.evals.report.figure import Picture
from secondhalf.evals.report.frontier import frontier
from secondhalf.evals.report.lines import pgr, regret, risk_coverage, roc
from secondhalf.evals.report.reliability import reliability


def plots(report: Report) -> tuple[Picture, ...]:
    """The figures that this report has something to show in."""
    makers = (frontier, pgr, regret, models, paths, reliability, risk_coverage, roc, robustness)
    return tuple(picture for make in makers if (picture := make(report)) is not None)
