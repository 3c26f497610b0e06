"""Threads, event loops and processes on one database, and what survives being killed."""

import asyncio
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointMetadata, empty_checkpoint
from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    StaticPool,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.ext.asyncio import create_async_engine

from secondhalf.checkpoints import SaverClosedError, SQLAlchemySaver

Put = Callable[..., RunnableConfig]

ROOT: RunnableConfig = {"configurable": {"thread_id": "thread", "checkpoint_ns": ""}}


def test_threads_hammering_lose_nothing(saver: SQLAlchemySaver, put: Put) -> None:
    """Many threads write and read at once; every row is there in the end."""
    base = put(saver, "shared")
    start = threading.Barrier(16)

    def hammer(worker: int) -> None:
        start.wait()
        config: RunnableConfig | str = f"own-{worker}"
        for step in range(10):
            config = put(saver, config, {"x": step})
            saver.put_writes(base, [("x", (worker, step))], f"{worker:02}-{step:02}")
            found = saver.get_tuple(config)
            assert found is not None
            assert {"x": step} == found.checkpoint["channel_values"]
            assert len(list(saver.list(base))) == 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(hammer, range(16)))

    shared = saver.get_tuple(base)
    assert shared is not None
    assert [[w, s] for w in range(16) for s in range(10)] == [
        list(value) for _, _, value in shared.pending_writes or []
    ]
    assert 1 + 160 == len(list(saver.list(None)))


def test_first_use_by_many_threads_sets_up_once(url: str, put: Put) -> None:
    """Threads that arrive together at a fresh saver all succeed."""
    with SQLAlchemySaver.from_url(url) as saver, ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(put, saver, f"thread-{n}") for n in range(16)]:
            done.result()

        assert 16 == len(list(saver.list(None)))


