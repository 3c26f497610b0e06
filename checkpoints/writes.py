"""What goes in: a checkpoint with its changed channels, and the writes of its tasks."""

from collections.abc import Sequence
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.serde.base import SerializerProtocol
from sqlalchemy import Connection

from secondhalf.checkpoints.address import address_of, checkpoint_of, namespace_of, thread_of
from secondhalf.checkpoints.schema import EMPTY, blobs, channel_version, checkpoints, writes
from secondhalf.checkpoints.statements import insert_or_ignore, insert_or_replace

Row = dict[str, Any]


def checkpoint_row(
    serde: SerializerProtocol,
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
) -> Row:
    """The row of a checkpoint: everything but its channel values, serialised."""
    rest = {key: value for key, value in checkpoint.items() if key != "channel_values"}
    kind, payload = serde.dumps_typed(rest)
    merged = cast("dict[str, Any]", get_checkpoint_metadata(config, metadata))
    metadata_kind, metadata_payload = serde.dumps_typed(merged)
    return {
        "thread_id": thread_of(config),
        "checkpoint_ns": namespace_of(config),
        "checkpoint_id": checkpoint["id"],
        "parent_id": checkpoint_of(config),
        "run_id": _run_of(merged),
        "type": kind,
        "checkpoint": payload,
        "metadata_type": metadata_kind,
        "metadata": metadata_payload,
    }


def blob_rows(
    serde: SerializerProtocol,
    config: RunnableConfig,
    checkpoint: Checkpoint,
    new_versions: ChannelVersions,
) -> list[Row]:
    """One row per changed channel; a channel without a value is stored as empty."""
    values = checkpoint["channel_values"]
    return [
        {
            "thread_id": thread_of(config),
            "checkpoint_ns": namespace_of(config),
            "channel_version": channel_version(channel, version),
            "type": kind,
            "value": payload,
        }
        for channel, version in new_versions.items()
        for kind, payload in [
            serde.dumps_typed(values[channel]) if channel in values else (EMPTY, b"")
        ]
    ]


def write_rows(
    serde: SerializerProtocol,
    config: RunnableConfig,
    task_writes: Sequence[tuple[str, Any]],
    task_id: str,
    task_path: str,
) -> list[Row]:
    """One row per write; of two special writes on one channel the later remains."""
    address = address_of(config)
    run_id = _run_of(cast("dict[str, Any]", get_checkpoint_metadata(config, {})))
    rows: dict[int, Row] = {}
    for position, (channel, value) in enumerate(task_writes):
        idx = WRITES_IDX_MAP.get(channel, position)
        kind, payload = serde.dumps_typed(value)
        rows[idx] = {
            **address._asdict(),
            "task_id": task_id,
            "idx": idx,
            "run_id": run_id,
            "task_path": task_path,
            "channel": channel,
            "type": kind,
            "value": payload,
        }
    return list(rows.values())


def _run_of(metadata: dict[str, Any]) -> str | None:
    run_id = metadata.get("run_id")
    return None if run_id is None else str(run_id)


def store_checkpoint(conn: Connection, row: Row, changed: Sequence[Row]) -> None:
    """Store a checkpoint and its changed channels; the same id again replaces it."""
    if changed:
        conn.execute(insert_or_replace(conn, blobs), changed)
    conn.execute(insert_or_replace(conn, checkpoints), [row])


def store_writes(conn: Connection, rows: Sequence[Row]) -> None:
    """Store writes: special ones (negative index) replace, the others never do."""
    special = [row for row in rows if row["idx"] < 0]
    plain = [row for row in rows if row["idx"] >= 0]
    if special:
        conn.execute(insert_or_replace(conn, writes), special)
    if plain:
        conn.execute(insert_or_ignore(conn, writes), plain)
