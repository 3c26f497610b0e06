"""A whole run, in processes of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from secondhalf.evals.baselines.predictors import prompt_lengths
from secondhalf.evals.errors import ForbiddenSightError, UnfinishedRunError
from secondhalf.evals.jobs import Job
from secondhalf.evals.metrics.two_models import apgr, cpt
from secondhalf.evals.run import WORK, Progress, run
from secondhalf.evals.settings import RunSettings
from secondhalf.evals.workers import one_thread_each, run_jobs
from secondhalf.state.errors import SecondHalfError
from tests.evals.in_process import run_jobs_here

EXAMPLE = Path(__file__).parents[2] / "examples" / "recorded.jsonl"


def settings(**changes: object) -> RunSettings:
    given = {"data": str(EXAMPLE), "presets": ("balanced",), "limit": 20, **changes}
    return RunSettings.model_validate(given)


def test_a_run_writes_its_report_and_cleans_up(tmp_path: Path) -> None:
    """JSON, page and what was played; nothing of the work is left."""
    seen: list[Progress] = []
    report = run(settings(), tmp_path, workers=2, watch=seen.append)

    assert {"report.json", "report.html", "played.npz"} == {p.name for p in tmp_path.iterdir()}
    assert report.model_dump(mode="json") == json.loads((tmp_path / "report.json").read_text())
    assert {"router", "model", "baseline", "oracle"} == {row.kind for row in report.policies}
    assert seen[-1].done == seen[-1].total > 0
    assert 0.0 == report.summary.budget_violations


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Killed in the middle, the same command does the rest and no more."""
    out = tmp_path / "report"
    code = (
        "from pathlib import Path; from secondhalf.evals.run import run\n"
        "from secondhalf.evals.settings import RunSettings\n"
        "if __name__ == '__main__':\n"
        f"    run(RunSettings.model_validate_json({settings().model_dump_json()!r}), "
        f"Path({str(out)!r}), workers=1)\n"
    )
    script = tmp_path / "evaluate.py"
    script.write_text(code)
    process = subprocess.Popen([sys.executable, str(script)], start_new_session=True)
    lines = out / WORK / "play-balanced-0.jsonl"
    deadline = time.monotonic() + 60
    while not (lines.exists() and lines.read_bytes().count(b"\n") >= 3):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    first = [json.loads(line) for line in lines.read_text().splitlines()[:3]]

    with pytest.raises(UnfinishedRunError, match="other settings"):
        run(settings(limit=21), out)
    kept: list[list[object]] = []

    def watch(progress: Progress) -> None:
        if lines.exists():
            kept.append([json.loads(line) for line in lines.read_text().splitlines()[:3]])

    report = run(settings(), out, workers=1, watch=watch)

    assert first == kept[-1]
    assert 20 == report.data.prompts
    assert not (out / WORK).exists()


def test_fresh_throws_an_unfinished_run_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run may then take the folder."""
    monkeypatch.setattr("secondhalf.evals.run.run_jobs", run_jobs_here)
    work = tmp_path / WORK
    work.mkdir()
    (work / "run.json").write_text('{"run": "another", "policy": "older"}')
    with pytest.raises(UnfinishedRunError, match="--fresh"):
        run(settings(), tmp_path)
    (work / "play-balanced-0.jsonl").write_text("not a line of this run\n")

    report = run(settings(pre_generation=True), tmp_path, fresh=True, workers=2)

    assert "prequential, pre-generation" == report.protocol


def test_a_job_that_fails_ends_the_run(tmp_path: Path) -> None:
    """With its own error, and without leaving a process behind."""
    broken = settings().model_copy(update={"data": "there is no such file.jsonl"})
    with pytest.raises(SecondHalfError, match="no such file"):
        run_jobs(broken, [Job("play", "balanced", 0)], tmp_path, workers=1, watch=lambda: None)


@pytest.mark.parametrize("wish", [None, "3"])
def test_jobs_do_not_spin_for_each_other(wish: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread of linear algebra each, unless the user wants it otherwise; here none is told."""
    name = "OPENBLAS_NUM_THREADS"
    monkeypatch.delenv(name, raising=False)
    if wish is not None:
        monkeypatch.setenv(name, wish)

    with one_thread_each():
        told = [sys.executable, "-c", f"import os; print(os.environ[{name!r}])"]
        seen = subprocess.run(told, capture_output=True, text=True, check=True)

    assert (wish or "1") == seen.stdout.strip()
    assert wish == os.environ.get(name)


def test_a_run_starts_its_jobs_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a job's process finds in its environment."""
    name, start = "OPENBLAS_NUM_THREADS", SpawnProcess.start
    found: list[str | None] = []

    def noting(process: SpawnProcess) -> None:
        found.append(os.environ.get(name))
        start(process)

    monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(SpawnProcess, "start", noting)
    run_jobs(settings(), [Job("play", "balanced", 0)], tmp_path, workers=1, watch=lambda: None)

    assert ["1"] == found


def test_errors_cross_processes_as_they_are() -> None:
    """A policy that was caught is reported as such, not as an accident."""
    from secondhalf.evals.workers import _portable  # pyright: ignore[reportPrivateUsage]

    assert isinstance(_portable(ForbiddenSightError("seen")), ForbiddenSightError)
    assert "unexpected KeyError" in str(_portable(KeyError("x")))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"weak": "small"}, "go together"),
        ({"weak": "small", "strong": "small"}, "name two models"),
        ({"seeds": 0}, "greater than or equal to 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given: dict[str, object], says: str) -> None:
    """With what to do about it."""
    with pytest.raises(ValueError, match=says):
        settings(**given)


def test_two_models_come_weak_first() -> None:
    """As named, or the cheaper first."""
    named = settings(weak="large", strong="small", limit=None).load()
    listed = settings(models=("large", "small"), limit=None).load()

    assert ("large", "small") == named.models
    assert ("small", "large") == listed.models


def test_the_recorded_data_gives_the_known_figures(data_dir: Path) -> None:
    """Weak, strong, oracle and prompt length of the published pair, as the data's authors say."""
    file = str(data_dir / "routellm_mixtral_gpt4.jsonl.gz")
    data = RunSettings(data=file, dataset="gsm8k", pre_generation=True).load()
    weak, strong = data.scores().T
    need = prompt_lengths(data.prompts)

    assert 1307 == len(data)
    assert (0.637, 0.858) == pytest.approx((weak.mean(), strong.mean()), abs=0.002)
    assert 0.930 == pytest.approx(data.scores().max(axis=1).mean(), abs=0.002)
    assert 0.598 == pytest.approx(apgr(need, weak, strong), abs=0.002)
    assert (0.366, 0.668) == pytest.approx(
        (cpt(need, weak, strong, 0.5), cpt(need, weak, strong, 0.8)), abs=0.002
    )
