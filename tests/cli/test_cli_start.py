"""What the command line does before it does anything."""

import json
import subprocess
import sys
from importlib.metadata import version

from tests.cli.conftest import Run

HEAVY = ("langchain_core", "langgraph", "numpy", "openai", "pydantic", "sqlalchemy", "sympy")
PROBE = """
import json, sys
from secondhalf.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    names = sorted({name.partition(".")[0] for name in sys.modules})
    print(json.dumps(names), file=sys.stderr)
"""


def test_help_imports_nothing_heavy() -> None:
    """--help answers at once because no library that is slow to load is loaded for it."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, "--help"], capture_output=True, text=True, check=True
    )

    loaded = json.loads(done.stderr.splitlines()[-1])
    assert [] == [name for name in HEAVY if name in loaded]
    assert "secondhalf" in loaded


def test_help_names_every_command_and_the_exit_codes(run: Run) -> None:
    """--help is the whole of what there is."""
    done = run("--help")

    assert 0 == done.code
    for word in ("route", "resume", "routes", "trace", "graph", "feedback", "check", "Exit codes"):
        assert word in done.out


def test_version(run: Run) -> None:
    """--version says the version that is installed."""
    done = run("--version")

    assert (0, f"secondhalf {version('secondhalf')}\n", "") == done


def test_nothing_asked_shows_the_help(run: Run) -> None:
    """Without a command there is nothing to do: the help, and exit code 2."""
    done = run()

    assert 2 == done.code
    assert "Usage: secondhalf" in done.out + done.err
