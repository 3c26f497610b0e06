"""Learning where outcomes are stored: in the same transaction, so that each counts once."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select

from secondhalf.memory import schema
from secondhalf.memory.database import Database
from secondhalf.memory.history import FLAGGED
from secondhalf.memory.learned import read_estimates, revision_of, write_estimates
from secondhalf.memory.lessons import checked_scores, lesson_of, rulings_of, scores_of, teaches
from secondhalf.memory.records import Row, StoredRoute, body_of, load
from secondhalf.memory.schema import key_of
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.estimates.learn import learn, learn_use
from secondhalf.policy.estimates.lesson import Lesson
from secondhalf.policy.estimates.prompt_model import Labelled, PromptModel
from secondhalf.state.analysis import Level, Share
from secondhalf.state.base import Noun
from secondhalf.state.estimate import Answered
from secondhalf.state.feedback import Feedback

FIRST_FIT = 50
"""Labels from which prompts are learned from."""
GROWTH = 1.25
"""By how much labels have to grow before what prompts tell is fitted anew."""
_BATCH = 500  # databases limit how many values a statement may have
MOST_LABELS = 20_000
"""The newest labels that a fit looks at."""


class Label(Noun):
    """How good the answer of an arm to a prompt was."""

    prompt: str
    arm: str
    score: Share


class Example(NamedTuple):
    """A prompt with answers that were judged elsewhere, each with its score in [0, 1]."""

    prompt: str
    answers: Sequence[tuple[Answered, float]]
    level: Level = "medium"
    """How difficult an analysis calls the prompt."""


class Learner:
    """Estimates of each tenant, as the database holds them; remembers those it saw last."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: dict[str, tuple[int, Estimates]] = {}
        self._fitted: dict[str, int] = {}

    def estimates(self, tenant: str) -> Estimates:
        """What was learned for ``tenant``."""
        return self._database.read(lambda connection: self._read(connection, tenant)[1])

    def observe(self, connection: Connection, route: StoredRoute) -> None:
        """Learn from a route that has ended: what it cost, and what checks said of it."""
        result = route.result
        if result is None or not teaches(route.analysis, FLAGGED):
            return
        answers = [answer for path in result.explored for answer in path.answers]
        if not answers:
            return
        revision, before = self._read(connection, route.request.tenant, to_write=True)
        after = learn_use(before, answers, rulings_of(result))
        checked = checked_scores(result)
        if checked:
            after = self._taught(connection, route, checked, after)
        _write(connection, route.request.tenant, revision, before, after)

    def take(self, connection: Connection, route: StoredRoute, feedback: Feedback) -> None:
        """Learn from what somebody said of a route."""
        if route.result is None or not teaches(route.analysis, FLAGGED):
            return
        scores = scores_of(route.result, feedback)
        if not any(path.answers and path.node in scores for path in route.result.explored):
            return
        revision, before = self._read(connection, route.request.tenant, to_write=True)
        after = self._taught(connection, route, scores, before)
        _write(connection, route.request.tenant, revision, before, after)

    def teach(self, tenant: str, examples: Sequence[Example]) -> None:
        """Learn from answers that were judged without a route."""

        def work(connection: Connection) -> None:
            revision, before = self._read(connection, tenant, to_write=True)
            after = before
            labels: dict[str, Label] = {}
            for example in examples:
                answers = [answer for answer, _ in example.answers]
                scores = [score for _, score in example.answers]
                after = learn(after, Lesson(example.level, answers, scores))
                for answer, score in example.answers:
                    name = _digest(json.dumps([tenant, answer.arm, example.prompt]))
                    labels[name] = Label(prompt=example.prompt, arm=answer.arm, score=score)
            _keep(connection, tenant, "", labels)
            _write(connection, tenant, revision, before, after)

        self._database.write(work)

    def refit(self, tenant: str) -> bool:
        """Fit what prompts tell anew if there are enough new labels; whether it was."""
        many = self._database.read(lambda connection: _count(connection, tenant))
        if many < max(FIRST_FIT, GROWTH * self._fitted.get(tenant, 0)):
            return False
        self._fitted[tenant] = many
        fitted = PromptModel.fit(
            self._database.read(lambda connection: _labelled(connection, tenant))
        )
        if fitted is None:
            return False

        def work(connection: Connection) -> None:
            revision, before = self._read(connection, tenant, to_write=True)
            _write(connection, tenant, revision, before, replace(before, prompts=fitted))

        self._database.write(work)
        return True

    def _read(
        self, connection: Connection, tenant: str, *, to_write: bool = False
    ) -> tuple[int, Estimates]:
        revision = revision_of(connection, tenant, to_write=to_write)
        seen = self._seen.get(tenant)
        if seen is None or seen[0] != revision:
            seen = revision, read_estimates(connection, tenant, to_write=to_write)
            self._seen[tenant] = seen
        return seen

    def _taught(
        self,
        connection: Connection,
        route: StoredRoute,
        scores: Mapping[str, float],
        before: Estimates,
    ) -> Estimates:
        """``before`` after the scores of paths that have not taught yet; keeps them as labels."""
        known = _known(connection, route.route_id)
        new = {path: s for path, s in scores.items() if _name(route.route_id, path) not in known}
        assert route.result is not None, "a route that teaches has ended"
        labels = {
            _name(route.route_id, path.node): Label(
                prompt=route.prompt, arm=path.answers[0].arm, score=new[path.node]
            )
            for path in route.result.explored
            if path.answers and path.node in new
        }
        _keep(connection, route.request.tenant, route.route_id, labels)
        return learn(before, lesson_of(route, new))


def _keep(connection: Connection, tenant: str, route_id: str, labels: Mapping[str, Label]) -> None:
    """Store labels by their id, but for those that are there."""
    rows: list[Row] = [
        {
            "id": name,
            "tenant": key_of(tenant),
            "route_id": key_of(route_id) if route_id else "",
            "arm": key_of(label.arm),
            "given_at": time.time(),
            "body": body_of(label),
        }
        for name, label in labels.items()
    ]
    table = schema.labels
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        held = select(table.c.id).where(table.c.id.in_([row["id"] for row in batch]))
        there = set(connection.scalars(held))
        new = [row for row in batch if row["id"] not in there]
        if new:
            connection.execute(insert(table), new)


def _write(
    connection: Connection, tenant: str, revision: int, before: Estimates, after: Estimates
) -> None:
    if after is not before:
        write_estimates(connection, tenant, before, after, revision + 1)


def _known(connection: Connection, route_id: str) -> set[str]:
    """Names of the labels that a route has given."""
    query = select(schema.labels.c.id).where(schema.labels.c.route_id == key_of(route_id))
    return set(connection.scalars(query))


def _name(route_id: str, path: str) -> str:
    return _digest(json.dumps([route_id, path]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _count(connection: Connection, tenant: str) -> int:
    table = schema.labels
    query = select(func.count()).select_from(table).where(table.c.tenant == key_of(tenant))
    return connection.scalar(query) or 0


def _labelled(connection: Connection, tenant: str) -> list[Labelled]:
    """The newest labels of a tenant, the oldest of them first; broken rows are left out."""
    table = schema.labels
    query = select(table.c.body).where(table.c.tenant == key_of(tenant))
    query = query.order_by(table.c.given_at.desc(), table.c.id).limit(MOST_LABELS)
    loaded = [load(Label, body, "a label", []) for body in connection.scalars(query)]
    kept = [Labelled(one.prompt, one.arm, one.score) for one in loaded if one is not None]
    return kept[::-1]
