"""`secondhalf db`: looking after the database of checkpoints."""

import json
import sqlite3
from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.sqlite import SqliteSaver

from secondhalf.api import route
from secondhalf.checkpoints import SQLAlchemySaver
from secondhalf.cli.app import run
from secondhalf.state.config import RouterConfig


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of two threads with three checkpoints each."""
    path = tmp_path / "checkpoints.db"
    with SQLAlchemySaver.from_url(f"sqlite:///{path}") as saver:
        for thread in ("a", "b"):
            config: RunnableConfig = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
            for step in range(3):
                checkpoint = empty_checkpoint()
                checkpoint["channel_values"] = {"x": step}
                checkpoint["channel_versions"] = {"x": str(step)}
                config = saver.put(config, checkpoint, {"step": step}, {"x": str(step)})
    return path


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_stats_count_what_there_is(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As text and as JSON."""
    assert 0 == run(["db", "stats", "--db", str(path), "--json"])
    found = said(capsys)
    assert (2, 6, 6) == (found["threads"], found["checkpoints"], found["values"])
    assert 0 == run(["db", "stats", "--db", str(path)])
    assert "checkpoints" in capsys.readouterr().out


def test_routes_are_read_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Their types are known to us: none is left out, and said to be."""
    url = f"sqlite:///{tmp_path / 'routes.db'}"
    route("What is 2 + 2?", config=RouterConfig(), db=url)

    assert 0 == run(["db", "check", "--db", url, "--json"])

    assert [] == said(capsys)["damaged"]
    assert "Blocked" not in caplog.text


def test_prune_keeps_what_it_was_told_to(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The newest of each thread, of one thread only, and nothing that is young."""
    assert 0 == run(["db", "prune", "--older-than", "30d", "--db", str(path), "--json"])
    assert {"deleted": 0} == said(capsys)
    assert 0 == run(
        ["db", "prune", "--thread", "a", "--keep-last", "2", "--db", str(path), "--json"]
    )
    assert {"deleted": 1} == said(capsys)
    assert 0 == run(["db", "prune", "--keep-last", "1", "--db", str(path)])
    assert "3 checkpoints were deleted" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--older-than", "soon"], "30d"),
        (["--keep-last", "0"], "how old"),
        ([], "say what may go: --older-than AGE"),
    ],
)
def test_prune_refuses_what_it_cannot_mean(
    path: Path, capsys: pytest.CaptureFixture[str], args: list[str], message: str
) -> None:
    """An age that is none, an order to delete everything, and none to delete anything."""
    assert 2 == run(["db", "prune", "--db", str(path), *args])
    assert message in capsys.readouterr().err
    assert 0 == run(["db", "stats", "--db", str(path), "--json"])
    assert 6 == said(capsys)["checkpoints"]


def test_check_names_what_is_damaged(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed byte is found, and the other checkpoints are read all the same."""
    assert 0 == run(["db", "check", "--db", str(path), "--json"])
    assert {"read": 6, "damaged": []} == said(capsys)
    with sqlite3.connect(path) as conn:
        conn.execute(
            "UPDATE secondhalf_checkpoint_blobs SET value = x'c1' WHERE channel_version = "
            "(SELECT min(channel_version) FROM secondhalf_checkpoint_blobs)"
        )
    conn.close()
    assert 1 == run(["db", "check", "--db", str(path)])
    assert "cannot be read" in capsys.readouterr().out


def test_upgrade_makes_tables_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Doing it again changes nothing."""
    for expected in ("from version 0 to 2", "of version 2"):
        assert 0 == run(["db", "upgrade", "--db", str(tmp_path / "new.db")])
        assert expected in capsys.readouterr().out


def test_import_copies_an_official_database(
    tmp_path: Path, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says so; a database that is none of those is refused."""
    source = tmp_path / "official.db"
    config: RunnableConfig = {"configurable": {"thread_id": "c", "checkpoint_ns": ""}}
    with SqliteSaver.from_conn_string(str(source)) as official:
        official.put(config, empty_checkpoint(), {"step": 0}, {})

    assert 0 == run(["db", "import", f"sqlite:///{source}", "--db", str(path)])
    assert "1 checkpoints of 1 threads" in capsys.readouterr().out
    assert 2 == run(["db", "import", f"sqlite:///{path}", "--db", str(source)])
    assert "no checkpoints of an official saver" in capsys.readouterr().err
