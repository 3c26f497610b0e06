"""``secondhalf forget``."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondhalf.cli import options
from secondhalf.cli.exits import complain
from secondhalf.cli.jsonout import print_json
from secondhalf.state.errors import InputError
from secondhalf.state.plaintext import clean

if TYPE_CHECKING:
    from secondhalf.checkpoints import SQLAlchemySaver
    from secondhalf.memory import Forgotten


def forget(
    thread: Annotated[
        str | None, typer.Option("--thread", metavar="ID", help="All that is kept of this thread.")
    ] = None,
    principal: Annotated[
        str | None,
        typer.Option("--principal", metavar="ID", help="All that is kept of this principal."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and delete nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")] = False,
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """Delete a thread's or a principal's data everywhere, and what was learned from it."""
    from secondhalf.checkpoints import SQLAlchemySaver
    from secondhalf.memory import Memory
    from secondhalf.places import database_to_read

    whom: dict[str, Any] = {"thread_id": thread, "principal": principal}
    url = database_to_read(db)
    with Memory.from_url(url) as memory, SQLAlchemySaver.from_url(url) as saver:
        found = memory.forget(**whom, dry_run=True)
        kept = _is_kept(found, saver)
        if kept and not (dry_run or yes):
            _ask(found, as_json)
        done = found if dry_run else memory.forget(**whom, checkpointer=saver)
    if as_json:
        print_json(done._asdict() | {"dry_run": dry_run})
        return
    if not kept:
        print("Nothing is kept of them.")
        return
    print(f"{'Would be' if dry_run else 'Was'} deleted: {_listed(done)}.")
    if not dry_run:
        _warn(done)


def _is_kept(found: "Forgotten", saver: "SQLAlchemySaver") -> bool:
    """Whether there is anything, or checkpoints of a thread that memory knows nothing of."""
    if found.routes or found.feedback or found.labels:
        return True
    return any(
        saver.get_tuple({"configurable": {"thread_id": thread}}) is not None
        for thread in found.threads
    )


def _ask(found: "Forgotten", as_json: bool) -> None:
    """Goes on only if a person agrees.

    Raises:
        InputError: there is nobody to ask.
        Abort: they do not.
    """
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError("nobody is there to confirm it: look with --dry-run, then add --yes")
    print(f"To be deleted for good: {_listed(found)}.")
    for name in found.threads:
        print(f"  thread {clean(name)}")
    try:
        agreed = input("Delete it? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        agreed = False
    if not agreed:
        raise typer.Abort


def _listed(found: "Forgotten") -> str:
    threads = len(found.threads)
    return (
        f"{_many(found.routes, 'route')} with prompts, answers and traces, "
        f"the checkpoints of {_many(threads, 'thread')}, "
        f"{_many(found.feedback, 'feedback', 'feedbacks')} and {_many(found.labels, 'label')}"
    )


def _many(number: int, one: str, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _warn(done: "Forgotten") -> None:
    if done.unfinished:
        complain(
            f"{_many(done.unfinished, 'route')} had not ended: where a process still runs one, "
            "end it and forget again"
        )
    if done.erased is False:
        complain("the database file is in use: traces may be left in it until you forget again")
