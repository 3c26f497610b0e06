"""What callers of a saver may count on."""

import math
from collections.abc import Callable
from typing import Any, cast

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointMetadata, empty_checkpoint
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.serde.types import ERROR, INTERRUPT, RESUME
from sqlalchemy import StaticPool, create_engine

from secondhalf.checkpoints import CheckpointConfigError, SQLAlchemySaver

Put = Callable[..., RunnableConfig]

ROOT: RunnableConfig = {"configurable": {"thread_id": "thread", "checkpoint_ns": ""}}


def pending(saver: SQLAlchemySaver, config: RunnableConfig) -> list[tuple[str, str, Any]]:
    found = saver.get_tuple(config)
    assert found is not None
    assert found.pending_writes is not None
    return found.pending_writes


def values(saver: SQLAlchemySaver, config: RunnableConfig) -> dict[str, Any]:
    found = saver.get_tuple(config)
    assert found is not None
    return found.checkpoint["channel_values"]


def test_a_thread_nobody_wrote_has_nothing(saver: SQLAlchemySaver) -> None:
    """Reading an empty database finds nothing and raises nothing."""
    assert saver.get_tuple(ROOT) is None
    assert list(saver.list(None)) == []


def test_latest_and_named_checkpoints_are_found(saver: SQLAlchemySaver, put: Put) -> None:
    """Without an id the latest is returned, with an id that one, each with its parent."""
    first = put(saver, values={"x": 1})
    second = put(saver, first, {"x": 2})

    assert {"x": 2} == values(saver, ROOT)
    assert {"x": 1} == values(saver, first)
    latest = saver.get_tuple(ROOT)
    assert latest is not None
    assert second == latest.config
    assert first == latest.parent_config


def test_unchanged_channels_are_read_from_earlier_versions(saver: SQLAlchemySaver) -> None:
    """Only changed channels are handed over; a channel that lost its value is absent."""
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"a": 1, "b": 2}
    checkpoint["channel_versions"] = {"a": "1", "b": "1"}
    first = saver.put(ROOT, checkpoint, {}, {"a": "1", "b": "1"})
    following = empty_checkpoint()
    following["channel_versions"] = {"a": "1", "b": "2"}

    second = saver.put(first, following, {}, {"b": "2"})

    assert {"a": 1} == values(saver, second)
    assert {"a": 1, "b": 2} == values(saver, first)


def test_plain_writes_keep_the_first_and_special_writes_the_last(
    saver: SQLAlchemySaver, put: Put
) -> None:
    """A repeated put_writes leaves values alone and replaces error, interrupt and resume."""
    config = put(saver)
    for attempt in ("first", "second"):
        saver.put_writes(config, [("x", attempt), ("y", attempt), (RESUME, attempt)], "task")
        saver.put_writes(config, [(ERROR, attempt)], "task")
        saver.put_writes(config, [(INTERRUPT, "a"), (INTERRUPT, attempt)], "task")

    assert [
        ("task", RESUME, "second"),
        ("task", INTERRUPT, "second"),
        ("task", ERROR, "second"),
        ("task", "x", "first"),
        ("task", "y", "first"),
    ] == pending(saver, config)


def test_writes_come_back_by_path_then_task_then_index(saver: SQLAlchemySaver, put: Put) -> None:
    """The order is that in which a live run applies a step, whatever order they arrived in."""
    config = put(saver)
    saver.put_writes(config, [("x", 4), ("x", 5)], "a", "~2")
    saver.put_writes(config, [("x", 3)], "c", "~1")
    saver.put_writes(config, [("x", 2)], "b", "~1")
    saver.put_writes(config, [("x", 1)], "z")

    assert [1, 2, 3, 4, 5] == [value for _, _, value in pending(saver, config)]


def test_writes_may_arrive_before_their_checkpoint(saver: SQLAlchemySaver) -> None:
    """Writes without a checkpoint wait for it."""
    checkpoint = empty_checkpoint()
    config: RunnableConfig = {
        "configurable": {
            "thread_id": "thread",
            "checkpoint_ns": "",
            "checkpoint_id": checkpoint["id"],
        }
    }
    saver.put_writes(config, [("x", 1)], "task")
    assert saver.get_tuple(config) is None

    saver.put(ROOT, checkpoint, {}, {})

    assert [("task", "x", 1)] == pending(saver, ROOT)


