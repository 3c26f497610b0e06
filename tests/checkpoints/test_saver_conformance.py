"""The contract suite of LangGraph, on a file and in memory."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack
from pathlib import Path

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.conformance.capabilities import ALL_CAPABILITIES

from secondhalf.checkpoints import SQLAlchemySaver
from tests.checkpoints.servers import SERVERS, fresh_url


@pytest.mark.parametrize("place", ["file", "memory", *SERVERS])
async def test_every_capability_is_detected_and_passes(place: str, tmp_path: Path) -> None:
    """All required and all optional capabilities are there and pass."""
    count = iter(range(100))

    @checkpointer_test(name=f"SQLAlchemySaver on {place}")
    async def fresh() -> AsyncGenerator[BaseCheckpointSaver[str], None]:
        with ExitStack() as stack:
            url = f"sqlite:///{tmp_path / str(next(count))}.db" if place == "file" else "sqlite://"
            if place in SERVERS:
                url = stack.enter_context(fresh_url(place))
            async with SQLAlchemySaver.from_url(url) as saver:
                yield saver

    report = await validate(fresh)

    assert {c.value for c in ALL_CAPABILITIES} == set(report.results)
    assert [] == [
        f"{name}: {result.failures}"
        for name, result in report.results.items()
        if not (result.detected and result.passed)
    ]


def test_the_sync_half_has_every_optional_method() -> None:
    """What the suite detects on the async side exists on the sync side too."""
    names = ("delete_for_runs", "copy_thread", "prune", "get_delta_channel_history", "list")

    assert all(
        getattr(SQLAlchemySaver, name) is not getattr(BaseCheckpointSaver, name) for name in names
    )
