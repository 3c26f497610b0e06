"""The router's own routes as recorded answers."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from secondhalf.evals.data.reading import load_dataset, read_rows
from secondhalf.evals.data.rows import Row
from secondhalf.evals.data.traces import feedback_score
from secondhalf.evals.errors import DataSetError
from secondhalf.memory import Memory
from secondhalf.session import Session
from secondhalf.state.budget import DEFAULT_BUDGET
from secondhalf.state.config import RouterConfig
from secondhalf.state.feedback import Feedback
from secondhalf.state.request import RouteContext, RouteRequest
from secondhalf.state.result import RouteResult, TraceEvent

USAGE = {"calls": 1, "input_tokens": 30, "output_tokens": 5, "usd": 0.25, "seconds": 1.5}
PATHS = ("slm", "llm")


def call(path: str, output: str, **data: Any) -> TraceEvent:
    """A call's event, as ``verify`` makes it."""
    usual: dict[str, Any] = {
        "role": "reasoner",
        "model": f"{path}-1",
        "expert": path,
        "error": None,
    }
    said: dict[str, Any] = usual | {"output": output, "usage": USAGE} | data
    return TraceEvent(kind="call", node=path, at=1.0, data=said)


class Routes:
    """A database with routes of two paths, of which the second gave the answer."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'traffic.db'}"
        self._number = 0

    def add(self, *feedback: dict[str, Any], prompt: str = "Why?", **changes: Any) -> None:
        """A route, and what was said of it; ``changes`` of its result."""
        self._number += 1
        route_id = f"route-{self._number}"
        request = RouteRequest(
            route_id=route_id,
            thread_id=route_id,
            started_at=float(self._number),
            budget=DEFAULT_BUDGET,
            preset="balanced",
        )
        trace = (
            call("slm", "No."),
            call("slm", "A judge's word.", role="verifier"),
            call("llm", " Because. "),
            call("llm", "", error="timed out"),
        )
        given = {"status": "success", "answer": "Because.", "path": PATHS, "trace": trace}
        made = {"route_id": route_id, "strategy": "SLM_DIRECT"} | given | changes
        with Memory.from_url(self.url) as memory:
            memory.record_start(request, prompt)
            memory.record_route(request, None, RouteResult.model_validate(made))
            for number, said in enumerate(feedback):
                word = {"route_id": route_id, "principal": str(number)} | said
                memory.add_feedback(Feedback.model_validate(word))

    def read(self) -> tuple[list[Row], list[str]]:
        """The rows, and what was passed over."""
        notes: list[str] = []
        return list(read_rows(self.url, notes=notes)), notes


@pytest.fixture
def routes(tmp_path: Path) -> Routes:
    return Routes(tmp_path)


def test_a_route_gives_a_row_for_the_answer_that_was_judged(routes: Routes) -> None:
    """With its model, its tokens, its cost and its seconds; the other path has no score."""
    routes.add({"success": True})

    [row], notes = routes.read()
    assert ("traces", "Why?", "llm-1", " Because. ", 1.0) == row[1:6]
    assert (30, 5, 0.25, 1.5) == (
        row.prompt_tokens,
        row.completion_tokens,
        row.cost_usd,
        row.latency_s,
    )
    assert ({"route_id": "route-1", "path": "llm"}, "SLM_DIRECT") == (row.signals, row.group)
    assert ["1 call: nobody said whether its answer was good"] == notes


def test_feedback_on_single_paths_is_theirs(routes: Routes) -> None:
    """It goes before what the same person said of the whole route."""
    routes.add({"success": True, "path_scores": {"slm": 0.25, "llm": 0.5}}, {"user_rating": 5})

    found, notes = routes.read()
    assert {"slm-1": 0.25, "llm-1": 0.75} == {row.model: row.score for row in found}
    assert [] == notes


@pytest.mark.parametrize(
    ("said", "score"),
    [
        ({"success": True, "user_rating": 1}, 1.0),
        ({"success": False, "factuality_score": 1.0}, 0.0),
        ({"factuality_score": 0.3, "user_rating": 5}, 0.3),
        ({"user_rating": 1}, 0.0),
        ({"user_rating": 4}, 0.75),
        ({"notes": "thanks"}, None),
    ],
)
def test_feedback_is_success_else_factuality_else_rating(
    said: dict[str, Any], score: float | None
) -> None:
    """A word without any of them is no score."""
    assert score == feedback_score(Feedback(route_id="r", **said))


def test_what_several_people_said_is_averaged(routes: Routes) -> None:
    """Those who judged nothing do not count."""
    routes.add({"success": True}, {"user_rating": 3}, {"notes": "hm"})

    assert [0.75] == [row.score for row in routes.read()[0]]


@pytest.mark.parametrize(
    "changes",
    [
        {"answer": None, "status": "fail", "unverified_answer": "Because."},
        {"answer": "Something of a tool's."},
        {"path": ()},
    ],
)
def test_feedback_on_another_answer_is_no_score(routes: Routes, changes: dict[str, Any]) -> None:
    """An answer that was withheld, or made by something else, was not judged."""
    routes.add({"success": False}, **changes)

    assert ([], ["2 calls: nobody said whether its answer was good"]) == routes.read()


def test_an_unpriced_call_has_no_cost_and_a_local_one_its_experts_name(routes: Routes) -> None:
    """Missing is not zero."""
    unpriced = call("llm", "Because.", model="", usage=USAGE | {"unpriced_calls": 1})
    routes.add({"success": True}, trace=(unpriced,))

    assert [("llm", None)] == [(row.model, row.cost_usd) for row in routes.read()[0]]


def test_broken_calls_and_routes_without_a_prompt_are_counted(routes: Routes) -> None:
    """They cost a row, not the data set."""
    broken = call("llm", "Because.", usage={"input_tokens": -1})
    routes.add({"success": True}, trace=(broken, call("llm", "Second opinion.")))
    routes.add({"success": True}, prompt="")

    found, notes = routes.read()
    assert [] == found
    assert [
        "1 call: another answer of the same path was preferred",
        "1 call: what was kept of it cannot be used",
        "1 route: its prompt or its outcome was not kept",
    ] == notes


def test_the_same_prompt_is_the_same_wherever_it_was_asked(routes: Routes) -> None:
    """Its answers are samples, the oldest first."""
    for score in (0.0, 1.0):
        routes.add({"factuality_score": score, "path_scores": {"slm": 1 - score}})
    routes.add({"success": True}, prompt="Why not?")

    data = load_dataset(routes.url, needs_answers=True, needs_prices=True, min_prompts=1)
    assert (("slm-1", "llm-1"), ("Why?",)) == (data.models, data.prompts)
    assert [[1.0, 0.0], [0.0, 1.0]] == [data.scores(run)[0].tolist() for run in range(2)]
    assert "1 prompt: not answered by all models" == data.left_out[-1]


async def test_what_a_router_did_can_be_evaluated(tmp_path: Path) -> None:
    """A real route, through a real database, and back."""
    url = f"sqlite:///{tmp_path / 'routes.db'}"
    with Session(RouterConfig(), url) as session:
        steps = [step async for step in session.route("What is 2 + 2?", RouteContext())]
    result = steps[-1]
    assert isinstance(result, RouteResult)
    with Memory.from_url(url) as memory:
        memory.add_feedback(Feedback(route_id=result.route_id, success=True))

    [row] = read_rows(url)
    assert ("What is 2 + 2?", "4", 1.0, 0.0) == (row.prompt, row.answer, row.score, row.cost_usd)
    assert result.path[-1] == row.signals["path"]


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Whoever mistypes its name wants to know."""
    with pytest.raises(DataSetError, match="there is no database"):
        list(read_rows(f"sqlite:///{tmp_path / 'none.db'}"))
    with pytest.raises(DataSetError, match="there is no database"):
        list(read_rows("sqlite://"))

    assert [] == list(tmp_path.iterdir())


