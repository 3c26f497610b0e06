"""Runs one route many times, killing it at each durable step in turn; a script, not a test.

    python crash_routes.py FOLDER CONFIG PROMPT

Everything is imported once; each route runs in a forked process, whose saver kills it with
SIGKILL just after its n-th write, or just before it where it holds the results of tasks.
Another forked process then resumes it.
One JSON line is printed per route: where it was killed, and what came of it.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import httpcore2  # pyright: ignore[reportUnusedImport] # noqa: F401
import jiter  # pyright: ignore[reportUnusedImport] # noqa: F401
import langchain_openai  # pyright: ignore[reportUnusedImport] # noqa: F401 - slow: before forking
import numpy  # pyright: ignore[reportUnusedImport] # noqa: F401

from secondhalf import configuration
from secondhalf.checkpoints import SQLAlchemySaver
from secondhalf.experts import clients  # pyright: ignore[reportUnusedImport] # noqa: F401
from secondhalf.graph.router import build_router
from secondhalf.session import Session
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult

THREAD = "t"


def kill_at(saver: SQLAlchemySaver, moment: int, *, before: bool) -> list[str]:
    """Makes ``saver`` kill this process at its ``moment``-th write; returns the list of writes."""
    writes: list[str] = []

    def wrap(write: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            writes.append(write.__name__)
            mine = len(writes) == moment
            if mine and before:
                os.kill(os.getpid(), signal.SIGKILL)
            result = await write(*args, **kwargs)
            if mine:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return wrapped

    for name in ("aput", "aput_writes"):
        setattr(saver, name, wrap(getattr(saver, name)))
    return writes


async def run(folder: Path, config: str, prompt: str, moment: int, before: bool) -> dict[str, Any]:
    """The route from its start, to be killed."""
    with Session(configuration.load_config(config), f"sqlite:///{folder / 'r.db'}") as session:
        saver = cast("SQLAlchemySaver", session.router.checkpointer)
        writes = kill_at(saver, moment, before=before)
        context = RouteContext(clarify=False)
        return await outcome(session.route(prompt, context, THREAD)) | {"writes": writes}


async def resume(folder: Path, config: str, prompt: str) -> dict[str, Any]:
    """The same route, resumed; begun again if it was killed before anything was durable."""
    with Session(configuration.load_config(config), f"sqlite:///{folder / 'r.db'}") as session:
        state = await session.router.aget_state({"configurable": {"thread_id": THREAD}})
        if state.values and not state.tasks:
            return {"answer": state.values["route"].answer}
        if not state.tasks:
            return await outcome(session.route(prompt, RouteContext(clarify=False), THREAD))
        return await outcome(session.resume(THREAD))


async def outcome(steps: Any) -> dict[str, Any]:
    async for step in steps:
        if isinstance(step, RouteResult):
            return {"answer": step.answer, "calls": len(step.explored), "usd": step.cost_usd}
    raise AssertionError("no result")


def in_a_fork(work: Callable[[], Any]) -> dict[str, Any] | None:
    """What ``work`` returns, run in a process of its own; None if that was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as out:
            json.dump(asyncio.run(work()), out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def main(root: str, config: str, prompt: str) -> None:
    """The reference run, then one killed and resumed run per moment."""

    def one(moment: int, before: bool) -> dict[str, Any]:
        folder = Path(root) / f"{moment}-{before}"
        folder.mkdir()
        print(json.dumps({"begin": [moment, before]}), flush=True)
        done = in_a_fork(lambda: run(folder, config, prompt, moment, before))
        if done is not None:
            return {"killed": False, **done}
        return {"killed": True, **(in_a_fork(lambda: resume(folder, config, prompt)) or {})}

    build_router(configuration.load_config(config))  # loads what every fork would have to load
    reference = one(0, False)
    print(json.dumps({"moment": 0, **reference}), flush=True)
    for moment, write in enumerate(reference["writes"], start=1):
        for before in (False, True) if write == "aput_writes" else (False,):
            result = one(moment, before)
            print(json.dumps({"moment": moment, "before": before, **result}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
