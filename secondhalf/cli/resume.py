"""``secondhalf resume``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondhalf.cli import options
from secondhalf.cli.exits import complain
from secondhalf.cli.running import Manner, run_and_show
from secondhalf.state.errors import ConfigError, FinishedRouteError, PromptError, UnknownRouteError

if TYPE_CHECKING:
    from secondhalf.memory import Memory, StoredRoute
    from secondhalf.state.config import RouterConfig
    from secondhalf.state.request import RouteRequest


def resume(
    thread: Annotated[
        str, typer.Argument(help="The thread of the route, or the route's id.", metavar="THREAD")
    ],
    answer: Annotated[
        str | None,
        typer.Option("--answer", metavar="TEXT", help="The answer to what the route asked."),
    ] = None,
    add_usd: Annotated[
        float | None,
        typer.Option(
            "--add-usd",
            metavar="X",
            callback=options.amount,
            help="US dollars more for a route that ended at its cap; it goes on.",
        ),
    ] = None,
    add_seconds: Annotated[
        float | None,
        typer.Option(
            "--add-seconds", metavar="S", callback=options.amount, help="The same for its time."
        ),
    ] = None,
    add_tokens: Annotated[
        int | None, typer.Option("--add-tokens", metavar="N", min=0, help="The same for tokens.")
    ] = None,
    add_calls: Annotated[
        int | None, typer.Option("--add-calls", metavar="N", min=0, help="The same for paid calls.")
    ] = None,
    config: options.Config = None,
    db: options.Db = None,
    as_json: options.AsJson = False,
    show_unverified: options.ShowUnverified = False,
    stream: options.Stream = False,
) -> None:
    """Go on with a route that was killed, or that waits for an answer."""
    from secondhalf.memory import Memory
    from secondhalf.places import database_to_read

    with Memory.from_url(database_to_read(db)) as memory:
        stored = find(memory, thread)
    added = bool(add_usd or add_seconds or add_tokens or add_calls)
    if answer is not None:
        if stored.status == "waiting":
            _check(answer)
        if stored.status == "running" or (added and stored.status != "waiting"):
            complain("this route asked nothing: --answer is not used")
    manner = Manner(stored.thread_id, db, as_json, stream, show_unverified, begun=True)
    code = run_and_show(
        lambda session: session.resume(
            stored.thread_id,
            answer,
            add_usd=add_usd or 0.0,
            add_seconds=add_seconds or 0.0,
            add_tokens=add_tokens or 0,
            add_calls=add_calls or 0,
        ),
        lambda: remembered(stored.request, config),
        manner,
    )
    raise typer.Exit(code)


def _check(answer: str) -> None:
    """Refuses an answer that says nothing, or too much, before the route takes it."""
    from secondhalf.cli.prompt import checked
    from secondhalf.state.request import MAX_PROMPT

    if not checked(answer, "the answer").strip():
        raise PromptError("the answer is empty: write one; the route still waits for it")
    if len(answer) > MAX_PROMPT:
        raise PromptError(
            f"the answer has {len(answer):,} characters, more than the {MAX_PROMPT:,} allowed: "
            "shorten it; the route still waits for it"
        )


def find(memory: "Memory", name: str) -> "StoredRoute":
    """The newest route of the thread ``name``, or else the route of that id.

    Raises:
        UnknownRouteError: there is neither.
        FinishedRouteError: a newer route has begun on the same thread since.
    """
    newest = memory.latest_on_thread(name)
    if newest is not None:
        return newest
    try:
        stored = memory.route(name)
    except UnknownRouteError:
        raise UnknownRouteError(
            f"there is no thread or route {name!r}: 'secondhalf routes' lists those there are"
        ) from None
    newest = memory.latest_on_thread(stored.thread_id)
    if newest is not None and newest.route_id != stored.route_id:
        raise FinishedRouteError(
            f"route {name!r} ended when a newer one began on thread {stored.thread_id!r}: "
            "resume that thread instead"
        )
    return stored


def remembered(request: "RouteRequest", config: Path | None) -> "RouterConfig":
    """The configuration and documents a route ran with, or ``config`` in place of its own.

    A file that has changed since is used as it is now, with a warning.

    Raises:
        ConfigError: its file is gone, or cannot be used any more.
    """
    from secondhalf.api import configured

    path = config or (Path(request.config_path) if request.config_path else None)
    if config is None and path is not None and not path.is_file():
        raise ConfigError(
            f"the configuration this route ran with, {str(path)!r}, is gone: "
            "name another with --config"
        )
    found = configured(path, request.docs or None)
    if config is None and path is not None and found.hash != request.config_hash:
        complain(f"{str(path)!r} has changed since the route began; going on with what it says now")
    return found
