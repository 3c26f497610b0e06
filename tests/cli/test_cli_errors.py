"""Bad input: one clear line on stderr, nothing on stdout, exit code 2."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from secondhalf.cli import app as app_module
from secondhalf.experts.redaction import keep_secret
from tests.cli.conftest import NOBODY, Run

CASES = {
    "empty prompt": (["route", " "], "the prompt is empty"),
    "no prompt": (["route"], "Missing argument"),
    "over-long prompt": (["route", "word " * 50_000], "more than the 200,000 allowed"),
    "unknown strategy": (["route", "x", "--strategy", "SLM_DIRCT"], "did you mean 'SLM_DIRECT'?"),
    "strategy in small letters": (
        ["route", "x", "--strategy", "slm_direct"],
        "did you mean 'SLM_DIRECT'?",
    ),
    "dash first": (["route", "-5+3"], "secondhalf route -- -5+3"),
    "a file for documents": (["route", "x", "--docs", __file__], "is a file: name the folder"),
    "unknown model": (["route", "x", "--model", "gpt"], "unknown model 'gpt'"),
    "unknown preset": (["route", "x", "--preset", "cheap"], "'cheap' is not one of 'economy'"),
    "negative budget": (["route", "x", "--budget-usd", "-1"], "-1.0 is not an amount"),
    "no number": (["route", "x", "--budget-seconds", "nan"], "nan is not an amount"),
    "infinite budget": (["route", "x", "--budget-usd", "inf"], "inf is not an amount"),
    "negative addition": (["resume", "x", "--add-usd", "-1"], "-1.0 is not an amount"),
    "an addition of nan": (["resume", "x", "--add-usd", "nan"], "nan is not an amount"),
    "infinite addition": (["resume", "x", "--add-seconds", "inf"], "inf is not an amount"),
    "blank thread": (["route", "x", "--thread", " "], "is not an id"),
    "steering thread": (["route", "x", "--thread", "a\x1b[2J"], "is not an id"),
    "no documents": (["route", "x", "--docs", "/nowhere"], "'/nowhere' does not exist"),
    "no configuration": (["route", "x", "--config", "/nowhere"], "'/nowhere'"),
    "broken database URL": (["routes", "--db", "what://"], "database"),
    "unknown thread": (["resume", "nobody"], "no thread or route 'nobody'"),
    "unknown route": (["trace", "0123456789"], "no route '0123456789'"),
    "database that is not there": (["routes", "--db", "typo.db"], "there is no database 'typo.db'"),
    "feedback on nothing": (["feedback", "0123456789", "--success"], "no route '0123456789'"),
    "feedback without any": (["feedback", "0123456789"], "there is nothing to record"),
    "rating of six": (["feedback", "x", "--rating", "6"], "'--rating'"),
    "factuality of two": (["feedback", "x", "--factuality", "2"], "2.0 is not between 0 and 1"),
    "factuality of nan": (["feedback", "x", "--factuality", "nan"], "nan is not between"),
    "unknown command": (["rout", "x"], "No such command 'rout'"),
    "unknown option": (["route", "x", "--bugdet-usd", "1"], "No such option: --bugdet-usd"),
    "unknown picture": (["graph", "-o", "g.gif"], "give --format too"),
    "picture in no folder": (["graph", "-o", "/nowhere/g.mmd"], "cannot write"),
    "check without file": (["check", "--config", "/nowhere"], "'/nowhere'"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_clear_line(run: Run, case: str) -> None:
    """What is wrong, in one line; exit code 2; stdout stays empty for whoever reads it."""
    args, said = CASES[case]
    done = run(*args)

    assert (2, "") == (done.code, done.out)
    assert 1 == done.err.count("\n")
    assert done.err.startswith("secondhalf: ")
    assert said in done.err


def test_errors_with_json_leave_stdout_empty(run: Run) -> None:
    """A program reads either one object or nothing."""
    done = run("route", "x", "--strategy", "none", "--json", "--stream")

    assert (2, "") == (done.code, done.out)


def test_standard_input_that_is_no_text(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that are not UTF-8 are refused with their place."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"ab\xff")))
    done = run("route", "-")

    assert (2, "") == (done.code, done.out)
    assert "not UTF-8 text (byte 2)" in done.err


def test_a_prompt_that_is_no_text(run: Run) -> None:
    """An argument of broken bytes reaches Python as surrogates, which no database keeps."""
    done = run("route", "broken \udcff")

    assert (2, "") == (done.code, done.out)
    assert "not UTF-8" in done.err


@pytest.mark.parametrize("name", ["exact", "checks", "verifier", "judge", "user", "retriever"])
def test_a_model_cannot_take_the_place_of_an_expert(run: Run, tmp_path: Path, name: str) -> None:
    """It would be asked where a computation, or a check, is meant."""
    file = tmp_path / "router.yaml"
    file.write_text(f"models: [{{name: {name}, model: m, base_url: '{NOBODY}/v1', tier: slm}}]")
    done = run("route", "2+2", "--config", str(file))

    assert (2, "", 1) == (done.code, done.out, done.err.count("\n"))
    assert f"a model is called {name!r}" in done.err


def test_broken_yaml_names_line_and_column(run: Run, tmp_path: Path) -> None:
    """The file, the line, the column."""
    file = tmp_path / "router.yaml"
    file.write_text("models:\n  - name: [\n")
    done = run("route", "x", "--config", str(file))

    assert (2, "") == (done.code, done.out)
    assert "router.yaml:3:1" in done.err


def test_a_missing_key_is_named(run: Run, tmp_path: Path) -> None:
    """The variable that is not set, in `route` as in `check`, which lists the rest, too."""
    file = tmp_path / "router.yaml"
    file.write_text('models: [{name: m, model: m, tier: slm, api_key: "${MY_MISSING_KEY}"}]\n')

    routed = run("route", "x", "--config", str(file))
    checked = run("check", "--config", str(file))

    assert (2, "", 2) == (routed.code, routed.out, checked.code)
    assert "needs the environment variable 'MY_MISSING_KEY'" in checked.out
    for done in (routed, checked):
        assert 1 == done.err.count("\n")
        assert "'MY_MISSING_KEY'" in done.err


def test_documents_are_said_once_to_be_unusable(run: Run, tmp_path: Path) -> None:
    """A folder without any document is refused like one that is missing."""
    empty = run("route", "2+2", "--docs", str(tmp_path))
    file = run("route", "2+2", "--docs", __file__)

    assert (2, "", 2, "") == (empty.code, empty.out, file.code, file.out)
    assert "holds no text" in empty.err
    assert 1 == file.err.count("documents folder")


@pytest.mark.parametrize("args", [["route", "2+2"], ["routes"], ["check"]])
def test_a_file_that_is_no_database(run: Run, tmp_path: Path, args: list[str]) -> None:
    """A foreign file is left as it is."""
    file = tmp_path / "notes.txt"
    file.write_text("These are notes, and long enough to look like something. " * 20)
    before = file.read_bytes()
    done = run(*args, "--db", str(file))

    assert (2, "") == (done.code, done.out)
    assert "is not an SQLite database" in done.err
    assert before == file.read_bytes()


def test_an_unusable_database_does_not_show_its_password(run: Run) -> None:
    """Errors never hold a secret."""
    done = run("routes", "--db", "postgresql+psycopg://me:hunter2hunter2@127.0.0.1:1/x")

    assert 2 == done.code
    assert "hunter2" not in done.err


def test_the_unexpected_is_one_line_with_a_hint(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1; the traceback only for whoever asks, and never a key in either."""

    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("went wrong with topsecretkey\x1b[31m\nand more")

    keep_secret("topsecretkey")
    monkeypatch.setattr(app_module, "app", explode)
    short = run("routes")
    monkeypatch.setenv("SECONDHALF_DEBUG", "1")
    long = run("routes")

    assert (1, 1, 1) == (short.code, short.err.count("\n"), long.code)
    assert "SECONDHALF_DEBUG=1" in short.err
    assert "Traceback" in long.err
    assert not any(bad in short.err + long.err for bad in ("topsecretkey", "\x1b"))


def test_a_reader_that_goes_away_is_no_error() -> None:
    """What cannot be written is not complained about."""
    script = f"{sys.executable} -m secondhalf routes | true"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=False)

    assert "" == done.stderr
