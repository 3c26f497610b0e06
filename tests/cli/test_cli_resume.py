"""`secondhalf resume`."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run


def ask(run: Run, *more: str) -> dict[str, Any]:
    """A route that waits for an answer."""
    done = run("route", "fix it", "--thread", "t", "--json", *more)
    assert 4 == done.code
    return json.loads(done.out)  # type: ignore[no-any-return]


def test_an_answer_finishes_the_same_route(run: Run) -> None:
    """The route goes on where it asked; its id stays."""
    waiting = ask(run)
    done = run("resume", "t", "--answer", "What is 2+2?", "--json")

    result = json.loads(done.out)
    assert (0, "") == (done.code, done.err)
    assert (waiting["route_id"], "success", "4") == (
        result["route_id"],
        result["status"],
        result["answer"],
    )


def test_a_route_id_will_do_for_a_thread(run: Run) -> None:
    """What the table shows first is enough."""
    waiting = ask(run)
    done = run("resume", waiting["route_id"][:8], "--answer", "What is 2+2?", "--json")

    assert ("t", "4") == (json.loads(done.out)["thread_id"], json.loads(done.out)["answer"])


def test_without_an_answer_the_question_is_asked_again(run: Run) -> None:
    """Nobody is there to answer: exit code 4, as before."""
    waiting = ask(run)
    done = run("resume", "t", "--json")

    assert (4, waiting["interrupt"]) == (done.code, json.loads(done.out)["interrupt"])


@pytest.mark.parametrize(
    ("answer", "said"),
    [("", "is empty"), (" \n", "is empty"), ("word " * 50_000, "more than the 200,000 allowed")],
)
def test_no_answer_and_too_long_a_one_are_refused(run: Run, answer: str, said: str) -> None:
    """One line; the route still waits for an answer."""
    ask(run)
    done = run("resume", "t", "--answer", answer)

    assert (2, "", 1) == (done.code, done.out, done.err.count("\n"))
    assert said in done.err
    assert 4 == run("resume", "t", "--json").code


def test_json_says_on_stderr_how_to_answer(run: Run) -> None:
    """Standard output stays one object; the command is ready to copy."""
    done = run("route", "fix it", "--thread", "my thread", "--json")

    assert (4, "my thread") == (done.code, json.loads(done.out)["thread_id"])
    assert "secondhalf resume 'my thread' --answer" in done.err


def test_a_finished_route_is_not_resumed(run: Run) -> None:
    """One clear line; nothing is run again."""
    run("route", "2+2", "--thread", "t")
    done = run("resume", "t")

    assert (2, "") == (done.code, done.out)
    assert "has ended" in done.err


def test_an_empty_answer_to_a_route_that_has_ended_is_not_said_to_be_awaited(run: Run) -> None:
    """What is said is about the route as it is."""
    run("route", "2+2", "--thread", "t")
    done = run("resume", "t", "--answer", "")

    assert (2, "") == (done.code, done.out)
    assert "has ended" in done.err
    assert "waits" not in done.err


def test_a_route_left_behind_is_not_resumed(run: Run) -> None:
    """A newer route on the thread took its place."""
    waiting = ask(run)
    run("route", "2+2", "--thread", "t")
    done = run("resume", waiting["route_id"])

    assert (2, "") == (done.code, done.out)
    assert "ended when a newer one began" in done.err


def test_an_answer_to_a_finished_route_is_one_error(run: Run) -> None:
    """That the route has ended says it all."""
    run("route", "2+2", "--thread", "t")
    done = run("resume", "t", "--answer", "yes")

    assert (2, "", 1) == (done.code, done.out, done.err.count("\n"))
    assert "has ended" in done.err


def test_the_configuration_is_remembered(run: Run, router_yaml: Path) -> None:
    """No --config is needed: the route knows its file."""
    ask(run, "--config", str(router_yaml))
    done = run("resume", "t", "--answer", "What is 2+2?")

    assert (0, "") == (done.code, done.err)


def test_a_changed_configuration_is_warned_of(run: Run, router_yaml: Path) -> None:
    """It is used as it is now, and that is said."""
    ask(run, "--config", str(router_yaml))
    router_yaml.write_text("budgets: {usd: 0.02}\n")
    done = run("resume", "t", "--answer", "What is 2+2?")

    assert 0 == done.code
    assert "has changed since the route began" in done.err


def test_a_lost_configuration_is_asked_for(run: Run, router_yaml: Path) -> None:
    """Without its file the route cannot go on as it was; with another one it can."""
    ask(run, "--config", str(router_yaml))
    other = router_yaml.with_name("other.yaml")
    router_yaml.rename(other)
    lost = run("resume", "t", "--answer", "What is 2+2?")
    found = run("resume", "t", "--answer", "What is 2+2?", "--config", str(other))

    assert (2, "") == (lost.code, lost.out)
    assert "--config" in lost.err
    assert (0, "") == (found.code, found.err)


def test_the_documents_are_remembered(run: Run, tmp_path: Path) -> None:
    """A resumed route searches the folder it was given."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("The office opens at nine.\n")
    ask(run, "--docs", str(folder))
    (folder / "a.md").unlink()
    folder.rmdir()
    done = run("resume", "t", "--answer", "What is 2+2?")

    assert (2, "") == (done.code, done.out)
    assert str(folder) in done.err
