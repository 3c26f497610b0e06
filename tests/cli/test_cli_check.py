"""`secondhalf check`."""

import json
from pathlib import Path

import pytest

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
        "(reachable)",
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
