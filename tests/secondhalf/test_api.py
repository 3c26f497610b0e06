"""The front door: one call for a whole route."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

import secondhalf
from secondhalf import Budget, Memory, RouteContext, RouterConfig, aroute, route
from secondhalf.state.errors import ConfigError, DocumentsError, PromptError
from secondhalf.state.result import RouteResult


async def test_one_call_routes_a_prompt(tmp_path: Path) -> None:
    """The answer, where it came from, and what it cost."""
    result = await aroute("What is 17% of 2,340?", budget=Budget(usd=0.02))

    assert isinstance(result, RouteResult)
    assert ("success", "397.8", ("exact",), 0.0) == (
        result.status,
        result.answer,
        result.path,
        result.cost_usd,
    )


def test_the_sync_twin_gives_the_same() -> None:
    """``route`` works without a loop."""
    assert route("convert 68 °F to °C").answer == "20 °C"


async def test_the_sync_twin_works_inside_a_running_loop() -> None:
    """As in a notebook."""
    assert route("What is 6 * 7?").answer == "42"


def test_the_outcome_lands_in_memory(tmp_path: Path) -> None:
    """Result and trace can be read back from the same database."""
    db = f"sqlite:///{tmp_path / 'mine.db'}"

    result = route("What is 6 * 7?", db=db, context=RouteContext(principal="anna"))

    with Memory.from_url(db) as memory:
        stored = memory.route(result.route_id)
    assert stored.result == result
    assert stored.request.principal == "anna"


def test_a_path_is_a_database_too(tmp_path: Path) -> None:
    """``db`` may be a plain file name; the file is the user's alone."""
    path = tmp_path / "plain.db"

    route("What is 6 * 7?", db=str(path))

    assert path.stat().st_mode & 0o077 == 0
    tables = sqlite3.connect(path).execute("select count(*) from sqlite_master").fetchone()
    assert tables[0] > 0


def test_documents_are_searched(tmp_path: Path) -> None:
    """An answer from a folder quotes its source."""
    (tmp_path / "cats.md").write_text("# Cats\n\nThe office cat is called Minka.\n")

    result = route("What is the office cat called?", docs=tmp_path)

    assert result.status == "success"
    assert "Minka" in str(result.answer)
    assert "cats.md:3" in str(result.answer)


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    """From Python as from the command line."""
    with pytest.raises(DocumentsError, match="holds no text"):
        route("What is the office cat called?", docs=tmp_path)


@pytest.mark.parametrize(
    ("prompt", "context", "error"),
    [
        ("  ", RouteContext(), PromptError),
        ("x" * 200_001, RouteContext(), PromptError),
        ("hi", RouteContext(strategy="SLM_DIREKT"), ConfigError),
        ("hi", RouteContext(model="gpt"), ConfigError),
    ],
)
def test_bad_settings_are_refused_before_anything_is_stored(
    prompt: str, context: RouteContext, error: type[Exception], tmp_path: Path
) -> None:
    """One clear line; no route is begun."""
    db = f"sqlite:///{tmp_path / 'bad.db'}"

    with pytest.raises(error):
        route(prompt, context=context, db=db)

    with Memory.from_url(db) as memory:
        assert memory.routes() == ()


def test_an_unknown_name_comes_with_a_suggestion() -> None:
    """The nearest known name is offered."""
    with pytest.raises(ConfigError, match="did you mean 'SLM_DIRECT'"):
        route("hi", context=RouteContext(strategy="SLM_DIREKT"))


def test_a_waiting_route_says_what_it_asks() -> None:
    """Status waiting, with the question."""
    result = route("fix it", config=RouterConfig())

    assert result.status == "waiting"
    assert result.interrupt is not None
    assert result.interrupt.question.endswith("?")


def test_the_public_names_are_complete_and_sorted() -> None:
    """Every name can be had; ``__all__`` is in order."""
    names = secondhalf.__all__

    assert names == sorted(names)
    assert all(getattr(secondhalf, name) is not None for name in names)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"budget": 0.02}, r"budget must be a Budget, such as Budget\(usd=0.02\), not float"),
        ({"context": {"preset": "economy"}}, "context must be a RouteContext, not dict"),
        ({"models": [1]}, "models must be a mapping"),
    ],
)
def test_what_is_of_the_wrong_kind_is_one_clear_line(given: Any, said: str, tmp_path: Path) -> None:
    """It says which setting that is, and what it should be."""
    with pytest.raises(ConfigError, match=said):
        route("What is 2 + 2?", db=f"sqlite:///{tmp_path / 'r.db'}", **given)
