"""`secondhalf route`, with the local experts at work."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import NOBODY, Run
from tests.support.openai_server import OpenAIServer
from tests.support.replies import reply

KEYS = [
    "route_id", "thread_id", "status", "answer", "strategy", "path", "cost_usd", "tokens",
    "latency_s", "quality", "policy_version", "explored", "interrupt",
]  # fmt: skip
SUM = "What is 17% of 2,340?"
HOPELESS = "Why is the sky blue?"
FOLDER = Path(__file__).parent.parent / "data" / "documents" / "folder"


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_arithmetic_is_answered_by_one_path(command: Run) -> None:
    """The real command prints exactly one object, says nothing else, and exits with 0."""
    done = command("route", SUM, "--json")

    (result,) = objects(done.out)
    assert (0, "") == (done.code, done.err)
    assert KEYS == list(result)
    assert ("success", "397.8", None) == (result["status"], result["answer"], result["interrupt"])
    assert ["exact"] == [path["node"] for path in result["explored"]]
    assert {"input": 0, "output": 0} == result["tokens"]


def test_people_get_the_answer_and_one_line_about_it(run: Run) -> None:
    """The answer stands alone on the first line; the last one says where to look for more."""
    done = run("route", SUM)

    lines = done.out.splitlines()
    assert (0, "", "397.8") == (done.code, done.err, lines[0])
    assert "exact · SLM_DIRECT · quality" in lines[-1]
    assert "secondhalf trace " in lines[-1]


def test_a_question_about_documents_is_answered_with_a_quote(run: Run) -> None:
    """--docs makes a folder's files the source, and the answer names the file."""
    question = "Which port does the server listen on by default?"
    done = run("route", question, "--docs", str(FOLDER), "--json")

    (result,) = objects(done.out)
    assert 0 == done.code
    assert "8472" in result["answer"]
    assert "configuration.md" in result["answer"]


def test_a_hopeless_prompt_says_so_and_what_to_do(run: Run) -> None:
    """Exit code 3: what nobody can do is said plainly, with a next step, and nothing made up."""
    done = run("route", HOPELESS, "--no-clarify")

    assert (3, "") == (done.code, done.err)
    assert done.out.startswith("No answer: no configured expert can do this.\n")
    assert "no slm model is configured" in done.out
    assert "OPENAI_API_KEY" in done.out
    assert "--docs DIR" in done.out


def test_models_that_all_fail_are_said_to(run: Run, tmp_path: Path) -> None:
    """Not that nobody is configured, nor that documents would help."""
    file = tmp_path / "router.yaml"
    model = {"name": "small", "model": "m", "base_url": f"{NOBODY}/v1", "tier": "slm"}
    file.write_text(json.dumps({"models": [{**model, "max_retries": 0}]}))
    done = run("route", HOPELESS, "--no-clarify", "--config", str(file))

    assert (3, "") == (done.code, done.err)
    assert done.out.startswith("No answer: every model that was asked failed.\n")
    assert "cannot be reached" in done.out
    assert "Next: 'secondhalf check'" in done.out
    assert "--docs" not in done.out


def test_an_analysis_is_no_answer(run: Run, tmp_path: Path) -> None:
    """Who analyzes may work while all who answer fail, and that is what is said."""
    file = tmp_path / "router.yaml"
    with OpenAIServer() as server:
        server.script("judge", reply("", analysis={}))
        models: list[dict[str, Any]] = [
            {"name": "judge", "base_url": server.url, "tier": "slm", "roles": ["classifier"]},
            {"name": "big", "base_url": f"{NOBODY}/v1", "tier": "llm", "max_retries": 0},
        ]
        file.write_text(json.dumps({"models": [{"model": one["name"], **one} for one in models]}))
        done = run("route", HOPELESS, "--no-clarify", "--config", str(file))

    assert 1 == len(server.requests)
    assert 3 == done.code
    assert done.out.startswith("No answer: every model that was asked failed.\n")


