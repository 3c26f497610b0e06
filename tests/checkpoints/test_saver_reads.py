"""What is expected of the latest checkpoint never hides what others stored."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from sqlalchemy import event

from secondhalf.checkpoints import DamagedError, SQLAlchemySaver
from secondhalf.checkpoints.reader import Reader

Put = Callable[..., RunnableConfig]

ROOT: RunnableConfig = {"configurable": {"thread_id": "thread", "checkpoint_ns": ""}}


@pytest.fixture
def other(any_url: str, saver: SQLAlchemySaver) -> Iterator[SQLAlchemySaver]:
    """Another process on the same database, as good as."""
    with SQLAlchemySaver.from_url(any_url) as made:
        yield made


def latest(saver: SQLAlchemySaver) -> CheckpointTuple:
    found = saver.get_tuple(ROOT)
    assert found is not None
    return found


@pytest.mark.parametrize("any_url", ["file", "postgresql", "mariadb"], indirect=True)
def test_what_another_process_stored_is_seen(
    saver: SQLAlchemySaver, other: SQLAlchemySaver, put: Put
) -> None:
    """A newer checkpoint with other channels takes the place of the one that was expected."""
    config = put(saver, values={"x": 1})
    assert {"x": 1} == latest(saver).checkpoint["channel_values"]

    config = put(other, config, {"x": 2, "y": "b" * 50_000})
    other.put_writes(config, [("z", 3)], "task")

    found = latest(saver)
    assert {"x": 2, "y": "b" * 50_000} == found.checkpoint["channel_values"]
    assert [("task", "z", 3)] == found.pending_writes
    assert found == latest(saver)  # as expected now
    assert found == next(saver.list(ROOT))


@pytest.mark.parametrize("any_url", ["postgresql", "asyncpg", "mariadb"], indirect=True)
def test_a_new_thread_costs_one_query(
    any_url: str, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where each query is a round trip; a thread that is new to this process only is found."""
    asked: list[str] = []
    execute = Reader.execute

    def counted(reader: Reader, statement: str, given: Sequence[Any]) -> None:
        asked.append(statement)
        execute(reader, statement, given)

    with SQLAlchemySaver.from_url(any_url) as other:
        put(other, "known elsewhere", {"x": 1})
    with SQLAlchemySaver.from_url(any_url) as saver:
        saver.get_tuple({"configurable": {"thread_id": "first"}})
        monkeypatch.setattr(Reader, "execute", counted)

        assert saver.get_tuple({"configurable": {"thread_id": "new"}}) is None
        assert 1 == len(asked)
        found = saver.get_tuple({"configurable": {"thread_id": "known elsewhere"}})

    assert found is not None
    assert {"x": 1} == found.checkpoint["channel_values"]


@pytest.mark.parametrize("any_url", ["file", "postgresql", "mariadb"], indirect=True)
def test_what_another_process_deleted_is_gone(
    saver: SQLAlchemySaver, other: SQLAlchemySaver, put: Put
) -> None:
    """Nothing of a deleted thread is made up from memory, and the thread may begin again."""
    put(saver, values={"x": "a" * 50_000})
    assert {"x": "a" * 50_000} == latest(saver).checkpoint["channel_values"]

    other.delete_thread("thread")

    assert saver.get_tuple(ROOT) is None
    put(other, values={"y": 1})
    assert {"y": 1} == latest(saver).checkpoint["channel_values"]


@pytest.mark.parametrize("any_url", ["file", "postgresql", "mariadb"], indirect=True)
def test_a_lost_chunk_is_found_out_though_the_checkpoint_was_expected(
    saver: SQLAlchemySaver, other: SQLAlchemySaver, put: Put
) -> None:
    """What this process stored itself it still knows; what another one stored is damaged."""
    config = put(saver, values={"x": [f"{n:05}" for n in range(10_000)]})
    values = latest(saver).checkpoint["channel_values"]
    put(other, config, {"x": [f"{n:05}" for n in range(11_000)]})
    latest(saver)
    saver._database.write(  # pyright: ignore[reportPrivateUsage]  # something goes wrong
        lambda conn: conn.exec_driver_sql("DELETE FROM secondhalf_checkpoint_chunks")
    )

    with pytest.raises(DamagedError, match="missing"):
        latest(saver)
    found = saver.get_tuple(config)
    assert found is not None
    assert values == found.checkpoint["channel_values"]


@pytest.mark.parametrize("any_url", ["file", "postgresql", "asyncpg", "mariadb"], indirect=True)
def test_a_connection_that_was_idle_too_long_is_replaced(saver: SQLAlchemySaver, put: Put) -> None:
    """All connections of the pool are closed behind the saver's back; reading goes on."""
    put(saver, values={"x": 1})
    engine = saver._database.engine  # pyright: ignore[reportPrivateUsage]  # what lies in its pool
    closed: list[Any] = []

    def close(driver: Any, record: object, proxy: object) -> None:
        if engine.dialect.name != "sqlite" and not closed:
            closed.append(driver)
            asyncpg = engine.dialect.driver == "asyncpg"
            driver._connection.terminate() if asyncpg else driver.close()

    event.listen(engine, "checkout", close)
    reads: list[Callable[[], CheckpointTuple]]
    reads = [lambda: latest(saver), lambda: next(saver.list(ROOT))]
    for read in reads:
        closed.clear()
        assert {"x": 1} == read().checkpoint["channel_values"]
        assert engine.dialect.name == "sqlite" or closed
