"""``secondhalf reflect``."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondhalf.cli import options
from secondhalf.cli.exits import WAITING
from secondhalf.cli.jsonout import print_json
from secondhalf.cli.screen import money
from secondhalf.state.errors import InputError
from secondhalf.state.plaintext import one_line

if TYPE_CHECKING:
    from secondhalf.state.reflecting import ReflectReport

_EACH = 60.0
"""Seconds between two looks with --watch."""


def reflect(
    strategy: Annotated[
        str | None, typer.Option("--strategy", metavar="NAME", help="Findings about this only.")
    ] = None,
    approve: Annotated[
        bool | None,
        typer.Option("--approve/--decline", help="Your word on a proposal that waits for it."),
    ] = None,
    if_due: Annotated[
        bool, typer.Option("--if-due", help="Do nothing unless enough has happened since.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again and again, whenever it is due.")
    ] = False,
    budget_usd: Annotated[
        float | None,
        typer.Option(
            "--budget-usd", callback=options.amount, metavar="X", help="What it may spend."
        ),
    ] = None,
    tenant: options.Tenant = "",
    config: options.Config = None,
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """Look back on past routes: what to change, whether that is better, and what is in use.

    Exit code 4: a person has to approve a proposal.
    """
    if watch and as_json:
        raise InputError("--watch goes on for ever; leave out --json, or use --if-due")
    from secondhalf.learning import reflect as look_back

    settings: dict[str, Any] = {
        "config": config,
        "db": db,
        "tenant": tenant,
        "strategy": strategy,
        "budget_usd": budget_usd,
        "only_if_due": if_due or watch,
        "answer": None if approve is None else ("yes" if approve else "no"),
    }
    report = look_back(**settings)
    _show(report, as_json)
    while watch:
        time.sleep(_EACH)
        found = look_back(**settings)
        if found.events or found.found:
            _show(found, as_json)
    if report.question:
        raise typer.Exit(WAITING)


def _show(report: "ReflectReport", as_json: bool) -> None:
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    from secondhalf.policy.learning.describing import change_line

    for one in report.found:
        changes = "; ".join(change_line(change) for change in one.changes)
        print(one_line(f"found {one.id}: {one.summary} → {changes}"))
    for note in report.notes:
        print(one_line(note))
    if report.question:
        print(one_line(report.question))
        print("Your word is needed: secondhalf reflect --approve, or --decline")
    if not (report.found or report.notes or report.question):
        print("Nothing new was found.")
    standing = report.standing
    parts = [f"{report.routes} routes", money(report.spent_usd), f"active {standing.active}"]
    if standing.stage != "settled":
        parts.append(f"{standing.stage} {standing.other}")
    print(one_line(" · ".join(parts)))