def test_a_hopeless_prompt_was_searched_with_backtracking(run: Run) -> None:
    """A failed path leads to another one; the object lists them all."""
    done = run("route", HOPELESS, "--no-clarify", "--json")

    (result,) = objects(done.out)
    assert (3, "fail", None) == (done.code, result["status"], result["answer"])
    assert len(result["explored"]) >= 2
    assert all(path["reason"] for path in result["explored"])


def test_an_ambiguous_prompt_waits_with_the_command_that_answers_it(run: Run) -> None:
    """Exit code 4: the question, and the exact command that goes on."""
    done = run("route", "fix it", "--thread", "talk 1")

    assert (4, "") == (done.code, done.err)
    assert "it" in done.out
    assert "secondhalf resume 'talk 1' --answer " in done.out


def test_a_database_named_by_flag_is_part_of_the_resume_command(run: Run, tmp_path: Path) -> None:
    """Whoever copies the command must end up in the same database."""
    db = str(tmp_path / "other.db")
    done = run("route", "fix it", "--thread", "t", "--db", db)

    assert f"--db {db}" in done.out


def test_waiting_is_null_answer_and_a_question_in_json(run: Run) -> None:
    """The object has its one shape whatever the outcome."""
    done = run("route", "fix it", "--json")

    (result,) = objects(done.out)
    assert (4, KEYS) == (done.code, list(result))
    assert ("waiting", None) == (result["status"], result["answer"])
    assert {"kind", "question"} == set(result["interrupt"])


def test_no_clarify_never_waits(run: Run) -> None:
    """Forbidden to ask, the router decides."""
    done = run("route", "fix it", "--no-clarify")

    assert 3 == done.code


def test_stream_shows_steps_on_stderr_and_the_answer_once(run: Run) -> None:
    """The answer is not said twice; steps stay out of stdout."""
    done = run("route", SUM, "--stream")

    kinds = [line.split()[0] for line in done.err.splitlines()]
    assert ["397.8"] == [line for line in done.out.splitlines() if line == "397.8"]
    assert done.out.startswith("397.8\n")
    assert ["begin", "analyze", "pick", "plan", "asked", "call", "verify", "plan", "stop"] == kinds


def test_stream_with_json_is_one_object_a_line(run: Run) -> None:
    """Events and tokens, the last line being the result."""
    done = run("route", SUM, "--stream", "--json")

    *steps, result = objects(done.out)
    assert (0, "") == (done.code, done.err)
    assert KEYS == list(result)
    assert all(list(step) in (["event"], ["token"]) for step in steps)
    assert "397.8" == "".join(step.get("token", "") for step in steps)


def test_stream_sends_no_tokens_where_there_is_no_answer(run: Run) -> None:
    """A program that joins the tokens must not take an apology for an answer."""
    done = run("route", HOPELESS, "--no-clarify", "--stream", "--json")

    assert [] == [step for step in objects(done.out) if "token" in step]


def test_a_prompt_comes_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads all of it."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"What is\n3*4?\n")))
    done = run("route", "-", "--json")

    assert "12" == objects(done.out)[0]["answer"]


def test_a_thread_goes_on(run: Run) -> None:
    """Two prompts of one thread are two routes."""
    first = objects(run("route", SUM, "--thread", "t", "--json").out)[0]
    second = objects(run("route", "What is 2+2?", "--thread", "t", "--json").out)[0]

    assert first["route_id"] != second["route_id"]
    assert ("t", "t") == (first["thread_id"], second["thread_id"])


def test_settings_reach_the_route(run: Run) -> None:
    """Strategy, preset and caps are those of the command line."""
    flags = ["--strategy", "LLM_REASONING", "--preset", "economy", "--budget-usd", "0"]
    done = run("route", SUM, *flags, "--budget-seconds", "7", "--json")

    result = objects(done.out)[0]
    kept = objects(run("trace", result["route_id"], "--json").out)[0]["request"]
    assert "LLM_REASONING" == result["strategy"]
    assert "economy" == kept["preset"]
    assert (0.0, 7.0) == (kept["budget"]["usd"], kept["budget"]["seconds"])
