"""`secondhalf stats`: figures for people and for programs."""

import json

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def used(run: Run) -> Run:
    """A database with three routes, one of which waits, and feedback on one."""
    route = json.loads(run("route", "What is 2+2?", "--tenant", "acme", "--json").out)
    run("route", "convert 68 °F to °C")
    run("route", "fix it")
    run("feedback", route["route_id"], "--rating", "4", "--success")
    return run


def test_figures_for_people(used: Run) -> None:
    """A row per strategy and one for all; what is not over is said."""
    done = used("stats")

    assert 0 == done.code
    assert "SLM_DIRECT" in done.out
    assert "100% [34%–100%]" in done.out
    assert "1 of 3 have not ended." in done.out


def test_figures_for_programs(used: Run) -> None:
    """One object; null where there is nothing to tell."""
    told = json.loads(used("stats", "--json", "--since", "1h").out)

    assert ("strategy", 3) == (told["by"], told["total"]["now"]["routes"])
    assert (4.0, None) == (
        told["total"]["now"]["user_rating"], told["total"]["now"]["factuality"],
    )  # fmt: skip
    assert 0 == told["total"]["before"]["routes"]
    assert {"SLM_DIRECT", "(none)"} == {group["name"] for group in told["groups"]}
    assert [] == told["alarms"]


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (["--by", "path"], "exact"),
        (["--by", "tenant"], "acme"),
        (["--by", "bucket"], "chat.low"),
        (["--tenant", "acme", "--by", "tenant", "--since", "2020-01-01"], "acme"),
        (["--strategy", "SLM_DIRECT", "--since", "2020-01-01T10:00"], "SLM_DIRECT"),
    ],
)
def test_it_can_be_grouped_and_narrowed(used: Run, flags: list[str], name: str) -> None:
    """By what the flags say."""
    done = used("stats", *flags)

    assert 0 == done.code
    assert name in done.out


@pytest.mark.parametrize("width", [24, 40, 80, 120])
def test_a_narrow_table_keeps_its_counts(
    used: Run, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """What there is no room for is named; what is shown is shown whole."""
    used("route", "Is it safe to take ibuprofen with warfarin?", "--no-clarify")
    monkeypatch.setattr("secondhalf.cli.screen.PIPED_WIDTH", width)

    lines = used("stats").out.splitlines()

    assert max(map(len, lines)) <= width
    table = [line.split() for line in lines[3:7]]
    assert ["1", "1", "2", "4"] == sorted(row[1] for row in table)
    assert 4 == len({row[0] for row in table})
    direct = next(row for row in table if "2" == row[1])
    assert (["100%", "[34%–100%]"] == direct[2:4]) == (width >= 40)
    assert "No room for" in " ".join(lines)


def test_nothing_is_said_to_be_nothing(run: Run) -> None:
    """In one line, and it is no error."""
    assert (0, "There are no routes yet.\n") == run("stats")[:2]
    assert (0, "There are no such routes.\n") == run("stats", "--since", "7d")[:2]
    assert 0 == json.loads(run("stats", "--json").out)["total"]["now"]["routes"]


@pytest.mark.parametrize("since", ["yesterday", "2999-01-01", "7", "-1d"])
def test_a_time_that_is_none_is_refused(run: Run, since: str) -> None:
    """One line, exit code 2."""
    done = run("stats", f"--since={since}")

    assert 2 == done.code
    assert 1 == len(done.err.splitlines())
