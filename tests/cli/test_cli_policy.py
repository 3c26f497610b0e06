"""`secondhalf reflect` and `secondhalf policy`: from routes to a policy in use, and back."""

import json
from pathlib import Path

import pytest

from secondhalf.places import database_url
from tests.cli.conftest import Run
from tests.graph.crash_reflect import RIGHT, WRONG, make_history

CONFIG = f"""
models:
  - {{name: {WRONG}, model: {WRONG}, tier: slm, roles: [reasoner],
     base_url: "http://127.0.0.1:1", api_key: none, prices: {{input: 0.1, output: 0.1}}}}
  - {{name: {RIGHT}, model: {RIGHT}, tier: llm, roles: [reasoner],
     base_url: "http://127.0.0.1:1", api_key: none, prices: {{input: 5, output: 5}}}}
strategies:
  - name: TWO
    roots: [{WRONG}, {RIGHT}]
    nodes:
      - {{id: {WRONG}, stages: [[{WRONG}]]}}
      - {{id: {RIGHT}, stages: [[{RIGHT}]]}}
policy:
  rules: [{{name: all, strategy: TWO}}]
  learning: {{trusted: [grader], shadow: 1.0, budget_usd: 0, approval: APPROVAL}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A router whose first choice is always wrong, with 150 routes behind it."""
    make_history(database_url())
    return written(tmp_path, "auto")


def written(folder: Path, approval: str) -> Path:
    file = folder / f"{approval}.yaml"
    file.write_text(CONFIG.replace("APPROVAL", approval))
    return file


def test_from_routes_to_a_policy_and_back_with_one_command(
    run: Run, config: Path, tmp_path: Path
) -> None:
    """Each step says what it rests on: version, reflection, evidence, routes."""
    given = ("--config", str(config))
    report = json.loads(run("reflect", *given, "--json").out)
    version, base = report["standing"]["other"], report["standing"]["active"]

    assert "canary" == report["standing"]["stage"]
    shown = run("policy", "show", version, *given).out
    assert f"policy {version} (learned, from {base}) · canary, 10% of the routes" in shown
    assert f"prefer {RIGHT} in TWO, chat.low" in shown
    assert "evidence: routes route-0" in shown
    assert "better:" in shown
    route = shown.partition("evidence: routes ")[2].partition(",")[0]
    assert 0 == run("trace", "route-0000" if len(route) < 10 else route).code
    assert f"+ prefer {RIGHT}" in run("policy", "diff", base, version, *given).out

    assert 0 == run("policy", "promote", version[:6], "--by", "ann", *given).code
    assert "active" in run("policy", "show", *given).out.splitlines()[0]
    back = run("policy", "rollback", *given)
    assert f"went back from version {version} to {base}" in back.out
    assert base in run("policy", "show", *given).out.splitlines()[0]
    told = run("policy", "history", *given).out
    assert ["rolled_back", "promoted", "canary", "proposed"] == [
        word for line in told.splitlines() for word in line.split() if word in ACTIONS
    ]


ACTIONS = ("rolled_back", "promoted", "canary", "proposed")


def test_a_person_approves_or_declines(run: Run, config: Path, tmp_path: Path) -> None:
    """Until then nothing changes, and the exit code says that somebody is waited for."""
    given = ("--config", str(written(tmp_path, "ask")))
    asked = run("reflect", *given)

    assert 4 == asked.code
    assert "--approve" in asked.out
    assert 4 == run("reflect", *given).code
    done = json.loads(run("reflect", "--approve", *given, "--json").out)
    assert "canary" == done["standing"]["stage"]
    assert "A person has approved it." in done["notes"][-1]


def test_taking_back_what_is_only_being_tried_says_so(run: Run, config: Path) -> None:
    """Nobody went back from a version to itself."""
    given = ("--config", str(config))
    standing = json.loads(run("reflect", *given, "--json").out)["standing"]

    done = run("policy", "rollback", *given)

    assert f"ended the canary of version {standing['other']}" in done.out
    assert f"{standing['active']} stays active" in done.out


def test_an_exported_policy_comes_back_checked_and_not_in_use(
    run: Run, config: Path, tmp_path: Path
) -> None:
    """Whoever changes the file changes the hash; whoever has other rules cannot use it."""
    given, file = ("--config", str(config)), tmp_path / "policy.json"
    other = ("--db", str(tmp_path / "other.db"))
    version = json.loads(run("reflect", *given, "--json").out)["standing"]["other"]
    assert 0 == run("policy", "export", version, "-o", str(file), *given).code
    assert "apples" not in file.read_text()

    taken = run("policy", "import", str(file), *given, *other)
    assert f"policy {version} imported, not in use" in taken.out
    assert version not in run("policy", "show", *given, *other).out.splitlines()[0]
    assert 0 == run("policy", "promote", version, *given, *other).code
    assert 2 == run("policy", "promote", version, *other).code

    document = json.loads(file.read_text())
    document["policy"]["exploration"] = 1.0
    file.write_text(json.dumps(document))
    changed = run("policy", "import", str(file), *given, *other)
    assert (2, True) == (changed.code, "its content makes it" in changed.err)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "x", "policy": {}}', "\xff\xfe"])
def test_what_is_no_policy_is_refused(run: Run, tmp_path: Path, content: str) -> None:
    """With one line, and nothing kept of it."""
    file = tmp_path / "odd.json"
    file.write_bytes(content.encode("latin-1"))

    done = run("policy", "import", str(file))

    assert (2, 1) == (done.code, len(done.err.splitlines()))
    assert "Nothing was learned yet" in run("policy", "history").out


def test_where_there_is_nothing_it_says_so(run: Run) -> None:
    """No routes, no policies, no way back."""
    looked = run("reflect")
    assert (0, True) == (looked.code, "Nothing new was found." in looked.out)
    assert "nothing learned" in run("policy", "show").out
    assert 2 == run("policy", "rollback").code
    assert 2 == run("policy", "show", "abcdef").code
    assert 2 == run("policy", "promote", "abcdef").code
    assert 2 == run("policy", "import", "/no/such/file").code
    due = run("reflect", "--if-due")
    assert (0, True) == (due.code, "Not enough has happened" in due.out)
    assert 2 == run("reflect", "--watch", "--json").code
