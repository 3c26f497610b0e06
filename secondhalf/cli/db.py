"""``secondhalf db``: the database of checkpoints."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from secondhalf.cli import options
from secondhalf.cli.jsonout import print_json
from secondhalf.state.errors import InputError

if TYPE_CHECKING:
    from langgraph.checkpoint.serde.base import SerializerProtocol

    from secondhalf.checkpoints import SQLAlchemySaver

_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}

group = typer.Typer(no_args_is_help=True, help="Look after the database of checkpoints.")


def age(value: str | None) -> timedelta | None:
    """A number and a unit, such as 30d."""
    if value is None:
        return None
    found = re.fullmatch(r"([0-9]{1,9})([mhdw])", value.strip())
    if found is None:
        raise typer.BadParameter(f"{value!r} is not an age: write 90m, 12h, 30d or 4w")
    try:
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    except OverflowError:
        raise typer.BadParameter(f"{value!r} is longer ago than there are dates") from None


@group.command()
def upgrade(db: options.Db = None, as_json: options.AsJson = False) -> None:
    """Bring the tables to the newest version, or make them; doing it twice changes nothing."""
    with _saver(db, make=True) as saver:
        before, after = saver.upgrade()
    if as_json:
        print_json({"before": before, "after": after})
    elif before == after:
        print(f"The tables are of version {after}, the newest.")
    else:
        print(f"The tables went from version {before} to {after}.")


@group.command()
def check(db: options.Db = None, as_json: options.AsJson = False) -> None:
    """Read every checkpoint; those that cannot be read are named and end with code 1."""
    from secondhalf.graph.serialisation import RouteSerializer

    with _saver(db, RouteSerializer()) as saver:
        read, damaged = saver.check()
    if as_json:
        print_json({"read": read, "damaged": damaged})
    else:
        for line in damaged:
            print(line)
        print(f"{read} checkpoints can be read, {len(damaged)} cannot.")
    if damaged:
        raise typer.Exit(1)


@group.command()
def stats(db: options.Db = None, as_json: options.AsJson = False) -> None:
    """Say how much there is of what."""
    with _saver(db) as saver:
        found = saver.stats()
    if as_json:
        print_json(found)
    else:
        for name, value in found.items():
            print(f"{name.replace('_', ' '):20} {value:>14,}")


@group.command()
def prune(
    keep_last: Annotated[
        int | None,
        typer.Option(
            "--keep-last", min=0, metavar="N", help="The newest N of each stay; by default 1."
        ),
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="AGE", help="What is younger stays: 90m, 12h, 30d."),
    ] = None,
    thread: Annotated[
        list[str] | None, typer.Option("--thread", metavar="ID", help="This thread only.")
    ] = None,
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """Forget old checkpoints; the state of every thread stays, unless --keep-last 0.

    Nothing goes unless an option says what may.
    """
    if keep_last is None and older_than is None and not thread:
        raise InputError(
            "say what may go: --older-than AGE, --thread ID, or --keep-last N "
            "(--keep-last 1 leaves of each thread what it takes to go on with it)"
        )
    keep, span = 1 if keep_last is None else keep_last, age(older_than)
    with _saver(db) as saver:
        gone = saver.retain(keep_last=keep, older_than=span, thread_ids=thread)
    if as_json:
        print_json({"deleted": gone})
    else:
        print(f"{gone} checkpoints were deleted.")


@group.command(name="import")
def import_(
    source: Annotated[str, typer.Argument(help="The URL of a database of an official saver.")],
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """Copy all threads from a database of LangGraph's SQLite or Postgres saver.

    Nothing that needs pickle is read. Threads that are there already are left alone.
    """
    from secondhalf.checkpoints.importing import import_official

    with _saver(db, make=True) as saver:
        done = import_official(source, saver)
    if as_json:
        print_json(done._asdict())
    else:
        print(
            f"{done.checkpoints} checkpoints of {done.threads} threads were copied; "
            f"{len(done.skipped)} threads were left alone."
        )
        for line in done.skipped:
            print(f"  {line}")


def _saver(
    db: str | None, serde: "SerializerProtocol | None" = None, *, make: bool = False
) -> "SQLAlchemySaver":
    """A saver on a database that is there; if it may ``make`` one, on a new one, too."""
    from secondhalf.checkpoints import SQLAlchemySaver
    from secondhalf.places import database_to_read, database_url

    url = database_url(db) if make else database_to_read(db)
    return SQLAlchemySaver.from_url(url, serde)
