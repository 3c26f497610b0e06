"""``secondhalf eval compare``."""

from pathlib import Path
from typing import Annotated

import typer

from secondhalf.cli import options


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="The folder of one run.")],
    b: Annotated[
        Path | None,
        typer.Argument(metavar="[B]", help="The folder of another; by default A itself."),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option("--policy", metavar="NAME", help="Of A; by default the best preset."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="NAME", help="Of B; by default the same as of A."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every policy that both runs have.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Say which of two policies is better, by how much, and whether that is more than noise."""
    from secondhalf.evals.report.compare import compare as compared
    from secondhalf.evals.report.content import read_report
    from secondhalf.evals.report.played import read_played

    one, played_one = read_report(a), read_played(a)
    same = b is None or b.resolve() == a.resolve()
    other, played_other = (one, played_one) if same else (read_report(b or a), read_played(b or a))
    found = compared(
        one,
        other,
        played_one,
        played_other,
        policy=policy,
        against=against,
        every=every,
        names=(a.name or "A", (b or a).name or "B"),
    )
    if as_json:
        from secondhalf.cli.jsonout import print_json

        print_json(found.model_dump(mode="json"))
        return
    from secondhalf.cli.screen import console
    from secondhalf.evals.report.compare_table import comparison_screen

    screen = console()
    screen.print(comparison_screen(found, screen.width))
