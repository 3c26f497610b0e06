"""Ways to run the command line: in this process, and as the process a user starts."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from secondhalf.cli.app import run as run_cli

NOBODY = "http://127.0.0.1:1"
"""Where no Ollama answers."""


class Done(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is found on this machine, whoever runs the tests, and no colour is forced."""
    monkeypatch.setenv("OLLAMA_HOST", NOBODY)
    for name in ("FORCE_COLOR", "NO_COLOR", "SECONDHALF_DEBUG", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process, which is quick."""

    def run(*args: str) -> Done:
        capsys.readouterr()
        code = run_cli(args)
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return run


@pytest.fixture
def command() -> Run:
    """Runs a command line as a process of its own."""

    def command(*args: str, text: str = "") -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "secondhalf", *args],
            input=text,
            capture_output=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONUTF8": "1"},
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return command


@pytest.fixture
def router_yaml(tmp_path: Path) -> Path:
    """A configuration file without models."""
    file = tmp_path / "router.yaml"
    file.write_text("budgets: {usd: 0.01}\n")
    return file
