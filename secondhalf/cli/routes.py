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
    from secondhalf.places import database_url

    with Memory.from_url(database_url(db)) as memory:
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

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("route", "thread", "when", "status", "strategy", "quality", "cost"):
        table.add_column(column, no_wrap=True)
    table.add_column("prompt", no_wrap=True, overflow="ellipsis", ratio=1)
    for route in found:
        table.add_row(*map(Text, _cells(route)))
    console().print(table)


def _cells(route: "StoredRoute") -> list[str]:
    result = route.result
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(route.request.started_at))
    outcome = ["", "", ""]
    if result is not None:
        cost = money(result.cost_usd, result.unpriced_calls)
        outcome = [one_line(result.strategy), f"{result.quality:.2f}", cost]
    return [
        route.route_id[:SHORT_ID],
        _thread(route.thread_id),
        when,
        route.status,
        *outcome,
        one_line(route.prompt, _PROMPT),
    ]


def _thread(thread_id: str) -> str:
    """A thread as a table shows it: names in full, generated ids by their beginning.

    The route's id is enough for ``resume``.
    """
    generated = len(thread_id) == 32 and not set(thread_id) - set("0123456789abcdef")
    return one_line(thread_id, SHORT_ID + 1 if generated else _THREAD)
