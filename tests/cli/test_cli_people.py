"""A person at a terminal: questions, progress, Ctrl-C."""

import builtins
import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from secondhalf import api, places
from secondhalf.cli.running import Manner
from tests.cli.conftest import Run
from tests.support.openai_server import OpenAIServer, Reply

# Whoever starts the tests may have told their children to ignore Ctrl-C.
MAIN = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from secondhalf.cli import main; main()"
)


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *args: str) -> None:
        self._mine, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", MAIN, *args],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=os.environ | {"TERM": "xterm", "PYTHONUTF8": "1", "COLUMNS": "120"},
            start_new_session=True,
        )
        os.close(theirs)
        self.text = ""

    def read_until(self, wanted: str, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while wanted not in self.text:
            assert time.monotonic() < deadline, f"no {wanted!r} in {self.text!r}"
            assert self._read(0.2) or self.process.poll() is None, self.text

    def type(self, text: str) -> None:
        os.write(self._mine, text.encode())

    def wait(self) -> int:
        while self._read(0.2) or self.process.poll() is None:
            pass
        os.close(self._mine)
        return self.process.wait()

    def _read(self, seconds: float) -> bool:
        if not select.select([self._mine], [], [], seconds)[0]:
            return False
        with contextlib.suppress(OSError):  # the other end was closed
            data = os.read(self._mine, 65536)
            self.text += data.decode(errors="replace")
            return bool(data)
        return False


def test_a_question_is_asked_and_the_same_route_goes_on(run: Run) -> None:
    """On a terminal the router waits for the answer instead of exiting; progress is shown."""
    terminal = Terminal("route", "fix it", "--thread", "t")
    terminal.read_until("> ")
    asked = terminal.text
    terminal.type("What is 2+2?\n")
    code = terminal.wait()

    routes = json.loads(run("routes", "--json").out)["routes"]
    assert (0, 1) == (code, len(routes))
    assert "starting…" in asked
    assert "4\r\n" in terminal.text.removeprefix(asked)


def test_ctrl_d_leaves_the_question_open(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer: exit code 4 with the command that answers later."""

    def end_of_input(_: str) -> str:
        raise EOFError

    monkeypatch.setattr(Manner, "interactive", True)
    monkeypatch.setattr(builtins, "input", end_of_input)
    done = run("route", "fix it", "--thread", "t")

    assert 4 == done.code
    assert "secondhalf resume t --answer" in done.out


def test_ctrl_c_loses_nothing(run: Run, tmp_path: Path) -> None:
    """Exit code 1 with the command that goes on; that command finishes the route."""
    config = tmp_path / "router.yaml"
    with OpenAIServer() as server:
        server.script("m", Reply("too late", delay=30))
        model = f"{{name: m, model: m, base_url: '{server.url}', tier: slm, api_key: none}}"
        config.write_text(f"models: [{model}]\n")
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, "route", "Why is the sky blue?", "--no-clarify",
             "--thread", "t", "--config", str(config), "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while not server.requests and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        interrupted = json.loads(run("routes", "--interrupted", "--json").out)["routes"]
        server.script("m", "Because air scatters blue light more than red.")
        resumed = run("resume", "t", "--json")

    (left,) = interrupted
    result = json.loads(resumed.out)
    assert (1, "") == (process.returncode, out)
    assert "secondhalf: interrupted; nothing is lost: secondhalf resume t\n" == err
    assert left["route_id"] == result["route_id"]
    assert "Because air scatters" in (result["answer"] or "")
    assert [] == json.loads(run("routes", "--interrupted", "--json").out)["routes"]


def test_ctrl_c_before_the_route_began(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to resume yet, and no command that would say otherwise."""

    def press(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "configured", press)
    done = run("route", "2+2")

    assert (1, "") == (done.code, done.out)
    assert "secondhalf: interrupted before the route began: run it again\n" == done.err


def test_ctrl_c_of_anything_else(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1 and one word, never a traceback."""

    def press(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(places, "database_to_read", press)
    done = run("routes")

    assert (1, "", "secondhalf: interrupted\n") == done
