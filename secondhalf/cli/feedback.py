"""``secondhalf feedback``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondhalf.cli import options
from secondhalf.cli.screen import SHORT_ID
from secondhalf.state.errors import InputError

if TYPE_CHECKING:
    from secondhalf.memory import StoredRoute
    from secondhalf.state.config import RouterConfig


def _scores(values: list[str] | None) -> list[str] | None:
    for value in values or ():
        try:
            options.share(_parted(value)[1])
        except ValueError:
            raise typer.BadParameter(f"{value!r} is not a path and its score: PATH=0.8") from None
    return values


def _parted(value: str) -> tuple[str, float]:
    path, _, score = value.rpartition("=")
    return path, float(score)


def feedback(
    route_id: Annotated[
        str, typer.Argument(help="A route's id, or its first characters.", metavar="ROUTE_ID")
    ],
    rating: Annotated[
        int | None, typer.Option("--rating", min=1, max=5, metavar="1..5", help="5 is best.")
    ] = None,
    success: Annotated[
        bool | None, typer.Option("--success/--failure", help="Whether it was of use.")
    ] = None,
    factuality: Annotated[
        float | None,
        typer.Option(
            "--factuality", callback=options.share, metavar="0..1", help="How much of it is true."
        ),
    ] = None,
    escalated: Annotated[
        bool, typer.Option("--escalated", help="Somebody else had to be asked after all.")
    ] = False,
    notes: Annotated[str, typer.Option("--notes", metavar="TEXT", help="In your words.")] = "",
    path_scores: Annotated[
        list[str] | None,
        typer.Option(
            "--path-score",
            metavar="PATH=0..1",
            callback=_scores,
            help="How good the answer of one path was; may be given several times.",
        ),
    ] = None,
    principal: options.Principal = None,
    config: options.Config = None,
    db: options.Db = None,
) -> None:
    """Say how good a route's answer was, at once or days after.

    A later word of the same principal takes the place of the earlier.
    """
    scores = dict(map(_parted, path_scores or ()))
    if not (escalated or notes.strip() or scores) and {rating, success, factuality} == {None}:
        raise InputError(
            "there is nothing to record: give --rating, --success, --failure, --factuality, "
            "--escalated, --path-score or --notes"
        )
    from secondhalf.experts.masking import masker
    from secondhalf.memory import Memory
    from secondhalf.places import database_to_read
    from secondhalf.state.feedback import Feedback

    url = database_to_read(db)
    with Memory.from_url(url) as memory:
        route = memory.route(route_id)
    _check_paths(scores, route)
    word = Feedback(
        route_id=route.route_id,
        user_rating=rating,
        success=success,
        factuality_score=factuality,
        escalation_occurred=True if escalated else None,
        path_scores=scores,
        notes=notes.strip(),
        principal=principal or "",
    )
    setup = _setup(route, config)
    caps, mask = setup.policy.learning.caps, masker(setup.redact)
    with Memory.from_url(url, caps=caps, redact=mask) as memory:
        before = {said.principal for said in memory.feedback(route.route_id)}
        done = "already recorded; nothing changed"
        if memory.add_feedback(word):
            done = "recorded" + (
                ", in the place of what was said before" if word.principal in before else ""
            )
    print(f"feedback on route {route.route_id[:SHORT_ID]} {done}")


def _check_paths(scores: dict[str, float], route: "StoredRoute") -> None:
    opened = [path.node for path in route.result.explored] if route.result is not None else []
    for path in scores:
        if path not in opened:
            names = ", ".join(map(repr, opened)) or "none"
            raise InputError(f"the route opened no path {path!r}: it opened {names}")


def _setup(route: "StoredRoute", config: Path | None) -> "RouterConfig":
    """``config``, else what the route ran with, if that is there still: caps, and what to mask."""
    from secondhalf.configuration import load_config
    from secondhalf.state.config import RouterConfig

    path = config or Path(route.request.config_path)
    return load_config(path) if path.is_file() or config is not None else RouterConfig()
