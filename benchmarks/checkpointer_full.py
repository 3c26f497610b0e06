"""Fills the disk of database servers under load, again and again: is an acknowledged call lost?

    python benchmarks/checkpointer_full.py [--rounds N] [--quick] [--folder DIR] [--json FILE]

Starts a PostgreSQL and a MariaDB of its own, where they are installed, on a small filesystem: a
tmpfs, which only root may mount, or the one at DIR. PostgreSQL is tried with its tables there, and
with its log there, without which it cannot go on: it ends, and is started again. Threads and
coroutines store and read checkpoints and writes while a file takes all the room that is left; a
second or two later that file goes. A call may raise `DatabaseFullError` or, of a server that is
gone, `DatabaseUnavailableError`; then it is repeated, with the same saver. In the end every
acknowledged checkpoint is read. Ends with 1 if one is lost or damaged, if a call was half stored or
raised anything else, or if the disk was never full.
"""

import argparse
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from checkpointer_faults import PATIENCE, Load, keep, lost
from checkpointer_servers import Server, mariadb, postgresql
from sqlalchemy import make_url

from secondhalf.checkpoints import SQLAlchemySaver

MEGABYTE = 1 << 20
ROOM = 400 * MEGABYTE
LEFT = MEGABYTE
"""What the load has to fill by itself."""
NAMED = frozenset({"DatabaseFullError", "DatabaseUnavailableError"})


class Case(NamedTuple):
    """A server, and what of it lies on the small disk."""

    make: Callable[[Path, Path], Server | None]
    driver: str


def _tables(small: Path, large: Path) -> Server | None:
    return postgresql(small, log=large / "log")


def _log(small: Path, large: Path) -> Server | None:
    return postgresql(large, log=small / "log")


def _all(small: Path, large: Path) -> Server | None:
    return mariadb(small)


CASES = {
    "postgresql_tables": Case(_tables, "postgresql+psycopg"),
    "asyncpg_tables": Case(_tables, "postgresql+asyncpg"),
    "postgresql_log": Case(_log, "postgresql+psycopg"),
    "asyncpg_log": Case(_log, "postgresql+asyncpg"),
    "mariadb": Case(_all, "mariadb+pymysql"),
}


@contextmanager
def small_disk(given: Path | None) -> Generator[Path, None, None]:
    """An empty folder on a small filesystem.

    Raises:
        subprocess.CalledProcessError: we may not mount one.
    """
    with TemporaryDirectory(dir=given) as folder:
        if given is not None:
            yield Path(folder)
            return
        mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder]
        subprocess.run(mount, check=True)  # noqa: S603 - a command of ours
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)  # noqa: S603, S607


@contextmanager
def no_room(folder: Path, left: int) -> Generator[None, None, None]:
    """A file takes what the filesystem of `folder` has left, but for so many bytes."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        found = os.statvfs(folder)
        size = found.f_bavail * found.f_frsize - left
        if size > 0:
            with suppress(OSError):  # the filesystem needs a little for itself: then it is full too
                os.posix_fallocate(file.fileno(), 0, size)
    try:
        yield
    finally:
        ballast.unlink()


def set_up_without_room(server: Server, load: Load, small: Path) -> None:
    """Let the saver meet the full disk while it makes its tables."""
    with no_room(small, 0):
        try:
            load.saver.stats()
        except Exception as error:  # noqa: BLE001 - counted, and judged by its type
            load.errors[type(error).__name__] += 1
            print(f"  {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    if not server.runs():
        server.start()


def fill(server: Server, load: Load, small: Path, noise: random.Random) -> bool:
    """Let the disk be full for a while; whether a call met it."""
    before, deadline = load.errors.total(), time.monotonic() + 30
    with no_room(small, LEFT):
        while load.errors.total() == before and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(noise.uniform(0.2, 1.5 * PATIENCE))
    if not server.runs():
        server.start()
    return load.errors.total() > before


def torment(
    server: Server, driver: str, small: Path, rounds: int, noise: random.Random
) -> dict[str, Any]:
    """Fill the disk again and again under load; what came of it."""
    server.start()
    try:
        url = make_url(server.url).set(drivername=driver)
        with SQLAlchemySaver.from_url(url, busy_timeout=PATIENCE) as saver:
            load = Load(saver, NAMED)
            set_up_without_room(server, load, small)
            worker = threading.Thread(target=load.run, daemon=True)
            worker.start()
            full = 0
            for _ in range(rounds):
                time.sleep(noise.uniform(0.3, 1.2))
                full += fill(server, load, small, noise)
            before = len(load.acknowledged)
            time.sleep(1.0)
            load.stop.set()
            worker.join()
            acknowledged = len(load.acknowledged)
            missing = lost(saver, load) + len(saver.check()[1]) + (acknowledged == before)
    finally:
        server.kill()
    errors = dict(load.errors)
    return {"full": full, "acknowledged": acknowledged, "lost": missing, "errors": errors}


def main() -> int:
    """All servers; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20, help="how often each disk is full")
    parser.add_argument("--quick", action="store_true", help="three times")
    parser.add_argument("--only", choices=CASES, action="append")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="a small filesystem of yours")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    args = parser.parse_args()
    rounds = 3 if args.quick else args.rounds
    figures: dict[str, float] = {}
    failed = False
    for name in args.only or CASES:
        case = CASES[name]
        with TemporaryDirectory() as large, small_disk(args.folder) as small:
            server = case.make(small, Path(large))
            if server is None:
                print(f"{name}: not installed")
                continue
            noise = random.Random(args.seed)  # noqa: S311 - repeatable
            found = torment(server, case.driver, small, rounds, noise)
        print(f"{name}: {rounds} times, {found}", flush=True)
        unclear = sum(n for kind, n in found["errors"].items() if kind not in NAMED)
        figures |= {f"{name}_full": found["full"], f"{name}_lost": found["lost"]}
        figures |= {f"{name}_acknowledged": found["acknowledged"], f"{name}_unclear": unclear}
        failed |= bool(found["lost"] or unclear) or not found["full"]
    if args.json:
        keep(figures, args.json)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
