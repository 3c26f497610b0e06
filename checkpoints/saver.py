"""`SQLAlchemySaver`: LangGraph's checkpointer contract on a SQL database, sync and async."""

import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from types import TracebackType
from typing import Any, Self

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
)
from langgraph.checkpoint.serde.base import SerializerProtocol
from sqlalchemy import URL, Engine

from secondhalf.checkpoints import delta, maintenance, reads
from secondhalf.checkpoints.address import Address, config_of
from secondhalf.checkpoints.database import Database
from secondhalf.checkpoints.engine import Durability, checked_engine, make_engine
from secondhalf.checkpoints.errors import CheckpointConfigError
from secondhalf.checkpoints.threaded import ThreadedSaver
from secondhalf.checkpoints.writes import (
    blob_rows,
    checkpoint_row,
    store_checkpoint,
    store_writes,
    write_rows,
)

_FOREIGN_BUSY_TIMEOUT = 5.0


class SQLAlchemySaver(ThreadedSaver):
    """Stores checkpoints in SQLite, or in any database SQLAlchemy reaches with an upsert.

    Usable at once and from any thread or event loop; the tables are made at first use. `close()`,
    `with` and `async with` release threads and connections early. The async methods run the sync
    ones in threads of their own, so an event loop never waits for the disk. Every call that stores
    is durable when it returns.

    All methods raise `DatabaseError` when the database refuses, `SaverClosedError` after `close()`
    and `CheckpointConfigError` when a config lacks an id.
    """

    def __init__(self, database: Database, *, serde: SerializerProtocol | None = None) -> None:
        """For internal use: see `from_url` and `from_engine`."""
        super().__init__(serde=serde)
        self._database = database

    @property
    def executor(self) -> Executor:
        """Shared by all copies of this saver."""
        return self._database.executor

    @classmethod
    def from_url(
        cls,
        url: str | URL,
        serde: SerializerProtocol | None = None,
        *,
        durability: Durability = "normal",
        busy_timeout: float = 5.0,
    ) -> Self:
        """A saver on the database at `url`, with a pool of its own.

        Args:
            url: `sqlite:///routes.db`, `sqlite://` (in memory), or a server's URL. A new SQLite
                file is readable by its owner alone, except behind a `file:` URI.
            serde: `JsonPlusSerializer` unless given. Metadata passes through it too.
            durability: on SQLite, "normal" survives the death of the process and "full" also that
                of the power, at about twice the time per write.
            busy_timeout: seconds to wait for another process that holds an SQLite file.

        Raises:
            UnsupportedDatabaseError: the URL or its driver cannot serve.
        """
        engine = make_engine(url, durability=durability, busy_timeout=busy_timeout)
        return cls(Database(engine, owned=True, busy_timeout=busy_timeout), serde=serde)

    @classmethod
    def from_engine(cls, engine: Engine, serde: SerializerProtocol | None = None) -> Self:
        """A saver on an engine that stays yours: its settings are left alone and `close` spares it.

        Raises:
            UnsupportedDatabaseError: the engine is async or gives each thread its own database.
        """
        database = Database(checked_engine(engine), owned=False, busy_timeout=_FOREIGN_BUSY_TIMEOUT)
        return cls(database, serde=serde)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that `config` names, or its thread's latest; None when there is none."""
        with self._database.read() as conn:
            record = reads.fetch_one(conn, self.serde, config)
        return None if record is None else reads.to_tuple(self.serde, record)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Matching checkpoints, newest first; all are fetched before the first is yielded.

        Args:
            config: thread, and if named namespace and checkpoint; None for every thread.
            filter: metadata keys and the values they must equal. Keys are data: any string will do.
            before: only checkpoints older than the one named here.
            limit: at most so many.
        """
        with self._database.read() as conn:
            records = reads.fetch_many(
                conn, self.serde, config, filter=filter, before=before, limit=limit
            )
        for record in records:
            yield reads.to_tuple(self.serde, record)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint and the channels in `new_versions`; returns the config that names it.

        The checkpoint named by `config` becomes the parent.
        """
        row = checkpoint_row(self.serde, config, checkpoint, metadata)
        changed = blob_rows(self.serde, config, checkpoint, new_versions)
        with self._database.write() as conn:
            store_checkpoint(conn, row, changed)
        return config_of(Address(row["thread_id"], row["checkpoint_ns"], row["checkpoint_id"]))

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store the writes of a task, before or after their checkpoint.

        A repeated call changes nothing, except that errors, interrupts and resumes are replaced.
        """
        rows = write_rows(self.serde, config, writes, task_id, task_path)
        with self._database.write() as conn:
            store_writes(conn, rows)

    def delete_thread(self, thread_id: str) -> None:
        """Remove all rows of a thread, and return the space to the disk where SQLite can."""
        with self._database.write() as conn:
            maintenance.delete_threads(conn, [str(thread_id)])
        self._database.reclaim()

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Remove what was stored under a config or metadata with one of these `run_id`s.

        What a delta channel of another run is rebuilt from stays until that run goes too.
        """
        with self._database.write() as conn:
            maintenance.delete_runs(conn, self.serde, [str(run_id) for run_id in run_ids])
        self._database.reclaim()

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy every checkpoint, value and write of a thread to a new thread.

        Raises:
            ThreadExistsError: the target holds rows already.
        """
        with self._database.write() as conn:
            maintenance.copy_thread(conn, str(source_thread_id), str(target_thread_id))

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Thin out threads.

        Args:
            thread_ids: the threads; unknown ones are skipped.
            strategy: "keep_latest" keeps the latest checkpoint of each namespace, and the
                ancestors that its delta channels are rebuilt from; "delete" keeps nothing.

        Raises:
            CheckpointConfigError: another strategy.
        """
        if strategy not in ("keep_latest", "delete"):
            raise CheckpointConfigError(
                f"there is no prune strategy {strategy!r}: use 'keep_latest' or 'delete'"
            )
        threads = [str(thread_id) for thread_id in thread_ids]
        with self._database.write() as conn:
            if strategy == "delete":
                maintenance.delete_threads(conn, threads)
            else:
                maintenance.prune_threads(conn, self.serde, threads)
        self._database.reclaim()

    def get_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """Per channel what rebuilds its value at `config`: the stored value and the writes since.

        Writes are oldest first, those of the checkpoint itself excluded; `seed` is absent when no
        ancestor has a value.
        """
        with self._database.read() as conn:
            return delta.history(conn, self.serde, config, channels)

    def get_next_version(self, current: str | None, channel: None) -> str:
        """A version greater than `current`, as text of fixed width that sorts like its number.

        The random fraction keeps two branches of a thread from sharing a version.
        """
        step = int(str(current).split(".")[0]) if current is not None else 0
        return f"{step + 1:032}.{random.getrandbits(52):016}"

    def close(self) -> None:
        """Finish what is under way and release threads and connections, for all copies."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
