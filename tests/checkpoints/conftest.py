"""Savers and rows for the checkpointer's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import Checkpoint, empty_checkpoint

from secondhalf.checkpoints import SQLAlchemySaver
from tests.checkpoints.servers import SERVERS, fresh_url

Put = Callable[..., RunnableConfig]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database file that does not exist yet."""
    return tmp_path / "routes.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture(params=["file", "memory", "postgresql", "mariadb"])
def any_url(request: pytest.FixtureRequest, url: str) -> Iterator[str]:
    """An empty database of each kind; PostgreSQL's other driver is left to fewer tests."""
    if request.param in SERVERS:  # "asyncpg" too, where a test names it
        with fresh_url(request.param) as made:
            yield made
    else:
        yield url if request.param == "file" else "sqlite://"


@pytest.fixture
def saver(any_url: str) -> Iterator[SQLAlchemySaver]:
    """A saver on an empty database, one of each kind in turn."""
    with SQLAlchemySaver.from_url(any_url) as made:
        yield made


@pytest.fixture
def file_saver(url: str) -> Iterator[SQLAlchemySaver]:
    with SQLAlchemySaver.from_url(url) as made:
        yield made


@pytest.fixture
def put() -> Put:
    """Store a checkpoint whose channels all change; returns its config."""

    def put_one(
        saver: SQLAlchemySaver,
        config: RunnableConfig | str = "thread",
        values: dict[str, Any] | None = None,
        **metadata: Any,
    ) -> RunnableConfig:
        if isinstance(config, str):
            config = {"configurable": {"thread_id": config, "checkpoint_ns": ""}}
        checkpoint: Checkpoint = empty_checkpoint()
        checkpoint["channel_values"] = dict(values or {})
        version = saver.get_next_version(None, None)
        checkpoint["channel_versions"] = dict.fromkeys(values or {}, version)
        return saver.put(
            config,
            checkpoint,
            {"source": "loop", "step": 0, "parents": {}, **metadata},  # type: ignore[typeddict-item]  # metadata is open
            checkpoint["channel_versions"],
        )

    return put_one
