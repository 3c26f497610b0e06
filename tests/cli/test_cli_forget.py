"""`secondhalf forget`: asks, says what goes, and deletes it everywhere."""

import json
from unittest.mock import Mock

import pytest

from secondhalf.checkpoints import SQLAlchemySaver
from secondhalf.memory import Memory
from secondhalf.places import database_url
from tests.cli.conftest import Run


def kept() -> tuple[int, int]:
    """How many routes there are, and how many threads with checkpoints."""
    with (
        Memory.from_url(database_url()) as memory,
        SQLAlchemySaver.from_url(database_url()) as saver,
    ):
        return len(memory.routes()), saver.stats()["threads"]


def test_a_thread_is_forgotten(run: Run) -> None:
    """Route and checkpoints; another thread stays."""
    run("route", "What is 2+2?", "--thread", "t")
    run("route", "What is 3+3?", "--thread", "u")
    done = run("forget", "--thread", "t", "--yes")

    assert 0 == done.code
    assert done.out.startswith("Was deleted: 1 route with prompts, answers and traces, the check")
    assert (1, 1) == kept()


def test_a_principal_is_forgotten(run: Run) -> None:
    """One JSON object says what went; with nothing left, it says so and ends well."""
    run("route", "What is 2+2?", "--thread", "t", "--principal", "ann")
    looked = json.loads(run("forget", "--principal", "ann", "--dry-run", "--json").out)
    assert (1, 1) == kept()
    done = json.loads(run("forget", "--principal", "ann", "--yes", "--json").out)

    assert (["t"], 1, True) == (looked["threads"], looked["routes"], looked["dry_run"])
    assert (["t"], 1, 0, True) == (
        done["threads"], done["routes"], done["unfinished"], done["erased"],
    )  # fmt: skip
    assert (0, 0) == kept()
    again = run("forget", "--principal", "ann", "--yes")
    assert (0, "Nothing is kept of them.\n") == (again.code, again.out)


def test_checkpoints_without_a_route_are_forgotten_too(run: Run) -> None:
    """A parent graph may keep threads here that memory knows nothing of."""
    run("route", "What is 2+2?", "--thread", "t")
    with Memory.from_url(database_url()) as memory:
        memory.forget(thread_id="t")
    assert (0, 1) == kept()

    assert "1 thread" in run("forget", "--thread", "t", "--yes").out
    assert (0, 0) == kept()


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_nothing_is_deleted_unasked(run: Run, more: list[str]) -> None:
    """Where nobody can confirm it, it takes --yes."""
    run("route", "What is 2+2?", "--thread", "t")
    done = run("forget", "--thread", "t", *more)

    assert (2, "") == (done.code, done.out)
    assert "--yes" in done.err
    assert (1, 1) == kept()


@pytest.mark.parametrize(
    ("typed", "code", "left"), [("y", 0, (0, 0)), ("n", 1, (1, 1)), ("", 1, (1, 1))]
)
def test_on_a_terminal_it_asks(
    run: Run, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, left: tuple[int, int]
) -> None:
    """Anything but yes leaves everything as it is."""
    run("route", "What is 2+2?", "--thread", "t")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", Mock(return_value=typed))
    done = run("forget", "--thread", "t")

    assert code == done.code
    assert "thread t" in done.out
    assert left == kept()


@pytest.mark.parametrize("names", [[], ["--thread", "t", "--principal", "p"], ["--principal", ""]])
def test_whom_has_to_be_named(run: Run, names: list[str]) -> None:
    """One line, exit code 2."""
    done = run("forget", *names, "--yes")

    assert 2 == done.code
    assert 1 == len(done.err.splitlines())
