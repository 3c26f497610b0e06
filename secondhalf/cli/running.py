"""Runs a route in front of somebody: shows its steps, asks them its questions, minds Ctrl-C."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple

from secondhalf.cli.exits import Interrupted, complain, exit_code
from secondhalf.cli.jsonout import print_json, result_object
from secondhalf.cli.outcome import show_outcome
from secondhalf.cli.screen import command
from secondhalf.cli.steps import Steps, steps_for
from secondhalf.state.plaintext import clean

if TYPE_CHECKING:
    from secondhalf.session import Session, Step
    from secondhalf.state.config import RouterConfig
    from secondhalf.state.result import RouteResult

    Happening = AsyncGenerator[Step | RouteResult, None]


class Manner(NamedTuple):
    """How a run is shown, and what it takes to go on with it."""

    thread: str
    db: str | None
    """As given on the command line; None if it was not."""
    as_json: bool
    stream: bool
    show_unverified: bool
    begun: bool = False
    """Whether the route was there before this run."""

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to answer a question."""
        return not self.as_json and sys.stdin.isatty() and sys.stdout.isatty()

    def resume_command(self, *more: str) -> str:
        """The command that goes on with this route."""
        return command(self.db, "resume", self.thread, *more)


def run_and_show(
    start: Callable[["Session"], "Happening"],
    configure: Callable[[], "RouterConfig"],
    manner: Manner,
) -> int:
    """Runs what ``start`` begins on a session of its own; shows the outcome.

    Returns:
        The exit code.

    Raises:
        Interrupted: Ctrl-C; the text says how to go on.
    """
    steps = steps_for(as_json=manner.as_json, stream=manner.stream)
    steps.begun = manner.begun
    try:
        with steps:
            config = configure()
            result = _run(start, config, manner, steps)
    except KeyboardInterrupt:
        raise Interrupted(_interrupted(steps, manner)) from None
    resume = manner.resume_command("--answer", "…")
    if manner.as_json:
        print_json(result_object(result, manner.show_unverified))
        if result.interrupt is not None:
            complain(f"waiting for an answer: {resume}")
    else:
        show_outcome(
            result,
            config,
            already_said=steps.answered,
            show_unverified=manner.show_unverified,
            resume=resume,
            db=manner.db,
        )
    return exit_code(result)


def _run(
    start: Callable[["Session"], "Happening"],
    config: "RouterConfig",
    manner: Manner,
    steps: Steps,
) -> "RouteResult":
    from secondhalf.places import database_url
    from secondhalf.session import Session

    with Session(config, database_url(manner.db)) as session, asyncio.Runner() as runner:
        result = runner.run(_watch(start(session), steps))
        while result.interrupt is not None and manner.interactive:
            steps.pause()
            answer = _ask(result.interrupt.question)
            if answer is None:
                break
            result = runner.run(_watch(session.resume(manner.thread, answer), steps))
        return result


async def _watch(happening: "Happening", steps: Steps) -> "RouteResult":
    """Shows what happens; returns the result, with which it ends."""
    from secondhalf.state.result import RouteResult

    async with aclosing(happening) as things:
        async for thing in things:
            if isinstance(thing, RouteResult):
                return thing
            if thing.token:
                steps.token(thing.token)
            else:
                steps.event(thing.event)
    raise AssertionError("a session ends with a result")


def _ask(question: str) -> str | None:
    """The user's answer, asked for until it says something; None if there is none (Ctrl-D)."""
    print(clean(question))
    try:
        while not (answer := input("> ")).strip():
            pass
    except EOFError:
        print()
        return None
    return answer.encode(errors="replace").decode()


def _interrupted(steps: Steps, manner: Manner) -> str:
    if not steps.begun:
        return "interrupted before the route began: run it again"
    return f"interrupted; nothing is lost: {manner.resume_command()}"
