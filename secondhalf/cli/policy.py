"""``secondhalf policy``: which policy is in use, how it came about, and how to go back."""

from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondhalf.cli import options
from secondhalf.cli.jsonout import print_json
from secondhalf.cli.screen import SHORT_ID, console
from secondhalf.state.errors import InputError
from secondhalf.state.plaintext import one_line

if TYPE_CHECKING:
    from collections.abc import Generator

    from secondhalf.policies import PolicyDesk
    from secondhalf.state.reflection import Reflection
    from secondhalf.state.standing import PolicyEvent

group = typer.Typer(no_args_is_help=True, help="See which policy is in use; change it; go back.")
LONGEST_FILE = 1_000_000
"""Bytes an imported policy may have."""
_SHOWN_ROUTES = 5

Version = Annotated[
    str | None,
    typer.Argument(help="A version or its first characters; else the active.", metavar="VERSION"),
]
Needed = Annotated[str, typer.Argument(help="A version or its first characters.")]
By = Annotated[str, typer.Option("--by", metavar="ID", help="Who does this, for the log.")]


@group.command()
def show(
    version: Version = None,
    tenant: options.Tenant = "",
    config: options.Config = None,
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """Show a policy: what it has learned, from which routes, and what the gate said."""
    with _desk(config, db, tenant) as desk:
        standing, policy = desk.standing(), desk.policy(version)
        reflections = desk.reflections(policy)
        events = [event for event in desk.history() if event.version == policy.version]
        base = desk.base.version
    if as_json:
        print_json(
            {
                "standing": standing.model_dump(mode="json"),
                "policy": policy.model_dump(mode="json"),
                "reflections": [one.model_dump(mode="json") for one in reflections],
                "events": [event.model_dump(mode="json") for event in events],
            }
        )
        return
    from secondhalf.policy.learning.describing import learned_lines

    parent = f", from {policy.parent}" if policy.parent else ""
    place = "the configuration's own" if policy.version == base else f"learned{parent}"
    print(f"policy {policy.version} ({place}) · {_place_of(policy.version, standing)}")
    for line in learned_lines(policy) or ["nothing learned"]:
        print(one_line(f"  {line}"))
    for one in reflections:
        _show_reflection(one)
    for event in events:
        if event.action != "looked":
            print(one_line(f"{_when(event.at)}  {event.action}: {event.text}"))


@group.command()
def history(
    tenant: options.Tenant = "",
    config: options.Config = None,
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """List all that was ever done to the policies of this configuration, newest first."""
    with _desk(config, db, tenant) as desk:
        events = desk.history()
    if as_json:
        print_json({"events": [event.model_dump(mode="json") for event in events]})
        return
    told = [event for event in events if event.action != "looked"]
    if not told:
        print("Nothing was learned yet: 'secondhalf reflect' looks back on past routes.")
        return
    console().print(_table(told))


@group.command()
def diff(
    old: Needed,
    new: Version = None,
    tenant: options.Tenant = "",
    config: options.Config = None,
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """Say how a policy differs from another: by default the active one from OLD."""
    from secondhalf.policy.learning.describing import differences

    with _desk(config, db, tenant) as desk:
        one, other = desk.policy(old), desk.policy(new)
    lines = differences(one, other)
    if as_json:
        print_json({"old": one.version, "new": other.version, "differences": list(lines)})
        return
    print(f"{one.version} → {other.version}")
    for line in lines or ["no difference"]:
        print(one_line(line))


@group.command()
def promote(
    version: Needed,
    by: By = "",
    tenant: options.Tenant = "",
    config: options.Config = None,
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """Make a policy active on your own word; the one before it keeps a share of the routes."""
    with _desk(config, db, tenant) as desk:
        _told(desk.promote(version, by), as_json)


@group.command()
def rollback(
    version: Version = None,
    by: By = "",
    tenant: options.Tenant = "",
    config: options.Config = None,
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """Go back to an earlier policy, by default the one before: from the next route on."""
    with _desk(config, db, tenant) as desk:
        _told(desk.roll_back(version, by), as_json)


@group.command()
def export(
    version: Version = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Else to stdout.")
    ] = None,
    tenant: options.Tenant = "",
    config: options.Config = None,
    db: options.Db = None,
) -> None:
    """Write a policy as JSON, with where it comes from; no prompt and no answer is in it."""
    with _desk(config, db, tenant) as desk:
        found = desk.export(version)
    document = found.model_dump(mode="json")
    if output is None:
        print_json(document)
        return
    import json

    try:
        output.write_text(json.dumps(document, indent=1) + "\n", encoding="ascii")
    except OSError as error:
        raise InputError(f"{str(output)!r} cannot be written: {error.strerror}") from error
    print(f"policy {found.policy['version']} written to {output}")


@group.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="What 'policy export' has written.")],
    tenant: options.Tenant = "",
    config: options.Config = None,
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """Take in an exported policy; it is checked, kept, and not in use."""
    from secondhalf.policies import read_policy_file

    try:
        if file.stat().st_size > LONGEST_FILE:
            raise InputError(f"{str(file)!r} is too large for a policy")
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{str(file)!r} cannot be read as a policy: {error}") from error
    with _desk(config, db, tenant, make=True) as desk:
        policy = desk.take_in(read_policy_file(text))
    if as_json:
        print_json({"version": policy.version})
    else:
        print(
            f"policy {policy.version} imported, not in use: "
            f"secondhalf policy promote {policy.version}"
        )


@contextmanager
def _desk(
    config: Path | None, db: str | None, tenant: str, *, make: bool = False
) -> "Generator[PolicyDesk]":
    """The policies in a database that is there; if it may ``make`` one, in a new one, too."""
    from secondhalf.api import configured
    from secondhalf.places import database_to_read, database_url
    from secondhalf.policies import PolicyDesk

    url = database_url(db) if make else database_to_read(db)
    with PolicyDesk(configured(config), url, tenant) as desk:
        yield desk


def _told(event: "PolicyEvent", as_json: bool) -> None:
    if as_json:
        print_json(event.model_dump(mode="json"))
    else:
        print(one_line(event.text))


def _show_reflection(one: "Reflection") -> None:
    routes = ", ".join(route[:SHORT_ID] for route in one.evidence[:_SHOWN_ROUTES])
    more = len(one.evidence) - _SHOWN_ROUTES
    routes += f" and {more} more" if more > 0 else ""
    print(one_line(f"reflection {one.id} ({one.status}, {one.cause}, by {one.made_by})"))
    print(one_line(f"  {one.summary}"))
    print(f"  used: right {one.helpful} times, wrong {one.harmful}")
    print(one_line(f"  evidence: routes {routes or '-'} (secondhalf trace ROUTE_ID)"))


def _place_of(version: str, standing: Any) -> str:
    if version == standing.active:
        return "active"
    if version == standing.other:
        share = f", {standing.share:.0%} of the routes" if standing.share else ""
        return f"{standing.stage}{share}"
    return "not in use"


def _table(events: "list[PolicyEvent]") -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("when", "what", "version", "by", "why"):
        table.add_column(name, no_wrap=name != "why")
    for event in events:
        who = one_line(event.by, 20)
        table.add_row(_when(event.at), event.action, event.version, who, one_line(event.text))
    return table


def _when(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")
