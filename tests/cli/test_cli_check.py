"""`secondhalf check`."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from secondhalf.memory.learned import revision_of, write_estimates
from secondhalf.policy.estimates.book import Common, Estimates
from secondhalf.policy.estimates.calibration import Calibration
from tests.cli.conftest import Run

FOLDER = Path(__file__).parent.parent / "data" / "documents" / "folder"
CONFIG = """
models:
  - {name: small, model: tiny, base_url: "http://127.0.0.1:9/v1", tier: slm, api_key: none}
  - {name: big, model: huge, base_url: "https://models.example/v1", tier: llm,
     api_key: "${TEST_KEY}", prices: {input: 1, output: 2}}
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TEST_KEY", "verysecretvalue")
    file = tmp_path / "router.yaml"
    file.write_text(CONFIG)
    return str(file)


def test_nothing_configured_is_usable(run: Run) -> None:
    """Local experts need nothing; what is missing is said, path by path."""
    done = run("check")

    assert (0, "") == (done.code, done.err)
    for part in (
        "no OPENAI_API_KEY",
        "no Ollama",
        "local experts only",
        "exact: exact (local)",
        "slm: cannot be taken: no slm model is configured",
        "(not there yet: the first route makes it)",
    ):
        assert part in done.out


def test_models_are_named_with_where_they_run(run: Run, config: str) -> None:
    """Tier, model, place; whether what they are told leaves this machine."""
    done = run("check", "--config", config)

    assert 0 == done.code
    assert "slm: small (tiny at 127.0.0.1:9, on this machine, free)" in done.out
    assert "llm: big (huge at models.example, remote)" in done.out
    assert "slm: slm (model 'small')" in done.out
    assert "mid: cannot be taken: no mid model is configured" in done.out
    assert "verysecretvalue" not in done.out


def test_documents_are_counted(run: Run) -> None:
    """How many files and passages --docs would search."""
    done = run("check", "--docs", str(FOLDER), "--json")

    documents = json.loads(done.out)["documents"]
    assert documents["files"] >= 10
    assert documents["passages"] >= documents["files"]


def test_json_tells_each_seat_of_each_path(run: Run, config: str) -> None:
    """One object; who would be asked in every stage, or why nobody."""
    done = run("check", "--config", config, "--json")

    told = json.loads(done.out)
    paths = {path["path"]: path for path in told["strategies"]["LLM_REASONING"]}
    assert config == told["config"]
    assert [{"expert": "llm", "by": "model 'big'", "missing": ""}] == paths["llm"]["stages"][0]
    assert not paths["documents"]["usable"]


def test_calibration_is_shown(run: Run, tmp_path: Path) -> None:
    """By which method quality is stated, on how many outcomes, and how far off that is."""
    db = f"sqlite:///{tmp_path / 'mine.db'}"
    bare = json.loads(run("check", "--db", db, "--json").out)["learned"]
    curve = ((-1.0, 0.2), (1.0, 0.7))
    pairs = ((1.0, 1.0), (1.0, 0.0))
    common = Common(calibration=Calibration(pairs=pairs, curve=curve, outcomes=1_000))
    run("route", "2+2", "--db", db)  # makes it
    engine = create_engine(db)
    with engine.begin() as connection:
        revision_of(connection, "", to_write=True)
        write_estimates(connection, "", Estimates(), Estimates(common=common), 1)
    engine.dispose()

    learned = json.loads(run("check", "--db", db, "--json").out)["learned"]

    assert {"outcomes": 0, "method": "platt", "ece": None} == bare
    assert ("isotonic", 1_000) == (learned["method"], learned["outcomes"])
    assert learned["ece"] == pytest.approx(common.calibration.error())
    assert "isotonic on 1000 outcomes, ECE" in run("check", "--db", db).out
    assert "no outcomes yet" in run("check").out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            "strategies:\n  - {name: S, roots: [a], nodes: [{id: a, stages: [[smal]]}]}\n",
            "'smal'",
        ),
        (
            "policy:\n  rules:\n    - {name: r, strategy: MID_RAG,"
            " when: [{field: difficulty, value: low}]}\n",
            "the last rule must have no `when`",
        ),
    ],
)
def test_what_no_route_could_run_with_is_refused(
    run: Run, config: str, wrong: str, said: str
) -> None:
    """With the line that a route would end with."""
    Path(config).write_text(CONFIG + wrong)

    checked, routed = run("check", "--config", config), run("route", "hi", "--config", config)

    assert (2, 2) == (checked.code, routed.code)
    assert said in checked.err
    assert checked.err == routed.err
