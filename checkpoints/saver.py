"""`SQLAlchemySaver`: LangGraph's checkpointer contract on a SQL database, sync and async."""

import builtins
import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from copy import copy
from datetime import UTC, datetime, timedelta
from functools import partial
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

from secondhalf.checkpoints import delta, inventory, maintenance, reads
from secondhalf.checkpoints.address import (
    Address,
    Namespace,
    checkpoint_of,
    config_of,
    namespace_of,
    thread_of,
)
from secondhalf.checkpoints.chunks import Memory
from secondhalf.checkpoints.commit import Committer
from secondhalf.checkpoints.database import Database
from secondhalf.checkpoints.engine import Durability, checked_engine, make_engine
from secondhalf.checkpoints.errors import CheckpointConfigError, DamagedError
from secondhalf.checkpoints.expected import Expected
from secondhalf.checkpoints.fencing import Wanted
from secondhalf.checkpoints.keys import space_of
from secondhalf.checkpoints.reader import Reader
from secondhalf.checkpoints.retention import retained
from secondhalf.checkpoints.threaded import ThreadedSaver
from secondhalf.checkpoints.writes import Change, checkpoint_change, store, writes_change

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

    def __init__(
        self, database: Database, *, serde: SerializerProtocol | None = None, fenced: bool = False
    ) -> None:
        """For internal use: see `from_url` and `from_engine`."""
        super().__init__(serde=serde)
        self._database = database
        self._committer = Committer(database)
        self._wanted = Wanted()
        self._expected = Expected()
        self._fenced = fenced

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
        fenced: bool = False,
    ) -> Self:
        """A saver on the database at `url`, with a pool of its own.

        Args:
            url: `sqlite:///routes.db`, `sqlite://` (in memory), or a server's URL. A new SQLite
                file is readable by its owner alone, except behind a `file:` URI.
            serde: `JsonPlusSerializer` unless given. Metadata passes through it too.
            durability: on SQLite, "normal" survives the death of the process and "full" also that
                of the power, at about twice the time per write.
            busy_timeout: seconds to wait for another process that holds an SQLite file, and for a
                server that restarts.
            fenced: of two runs that go on from the same checkpoint, let one store and raise
                `ThreadForkedError` in the other. Going on from an older checkpoint by its id is
                always possible.

        Raises:
            UnsupportedDatabaseError: the URL or its driver cannot serve.
        """
        engine = make_engine(url, durability=durability, busy_timeout=busy_timeout)
        database = Database(engine, owned=True, busy_timeout=busy_timeout)
        return cls(database, serde=serde, fenced=fenced)

    @classmethod
    def from_engine(
        cls, engine: Engine, serde: SerializerProtocol | None = None, *, fenced: bool = False
    ) -> Self:
        """A saver on an engine that stays yours: its settings are left alone and `close` spares it.

        Raises:
            UnsupportedDatabaseError: the engine is async or gives each thread its own database.
        """
        database = Database(checked_engine(engine), owned=False, busy_timeout=_FOREIGN_BUSY_TIMEOUT)
        return cls(database, serde=serde, fenced=fenced)

    def with_fencing(self) -> Self:
        """A copy that shares everything with this saver and is fenced."""
        fenced = copy(self)
        fenced._fenced = True
        return fenced

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that `config` names, or its thread's latest; None when there is none."""
        latest = self._database.distant and checkpoint_of(config) is None
        enough, record = self._fetch_latest(config) if latest else (False, None)
        if not enough:
            record = self._database.query(lambda reader: self._fetch_one(reader, config))
        if record is None:
            return None
        self._expected.keep(record.address.namespace, record.checkpoint["channel_versions"])
        return self._load(record)

    def _fetch_latest(self, config: RunnableConfig) -> tuple[bool, reads.Record | None]:
        """In one round trip what was stored or read here last, if it is still the latest.

        Of a thread that is new here it tells whether it is new elsewhere, as it mostly is.
        """
        namespace = Namespace(thread_of(config), namespace_of(config))
        versions = self._expected.of(namespace)

        def fetch(reader: Reader) -> tuple[bool, reads.Record | None]:
            if versions is None:
                return reads.newest(reader, space_of(*namespace)) is None, None
            return reads.fetch_expected(reader, self.serde, namespace, versions)

        return self._database.query(fetch, loose=True)

    def _fetch_one(self, reader: Reader, config: RunnableConfig) -> reads.Record | None:
        record = reads.fetch_one(reader, self.serde, config)
        if self._fenced and record is not None and checkpoint_of(config) is not None:
            self._want_old(reader, record.address)
        return record

    def _want_old(self, reader: Reader, address: Address) -> None:
        """Note a checkpoint that was asked for though there are newer ones."""
        space = space_of(*address.namespace)
        if reads.newest(reader, space) != address.checkpoint_id:
            self._wanted.add(space, address.checkpoint_id)

    def _load(self, record: reads.Record) -> CheckpointTuple:
        try:
            return reads.to_tuple(self.serde, record)
        except (ValueError, TypeError, KeyError) as error:
            raise DamagedError(
                f"checkpoint {record.address.checkpoint_id!r} of thread "
                f"{record.address.thread_id!r} cannot be read ({type(error).__name__}: {error}): "
                "check that the serialiser and its key are those it was stored with"
            ) from error

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

        def fetch(reader: Reader) -> builtins.list[reads.Record]:
            return reads.fetch_many(
                reader, self.serde, config, filter=filter, before=before, limit=limit
            )

        records = self._database.query(fetch)
        if self._fenced and before is not None:
            self._want_listed(config, records)
        for record in records:
            yield self._load(record)

    def _want_listed(
        self, config: RunnableConfig | None, records: builtins.list[reads.Record]
    ) -> None:
        """A replayed subgraph looks for its state in this way, and goes on from there."""
        for record in records:
            self._wanted.add(space_of(*record.address.namespace), record.address.checkpoint_id)
        if not records and config is not None:
            self._wanted.add(space_of(thread_of(config), namespace_of(config)), "")

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint and the channels in `new_versions`; returns the config that names it.

        The checkpoint named by `config` becomes the parent.

        Raises:
            ThreadForkedError: the saver is fenced and the parent has another child.
        """
        change = self._checkpoint_change(config, checkpoint, metadata, new_versions)
        self._committer.store(change)
        return config_of(change.address)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """`put` without blocking."""
        change = self._checkpoint_change(config, checkpoint, metadata, new_versions)
        await self._committer.astore(change)
        return config_of(change.address)

    def _checkpoint_change(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> Change:
        change = checkpoint_change(
            self.serde, config, checkpoint, metadata, new_versions, self._database.memory
        )
        self._expected.keep(change.address.namespace, checkpoint["channel_versions"])
        change.claims = self._fenced and not self._wanted.holds(change.space, change.parent_id)
        return change

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
        self._committer.store(writes_change(self.serde, config, writes, task_id, task_path))

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """`put_writes` without blocking."""
        change = writes_change(self.serde, config, writes, task_id, task_path)
        await self._committer.astore(change)

    def delete_thread(self, thread_id: str) -> None:
        """Remove all rows of a thread, and return the space to the disk where SQLite can."""
        self._database.write(lambda conn: maintenance.delete_threads(conn, [str(thread_id)]))
        self._database.reclaim()

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Remove what was stored under a config or metadata with one of these `run_id`s.

        What a delta channel of another run is rebuilt from stays until that run goes too.
        """
        runs = [str(run_id) for run_id in run_ids]
        self._database.write(lambda conn: maintenance.delete_runs(conn, self.serde, runs))
        self._database.reclaim()

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy every checkpoint, value and write of a thread to a new thread.

        Raises:
            ThreadExistsError: the target holds rows already.
        """
        source, target = str(source_thread_id), str(target_thread_id)
        self._database.write(lambda conn: maintenance.copy_thread(conn, source, target))

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Thin out threads.

        Args:
            thread_ids: the threads; unknown ones are skipped.
            strategy: "keep_latest" keeps the latest checkpoint of each namespace, and the
                ancestors that its delta channels are rebuilt from; "delete" keeps nothing;
                LangGraph's server calls it "delete_all".

        Raises:
            CheckpointConfigError: another strategy.
        """
        if strategy not in ("keep_latest", "delete", "delete_all"):
            raise CheckpointConfigError(
                f"there is no prune strategy {strategy!r}: use 'keep_latest' or 'delete'"
            )
        threads = [str(thread_id) for thread_id in thread_ids]
        if strategy != "keep_latest":
            self._database.write(lambda conn: maintenance.delete_threads(conn, threads))
            self._database.reclaim()
        else:
            self.retain(keep_last=1, thread_ids=threads)

    def retain(
        self,
        *,
        keep_last: int = 1,
        older_than: timedelta | None = None,
        thread_ids: Sequence[str] | None = None,
    ) -> int:
        """Forget old checkpoints; each namespace is thinned in a transaction of its own.

        Args:
            keep_last: the newest so many checkpoints of each namespace stay, and what their delta
                channels are rebuilt from. With 0, and only with `older_than`, whole threads go.
            older_than: what is younger stays too.
            thread_ids: of these threads only; of all by default.

        Returns:
            How many checkpoints went.

        Raises:
            CheckpointConfigError: everything would go, or nothing could.
        """
        choice = retained(keep_last, older_than, datetime.now(UTC))
        spaces = self._database.read(lambda conn: maintenance.spaces_of(conn, thread_ids))
        gone = sum(
            self._database.write(
                partial(maintenance.thin, serde=self.serde, space=s, choice=choice)
            )
            for s in spaces
        )
        self._database.reclaim()
        return gone

    def upgrade(self) -> tuple[int, int]:
        """Bring the tables up to date, as the first use does; their version before and after.

        Raises:
            SchemaError: the tables are somebody else's, or of a newer version.
        """
        before = self._database.found_version()
        self._database.prepare()
        return before, self._database.found_version()

    def stats(self) -> dict[str, int]:
        """How many threads, namespaces, checkpoints, values, writes, chunks, claims and bytes."""
        return self._database.read(inventory.counted)

    def check(self) -> tuple[int, builtins.list[str]]:
        """Read every checkpoint: how many can be read, and a line for each that cannot."""
        read, damaged = 0, builtins.list[str]()
        for space in self._database.read(lambda conn: maintenance.spaces_of(conn, None)):
            last: Address | None = None
            while found := self._database.read(partial(inventory.page, after=last, space=space)):
                last = found[-1]
                for address in found:
                    try:
                        self._database.query(partial(self._read_anew, address=address))
                        read += 1
                    except DamagedError as error:
                        damaged.append(f"thread {address.thread_id!r}: {error}")
        return read, damaged

    def _read_anew(self, reader: Reader, address: Address) -> None:
        """Read a checkpoint from the database alone, whatever of it is in memory."""
        reader.memory = Memory()
        if record := reads.fetch_one(reader, self.serde, config_of(address)):
            self._load(record)

    def store_changes(self, changes: Sequence[Change]) -> None:
        """Store rows made elsewhere, all or none: for imports."""
        self._database.write(lambda conn: store(conn, changes, set()))

    def get_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """Per channel what rebuilds its value at `config`: the stored value and the writes since.

        Writes are oldest first, those of the checkpoint itself excluded; `seed` is absent when no
        ancestor has a value.
        """
        return self._database.query(
            lambda reader: delta.history(reader, self.serde, config, channels)
        )

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