def test_list_honours_thread_namespace_before_and_limit(saver: SQLAlchemySaver, put: Put) -> None:
    """Every restriction narrows the list; newest come first."""
    made = [put(saver, step=step) for step in range(4)]
    other = put(saver, "other")
    child = put(saver, {"configurable": {"thread_id": "thread", "checkpoint_ns": "child"}})

    def listed(*args: Any, **kwargs: Any) -> list[RunnableConfig]:
        return [found.config for found in saver.list(*args, **kwargs)]

    assert [child, other, *reversed(made)] == listed(None)
    assert [child, *reversed(made)] == listed({"configurable": {"thread_id": "thread"}})
    assert list(reversed(made)) == listed(ROOT)
    assert [made[1], made[0]] == listed(ROOT, before=made[2])
    assert [made[3]] == listed(ROOT, limit=1)
    assert [made[2]] == listed(ROOT, before=made[3], limit=1)
    assert [made[0]] == listed(ROOT, filter={"step": 0}, limit=1)
    assert [made[1]] == listed(made[1])
    assert [] == listed(ROOT, limit=0)


@pytest.mark.parametrize(
    "key",
    [
        "x') OR 1=1 --",
        "'; DROP TABLE secondhalf_checkpoints; --",
        '"',
        "$.a[0]",
        "a.b",
        "%",
        "é\n",
        "",
    ],
)
def test_filter_keys_and_values_are_data(saver: SQLAlchemySaver, put: Put, key: str) -> None:
    """A key or value that looks like SQL or a path matches only itself."""
    put(saver, step=1)
    hit = put(saver, **{key: key})

    assert [hit] == [found.config for found in saver.list(ROOT, filter={key: key})]
    assert [] == list(saver.list(ROOT, filter={key: "other"}))


def test_a_list_may_be_interleaved_with_other_calls(saver: SQLAlchemySaver, put: Put) -> None:
    """Reading, writing and deleting while iterating neither blocks nor changes what is listed."""
    for step in range(5):
        put(saver, step=step)

    seen: list[Any] = []
    for found in saver.list(ROOT):
        assert saver.get_tuple(found.config) is not None or seen
        put(saver, found.config, step=99)
        saver.delete_thread("thread")
        seen.append(found.metadata["step"])

    assert [4, 3, 2, 1, 0] == seen


