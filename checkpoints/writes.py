"""What goes in: a checkpoint with its changed channels, and the writes of its tasks.

Rows are made where the call is made, so that what the caller changes later changes nothing; they
are stored by `commit.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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

from secondhalf.checkpoints import schema
from secondhalf.checkpoints.address import (
    Address,
    address_of,
    checkpoint_of,
    namespace_of,
    thread_of,
)
from secondhalf.checkpoints.chunks import Chunks, Memory, deflate, pack
from secondhalf.checkpoints.errors import CheckpointConfigError
from secondhalf.checkpoints.keys import run_key, space_of, task_key, version_key
from secondhalf.checkpoints.statements import Insert, insert_rows

Row = tuple[Any, ...]
ChunkKey = tuple[bytes, bytes]
"""Space and name of a chunk."""


@dataclass(slots=True)
class Change:
    """The rows of one call, ready for the driver, and what they depend on."""

    address: Address
    space: bytes
    parent_id: str | None = None
    claims: bool = False
    """Whether the parent must have no other child."""
    checkpoint: Row | None = None
    blobs: list[Row] = field(default_factory=list[Row])
    special: list[Row] = field(default_factory=list[Row])
    writes: list[Row] = field(default_factory=list[Row])
    chunks: Chunks = field(default_factory=dict[bytes, bytes])


def checkpoint_change(
    serde: SerializerProtocol,
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    new_versions: ChannelVersions,
    memory: Memory,
) -> Change:
    """A checkpoint without its values, and one row for each changed channel that has a value.

    Raises:
        CheckpointConfigError: the config has no thread, or the checkpoint's id is too long.
    """
    address = Address(thread_of(config), namespace_of(config), checkpoint["id"])
    parent_id = checkpoint_of(config)
    change = Change(address, _space(address), parent_id)
    rest = {key: value for key, value in checkpoint.items() if key != "channel_values"}
    merged = cast("dict[str, Any]", get_checkpoint_metadata(config, metadata))
    change.checkpoint = (
        change.space,
        schema.encoded(address.checkpoint_id),
        schema.encoded(address.thread_id),
        schema.encoded(address.checkpoint_ns),
        None if parent_id is None else schema.encoded(parent_id),
        _run_of(merged),
        *serde.dumps_typed(rest),
        *serde.dumps_typed(merged),
    )
    values = checkpoint["channel_values"]
    for channel, version in new_versions.items():
        if channel in values:
            kind, payload = serde.dumps_typed(values[channel])
            packed = pack(payload, change.chunks, memory, (change.space, channel))
            change.blobs.append((change.space, version_key(channel, version), kind, *packed))
    return change


def writes_change(
    serde: SerializerProtocol,
    config: RunnableConfig,
    task_writes: Sequence[tuple[str, Any]],
    task_id: str,
    task_path: str,
) -> Change:
    """One row per write; of two special writes on one channel the later remains.

    Raises:
        CheckpointConfigError: the config lacks an id, or the checkpoint's is too long.
    """
    address = address_of(config)
    change = Change(address, _space(address))
    run = _run_of_config(config)
    start = (change.space, schema.encoded(address.checkpoint_id), task_key(task_id))
    task, path = schema.encoded(task_id), schema.encoded(task_path)
    rows: dict[int, Row] = {}
    for position, (channel, value) in enumerate(task_writes):
        idx = WRITES_IDX_MAP.get(channel, position)
        kind, payload = serde.dumps_typed(value)
        packed = pack(payload, change.chunks)
        rows[idx] = (*start, idx, task, run, path, schema.encoded(channel), kind, *packed)
    for idx, row in rows.items():
        (change.special if idx < 0 else change.writes).append(row)
    return change


def inserts(changes: Sequence[Change], known: set[ChunkKey]) -> list[Insert]:
    """The rows of several calls by table, chunks among `known` excepted."""
    blobs = _last(2, (row for change in changes for row in change.blobs))
    special = _last(4, (row for change in changes for row in change.special))
    writes = [row for change in changes for row in change.writes]
    checkpoints = _last(2, (c.checkpoint for c in changes if c.checkpoint is not None))
    return [
        Insert(schema.chunks, _chunk_rows(changes, known), "ignore"),
        Insert(schema.blobs, blobs, "replace"),
        Insert(schema.writes, special, "replace"),
        Insert(schema.writes, writes, "ignore"),
        Insert(schema.checkpoints, checkpoints, "replace"),
    ]


def store(conn: Connection, changes: Sequence[Change], known: set[ChunkKey]) -> None:
    """Store the rows of several calls at once, chunks among `known` excepted."""
    for insert in inserts(changes, known):
        insert_rows(conn, *insert)


def _chunk_rows(changes: Sequence[Change], known: set[ChunkKey]) -> list[Row]:
    fresh = {
        (change.space, name): chunk
        for change in changes
        for name, chunk in change.chunks.items()
        if (change.space, name) not in known
    }
    return [(*key, *deflate(fresh[key])) for key in sorted(fresh)]


def _last(width: int, rows: Iterable[Row]) -> list[Row]:
    """Of rows with the same key, their first `width` columns, the last."""
    return list({row[:width]: row for row in rows}.values())


def _space(address: Address) -> bytes:
    if len(schema.encoded(address.checkpoint_id)) > schema.CHECKPOINT_ID_BYTES:
        raise CheckpointConfigError(
            f"the checkpoint id {address.checkpoint_id[:20]!r}… is too long: "
            f"use at most {schema.CHECKPOINT_ID_BYTES} bytes"
        )
    return space_of(address.thread_id, address.checkpoint_ns)


def _run_of(metadata: dict[str, Any]) -> bytes | None:
    run_id = metadata.get("run_id")
    return None if run_id is None else run_key(str(run_id))


def _run_of_config(config: RunnableConfig) -> bytes | None:
    """The run that `get_checkpoint_metadata` would find, without looking at everything else."""
    for given in (config.get("metadata"), config.get("configurable")):
        run_id = (given or {}).get("run_id")
        if isinstance(run_id, str | int | float):
            return run_key(str(run_id).replace("\0", ""))
    return None
