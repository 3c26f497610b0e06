"""Kills database servers under load and starts them again: is an acknowledged call ever lost?

    python benchmarks/checkpointer_faults.py [--rounds N] [--quick] [--json FILE]

Starts a PostgreSQL and a MariaDB of its own, where they are installed. Threads and coroutines store
and read checkpoints and writes; every second or so all processes of the server get SIGKILL, and it
is started again, at once or later than the saver is willing to wait. A call may succeed late or
raise `DatabaseUnavailableError`; then it is repeated. In the end every acknowledged checkpoint is
read. Ends with 1 if one is lost, or if a call raised anything else.
"""

import argparse
import asyncio
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from checkpointer_crash import made, on
from checkpointer_servers import Server, mariadb, postgresql
from langchain_core.runnables import RunnableConfig
from sqlalchemy import make_url

from secondhalf.checkpoints import DatabaseUnavailableError, SaverClosedError, SQLAlchemySaver

COROUTINES, THREADS = 6, 3
UNAVAILABLE = frozenset({"DatabaseUnavailableError"})
PATIENCE = 2.0
"""Seconds that the saver waits for a server."""


SERVERS = {
    "postgresql": (postgresql, "postgresql+psycopg"),
    "asyncpg": (postgresql, "postgresql+asyncpg"),
    "mariadb": (mariadb, "mariadb+pymysql"),
}


def writes(step: int) -> list[tuple[str, Any]]:
    """What a task writes in one call: a small value and a large one."""
    return [("step", step), ("log", [f"{n:05}" for n in range(step % 40 * 90)])]


def written(step: int) -> list[tuple[str, str, Any]]:
    """These writes as they are read."""
    return [("task", *each) for each in writes(step)]


class Load:
    """Writers that go on until they are told to stop, and what they were told."""

    def __init__(self, saver: SQLAlchemySaver, named: Collection[str] = UNAVAILABLE) -> None:
        """`named` are the errors that a call may raise."""
        self.saver = saver
        self.named = named
        self.stop = threading.Event()
        self.acknowledged: list[tuple[str, int, str]] = []
        self.errors: Counter[str] = Counter()
        self.threads = [
            *(f"async-{n}" for n in range(COROUTINES)),
            *(f"sync-{n}" for n in range(THREADS)),
        ]

    def run(self) -> None:
        """All writers, until they are told to stop."""
        workers = [
            threading.Thread(
                target=asyncio.run, args=(self._write(name, later=False),), daemon=True
            )
            for name in self.threads[COROUTINES:]
        ]
        for worker in workers:
            worker.start()
        asyncio.run(self._write_together())
        for worker in workers:
            worker.join()

    async def _write_together(self) -> None:
        await asyncio.gather(*(self._write(n, later=True) for n in self.threads[:COROUTINES]))

    async def _write(self, thread: str, *, later: bool) -> None:
        """Checkpoint after checkpoint; `later` with the async methods."""
        saver, config, step = self.saver, on(thread), 0
        while not self.stop.is_set():
            checkpoint = made(step % 40, thread)
            args: Any = (checkpoint, {"step": step}, checkpoint["channel_versions"])

            async def put(config: RunnableConfig = config, args: Any = args) -> RunnableConfig:
                return await saver.aput(config, *args) if later else saver.put(config, *args)

            config = await self._insist(put)
            self.acknowledged.append((thread, step, "put"))

            async def write(config: RunnableConfig = config, step: int = step) -> None:
                if later:
                    await saver.aput_writes(config, writes(step), "task")
                else:
                    saver.put_writes(config, writes(step), "task")

            await self._insist(write)
            self.acknowledged.append((thread, step, "write"))

            async def read(thread: str = thread) -> Any:
                return await saver.aget_tuple(on(thread)) if later else saver.get_tuple(on(thread))

            found = await self._insist(read)
            assert found.metadata["step"] == step, "an old checkpoint was read"
            step += 1

    async def _insist(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """Repeat a call until it succeeds, and count what it raised."""
        while True:
            try:
                return await call()
            except SaverClosedError:  # the run has failed
                raise
            except Exception as error:  # noqa: BLE001 - counted, and judged by its type
                self.errors[type(error).__name__] += 1
                if type(error).__name__ not in self.named:
                    print(f"  {type(error).__name__}: {error}", file=sys.stderr, flush=True)
                if not isinstance(error, DatabaseUnavailableError):  # who raises that has waited
                    await asyncio.sleep(0.05)


def lost(saver: SQLAlchemySaver, load: Load) -> int:
    """How many calls cannot be read or were stored by half, after going on with every thread."""
    missing = 0
    for thread in load.threads:
        found = {each.metadata["step"]: each for each in saver.list(on(thread))}
        for name, step, kind in load.acknowledged:
            if name == thread:
                each = found.get(step)
                values = made(step % 40, thread)["channel_values"]
                fine = each is not None and values == each.checkpoint["channel_values"]
                if fine and kind == "write":
                    fine = each is not None and written(step) == each.pending_writes
                missing += not fine
        missing += sum(
            each.pending_writes not in ([], written(step)) for step, each in found.items()
        )
        checkpoint = made(1, thread)
        latest = saver.get_tuple(on(thread))
        assert latest is not None
        saver.put(latest.config, checkpoint, {"step": -1}, checkpoint["channel_versions"])
    return missing


def torment(server: Server, driver: str, rounds: int, noise: random.Random) -> dict[str, Any]:
    """Kill the server again and again under load; what came of it."""
    server.start()
    try:
        url = make_url(server.url).set(drivername=driver)
        with SQLAlchemySaver.from_url(url, busy_timeout=PATIENCE) as saver:
            load = Load(saver)
            worker = threading.Thread(target=load.run, daemon=True)
            worker.start()
            for number in range(rounds):
                time.sleep(noise.uniform(0.3, 1.2))
                server.kill()
                if number % 4 == 3:
                    time.sleep(1.5 * PATIENCE)
                server.start()
            time.sleep(0.5)
            load.stop.set()
            worker.join()
            acknowledged = len(load.acknowledged)
            missing = lost(saver, load)
    finally:
        server.kill()
    return {"acknowledged": acknowledged, "lost": missing, "errors": dict(load.errors)}


def keep(figures: dict[str, float], file: Path) -> None:
    """Write the figures, and beside them that nothing may be lost or fail unclearly."""
    targets = {
        key: {"at_most": 0, "value": value, "met": value == 0}
        for key, value in figures.items()
        if key.endswith(("_lost", "_unclear"))
    }
    file.write_text(json.dumps({"figures": figures, "targets": targets}, indent=1) + "\n")


def main() -> int:
    """All servers; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=100, help="kills of each server")
    parser.add_argument("--quick", action="store_true", help="eight kills")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    args = parser.parse_args()
    rounds = 8 if args.quick else args.rounds
    figures: dict[str, float] = {}
    failed = False
    for name, (make, driver) in SERVERS.items():
        with TemporaryDirectory() as folder:
            server = make(Path(folder))
            if server is None:
                print(f"{name}: not installed")
                continue
            found = torment(server, driver, rounds, random.Random(args.seed))  # noqa: S311 - repeatable
        print(f"{name}: killed {rounds} times, {found}", flush=True)
        unclear = sum(found["errors"].values()) - found["errors"].get("DatabaseUnavailableError", 0)
        figures |= {f"{name}_kills": rounds, f"{name}_lost": found["lost"]}
        figures |= {f"{name}_acknowledged": found["acknowledged"], f"{name}_unclear": unclear}
        failed |= bool(found["lost"] or unclear) or not found["acknowledged"]
    if args.json:
        keep(figures, args.json)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
