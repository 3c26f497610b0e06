"""A judge between two answers, through the real command line over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.support.judging import preferring, shown_in
from tests.support.openai_server import Body, OpenAIServer, Reply, last_user_text

ASKED = "Ann has 17 apples, eats a few and finds some more. How many apples does Ann have?"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        running.script("one", Reply(text="The answer is 20."))
        running.script("two", Reply(text="19"))
        yield running


def configuration(server: OpenAIServer, folder: Path) -> str:
    file = folder / "router.yaml"
    file.write_text(
        f"""
models:
  - &m {{name: one, model: one, tier: slm, family: llama, roles: [reasoner],
        base_url: "{server.url}", prices: {{input: 1, output: 1}}, max_retries: 0}}
  - {{<<: *m, name: two, model: two, family: qwen}}
  - {{<<: *m, name: ref, model: ref, tier: llm, family: claude, roles: [verifier]}}
policy: {{preset: quality, exploration: 0}}
strategies:
  - name: COMPARED
    roots: [both, compare]
    nodes:
      - {{id: both, stages: [[one, two]]}}
      - {{id: compare, stages: [[judge, judge]]}}
"""
    )
    return str(file)


@pytest.mark.parametrize("biased", [False, True], ids=["fair", "biased"])
def test_the_trace_shows_both_orders_and_the_verdict(
    run: Run, server: OpenAIServer, tmp_path: Path, biased: bool
) -> None:
    """What each call preferred, shown in which order; what came of it, and what it cost."""

    def judge(body: Body) -> Reply:
        pick = "first" if biased else preferring("19")(shown_in(last_user_text(body)))
        return Reply(json={"preferred": pick, "confidence": 0.9, "reason": "it adds up"})

    server.script("ref", judge)
    config = configuration(server, tmp_path)
    asked = ["route", ASKED, "--config", config, "--strategy", "COMPARED", "--no-clarify"]

    told = json.loads(run(*asked, "--json").out)
    shown = run("trace", told["route_id"]).out
    data: dict[str, Any] = json.loads(run("trace", told["route_id"], "--json").out)

    compared = next(path for path in told["explored"] if path["node"] == "compare")
    assert ("fail" if biased else "success") == compared["status"]
    assert compared["cost_usd"] == pytest.approx(240e-6)
    assert "shown one first, two second: prefers" in shown
    assert "shown two first, one second: prefers" in shown
    if biased:
        assert "no verdict: its verdict turns with the order" in shown
    else:
        assert "19" == told["answer"]
        assert "ref prefers 'two of both' to 'one of both' in both orders: it adds up" in shown
        assert "ref as judge prefers it, in both orders" in shown
    judged = [e for e in data["trace"] if e["kind"] == "call" and e["node"] == "compare"]
    assert ["judge", "judge"] == [call["data"]["expert"] for call in judged]
    assert ["preference"] * 2 == [e["kind"] for call in judged for e in call["data"]["evidence"]]


def test_check_says_who_would_judge(run: Run, server: OpenAIServer, tmp_path: Path) -> None:
    """Another model; without any it says so."""
    with_models = run("check", "--config", configuration(server, tmp_path), "--json")
    bare = tmp_path / "bare.yaml"
    bare.write_text("budgets: {usd: 0}")
    without = run("check", "--config", str(bare), "--json")

    (seat, _), *_ = next(
        plan["stages"]
        for plan in json.loads(with_models.out)["strategies"]["COMPARED"]
        if plan["path"] == "compare"
    )
    (empty, _), *_ = next(
        plan["stages"]
        for plan in json.loads(without.out)["strategies"]["SLM_DIRECT"]
        if plan["path"] == "compare"
    )
    assert seat["by"].startswith("model '")
    assert "" == seat["missing"]
    assert "no model is configured to judge" == empty["missing"]
