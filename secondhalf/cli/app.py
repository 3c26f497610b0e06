"""The commands, put together."""

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from secondhalf.cli import db, policy
from secondhalf.cli.check import check
from secondhalf.cli.evals import group as evals
from secondhalf.cli.exits import Interrupted, explain
from secondhalf.cli.feedback import feedback
from secondhalf.cli.forget import forget
from secondhalf.cli.graph import graph
from secondhalf.cli.reflect import reflect
from secondhalf.cli.resume import resume
from secondhalf.cli.route import route
from secondhalf.cli.routes import routes
from secondhalf.cli.stats import stats
from secondhalf.cli.trace import trace


class _Group(TyperGroup):
    """Keeps Ctrl-C and a closed pipe from taking exit codes that are documented otherwise."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the chosen command; whatever it printed is out when this returns."""
        try:
            done = super().invoke(ctx)
            sys.stdout.flush()
            return done
        except KeyboardInterrupt:
            raise Interrupted("interrupted") from None


app = typer.Typer(cls=_Group, add_completion=False, no_args_is_help=True, rich_markup_mode="rich")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"secondhalf {version('secondhalf')}")
        raise typer.Exit


@app.callback()
def secondhalf(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """An LLM router that reasons, searches and learns; its every step is durable.

    Exit codes: 0 answered; 2 bad input or configuration; 3 no answer good enough;
    4 waiting for you; 1 anything else.
    """


for _command in (route, resume, routes, trace, graph, feedback, stats, forget, reflect, check):
    app.command()(_command)
app.add_typer(evals, name="eval")
app.add_typer(policy.group, name="policy")
app.add_typer(db.group, name="db")


def run(args: Sequence[str] | None = None) -> int:
    """Runs the command line; returns its exit code, an error having been said on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal's encoding may lack a character
    try:
        code = app(args, prog_name="secondhalf", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except Exception as error:  # noqa: BLE001 - the outermost place: every error ends as one line
        return explain(error, sys.argv[1:] if args is None else args)
    except KeyboardInterrupt:
        return explain(Interrupted("interrupted"))
