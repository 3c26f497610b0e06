"""Which commands make a database, and which need one that is there."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

NEEDING = (
    ("routes",),
    ("trace", "0123456789"),
    ("stats",),
    ("feedback", "0123456789", "--success"),
    ("forget", "--thread", "t", "--yes"),
    ("resume", "t"),
    ("policy", "show"),
    ("policy", "history"),
    ("policy", "diff", "0123456789"),
    ("policy", "export"),
    ("policy", "promote", "0123456789"),
    ("policy", "rollback"),
    ("db", "check"),
    ("db", "stats"),
    ("db", "prune", "--keep-last", "1"),
)
"""What is of use only where there is something."""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and a data directory that is not there yet."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("SECONDHALF_DB")

    def share(*_: object, **__: object) -> Path:
        return tmp_path / "share"

    monkeypatch.setattr("platformdirs.user_data_path", share)
    return folder


@pytest.mark.parametrize("args", NEEDING, ids=" ".join)
@pytest.mark.parametrize("db", ["typo.db", "sqlite:///typo.db", "none/typo.db"])
def test_a_mistyped_path_is_one_clear_line(
    run: Run, work: Path, tmp_path: Path, args: tuple[str, ...], db: str
) -> None:
    """Not an empty database that says there is nothing in it."""
    done = run(*args, "--db", db)

    assert (2, "") == (done.code, done.out)
    assert f"secondhalf: there is no database '{db}'" in done.err
    assert 1 == len(done.err.splitlines())
    assert [work] == [*tmp_path.rglob("*")]


@pytest.mark.parametrize("args", NEEDING, ids=" ".join)
def test_the_default_is_not_made_by_looking_at_it(
    run: Run, work: Path, tmp_path: Path, args: tuple[str, ...]
) -> None:
    """Before the first route there is nothing, which is no error by itself."""
    done = run(*args)

    assert "no database" not in done.err
    assert [work] == [*tmp_path.rglob("*")]


def test_before_the_first_route_there_is_none_yet(run: Run, work: Path) -> None:
    """The same words as of a database without routes."""
    assert (0, "There is none yet.\n") == run("routes")[:2]
    assert (0, "There are no routes yet.\n") == run("stats")[:2]


@pytest.mark.parametrize("flags", [(), ("--db", "new.db")])
def test_check_says_whether_it_is_there(
    run: Run, work: Path, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    """It is no fault that it is not; the first route makes it."""
    before = run("check", *flags)
    told = json.loads(run("check", *flags, "--json").out)
    made = [*tmp_path.rglob("*.db")]
    run("route", "2+2", *flags)

    assert (0, False, []) == (before.code, told["database_made"], made)
    assert "not there yet: the first route makes it" in before.out
    assert "(reachable)" in run("check", *flags).out


@pytest.mark.parametrize("args", [("route", "2+2"), ("reflect",), ("db", "upgrade")], ids=" ".join)
def test_what_writes_makes_it(run: Run, work: Path, args: tuple[str, ...]) -> None:
    """Where it was told to."""
    assert 0 == run(*args, "--db", "new.db").code
    assert (work / "new.db").is_file()
