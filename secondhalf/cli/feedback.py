"""``secondhalf feedback``."""

from typing import Annotated

import typer

from secondhalf.cli import options
from secondhalf.cli.screen import SHORT_ID
from secondhalf.state.errors import InputError


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
    principal: Annotated[str, typer.Option("--principal", metavar="ID", help="Who says so.")] = "",
    db: options.Db = None,
) -> None:
    """Say how good a route's answer was; it is kept with the route."""
    if not (escalated or notes.strip()) and {rating, success, factuality} == {None}:
        raise InputError(
            "there is nothing to record: give --rating, --success, --failure, --factuality, "
            "--escalated or --notes"
        )
    from secondhalf.memory import Memory
    from secondhalf.places import database_url
    from secondhalf.state.feedback import Feedback

    with Memory.from_url(database_url(db)) as memory:
        known = memory.route(route_id).route_id
        new = memory.add_feedback(
            Feedback(
                route_id=known,
                user_rating=rating,
                success=success,
                factuality_score=factuality,
                escalation_occurred=True if escalated else None,
                notes=notes.strip(),
                principal=principal,
            )
        )
    done = "recorded" if new else "already recorded; nothing changed"
    print(f"feedback on route {known[:SHORT_ID]} {done}")
