"""``secondhalf routes``."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondhalf.cli import options
from secondhalf.cli.jsonout import print_json
from secondhalf.cli.screen import SHORT_ID, console, money
from secondhalf.state.plaintext import one_line

if TYPE_CHECKING:
    from secondhalf.memory import StoredRoute

_PROMPT, _THREAD = 60, 32
_COLUMNS = (
    (100, ("route", "thread", "when", "status", "strategy", "quality", "cost")),
    (70, ("route", "when", "status", "quality", "cost")),
    (0, ("route", "status")),
)
"""What a table shows from which width on: on the narrowest a route can still be told by its id."""


def routes(
    interrupted: Annotated[
        bool,
        typer.Option("--interrupted", help="Only those that can be resumed: killed or waiting."),
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=10_000, metavar="N", help="How many at most.")
    ] = 20,
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """List the newest routes."""
    from secondhalf.memory import Memory
    from secondhalf.places import database_to_read

    with Memory.from_url(database_to_read(db)) as memory:
        found = memory.routes(limit=limit, interrupted=interrupted)
    if as_json:
        print_json({"routes": [_object(route) for route in found]})
    elif not found:
        print("There is none yet." if not interrupted else "None is interrupted.")
    else:
        _print_table(found)


def _object(route: "StoredRoute") -> dict[str, Any]:
    result = route.result
    return {
        "route_id": route.route_id,
        "thread_id": route.thread_id,
        "status": route.status,
        "interrupted": route.interrupted,
        "started_at": route.request.started_at,
        "ended_at": route.ended_at,
        "strategy": result.strategy if result is not None else "",
        "quality": result.quality if result is not None else None,
        "cost_usd": result.cost_usd if result is not None else None,
        "prompt": route.prompt,
    }


def _print_table(found: "tuple[StoredRoute, ...]") -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    out = console()
    columns = next(shown for width, shown in _COLUMNS if out.width >= width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=True)
    table.add_column("prompt", no_wrap=True, overflow="ellipsis", ratio=1)
    for route in found:
        cells = _cells(route)
        prompt = one_line(route.prompt, _PROMPT)
        table.add_row(*(Text(cells[column]) for column in columns), Text(prompt))
    out.print(table)


def _cells(route: "StoredRoute") -> dict[str, str]:
    result = route.result
    cost = "" if result is None else money(result.cost_usd, result.unpriced_calls)
    return {
        "route": route.route_id[:SHORT_ID],
        "thread": _thread(route.thread_id),
        "when": time.strftime("%Y-%m-%d %H:%M", time.localtime(route.request.started_at)),
        "status": route.status,
        "strategy": "" if result is None else one_line(result.strategy),
        "quality": "" if result is None else f"{result.quality:.2f}",
        "cost": cost,
    }


def _thread(thread_id: str) -> str:
    """A thread as a table shows it: names in full, generated ids by their beginning.

    The route's id is enough for ``resume``.
    """
    generated = len(thread_id) == 32 and not set(thread_id) - set("0123456789abcdef")
    return one_line(thread_id, SHORT_ID + 1 if generated else _THREAD)
