"""``secondhalf eval``: evaluate routing policies on recorded answers."""

import typer

from secondhalf.cli.evals.compare import compare
from secondhalf.cli.evals.convert import convert
from secondhalf.cli.evals.offpolicy import offpolicy
from secondhalf.cli.evals.report import report
from secondhalf.cli.evals.run import run
from secondhalf.cli.evals.serve import serve

group = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Evaluate routing policies on recorded answers (RouterEval).",
)
for _command in (run, compare, report, offpolicy, serve, convert):
    group.command()(_command)
