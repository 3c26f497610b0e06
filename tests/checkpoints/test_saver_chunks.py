"""Large values: what was added is what it costs, and damage is noticed."""

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint

from secondhalf.checkpoints import DamagedError, SQLAlchemySaver
from secondhalf.checkpoints.chunks import NAMES, Chunks, Memory, Packed, deflate, pack, unpack

Put = Callable[..., RunnableConfig]
THREAD: RunnableConfig = {"configurable": {"thread_id": "thread"}}


def unpacked(packed: Packed, found: Chunks) -> bytes:
    (value,) = unpack(
        [packed], lambda names: {name: deflate(found[name]) for name in names}, Memory()
    )
    return value


@settings(deadline=None)  # the first call imports numpy
@given(st.binary(max_size=200), st.integers(0, 1000))
def test_what_is_packed_is_unpacked(piece: bytes, times: int) -> None:
    """Whatever the bytes and however many."""
    found: Chunks = {}

    assert piece * times == unpacked(pack(piece * times, found), found)


def test_versions_share_all_but_what_changed() -> None:
    """Bytes added at the end, the front or in the middle cost a few chunks."""
    value = random.Random(7).randbytes(1_000_000)
    found: Chunks = {}
    packed = pack(value, found)
    assert packed.packing >= NAMES
    assert len(packed.value) <= 6144
    before = len(found)

    for changed in (value + b"end", b"front" + value, value[:500_000] + b"mid" + value[500_000:]):
        assert changed == unpacked(pack(changed, found), found)

    assert len(found) - before < 24


def test_a_growing_list_costs_what_is_added(
    file_saver: SQLAlchemySaver, path: Path, put: Put
) -> None:
    """Three hundred versions of a list take little more than the last one."""
    noise = random.Random(7)
    log: list[str] = []
    config: RunnableConfig | str = "thread"
    for _ in range(300):
        log.append(noise.randbytes(500).hex())
        config = put(file_saver, config, {"log": log})

    found = file_saver.get_tuple(THREAD)
    assert found is not None
    assert log == found.checkpoint["channel_values"]["log"]
    assert file_saver.stats()["bytes"] < 15 * len("".join(log))
    file_saver.prune(["thread"])
    found = file_saver.get_tuple(THREAD)
    assert found is not None
    assert log == found.checkpoint["channel_values"]["log"]
    assert file_saver.stats()["bytes"] < 1.2 * len("".join(log))


def test_chunks_deleted_by_another_are_stored_again(any_url: str, put: Put) -> None:
    """A saver that remembers chunks forgets them when another process deletes some."""
    value = "x" * 10 + random.Random(1).randbytes(40_000).hex()
    with SQLAlchemySaver.from_url(any_url) as saver:
        put(saver, "thread", {"x": value})
        if any_url == "sqlite://":
            saver.delete_thread("thread")
        else:
            with SQLAlchemySaver.from_url(any_url) as other:
                other.delete_thread("thread")
        put(saver, "thread", {"x": value})

        found = saver.get_tuple(THREAD)
    assert found is not None
    assert value == found.checkpoint["channel_values"]["x"]


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM secondhalf_checkpoint_chunks",
        "UPDATE secondhalf_checkpoint_chunks SET value = x'00', packing = 0",
        "UPDATE secondhalf_checkpoint_chunks SET value = x'00', packing = 1",
        "UPDATE secondhalf_checkpoint_blobs SET value = x'c1', packing = 0",
    ],
)
def test_damage_is_named_and_keeps_to_its_thread(
    file_saver: SQLAlchemySaver, path: Path, url: str, put: Put, damage: str
) -> None:
    """A corrupt value is a clear error, never other bytes."""
    with SQLAlchemySaver.from_url(url) as earlier:  # a process that remembers its values
        put(earlier, "thread", {"x": random.Random(1).randbytes(40_000).hex()})
    with sqlite3.connect(path) as conn:
        conn.execute(damage)
    conn.close()
    put(file_saver, "other", {"x": 1})

    with pytest.raises(DamagedError) as error:
        file_saver.get_tuple(THREAD)

    assert "\n" not in str(error.value)
    assert file_saver.get_tuple({"configurable": {"thread_id": "other"}}) is not None


def test_ids_of_a_thousand_characters_and_any_script(saver: SQLAlchemySaver, put: Put) -> None:
    """They are told apart by their last character, on every database."""
    for last in "甲乙":
        thread = "縁" * 999 + last
        config: RunnableConfig = {
            "configurable": {"thread_id": thread, "checkpoint_ns": "😀" * 1000}
        }
        stored = put(saver, config, {"é" * 1000: last})
        saver.put_writes(stored, [("c" * 1000, last)], "ж" * 1000, "п" * 1000)

        found = saver.get_tuple(config)
        assert found is not None
        assert {"é" * 1000: last} == found.checkpoint["channel_values"]
        assert [("ж" * 1000, "c" * 1000, last)] == found.pending_writes


def test_large_integers_and_empty_things_survive(saver: SQLAlchemySaver) -> None:
    """What the serialiser takes comes back; what it does not take fails alone and clearly."""
    checkpoint = empty_checkpoint()
    value = {"big": 2**64 - 1, "small": -(2**63), "none": None, "empty": b""}
    checkpoint["channel_values"] = {"x": value}
    checkpoint["channel_versions"] = {"x": "1"}
    saver.put({"configurable": {"thread_id": "thread"}}, checkpoint, {}, {"x": "1"})
    checkpoint["channel_values"] = {"x": 2**80}

    with pytest.raises((TypeError, ValueError, OverflowError)):
        saver.put({"configurable": {"thread_id": "other"}}, checkpoint, {}, {"x": "1"})

    found = saver.get_tuple(THREAD)
    assert found is not None
    assert value == found.checkpoint["channel_values"]["x"]
