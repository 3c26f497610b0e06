"""Kills writers with SIGKILL at random points, and reads what they were told is stored.

    python benchmarks/checkpointer_crash.py [--rounds N] [--seed N] [URL ...]

Each round forks a process that runs several threads of a graph at once on one saver and reports
each checkpoint and write that was acknowledged; it is killed after up to a quarter of a second.
Another process then reads every acknowledged checkpoint and resumes every thread. Without a URL:
a new SQLite file, and the servers named in the environment as in `checkpointer.py`. Ends with 1 if
anything was lost.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import Checkpoint, empty_checkpoint

from secondhalf.checkpoints import SQLAlchemySaver

WRITERS = 5
VARIABLES = ("SECONDHALF_TEST_POSTGRES_URL", "SECONDHALF_TEST_MARIADB_URL")


def on(thread: str) -> RunnableConfig:
    """The config of a thread's root namespace."""
    return {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}


def made(step: int, thread: str) -> Checkpoint:
    """A checkpoint with a small value and a large one, both of which tell its step."""
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {
        "step": step,
        "log": [f"{thread} {n:05}" for n in range(step * 90)],
    }
    checkpoint["channel_versions"] = {"step": f"{step:08}", "log": f"{step:08}"}
    return checkpoint


async def write(saver: SQLAlchemySaver, thread: str, say: Callable[[str], None]) -> None:
    """Store checkpoint after checkpoint, and say so after each."""
    config = on(thread)
    for step in range(10_000):
        checkpoint = made(step, thread)
        metadata: Any = {"step": step}
        config = await saver.aput(config, checkpoint, metadata, checkpoint["channel_versions"])
        say(json.dumps([thread, step, "put"]))
        await saver.aput_writes(config, [("step", step)], "task")
        say(json.dumps([thread, step, "write"]))


def writer(url: str, round_: str, pipe: int) -> None:
    """The process that will be killed."""

    def say(line: str) -> None:
        os.write(pipe, f"{line}\n".encode())

    async def run() -> None:
        async with SQLAlchemySaver.from_url(url) as saver:
            await asyncio.gather(*(write(saver, f"{round_}-{n}", say) for n in range(WRITERS)))

    asyncio.run(run())


def reader(url: str, acknowledged: list[Any], threads: list[str]) -> None:
    """Check what was acknowledged, go on with every thread, and clear away."""
    with SQLAlchemySaver.from_url(url) as saver:
        for thread in threads:
            told = {(step, kind) for name, step, kind in acknowledged if name == thread}
            found = {each.metadata["step"]: each for each in saver.list(on(thread))}
            for step, kind in told:
                assert step in found, f"{thread}: checkpoint {step} is lost"
                if kind == "write":
                    assert [("task", "step", step)] == found[step].pending_writes
            for step, each in found.items():
                assert made(step, thread)["channel_values"] == each.checkpoint["channel_values"]
            latest = saver.get_tuple(on(thread))
            config = latest.config if latest else on(thread)
            checkpoint = made(len(found), thread)
            saver.put(config, checkpoint, {"step": len(found)}, checkpoint["channel_versions"])
            saver.delete_thread(thread)


def forked(work: Callable[[], None]) -> int:
    """The id of a process that does `work` and nothing else."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:  # noqa: BLE001 - the parent sees the code
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    return process


def one_round(url: str, name: str, noise: random.Random) -> tuple[bool, int]:
    """Whether nothing was lost, and how many calls were acknowledged."""
    reading, writing = os.pipe()
    process = forked(lambda: writer(url, name, writing))
    os.close(writing)
    time.sleep(noise.uniform(0.01, 0.25))
    os.kill(process, signal.SIGKILL)
    with os.fdopen(reading) as pipe:
        lines = pipe.read().split("\n")[:-1]
    os.waitpid(process, 0)
    acknowledged = [json.loads(line) for line in lines]
    threads = [f"{name}-{n}" for n in range(WRITERS)]
    checker = forked(lambda: reader(url, acknowledged, threads))
    return os.waitpid(checker, 0)[1] == 0, len(acknowledged)


def main() -> int:
    """All rounds on all databases; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("urls", nargs="*", metavar="URL")
    parser.add_argument("--rounds", type=int, default=1000, help="on each database")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    failed = 0
    with TemporaryDirectory() as folder:
        servers = [os.environ[name] for name in VARIABLES if name in os.environ]
        for url in args.urls or [f"sqlite:///{Path(folder) / 'crash.db'}", *servers]:
            with SQLAlchemySaver.from_url(url) as saver:
                saver.stats()  # tables and drivers are there before anything is timed
            noise, calls, lost = random.Random(args.seed), 0, 0  # noqa: S311 - repeatable
            for number in range(args.rounds):
                fine, acknowledged = one_round(url, f"crash-{os.getpid()}-{number}", noise)
                calls += acknowledged
                lost += not fine
            print(f"{url}: {args.rounds} rounds, {calls} calls acknowledged, {lost} rounds failed")
            failed += lost + (calls == 0)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
