"""``secondhalf eval run``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from secondhalf.cli import options
from secondhalf.cli.evals.progress import Meter
from secondhalf.cli.exits import Interrupted

Text = str | None


def run(
    data: Annotated[
        str,
        typer.Option(
            "--data",
            metavar="FILE",
            help="Recorded answers: JSONL, CSV or Parquet, .gz too; "
            "or the database URL of a router, to evaluate on its traffic.",
        ),
    ],
    dataset: Annotated[
        Text, typer.Option("--dataset", metavar="NAME", help="Which one, if FILE holds several.")
    ] = None,
    protocol: Annotated[
        Literal["prequential", "kfold"],
        typer.Option("--protocol", help="Give labels after each route, or none."),
    ] = "prequential",
    order: Annotated[
        Literal["shuffled", "drifting"],
        typer.Option("--order", help="At random, or one topic after the other."),
    ] = "shuffled",
    pre_generation: Annotated[
        bool, typer.Option("--pre-generation", help="Decide before any answer is seen.")
    ] = False,
    weak: Annotated[
        Text, typer.Option("--weak", metavar="MODEL", help="With --strong: these two models only.")
    ] = None,
    strong: Annotated[Text, typer.Option("--strong", metavar="MODEL")] = None,
    models: Annotated[
        Text, typer.Option("--models", metavar="A,B,…", help="These models only.")
    ] = None,
    prices: Annotated[
        Path | None,
        typer.Option(
            "--prices",
            metavar="FILE",
            help='JSON, US dollars per million tokens: {"model": \\[input, output]}.',
        ),
    ] = None,
    score_max: Annotated[
        float, typer.Option("--score-max", min=1e-9, help="What a perfect score is.")
    ] = 1.0,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=100, help="How many runs.")] = 1,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="The first N prompts only.")
    ] = None,
    budget_usd: Annotated[
        float | None,
        typer.Option("--budget-usd", metavar="X", callback=options.amount, help="Per route."),
    ] = None,
    budget_seconds: Annotated[
        float | None,
        typer.Option("--budget-seconds", metavar="S", callback=options.amount, help="Per route."),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where report.json and report.html go.")
    ] = Path("report"),
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes that route at once.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Throw away what an interrupted run left in DIR.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Evaluate the router's presets and all baselines; interrupted, the same command goes on."""
    from secondhalf.cli.evals.showing import show_report
    from secondhalf.evals.run import run as evaluate
    from secondhalf.evals.settings import RunSettings
    from secondhalf.state.budget import Budget

    settings = RunSettings(
        data=data,
        dataset=dataset,
        protocol=protocol,
        order=order,
        pre_generation=pre_generation,
        weak=weak,
        strong=strong,
        models=tuple(name for name in (models or "").split(",") if name.strip()),
        prices=None if prices is None else str(prices),
        score_max=score_max,
        seeds=seeds,
        limit=limit,
        budget=Budget(usd=budget_usd, seconds=budget_seconds),
    )
    try:
        with Meter() as meter:
            report = evaluate(settings, out, workers=workers, fresh=fresh, watch=meter)
    except KeyboardInterrupt:
        raise Interrupted("interrupted; nothing is lost: run the same command again") from None
    show_report(report, as_json=as_json, page=out / "report.html")