def test_a_database_without_routes_is_left_alone(tmp_path: Path) -> None:
    """It is somebody else's."""
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    before = file.read_bytes()

    with pytest.raises(DataSetError, match="holds no routes of secondhalf"):
        list(read_rows(f"sqlite:///{file}"))
    assert before == file.read_bytes()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense://x", "is of a kind that is not known"),
        ("sqlite:///{folder}/text.db", "is not an SQLite database"),
    ],
)
def test_a_database_that_cannot_be_read_is_told_in_one_line(
    tmp_path: Path, url: str, message: str
) -> None:
    """As everywhere."""
    (tmp_path / "text.db").write_text("no database at all, but long enough to look like a file\n")

    with pytest.raises(DataSetError, match=message):
        list(read_rows(url.format(folder=tmp_path)))


def test_a_password_is_not_told(routes: Routes) -> None:
    """Neither in a message nor in the data set."""
    routes.add({"success": True})
    url = f"{routes.url.replace('sqlite:///', 'sqlite:///file:')}?uri=true&password=secret"

    data = load_dataset(url, needs_answers=False, needs_prices=False, min_prompts=1)
    assert data.file.endswith("/traffic.db")
    with pytest.raises(DataSetError) as caught:
        list(read_rows("nonsense://user:secret@host/db"))
    assert "secret" not in str(caught.value)
