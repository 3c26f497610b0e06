"""Tables of an earlier version become those of today without losing a row."""

import sqlite3
from pathlib import Path

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from secondhalf.checkpoints import SQLAlchemySaver

VERSION_1 = """
CREATE TABLE secondhalf_checkpoint_schema (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO secondhalf_checkpoint_schema VALUES (1);
CREATE TABLE secondhalf_checkpoints (
    thread_id BLOB NOT NULL, checkpoint_ns BLOB NOT NULL, checkpoint_id BLOB NOT NULL,
    parent_id BLOB, run_id BLOB, type VARCHAR(255) NOT NULL, checkpoint BLOB NOT NULL,
    metadata_type VARCHAR(255) NOT NULL, metadata BLOB NOT NULL,
    PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id));
CREATE INDEX secondhalf_checkpoints_run ON secondhalf_checkpoints (run_id);
CREATE TABLE secondhalf_checkpoint_blobs (
    thread_id BLOB NOT NULL, checkpoint_ns BLOB NOT NULL, channel_version BLOB NOT NULL,
    type VARCHAR(255) NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (thread_id, checkpoint_ns, channel_version));
CREATE TABLE secondhalf_checkpoint_writes (
    thread_id BLOB NOT NULL, checkpoint_ns BLOB NOT NULL, checkpoint_id BLOB NOT NULL,
    task_id BLOB NOT NULL, idx INTEGER NOT NULL, run_id BLOB, task_path BLOB NOT NULL,
    channel BLOB NOT NULL, type VARCHAR(255) NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx));
"""
LARGE = "large " * 10_000


def old_database(path: Path) -> None:
    """A thread of 600 checkpoints as version 1 stored them."""
    serde = JsonPlusSerializer()
    conn = sqlite3.connect(path)
    conn.executescript(VERSION_1)
    for step in range(600):
        id_, parent = f"{step:06}", f"{step - 1:06}" if step else None
        rest = {"v": 4, "id": id_, "ts": "2026-01-01T00:00:00+00:00", "versions_seen": {},
                "channel_versions": {"x": str(step), "gone": "1"}}  # fmt: skip
        kind, payload = serde.dumps_typed(rest)
        meta_kind, meta = serde.dumps_typed({"step": step, "run_id": "run"})
        conn.execute(
            "INSERT INTO secondhalf_checkpoints VALUES (?,?,?,?,?,?,?,?,?)",
            (b"thread", b"", id_.encode(), parent and parent.encode(), b"run",
             kind, payload, meta_kind, meta),
        )  # fmt: skip
        conn.execute(
            "INSERT INTO secondhalf_checkpoint_blobs VALUES (?,?,?,?,?)",
            (b"thread", b"", f"x\0{step}".encode(), *serde.dumps_typed(f"{LARGE}{step}")),
        )
        conn.execute(
            "INSERT INTO secondhalf_checkpoint_writes VALUES (?,?,?,?,?,?,?,?,?,?)",
            (b"thread", b"", id_.encode(), b"task", 0, b"run", b"", b"x",
             *serde.dumps_typed(step)),
        )  # fmt: skip
    conn.execute(
        "INSERT INTO secondhalf_checkpoint_blobs VALUES (?,?,?,?,?)",
        (b"thread", b"", b"gone\x001", "empty", b""),
    )
    conn.commit()
    conn.close()


def test_version_1_becomes_today_s(path: Path, url: str) -> None:
    """Every checkpoint, value and write is there, found by run, and the old tables are gone."""
    old_database(path)
    config: RunnableConfig = {"configurable": {"thread_id": "thread", "checkpoint_ns": ""}}

    with SQLAlchemySaver.from_url(url) as saver:
        assert (1, 2) == saver.upgrade()
        found = list(saver.list(config))
        assert [f"{LARGE}{n}" for n in range(599, -1, -1)] == [
            each.checkpoint["channel_values"]["x"] for each in found
        ]
        assert [("task", "x", 599)] == found[0].pending_writes
        assert found[1].config == found[0].parent_config
        saver.delete_for_runs(["run"])
        assert [] == list(saver.list(config))
    with sqlite3.connect(path) as conn:
        tables = {row[0] for row in conn.execute("SELECT name FROM sqlite_master")}
    conn.close()
    assert not any("v1" in name for name in tables)
