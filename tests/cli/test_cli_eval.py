"""``secondhalf eval``, as people and programs use it."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.evals.in_process import run_jobs_here

EXAMPLE = str(Path(__file__).parents[2] / "examples" / "recorded.jsonl")
MODELS = ("small", "medium", "large")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run over a part of the example, before any answer is seen."""
    from secondhalf.cli.app import run as run_cli

    out = tmp_path_factory.mktemp("eval") / "report"
    args = ("eval", "run", "--data", EXAMPLE, "--limit", "20", "--out", str(out))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("secondhalf.evals.run.run_jobs", run_jobs_here)
        assert 0 == run_cli((*args, "--protocol", "kfold", "--pre-generation"))
    return out


def test_a_run_prints_every_policy_with_its_interval(run: Run, report: Path) -> None:
    """The report can be shown again: presets, models, baselines, oracle."""
    shown = run("eval", "report", str(report))

    assert 0 == shown.code
    for name in ("secondhalf/economy", "secondhalf/balanced", *MODELS, "random", "oracle"):
        assert name in shown.out
    assert "[" in shown.out


def test_json_is_one_object_with_the_promised_keys(run: Run, report: Path) -> None:
    """The same as in the file."""
    shown = run("eval", "report", str(report), "--json")

    assert json.loads((report / "report.json").read_text()) == json.loads(shown.out)


def test_the_page_can_be_written_anew(run: Run, report: Path, tmp_path: Path) -> None:
    """From the JSON alone."""
    page = tmp_path / "page.html"
    shown = run("eval", "report", str(report), "--html", str(page))

    assert 0 == shown.code
    assert (report / "report.html").read_text() == page.read_text()


def test_compare_says_which_is_better(run: Run, report: Path) -> None:
    """Within a run, by name; as text and as JSON."""
    args = ("eval", "compare", str(report), "--policy", "small", "--against", "large")
    shown, machine = run(*args), run(*args, "--json")

    assert 0 == shown.code
    assert "accuracy" in shown.out
    found = json.loads(machine.out)
    assert ("small", "large") == (found["versus"][0]["policy_a"], found["versus"][0]["policy_b"])
    assert found["versus"][0]["accuracy"]["mean"] > 0


def test_offpolicy_reads_a_log(run: Run, tmp_path: Path) -> None:
    """Three estimators with intervals, and a warning where the log says too little."""
    log = tmp_path / "log.jsonl"
    row = {"propensity": 0.5, "reward": 1.0, "target": {"a": 1.0, "b": 0.0}}
    rows = [row | {"action": "ab"[n % 2], "reward": float(n % 3 > 0)} for n in range(200)]
    log.write_text("".join(json.dumps(r) + "\n" for r in rows))
    enough, machine = (
        run("eval", "offpolicy", str(log)),
        run("eval", "offpolicy", str(log), "--json"),
    )
    log.write_text("".join(json.dumps(r) + "\n" for r in rows[:8]))
    little = run("eval", "offpolicy", str(log))

    assert ["IPS", "SNIPS", "DR"] == [line.split()[0] for line in enough.out.splitlines()]
    assert {"ips", "snips", "dr"} == set(json.loads(machine.out))
    assert "too little overlap" in little.out


def test_rows_are_written_as_json_lines_only(run: Run, tmp_path: Path) -> None:
    """A table named .csv that holds JSON would be read as neither."""
    out = tmp_path / "rows.csv"

    done = run("eval", "convert", "--data", EXAMPLE, "--out", str(out))

    assert 2 == done.code
    assert ".jsonl" in done.err
    assert not out.exists()


def test_traffic_and_files_become_plain_rows(run: Run, tmp_path: Path) -> None:
    """What was converted is read like any other data."""
    out = tmp_path / "rows.jsonl.gz"
    done = run("eval", "convert", "--data", EXAMPLE, "--out", str(out))

    assert (0, "180 rows written to") == (done.code, done.err[:19])
    from secondhalf.evals.data.reading import read_rows

    assert list(read_rows(EXAMPLE)) == list(read_rows(out))


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--data", "nowhere.jsonl"), "nowhere.jsonl"),
        (("--data", EXAMPLE, "--models", "large,smal"), "'smal'"),
        (("--data", EXAMPLE, "--weak", "small"), "go together"),
        (("--data", EXAMPLE, "--dataset", "word-problem"), "'word-problems'"),
        (("--data", EXAMPLE, "--prices", EXAMPLE), "prices"),
    ],
)
def test_mistakes_get_one_clear_line(
    run: Run, tmp_path: Path, args: tuple[str, ...], says: str
) -> None:
    """Exit code 2, what is wrong, and nothing half-written."""
    out = tmp_path / "report"
    done = run("eval", "run", *args, "--out", str(out))

    assert (2, 1) == (done.code, len(done.err.strip().splitlines()) - done.err.count("reading the"))
    assert says in done.err
    assert not (out / "report.json").exists()
