"""What the command line says of outcomes, and what it lets through to a terminal."""

import json
from typing import Any, get_args

import pytest

from secondhalf.cli import route as route_module
from secondhalf.cli.exits import exit_code
from secondhalf.cli.jsonout import print_json, result_object
from secondhalf.cli.outcome import show_outcome
from secondhalf.cli.screen import money, shell
from secondhalf.cli.steps import StepLines
from secondhalf.state.config import RouterConfig
from secondhalf.state.plaintext import clean, one_line
from secondhalf.state.policy import Preset
from secondhalf.state.result import RouteResult, TraceEvent


def result(**changes: Any) -> RouteResult:
    fields = {"route_id": "0123456789abcdef", "status": "success", "answer": "42"} | changes
    return RouteResult.model_validate(fields)


def shown(capsys: pytest.CaptureFixture[str], found: RouteResult, **settings: Any) -> str:
    flags: dict[str, Any] = {"already_said": False, "show_unverified": False, "resume": "again"}
    show_outcome(found, RouterConfig(), **(flags | settings))
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "code"), [("success", 0), ("uncertain", 3), ("fail", 3), ("waiting", 4)]
)
def test_exit_codes(status: str, code: int) -> None:
    """A route's status decides."""
    assert code == exit_code(result(status=status))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"status": "fail", "answer": None},
        {"status": "uncertain", "capped": "usd", "thread_id": "t1"},
        {"status": "fail", "answer": None, "capped": "usd", "thread_id": "t1"},
    ],
)
def test_commands_that_are_told_name_the_database(
    capsys: pytest.CaptureFixture[str], changes: dict[str, Any]
) -> None:
    """As typed they find the route, wherever it is kept."""
    out = shown(capsys, result(**changes), db="my routes.db")

    told = out.count("secondhalf trace ") + out.count("secondhalf resume ")
    assert told == out.count(" --db 'my routes.db'") > 0


def test_an_uncertain_answer_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody can take it for a good one."""
    out = shown(capsys, result(status="uncertain", reason="unverified"))

    assert out.startswith("best found, not good enough: 42\nwhy: unverified\n")


def test_a_withheld_answer_is_printed_only_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    """High risk and not verified: the router abstains."""
    found = result(status="fail", answer=None, unverified_answer="take ten", reason="high risk")
    hidden, open_ = shown(capsys, found), shown(capsys, found, show_unverified=True)

    assert "take ten" not in hidden
    assert "--show-unverified" in hidden
    assert "unverified answer, not to be relied on:\ntake ten\n" in open_


def test_a_withheld_answer_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Null, unless it was asked for."""
    found = result(status="fail", answer=None, unverified_answer="take ten")

    assert None is result_object(found)["answer"]
    assert "take ten" == result_object(found, show_unverified=True)["answer"]


def test_a_cap_that_ended_the_search_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever set it can raise it."""
    out = shown(capsys, result(status="fail", answer=None, capped="usd"))

    assert "the cap on usd ended the search" in out
    assert "--budget-usd" in out


def test_what_was_sent_away_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Notes of the calls are for people, each once."""
    call = TraceEvent(kind="call", at=0, data={"notes": ["3 passages were sent to x.example"]})
    out = shown(capsys, result(trace=(call, call)))

    assert 1 == out.count("note: 3 passages were sent to x.example")


def test_text_is_printed_without_what_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """An answer of a model may hold anything."""
    out = shown(capsys, result(answer="a\x1b[2J\x9bb\r\x08\u202ec\ud800\n\td [bold]"))

    assert out.startswith("a[2Jbc\ufffd\n\td [bold]\n")


def test_clean_keeps_text_as_it_is() -> None:
    """Newline, tab and every letter stay."""
    assert "Zeile\n\tß → 漢" == clean("Zeile\n\tß → 漢")


def test_one_line_is_cut() -> None:
    """Long text in a table ends with an ellipsis."""
    assert "a b…" == one_line("a\n b  cdef", 4)


@pytest.mark.parametrize(
    ("usd", "text"), [(0, "$0"), (1e-9, "<$0.000001"), (0.0012, "$0.0012"), (12.5, "$12.5")]
)
def test_money(usd: float, text: str) -> None:
    """Small amounts keep their digits; a price that is not known is not zero."""
    assert text == money(usd)
    assert f"{text} (+2 unpriced)" == money(usd, 2)


def test_a_command_to_copy_is_quoted_and_holds_no_password() -> None:
    """What a shell would take apart is kept together."""
    command = shell(["secondhalf", "resume", "a b;c", "--db", "x://me:secret99@host/db"])

    assert "secondhalf resume 'a b;c' --db 'x://***@host/db'" == command


def test_json_is_plain_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters and broken text cannot get out of it."""
    print_json({"answer": "\x9b\ud800é"})

    out = capsys.readouterr().out
    assert out.isascii()
    assert {"answer": "\x9b\ud800é"} == json.loads(out)


def test_an_uncertain_answer_is_marked_before_it_is_streamed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The mark comes first, whatever comes after."""
    steps = StepLines()
    steps.event({"kind": "stop", "text": "uncertain: nobody checked it", "at": 1.0})
    steps.token("forty-")
    steps.token("two")

    assert "best found, not good enough: forty-two" == capsys.readouterr().out
    assert steps.answered


def test_presets_are_those_of_the_policy() -> None:
    """The command line spells them out so as to start without the policy's library."""
    annotation = route_module.route.__annotations__["preset"]
    literal = get_args(get_args(annotation)[0])[0]

    assert get_args(Preset) == get_args(literal)
