"""Versions of the policy, and the log that says which is in use."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from secondhalf.memory import Memory
from secondhalf.policy.defaults import default_policy, versioned
from secondhalf.policy.learning.lifecycle import promote, propose, roll_back, to_canary
from secondhalf.policy.learning.revising import revised
from secondhalf.state.errors import PolicyConflictError, StorageError, UnknownPolicyError
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.reflection import AvoidChange, Reflection, Scope
from secondhalf.state.standing import Pair

BASE = default_policy()


def reflection(name: str = "r1", status: Any = "proposed") -> Reflection:
    return Reflection(
        id=name,
        strategy="S",
        trigger="failed",
        cause="wrong_expert",
        changes=(AvoidChange(scope=Scope(strategy="S"), path=name),),
        support=20,
        status=status,
    )


def learned(name: str = "r1") -> RoutingPolicy:
    return revised(BASE, [reflection(name)], 1.0)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'm.db'}"


@pytest.fixture
def memory(url: str) -> Any:
    with Memory.from_url(url) as found:
        found.policies.put(BASE, 1.0)
        yield found


def execute(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_policy_is_found_by_its_version_or_the_beginning_of_it(memory: Memory) -> None:
    """Keeping it again changes nothing: each trace names a version that can be looked up."""
    policy = learned()
    memory.policies.put(policy, 1.0)
    memory.policies.put(policy, 2.0)

    assert memory.policies.get(policy.version) == policy
    assert memory.policies.find(policy.version[:6]) == policy
    for wrong in ("", "zz", "%", policy.version + "0"):
        with pytest.raises(UnknownPolicyError, match="policy history"):
            memory.policies.find(wrong)
    assert memory.policies.get("unknown") is None


def test_a_policy_is_what_its_version_says(memory: Memory, url: str) -> None:
    """Whatever is changed in the database afterwards is not taken for it, until it is mended."""
    policy = learned()
    memory.policies.put(policy, 1.0)
    with pytest.raises(StorageError, match="its content makes it"):
        memory.policies.put(policy.model_copy(update={"exploration": 1.0}), 1.0)

    execute(url, "UPDATE secondhalf_policies SET body = replace(body, '\"r1\"', '\"r2\"')")

    assert memory.policies.get(policy.version) is None
    memory.policies.put(policy, 2.0)
    assert memory.policies.get(policy.version) == policy


def test_what_a_later_release_adds_to_policies_does_not_rename_those_there_are(
    memory: Memory,
) -> None:
    """A version is the hash of what was written down, not of what it is read as."""
    document = learned().model_dump(mode="json")
    del document["adjustments"]  # as if this release had just added it
    from secondhalf.policy.defaults import version_of

    document["version"] = version_of(document)

    policy = memory.policies.put_document(document, 1.0)

    assert policy.version == document["version"] != versioned(policy).version
    assert memory.policies.get(policy.version) == policy
    assert memory.policies.document(policy.version) == document


def test_the_log_says_which_policy_is_in_use(memory: Memory) -> None:
    """For each tenant and configuration by itself; the configuration's own where there is none."""
    policy = learned()
    memory.policies.put(policy, 1.0)
    start = memory.policies.standing("t", BASE.version)

    memory.policies.enter(promote(start, policy.version, 0.1, 2.0, "ann", "why"))

    now = memory.policies.standing("t", BASE.version)
    assert (BASE.version, policy.version, "watch") == (start.active, now.active, now.stage)
    assert memory.policies.standing("u", BASE.version).active == BASE.version
    assert memory.policies.standing("t", "another").active == "another"
    (event,) = memory.policies.history("t")
    assert ("promoted", "ann", "why") == (event.action, event.by, event.text)


def test_of_two_who_change_it_at_once_one_is_told(memory: Memory) -> None:
    """Nothing of the other's is done: neither its entry nor the status of a reflection."""
    policy = learned()
    memory.policies.put(policy, 1.0)
    memory.policies.add_reflections("", BASE.version, [reflection()])
    start = memory.policies.standing("", BASE.version)
    memory.policies.enter(propose(start, policy.version, 1.0, ""))

    with pytest.raises(PolicyConflictError, match="somebody else"):
        memory.policies.enter(promote(start, policy.version, 0.1, 2.0, "", ""), {"r1": "active"})

    assert "shadow" == memory.policies.standing("", BASE.version).stage
    assert ["proposed"] == [r.status for r in memory.policies.reflections("", BASE.version)]


def test_no_policy_is_in_use_that_is_not_kept(memory: Memory) -> None:
    """There would be nothing to run."""
    start = memory.policies.standing("", BASE.version)

    with pytest.raises(UnknownPolicyError, match="is not kept"):
        memory.policies.enter(promote(start, "0123456789ab", 0.1, 1.0, "", ""))

    assert memory.policies.standing("", BASE.version) == start


def test_a_broken_entry_costs_that_entry(memory: Memory, url: str) -> None:
    """The one before it holds; the next takes the next place."""
    policy = learned()
    memory.policies.put(policy, 1.0)
    start = memory.policies.standing("", BASE.version)
    memory.policies.enter(propose(start, policy.version, 1.0, ""))
    shadow = memory.policies.standing("", BASE.version)
    memory.policies.enter(to_canary(shadow, 0.1, 2.0, "gate", ""))

    execute(url, "UPDATE secondhalf_policy_log SET body = '{}' WHERE revision = 2")

    found = memory.policies.standing("", BASE.version)
    assert ("shadow", 2) == (found.stage, found.revision)
    memory.policies.enter(roll_back(found, BASE.version, 3.0, "", ""))
    assert "settled" == memory.policies.standing("", BASE.version).stage


def test_reflections_and_pairs_are_kept_once(memory: Memory) -> None:
    """What is found again is not new; a route gives one pair per stage, in the order they came."""
    assert 1 == len(memory.policies.add_reflections("", BASE.version, [reflection()]))
    assert () == memory.policies.add_reflections("", BASE.version, [reflection(status="active")])
    pairs = [
        Pair(version="v", route_id=name, stage="shadow", x=x, source="replayed")
        for name, x in (("b", 0.5), ("a", -0.5), ("b", 1.0))
    ]

    assert [True, True, False] == [memory.policies.add_pair(pair) for pair in pairs]
    assert pairs[:2] == list(memory.policies.pairs("v", "shadow"))
    assert () == memory.policies.pairs("v", "canary")


_RACER = """
import sys
from secondhalf.memory import Memory
from secondhalf.policy.learning.lifecycle import note
from secondhalf.state.errors import PolicyConflictError
done = 0
with Memory.from_url(sys.argv[1]) as memory:
    while done < 20:
        standing = memory.policies.standing("", sys.argv[2])
        try:
            memory.policies.enter(note(standing, "looked", standing.active, 1.0, sys.argv[3]))
        except PolicyConflictError:
            continue
        done += 1
"""


def test_processes_that_write_at_once_lose_nothing(memory: Memory, url: str) -> None:
    """Each entry has its own place."""
    racers = [
        subprocess.Popen([sys.executable, "-c", _RACER, url, BASE.version, str(n)])
        for n in range(3)
    ]

    assert [0, 0, 0] == [racer.wait(timeout=120) for racer in racers]
    events = memory.policies.history("", BASE.version)
    assert list(range(60, 0, -1)) == sorted((e.standing.revision for e in events), reverse=True)
    assert 60 == memory.policies.standing("", BASE.version).revision
