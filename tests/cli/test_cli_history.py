"""`secondhalf routes`, `trace` and `feedback`: what is remembered."""

import json
from pathlib import Path

import pytest

from secondhalf.memory import Memory
from secondhalf.places import database_url
from tests.cli.conftest import Run


def route(run: Run, prompt: str, *more: str) -> str:
    """The id of a new route."""
    return str(json.loads(run("route", prompt, "--json", *more).out)["route_id"])


def test_routes_are_listed_newest_first(run: Run) -> None:
    """One object with a list; prompts and outcomes are in it."""
    route(run, "What is 2+2?")
    route(run, "fix it")
    done = run("routes", "--json")

    listed = json.loads(done.out)["routes"]
    assert ["fix it", "What is 2+2?"] == [one["prompt"] for one in listed]
    assert ["waiting", "success"] == [one["status"] for one in listed]
    assert [True, False] == [one["interrupted"] for one in listed]


def test_interrupted_routes_alone(run: Run) -> None:
    """What can be resumed."""
    route(run, "What is 2+2?")
    waiting = route(run, "fix it", "--thread", "mine")
    done = run("routes", "--interrupted")

    assert waiting[:8] in done.out
    assert "mine" in done.out
    assert "2+2" not in done.out


def test_limit(run: Run) -> None:
    """No more than were asked for."""
    for prompt in ("1+1", "2+2", "3+3"):
        route(run, prompt)
    done = run("routes", "--limit", "2", "--json")

    assert ["3+3", "2+2"] == [one["prompt"] for one in json.loads(done.out)["routes"]]


def test_an_empty_memory_says_so(run: Run) -> None:
    """Nothing is no error."""
    done = run("routes")

    assert (0, "There is none yet.\n") == (done.code, done.out)


def test_a_trace_tells_what_was_taken_and_what_was_not(run: Run) -> None:
    """Analysis, strategy and its rule, each path with its reason, the end."""
    done = run("trace", route(run, "Why is the sky blue?", "--no-clarify")[:8])

    assert 0 == done.code
    for part in (
        "analysis: ",
        "strategy: ",
        "rule ",
        "── exact: fail",
        "── extract: fail",
        "taken because: ",
        "not taken",
        "slm: no slm model is configured",
        "stopped: every path that is configured has been tried",
    ):
        assert part in done.out


def test_a_path_that_answered_is_marked(run: Run) -> None:
    """The tree shows where the answer came from, and what was not needed."""
    done = run("trace", route(run, "What is 2+2?"))

    assert "exact: success" in done.out
    assert "← the answer" in done.out
    assert "not needed" in done.out


def test_a_waiting_route_has_a_trace_too(run: Run) -> None:
    """Until it ends: the prompt, and how to go on."""
    done = run("trace", route(run, "fix it", "--thread", "t"))

    assert "prompt: fix it" in done.out
    assert "secondhalf resume t" in done.out


def test_a_question_and_its_answer_are_in_the_trace(run: Run) -> None:
    """What the user said is part of how the route went."""
    waiting = route(run, "fix it", "--thread", "t")
    run("resume", "t", "--answer", "What is 2+2?")
    done = run("trace", waiting)

    assert "asked you: " in done.out
    assert "you answered: What is 2+2?" in done.out


def test_a_trace_as_json(run: Run) -> None:
    """One object: the events in order, the result as `route` prints it."""
    result = json.loads(run("route", "What is 2+2?", "--json").out)
    done = run("trace", result["route_id"], "--json")

    told = json.loads(done.out)
    assert result == told["result"]
    kinds = [event["kind"] for event in told["trace"]]
    assert ["begin", "analyze", "pick", "plan", "call", "verify", "plan", "stop"] == kinds


def test_text_cannot_steer_the_terminal(run: Run) -> None:
    """Escape sequences and markup in a prompt are shown as text, or not at all."""
    prompt = "What is 2+2? \x1b]0;title\x07[red]\x9b31m [/nothing]"
    route_id = route(run, prompt)
    shown = run("trace", route_id).out + run("routes").out + run("routes", "--json").out

    assert not any(bad in shown for bad in ("\x1b", "\x07", "\x9b"))
    assert "[red]" in shown
    assert "[/nothing]" in shown


