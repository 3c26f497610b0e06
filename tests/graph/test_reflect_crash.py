"""A process is killed at every durable step of a look back in turn, and another goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("crash_reflect.py")
ROOT = SCRIPT.parents[2]


@pytest.mark.timeout(300)
def test_wherever_it_is_killed_one_valid_policy_is_in_use(tmp_path: Path) -> None:
    """And whoever goes on comes to what would have come without: nothing is done twice."""
    told = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    reference, *killed = [json.loads(line) for line in told.stdout.splitlines()]

    assert ["proposed", "canary"] == changes(reference["after"])
    assert "canary" == reference["after"]["stage"]
    assert len(killed) > 15
    for run in killed:
        where = run["moment"], run["before"]
        assert (where, True) == (where, run["killed"])
        for moment in (run["between"], run["after"]):
            assert (where, True) == (where, moment["valid"])
            assert moment["ran"] in (moment["active"], moment["other"]), where
        assert (where, changes(reference["after"])) == (where, changes(run["after"]))
        for name in ("stage", "statuses", "pairs", "active"):
            assert (where, name, reference["after"][name]) == (where, name, run["after"][name])


def changes(found: dict[str, Any]) -> list[str]:
    """What was done, but for having looked: whoever is killed in the very end looks again."""
    return [action for action in found["actions"] if action != "looked"]
