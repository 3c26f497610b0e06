"""``secondhalf eval serve``."""

from pathlib import Path
from typing import Annotated

import typer


def serve(
    data: Annotated[str, typer.Option("--data", metavar="FILE", help="Recorded answers.")],
    dataset: Annotated[
        str | None,
        typer.Option("--dataset", metavar="NAME", help="Which one, if FILE holds several."),
    ] = None,
    prices: Annotated[Path | None, typer.Option("--prices", metavar="FILE")] = None,
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="0: any.")] = 8_089,
    speed: Annotated[
        float | None,
        typer.Option("--speed", min=1e-6, help="Wait as recorded, this many times as fast."),
    ] = None,
) -> None:
    """Serve recorded answers to any OpenAI client, until Ctrl-C."""
    import sys

    from secondhalf.evals.data.reading import load_dataset
    from secondhalf.evals.replay.server import ReplayServer

    recorded = load_dataset(
        data, dataset=dataset, prices=prices, needs_answers=True, needs_prices=False, min_prompts=1
    )
    server = ReplayServer(recorded, host=host, port=port, speed=speed)
    print(
        f"{len(recorded):,} prompts of {len(recorded.models)} models at {server.url} "
        "(base_url of an OpenAI client); Ctrl-C ends it",
        file=sys.stderr,
        flush=True,
    )
    server.serve_forever()
