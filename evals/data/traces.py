"""The router's own traces as recorded answers: what it did with real traffic, and what people said.

A finished route gives a row for each explored path whose answer somebody judged: feedback on the
route speaks of the answer that it gave, feedback on single paths of theirs. Calls of reasoners
without a judgement are counted and left out.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import cast

from sqlalchemy import inspect, make_url
from sqlalchemy.exc import ArgumentError

from secondhalf.evals.data.adapter import Choice, Placed
from secondhalf.evals.data.fields import FieldError
from secondhalf.evals.data.rows import Row, parse_row
from secondhalf.evals.data.wording import counted
from secondhalf.evals.errors import DataSetError
from secondhalf.memory import Memory, StoredRoute, schema
from secondhalf.memory.engine import is_in_memory, make_engine
from secondhalf.memory.failures import clear_errors, place_of
from secondhalf.state.errors import StorageError
from secondhalf.state.feedback import Feedback
from secondhalf.state.result import RouteResult, TraceEvent

TRACES = "traces"
"""What the data set is called."""


@dataclass
class _Passed:
    """How many calls and routes make no row, by the reason."""

    by_reason: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, noun: str, reason: str) -> None:
        key = f"{noun}|{reason}"
        self.by_reason[key] = self.by_reason.get(key, 0) + 1

    def notes(self) -> list[str]:
        return [
            f"{counted(number, key.partition('|')[0])}: {key.partition('|')[2]}"
            for key, number in self.by_reason.items()
        ]


def trace_rows(url: str, choice: Choice, notes: list[str]) -> Iterator[Placed]:
    """The rows of a database of routes, the oldest first; the same prompt has the same id.

    Raises:
        DataSetError: the database is not there, holds no routes, or cannot be read.
    """
    try:
        _check(url)
        with closing(Memory.from_url(url)) as memory:
            yield from _rows(memory, choice, notes)
    except StorageError as error:
        raise DataSetError(str(error)) from error


def safe_name(url: str) -> str:
    """A database's URL as reports may show it: without password and query."""
    try:
        return place_of(make_url(url))[1:-1]
    except (ArgumentError, ValueError):
        return "the database"


def feedback_score(feedback: Feedback) -> float | None:
    """What one feedback says of an answer, in [0, 1]: success, else factuality, else rating."""
    if feedback.success is not None:
        return float(feedback.success)
    if feedback.factuality_score is not None:
        return feedback.factuality_score
    return None if feedback.user_rating is None else (feedback.user_rating - 1) / 4


def _check(url: str) -> None:
    """Memory makes what is missing; whoever evaluates wants to know that it is."""
    engine = make_engine(url, busy_seconds=10.0)
    place, file = place_of(engine.url), engine.url.database or ""
    try:
        is_file = engine.dialect.name == "sqlite" and not file.startswith("file:")
        if is_file and (is_in_memory(engine.url) or not Path(file).is_file()):
            raise DataSetError(f"there is no database {place}")
        with clear_errors(place):
            if not inspect(engine).has_table(schema.routes.name):
                raise DataSetError(f"database {place} holds no routes of secondhalf")
    finally:
        engine.dispose()


def _rows(memory: Memory, choice: Choice, notes: list[str]) -> Iterator[Placed]:
    if not choice.takes(TRACES):
        return
    passed = _Passed()
    for number, route in enumerate(_routes(memory), 1):
        for row in _route_rows(route, memory.feedback(route.route_id), passed):
            yield Placed(number, row)
    notes += passed.notes()


def _routes(memory: Memory) -> Iterator[StoredRoute]:
    last = None
    while page := memory.ended(after=last):
        yield from page
        last = page[-1]


def _route_rows(route: StoredRoute, feedback: Sequence[Feedback], passed: _Passed) -> Iterator[Row]:
    result = route.result
    if result is None or not route.prompt.strip():
        passed.add("route", "its prompt or its outcome was not kept")
        return
    answers: dict[str, TraceEvent] = {}
    for call in _calls(result):
        if answers.setdefault(call.node, call) is not call:
            passed.add("call", "another answer of the same path was preferred")
    scores = _scores(feedback, result, answers)
    for path, call in answers.items():
        if path not in scores:
            passed.add("call", "nobody said whether its answer was good")
            continue
        try:
            yield _row(route, result, call, fmean(scores[path]))
        except FieldError:
            passed.add("call", "what was kept of it cannot be used")


def _calls(result: RouteResult) -> Iterator[TraceEvent]:
    """Calls of reasoners that answered; of a path's, the one that gave its answer comes first."""
    for event in result.trace:
        data = event.data
        output = data.get("output")
        answered = isinstance(output, str) and output.strip() and data.get("error") is None
        if event.kind == "call" and data.get("role") == "reasoner" and answered:
            yield event


def _scores(
    feedback: Sequence[Feedback], result: RouteResult, answers: Mapping[str, TraceEvent]
) -> dict[str, list[float]]:
    """What was said of each path's answer; of the path taken, only if the route gave its answer."""
    taken = "".join(result.path[-1:])
    given = taken in answers and str(answers[taken].data["output"]).strip() == result.answer
    scores: dict[str, list[float]] = {}
    for one in feedback:
        whole = feedback_score(one) if given else None
        said = ({} if whole is None else {taken: whole}) | one.path_scores
        for path, score in said.items():
            scores.setdefault(path, []).append(score)
    return scores


def _row(route: StoredRoute, result: RouteResult, call: TraceEvent, score: float) -> Row:
    kept = call.data.get("usage")
    usage = cast("Mapping[str, object]", kept if isinstance(kept, dict) else {})
    digest = hashlib.sha256(route.prompt.encode("utf-8", "surrogatepass")).hexdigest()
    return parse_row(
        {
            "prompt_id": f"prompt-{digest[:16]}",
            "dataset": TRACES,
            "prompt": route.prompt,
            "model": call.data.get("model") or call.data.get("expert"),
            "answer": call.data["output"],
            "score": score,
            "prompt_tokens": usage.get("input_tokens"),
            "completion_tokens": usage.get("output_tokens"),
            "tokens_source": "recorded",
            "cost_usd": None if usage.get("unpriced_calls") else usage.get("usd"),
            "cost_source": "recorded",
            "latency_s": usage.get("seconds"),
            "signals": {"route_id": route.route_id, "path": call.node},
            "group": result.strategy,
        }
    )
