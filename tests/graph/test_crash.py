"""A process is killed at every durable step of a route in turn, and the route is resumed."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.openai_server import OpenAIServer
from tests.support.replies import reply

SCRIPT = Path(__file__).with_name("crash_routes.py")
PROMPT = "Why do ships made of steel float on water at all?"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A small model whose draft needs revising by a middle one, with a large one as judge."""
    with OpenAIServer() as running:
        running.script("slm", reply("Draft.", analysis={"difficulty": "medium"}))
        running.script("mid", reply("Better."))
        running.script("llm", reply("-"))
        yield running


def configuration(server: OpenAIServer, folder: Path) -> Path:
    path = folder / "router.yaml"
    models = [
        f"  - {{name: {tier}, model: {tier}, tier: {tier}, base_url: {server.url!r},"
        " prices: {input: 1, output: 2}, max_retries: 0}"
        for tier in ("slm", "mid", "llm")
    ]
    path.write_text("\n".join(["models:", *models, "policy: {preset: quality}"]))
    return path


@pytest.mark.timeout(240)
def test_no_call_whose_result_was_durable_is_made_again(
    server: OpenAIServer, tmp_path: Path
) -> None:
    """Killed after any write, a resumed route makes exactly the calls of an unkilled one.

    Killed just before the results of a task are written, it repeats that task's call, and no
    other. Calls are told apart by a hash of the whole request. A repeated call is paid for twice,
    and the route says so; one that may have been made is charged, too.
    """
    runs = list(killed_runs(server, tmp_path))
    reference, *killed = runs

    assert ("Better.", 4) == (reference["answer"], sum(reference["calls"].values()))
    assert len(killed) > len(reference["writes"]) > 20
    for run in killed:
        where = (run["moment"], run["before"])
        repeated = run["calls"] - reference["calls"]
        assert (where, True, "Better.") == (where, run["killed"], run["answer"])
        assert (where, Counter()) == (where, reference["calls"] - run["calls"])
        assert (where, int(run["before"])) >= (where, sum(repeated.values()))
        if repeated:
            assert (where, run["usd"]) > (where, reference["usd"])


def killed_runs(server: OpenAIServer, folder: Path) -> Iterator[dict[str, Any]]:
    """The reference run, then every killed and resumed one, with the calls that were made."""
    command = [sys.executable, str(SCRIPT), str(folder), str(configuration(server, folder)), PROMPT]
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said = json.loads(line)
            if "begin" in said:
                seen = len(server.requests)
            else:
                made = Counter(server.hashes()[seen:])
                yield said | {"calls": made}
    assert process.returncode == 0
