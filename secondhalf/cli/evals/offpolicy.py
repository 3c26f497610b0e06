"""``secondhalf eval offpolicy``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondhalf.cli import options

if TYPE_CHECKING:
    from secondhalf.evals.offpolicy import Estimate


def offpolicy(
    log: Annotated[
        Path,
        typer.Argument(
            metavar="LOG",
            help='JSONL, a choice a line: {"action", "propensity", "reward", "target": '
            '{"action": probability}}.',
        ),
    ],
    as_json: options.AsJson = False,
) -> None:
    """Estimate how well another policy would have done, from logged choices and propensities."""
    from secondhalf.evals.offpolicy import evaluate
    from secondhalf.evals.offpolicy_log import read_log

    found = evaluate(read_log(log))
    estimates = {"ips": found.ips, "snips": found.snips, "dr": found.dr}
    if as_json:
        from secondhalf.cli.jsonout import print_json

        print_json({name: _object(estimate) for name, estimate in estimates.items()})
        return
    for name, estimate in estimates.items():
        print(_line(name.upper(), estimate))
    if not found.snips.overlap:
        print(f"too little overlap to say anything: {found.snips.warning}")


def _object(estimate: "Estimate") -> dict[str, object]:
    return {
        name: None if isinstance(value, float) and value != value else value
        for name, value in estimate._asdict().items()
    }


def _line(name: str, estimate: "Estimate") -> str:
    figures = f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
    doubt = "" if estimate.overlap else " (not to be trusted)"
    return f"{name:<6}{figures}, worth {estimate.ess:.0f} rows{doubt}"