async def test_a_step_is_one_transaction(put: Put) -> None:
    """LangGraph stores a task's writes and the checkpoint after it in one turn of the loop."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    saver = SQLAlchemySaver.from_engine(engine)
    config = put(saver, "thread")
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)
    metadata: CheckpointMetadata = {"source": "loop", "step": 1, "parents": {}}

    await asyncio.gather(
        saver.aput_writes(config, [("x", 1)], "task"),
        saver.aput(config, empty_checkpoint(), metadata, {}),
    )

    assert 1 == len(commits)
    assert 2 == len(list(saver.list(ROOT)))
    found = saver.get_tuple(config)
    assert found is not None
    assert [("task", "x", 1)] == found.pending_writes


@pytest.mark.parametrize("any_url", ["postgresql", "asyncpg"], indirect=True)
def test_a_step_is_one_statement_on_postgresql(any_url: str, put: Put) -> None:
    """Fence, chunks, values, writes and checkpoint go in one round trip, however many channels."""
    engine = _engine(any_url)
    saver = SQLAlchemySaver.from_engine(engine, fenced=True)
    large = random.Random(1).randbytes(40_000).hex()
    config = put(saver, "thread", {"x": large})
    begun: list[object] = []
    event.listen(engine, "begin", begun.append)

    config = put(saver, config, {"x": large + "more", "y": 1})
    saver.put_writes(config, [("x", 1), ("__error__", "no")], "task")
    saver.put_writes(config, [], "idle")

    assert not begun
    many = {f"channel {n}": n for n in range(5000)}
    last = put(saver, config, many)
    assert begun  # too many for one statement
    found = saver.get_tuple(last)
    assert found is not None
    assert many == found.checkpoint["channel_values"]
    found = saver.get_tuple(config)
    assert found is not None
    assert {"x": large + "more", "y": 1} == found.checkpoint["channel_values"]
    assert 2 == len(found.pending_writes or [])
    saver.close()
    engine.dispose()


def _engine(url: str) -> Engine:
    """An engine as a caller makes one, on the driver that the URL names."""
    if make_url(url).drivername == "postgresql+asyncpg":
        return create_async_engine(url, poolclass=NullPool).sync_engine
    return create_engine(url)


async def test_a_saver_closed_in_the_same_turn_says_so(url: str) -> None:
    """Whoever has just called it is not left waiting."""
    saver = SQLAlchemySaver.from_url(url)
    metadata: CheckpointMetadata = {"source": "input", "step": -1, "parents": {}}
    await saver.aput(ROOT, empty_checkpoint(), metadata, {})
    storing = asyncio.create_task(saver.aput(ROOT, empty_checkpoint(), metadata, {}))
    await asyncio.sleep(0)  # it has begun, and its turn is not over

    saver.close()

    with pytest.raises(SaverClosedError):
        await storing


@pytest.mark.parametrize("any_url", ["file", "memory"], indirect=True)  # servers need no queue
async def test_async_calls_leave_the_loop_free(saver: SQLAlchemySaver, put: Put) -> None:
    """While every worker waits for the database, the event loop goes on ticking."""
    put(saver)
    held, release = threading.Event(), threading.Event()

    def hold(conn: Connection) -> None:
        held.set()
        release.wait(10)

    database = saver._database  # pyright: ignore[reportPrivateUsage]  # a slow writer
    holder = threading.Thread(target=database.write, args=(hold,))
    holder.start()
    held.wait()
    waiting = [
        asyncio.ensure_future(saver.aput(ROOT, empty_checkpoint(), {}, {})) for _ in range(20)
    ]
    began = time.monotonic()
    for _ in range(10):
        await asyncio.sleep(0.001)
    ticked = time.monotonic() - began
    assert not any(task.done() for task in waiting)
    release.set()
    await asyncio.gather(*waiting)
    await asyncio.to_thread(holder.join)

    assert ticked < 1
    assert 21 == len([found async for found in saver.alist(ROOT)])


def test_one_saver_serves_several_event_loops(saver: SQLAlchemySaver) -> None:
    """Loops one after another, and loops at the same time in threads, use the same saver."""

    async def visit(thread_id: str) -> None:
        config: RunnableConfig = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
        stored = await saver.aput(config, empty_checkpoint(), {}, {})
        await asyncio.gather(*(saver.aput_writes(stored, [("x", n)], str(n)) for n in range(5)))
        found = await saver.aget_tuple(config)
        assert found is not None
        assert 5 == len(found.pending_writes or [])

    for n in range(2):
        asyncio.run(visit(f"after-{n}"))
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(asyncio.run, visit(f"beside-{n}")) for n in range(4)]:
            done.result()

    assert 6 == len(list(saver.list(None)))


async def test_a_cancelled_caller_leaves_whole_rows(file_saver: SQLAlchemySaver) -> None:
    """Cancelling an await does not tear a write apart."""
    stored = await file_saver.aput(ROOT, empty_checkpoint(), {}, {})
    task = asyncio.ensure_future(
        file_saver.aput_writes(stored, [("x", n) for n in range(100)], "task")
    )
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await file_saver.aput(stored, empty_checkpoint(), {}, {})

    found = await file_saver.aget_tuple(stored)
    assert found is not None
    assert len(found.pending_writes or []) in (0, 100)


STARTER = """
import sys, time
from langgraph.checkpoint.base import empty_checkpoint
from secondhalf.checkpoints import SQLAlchemySaver
saver = SQLAlchemySaver.from_url(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(5):
    saver.put({"configurable": {"thread_id": sys.argv[2]}}, empty_checkpoint(), {}, {})
"""


@pytest.mark.parametrize("any_url", ["file", "postgresql", "mariadb"], indirect=True)
def test_processes_may_start_at_once(any_url: str) -> None:
    """Several processes meet on a database that holds nothing yet; all set up, none fails."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", STARTER, any_url, f"process-{n}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    results = [(process.communicate()[1], process.returncode) for process in processes]

    assert [("", 0)] * 3 == results
    with SQLAlchemySaver.from_url(any_url) as saver:
        assert 15 == len(list(saver.list(None)))


WRITER = """
import itertools, sys
from langgraph.checkpoint.base import empty_checkpoint
from secondhalf.checkpoints import SQLAlchemySaver
saver = SQLAlchemySaver.from_url(sys.argv[1])
config = {"configurable": {"thread_id": "thread"}}
for step in itertools.count():
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"step": step, "text": "x" * 10000}
    version = f"{step:032}"
    checkpoint["channel_versions"] = {"step": version, "text": version}
    config = saver.put(config, checkpoint, {"step": step}, checkpoint["channel_versions"])
    saver.put_writes(config, [("step", step)], "task")
    print(step, flush=True)
"""


@pytest.mark.parametrize("any_url", ["file", "postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize("last", [1, 30])
def test_what_was_returned_survives_kill_nine(any_url: str, last: int) -> None:
    """A process killed at any moment leaves every finished call, whole, and a usable file."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, any_url], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as output:
        for line in output:
            if int(line) == last:
                process.send_signal(signal.SIGKILL)
                break
        returned = [last, *(int(line) for line in output if line.endswith("\n"))][-1]
    assert -signal.SIGKILL == process.wait()

    with SQLAlchemySaver.from_url(any_url) as saver:
        found = list(saver.list({"configurable": {"thread_id": "thread"}}))
        steps = [tuple_.metadata["step"] for tuple_ in found]
        assert list(range(steps[0], -1, -1)) == steps
        assert steps[0] >= returned
        for tuple_ in found:
            step = tuple_.metadata["step"]
            assert {"step": step, "text": "x" * 10000} == tuple_.checkpoint["channel_values"]
            if step <= returned:
                assert [("task", "step", step)] == tuple_.pending_writes
        saver.put_writes(found[0].config, [("y", 1)], "after")
