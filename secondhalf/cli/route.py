"""``secondhalf route``."""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from secondhalf.cli import options
from secondhalf.cli.prompt import read_prompt
from secondhalf.cli.running import Manner, run_and_show

if TYPE_CHECKING:
    from secondhalf.state.config import RouterConfig
    from secondhalf.state.request import RouteContext


def route(
    prompt: Annotated[str, typer.Argument(help="What you want to know; - reads standard input.")],
    config: options.Config = None,
    db: options.Db = None,
    thread: Annotated[
        str | None,
        typer.Option(
            "--thread", metavar="ID", callback=options.name, help="A conversation to go on with."
        ),
    ] = None,
    docs: Annotated[
        Path | None, typer.Option("--docs", metavar="DIR", help="A folder of documents to search.")
    ] = None,
    strategy: Annotated[
        str | None,
        typer.Option("--strategy", metavar="NAME", help="Take this strategy, whatever the rules."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="Ask this configured model only.")
    ] = None,
    preset: Annotated[
        Literal["economy", "thrifty", "balanced", "thorough", "quality"] | None,
        typer.Option("--preset", help="What money and time are worth."),
    ] = None,
    budget_usd: Annotated[
        float | None,
        typer.Option(
            "--budget-usd", metavar="X", callback=options.amount, help="US dollars it may cost."
        ),
    ] = None,
    budget_seconds: Annotated[
        float | None,
        typer.Option(
            "--budget-seconds", metavar="S", callback=options.amount, help="Seconds it may take."
        ),
    ] = None,
    no_clarify: Annotated[bool, typer.Option("--no-clarify", help="Never ask back.")] = False,
    principal: options.Principal = None,
    tenant: options.Tenant = "",
    show_unverified: options.ShowUnverified = False,
    as_json: options.AsJson = False,
    stream: options.Stream = False,
) -> None:
    """Route a prompt: analyze it, search for an answer, verify it, remember how it went."""
    text = read_prompt(prompt)
    manner = Manner(thread or uuid.uuid4().hex, db, as_json, stream, show_unverified)

    def context() -> "RouteContext":
        from secondhalf.state.budget import Budget
        from secondhalf.state.request import RouteContext

        return RouteContext(
            budget=Budget(usd=budget_usd, seconds=budget_seconds),
            preset=preset,
            strategy=strategy,
            model=model,
            clarify=not no_clarify,
            principal=principal or "",
            tenant=tenant,
        )

    def configure() -> "RouterConfig":
        from secondhalf.api import configured

        return configured(config, docs)

    code = run_and_show(
        lambda session: session.route(text, context(), manner.thread), configure, manner
    )
    raise typer.Exit(code)