def test_the_number_of_queries_does_not_grow(put: Put) -> None:
    """One checkpoint or fifty: reading takes two queries in a transaction."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    saver = SQLAlchemySaver.from_engine(engine)
    config: RunnableConfig | str = "thread"
    for step in range(50):
        config = put(saver, config, {"x": step, "y": step})
        saver.put_writes(config, [("x", step)], "task")
    seen: list[str] = []
    with engine.connect() as conn:
        driver: Any = conn.connection.dbapi_connection
        driver.set_trace_callback(seen.append)

    for read in (
        lambda: saver.get_tuple(ROOT),
        lambda: list(saver.list(ROOT, limit=2)),
        lambda: list(saver.list(ROOT)),
        lambda: list(saver.list(ROOT, filter={"source": "loop"})),
    ):
        seen.clear()
        read()
        assert ["BEGIN", "ROLLBACK"] == [seen[0], seen[-1]]
        assert 4 == len(seen), seen


@pytest.mark.parametrize(
    "value",
    [
        "a\0b",
        math.inf,
        -math.inf,
        {"nested": ["\0", None, True, b"\0\xff"]},
        "𝔘 \u202e \ufffe",
        None,
        [],
        "",
    ],
    ids=repr,
)
def test_hostile_values_survive(saver: SQLAlchemySaver, put: Put, value: Any) -> None:
    """What the serialiser takes, the database gives back, in channels and in writes."""
    config = put(saver, values={"x": value, "nul\0channel": value})
    saver.put_writes(config, [("x", value)], "task\0", "path\0")

    assert {"x": value, "nul\0channel": value} == values(saver, config)
    assert [("task\0", "x", value)] == pending(saver, config)


def test_not_a_number_and_lone_surrogates_do_not_fail_a_run(
    saver: SQLAlchemySaver, put: Put
) -> None:
    """NaN stays NaN; a lone surrogate in a value is stored as the serialiser can."""
    config = put(saver, values={"nan": math.nan, "text": "a\ud800b"})

    found = values(saver, config)
    assert math.isnan(found["nan"])
    assert str(found["text"]).startswith("a")


@pytest.mark.parametrize("thread_id", ["nul\0", "\ud800", "a ", "A", "ä", "a'--", "x" * 5000])
def test_hostile_thread_ids_are_kept_apart(
    saver: SQLAlchemySaver, put: Put, thread_id: str
) -> None:
    """Ids are compared byte for byte, whatever they hold."""
    put(saver, "a", {"x": "a"})
    config = put(saver, thread_id, {"x": thread_id})

    assert thread_id == config["configurable"]["thread_id"]
    assert config == next(saver.list({"configurable": {"thread_id": thread_id}})).config
    saver.delete_thread(thread_id)
    assert saver.get_tuple(config) is None
    assert {"x": "a"} == values(saver, {"configurable": {"thread_id": "a"}})


def test_ten_megabytes_survive(saver: SQLAlchemySaver, put: Put) -> None:
    """A large value is stored and read whole."""
    large = "0123456789" * 1_000_000
    config = put(saver, values={"x": large})
    saver.put_writes(config, [("x", large)], "task")

    assert large == values(saver, config)["x"]
    assert large == pending(saver, config)[0][2]


def test_each_read_makes_values_of_its_own(saver: SQLAlchemySaver, put: Put) -> None:
    """Changing what was read changes nothing that is read later."""
    config = put(saver, values={"x": [1]})
    values(saver, config)["x"].append(2)

    assert {"x": [1]} == values(saver, config)


def test_storing_the_same_checkpoint_again_replaces_it(saver: SQLAlchemySaver) -> None:
    """A retried put changes nothing but what is new in it."""
    checkpoint = empty_checkpoint()
    saver.put(ROOT, checkpoint, {"step": 1}, {})
    config = saver.put(ROOT, checkpoint, {"step": 2}, {})

    (found,) = saver.list(ROOT)
    assert config == found.config
    assert 2 == found.metadata["step"]


def test_metadata_takes_in_the_config(saver: SQLAlchemySaver) -> None:
    """Plain values of the config's metadata and configurable are stored and can be filtered by."""
    config: RunnableConfig = {
        "configurable": {"thread_id": "thread", "checkpoint_ns": "", "user": "u1"},
        "metadata": {"origin": "test"},
    }
    saver.put(config, empty_checkpoint(), cast("CheckpointMetadata", {"step": 0}), {})

    (found,) = saver.list(None, filter={"user": "u1", "origin": "test"})
    assert {"step": 0, "user": "u1", "origin": "test"} == dict(found.metadata)


def test_numeric_thread_ids_and_a_missing_namespace_will_do(saver: SQLAlchemySaver) -> None:
    """A thread id that is no text and a config without namespace name the same thread each time."""
    config = cast("RunnableConfig", {"configurable": {"thread_id": 7}})
    saver.put(config, empty_checkpoint(), {}, {})

    assert saver.get_tuple(config) is not None
    assert saver.get_tuple({"configurable": {"thread_id": "7"}}) is not None


def test_a_config_without_ids_is_refused_in_one_line(saver: SQLAlchemySaver) -> None:
    """The message names the missing key."""
    with pytest.raises(CheckpointConfigError, match="no 'thread_id'"):
        saver.get_tuple({"configurable": {}})
    with pytest.raises(CheckpointConfigError, match="no 'checkpoint_id'"):
        saver.put_writes(ROOT, [("x", 1)], "task")


def test_versions_grow_and_sort_as_text(saver: SQLAlchemySaver) -> None:
    """The next version is greater as text, also past a power of ten, and branches differ."""
    ninth = saver.get_next_version(f"{8:032}.5", None)
    tenth = saver.get_next_version(ninth, None)

    assert ninth < tenth < saver.get_next_version(tenth, None)
    assert len(ninth) == len(tenth) == len(saver.get_next_version(None, None))
    assert saver.get_next_version(ninth, None) != tenth
    assert saver.get_next_version(cast("str", 3), None).startswith(f"{4:032}")


def test_a_copy_with_an_allowlist_shares_the_database(saver: SQLAlchemySaver, put: Put) -> None:
    """`with_allowlist` gives a saver with another serialiser on the same rows."""
    strict = SQLAlchemySaver(
        saver._database,  # pyright: ignore[reportPrivateUsage]  # the same database, strictly read
        serde=JsonPlusSerializer(allowed_msgpack_modules=None),
    )
    copy = strict.with_allowlist([("collections", "Counter")])
    assert copy is not strict
    assert copy.serde is not strict.serde

    config = put(saver, values={"x": 1})

    found = copy.get_tuple(config)
    assert found is not None
    assert {"x": 1} == found.checkpoint["channel_values"]