def test_feedback_is_recorded_once(run: Run) -> None:
    """The same word said twice counts once."""
    route_id = route(run, "What is 2+2?")
    flags = ["--rating", "4", "--failure", "--factuality", "0.5", "--escalated", "--notes", "slow"]
    first = run("feedback", route_id[:8], *flags, "--principal", "me")
    again = run("feedback", route_id, *flags, "--principal", "me")

    with Memory.from_url(database_url()) as memory:
        (kept,) = memory.feedback(route_id)
    assert (0, 0) == (first.code, again.code)
    assert first.out.endswith(" recorded\n")
    assert "already recorded" in again.out
    assert (4, False, 0.5, True, "slow", "me", "SLM_DIRECT") == (
        kept.user_rating,
        kept.success,
        kept.factuality_score,
        kept.escalation_occurred,
        kept.notes,
        kept.principal,
        kept.strategy,
    )


def test_a_later_word_of_the_same_principal_replaces_the_earlier(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default the principal is the user of this machine; another one speaks beside them."""
    monkeypatch.setenv("LOGNAME", "ann")
    route_id = route(run, "What is 2+2?")
    said = [
        run("feedback", route_id, "--failure", "--notes", "no"),
        run("feedback", route_id, "--success"),
        run("feedback", route_id, "--rating", "2", "--principal", "bob"),
    ]

    with Memory.from_url(database_url()) as memory:
        kept = memory.feedback(route_id)
        assert memory.route(route_id).request.principal == "ann"
    assert [0, 0, 0] == [done.code for done in said]
    assert "in the place of what was said before" in said[1].out
    assert {("ann", True, ""), ("bob", None, "")} == {
        (one.principal, one.success, one.notes) for one in kept
    }


def test_feedback_on_single_paths(run: Run) -> None:
    """Each with its score; one that the route did not open is refused, and nothing is kept."""
    route_id = route(run, "What is 2+2?")

    unknown = run("feedback", route_id, "--path-score", "llm=1")
    done = run("feedback", route_id, "--path-score", "exact=0.75")

    assert (2, 0) == (unknown.code, done.code)
    assert "the route opened no path 'llm': it opened 'exact'" in unknown.err
    with Memory.from_url(database_url()) as memory:
        assert [{"exact": 0.75}] == [said.path_scores for said in memory.feedback(route_id)]


@pytest.mark.parametrize("value", ["exact", "exact=", "exact=2", "exact=nan", "exact=x"])
def test_a_path_score_that_is_none_is_refused(run: Run, value: str) -> None:
    """One line, and exit code 2."""
    done = run("feedback", "0123456789", "--path-score", value)

    assert 2 == done.code
    assert 1 == len(done.err.splitlines())


def test_caps_are_those_the_route_was_configured_with(run: Run, tmp_path: Path) -> None:
    """The file says who is trusted; a broken file that is named is an error."""
    file = tmp_path / "router.yaml"
    file.write_text("policy: {learning: {per_day: 0, trusted: [grader]}}\n")
    route_id = json.loads(run("route", "What is 2+2?", "--config", str(file), "--json").out)[
        "route_id"
    ]
    assert 0 == run("feedback", route_id, "--success").code

    file.write_text("policy: {learning: {per_dya: 1}}\n")
    done = run("feedback", route_id, "--failure", "--config", str(file))
    assert 2 == done.code
    assert "did you mean 'per_day'?" in done.err


def test_feedback_is_in_the_trace(run: Run) -> None:
    """What was said of a route is shown with it."""
    route_id = route(run, "What is 2+2?")
    run("feedback", route_id, "--success", "--notes", "just so")
    done = run("trace", route_id)

    assert "feedback: success: True, notes: just so" in done.out


@pytest.mark.parametrize("width", [30, 40, 75, 120])
def test_a_narrow_table_still_names_the_routes(
    run: Run, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """Its id and its status are what a person goes on with; the rest comes with the room."""
    route_id = json.loads(run("route", "2+2", "--json").out)["route_id"]
    monkeypatch.setattr("secondhalf.cli.screen.PIPED_WIDTH", width)

    out = run("routes").out

    assert route_id[:8] in out
    assert "success" in out
    assert ("SLM_DIRECT" in out) == (width >= 100)
    assert max(map(len, out.splitlines())) <= width
