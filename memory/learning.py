"""Learning where outcomes are stored: in the same transaction, so that each counts once."""

import logging
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection

from secondhalf.experts.expert import one_line
from secondhalf.memory import labels as rows
from secondhalf.memory.database import Database
from secondhalf.memory.embedder import Embedder
from secondhalf.memory.fitting import FIRST_FIT, fit, fit_known, fit_worded
from secondhalf.memory.history import FLAGGED
from secondhalf.memory.labels import Kept, Label, name_told
from secondhalf.memory.learned import (
    answers_fitted_on,
    fitted_on,
    mark_stale,
    read_estimates,
    replace_estimates,
    replacements,
    revision_of,
    staleness,
    write_estimates,
)
from secondhalf.memory.lessons import (
    checked_scores,
    lesson_of,
    lesson_told,
    scores_of,
    teaches,
    with_use,
)
from secondhalf.memory.records import StoredRoute
from secondhalf.memory.relearning import History, history_of, relearned
from secondhalf.memory.tallies import count, tally_of
from secondhalf.memory.words import Change, change_of, comes_late, scored_paths, scores_in
from secondhalf.policy.caps import allowance, corrections
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.estimates.learn import learn
from secondhalf.policy.estimates.text_model import TextModel
from secondhalf.state.analysis import Level
from secondhalf.state.caps import Caps
from secondhalf.state.errors import ConfigError
from secondhalf.state.estimate import Answered
from secondhalf.state.feedback import Feedback

GROWTH = 1.25
"""By how much labels have to grow before what prompts tell is fitted anew."""
MOST_LABELS = 20_000
"""The newest labels that a fit looks at."""
_TRIES = 3
_log = logging.getLogger(__name__)


class Example(NamedTuple):
    """A prompt with answers that were judged elsewhere, each with its score in [0, 1]."""

    prompt: str
    answers: Sequence[tuple[Answered, float]]
    level: Level = "medium"
    """How difficult an analysis calls the prompt."""


class _Due(NamedTuple):
    """What a fit of what prompts tell is made of."""

    labels: list[Kept]
    number: int
    """How many labels there are, those that are too old to be among these too."""
    replaced: int
    """How often estimates had been replaced."""


class Learner:
    """Estimates of each tenant, as the database holds them; remembers those it saw last."""

    def __init__(self, database: Database, caps: Caps) -> None:
        self._database = database
        self._caps = caps
        self._embedder: Embedder | None = None
        self._seen: dict[str, tuple[int, bool, Estimates]] = {}
        """The revision, whether the embedder was asked then, and the estimates."""
        self._tried: dict[str, int] = {}
        """How many labels a tenant had, of whom no arm had enough."""
        self._failed: dict[str, int] = {}
        """How many labels a tenant had when embeddings failed."""
        self._fitting: dict[str, int] = {}
        """How many labels those tenants have for whom a fit is under way."""
        self._asking = threading.Lock()

    def embed_with(self, embedder: Embedder) -> None:
        """Learn from now on what prompts tell by their vectors, not by their n-grams.

        All that use this memory use the same embeddings: those that come later share the vectors of
        the earlier, so that each can read what was learned. Others would pay for vectors that
        nobody reads, and are refused.

        Raises:
            ConfigError: it learns by embeddings of another name already.
        """
        before = self._embedder
        if before is not None and before.name != embedder.name:
            raise ConfigError(
                f"this memory learns by the embeddings {before.name!r} already: open another for "
                f"{embedder.name!r}, which may be in the same database"
            )
        if before is not None:
            embedder.share(before)
        self._embedder = embedder
        self._seen.clear()
        self._failed.clear()

    def forget_vectors(self) -> None:
        """Keep no vector of a prompt in this process: it would tell of its text."""
        if self._embedder is not None:
            self._embedder.forget()

    def estimates(self, tenant: str) -> Estimates:
        """What was learned for ``tenant``."""
        return self._database.read(lambda connection: self._read(connection, tenant)[1])

    def observe(
        self, connection: Connection, route: StoredRoute, known_paths: Collection[str] = ()
    ) -> None:
        """Learn from a route that has ended: what it cost, and what checks said of it.

        ``known_paths``: keys of those that it had explored when it ended before.
        """
        result = route.result
        if result is None or not teaches(route.analysis, FLAGGED):
            return
        if not any(path.answers or path.overran for path in result.explored):
            return
        tenant = route.request.tenant
        revision, before = self._read(connection, tenant, to_write=True)
        after = with_use(before, result, known_paths)
        known = rows.of_route(connection, route.route_id)
        new = change_of(route, None, checked_scores(result), known).new
        rows.keep(connection, tenant, route.route_id, new, time.time())
        after = learn(after, lesson_of(route, scores_in(route, new)))
        self._write(connection, tenant, revision, before, after)

    def take(self, connection: Connection, route: StoredRoute, feedback: Feedback) -> None:
        """Learn from what somebody said of a route, in the place of what they had said before.

        A path teaches in one principal's word, the first; a check comes before anybody's.
        """
        if route.result is None or not teaches(route.analysis, FLAGGED):
            return
        tenant, who, now = route.request.tenant, feedback.principal, time.time()
        revision, before = self._read(connection, tenant, to_write=True)
        known = rows.of_route(connection, route.route_id)
        change = change_of(route, who, scores_of(route.result, feedback), known)
        change = self._capped(connection, tenant, who, now, change)
        rows.drop(connection, change.gone)
        rows.rewrite(connection, change.changed)
        rows.keep(connection, tenant, route.route_id, change.new, now)
        count(connection, tenant, who, now, len(change.new), change.corrections)
        if change.corrections or comes_late(route, change.new, known):
            mark_stale(connection, tenant)
        else:
            scored = scored_paths(route, change.new, known)
            after = learn(before, lesson_of(route, scores_in(route, change.new), scored))
            self._write(connection, tenant, revision, before, after)

    def _capped(
        self, connection: Connection, tenant: str, principal: str, now: float, change: Change
    ) -> Change:
        """As much of a change as the principal may still teach."""
        tally = tally_of(connection, tenant, principal, now)
        corrected = corrections(self._caps, principal, tally, change.corrections)
        tally = tally._replace(today=tally.today + corrected)
        return change.first(corrected, allowance(self._caps, principal, tally, len(change.new)))

    def teach(self, tenant: str, examples: Sequence[Example]) -> None:
        """Learn from answers that were judged without a route; each counts once."""
        told = _told(tenant, examples)

        def work(connection: Connection) -> None:
            revision, before = self._read(connection, tenant, to_write=True)
            known = rows.there(connection, list(told))
            changed = {
                name: told[name]
                for name, label in known.items()
                if label is None or _differs(told[name], label)
            }
            new = {name: label for name, label in told.items() if name not in known}
            rows.rewrite(connection, changed)
            rows.keep(connection, tenant, "", new, time.time())
            if changed:
                mark_stale(connection, tenant)
                return
            after = before
            for _, group in groupby(new.values(), key=lambda label: label.place):
                after = learn(after, lesson_told(list(group)))
            self._write(connection, tenant, revision, before, after)

        self._database.write(work)

    def unlearn(self, connection: Connection, tenant: str) -> None:
        """Note that something a tenant's estimates rest on was deleted; ``refresh`` is due."""
        revision_of(connection, tenant, to_write=True)
        mark_stale(connection, tenant, forgotten=True)

    def refresh(self, tenant: str) -> None:
        """Learn anew if something was taken back; then fit what prompts tell, if that is due."""
        self._relearn(tenant)
        self._refit(tenant)

    def _relearn(self, tenant: str) -> None:
        """Learn all anew if something was taken back.

        That takes seconds where much is kept, so nobody is kept waiting for it; where somebody else
        has learned in the meantime, it is done again.
        """
        for _ in range(_TRIES):
            seen, history = self._database.read(partial(_look, tenant=tenant))
            if history is None:
                return
            embedder = self._asked()
            told = self._fit_vectors(tenant, history.labels, history.number, embedder)
            told = told or fit(history.labels)
            fresh = _fresh(history, told)
            put = partial(_put, tenant=tenant, fresh=fresh, seen=seen, embedder=embedder)
            if self._database.write(partial(put, labels=history.number)):
                self._tried.pop(tenant, None)
                return
        self._database.write(partial(self._relearn_at_once, tenant=tenant))

    def _relearn_at_once(self, connection: Connection, tenant: str) -> None:
        """The same within one transaction: others wait, so that no embeddings are asked."""
        revision = revision_of(connection, tenant, to_write=True)
        history, embedder = history_of(connection, tenant, MOST_LABELS), self._embedder
        told = fit_known(history.labels, embedder)
        fresh = _fresh(history, told)
        replace_estimates(connection, tenant, fresh, revision + 1, embedder, history.number)

    def _fit_vectors(
        self, tenant: str, kept: Sequence[Kept], number: int, embedder: Embedder | None
    ) -> TextModel | None:
        """What prompts tell by their vectors; None if these cannot be had now, or are too few.

        Embeddings may take minutes, or hang: one thread at a time waits for them.
        """
        if embedder is None or self._failed.get(tenant) == number:
            return None
        if not self._asking.acquire(blocking=False):
            return None
        try:
            return fit(kept, embedder.fetch)
        except Exception as error:  # noqa: BLE001 - whatever a provider's client raises
            self._failed[tenant] = number
            _log.warning("n-grams stand in for embeddings, which fail: %s", one_line(error))
            return None
        finally:
            self._asking.release()

    def _refit(self, tenant: str) -> None:
        """Fit what prompts tell, if that is due: by vectors, else by n-grams if these stand in."""
        for embedder in dict.fromkeys((self._asked(), None)):
            due = self._database.read(partial(self._due, tenant=tenant, embedder=embedder))
            if due is None:
                continue
            self._fitting[tenant] = due.number
            try:
                if self._fit_due(tenant, due, embedder):
                    return
            finally:
                self._fitting.pop(tenant, None)

    def _due(self, connection: Connection, tenant: str, embedder: Embedder | None) -> _Due | None:
        """The labels to fit what prompts tell on; None if there are hardly more than last time."""
        number = rows.number_of(connection, tenant)
        told = self._read(connection, tenant)[1].prompts
        if told is not None and told.embedded and embedder is None:
            return None
        if embedder is not None and self._failed.get(tenant) == number:
            return None
        last = self._fitting.get(tenant, 0)
        if told is None:
            last = max(last, self._tried.get(tenant, 0), answers_fitted_on(connection, tenant))
        elif told.embedded == (embedder is not None):
            last = max(last, fitted_on(connection, tenant, embedder))
        if number < max(FIRST_FIT, GROWTH * last):
            return None
        kept = rows.newest(connection, tenant, MOST_LABELS)
        return _Due(kept, number, replacements(connection, tenant))

    def _fit_due(self, tenant: str, due: _Due, embedder: Embedder | None) -> bool:
        """Fit and store what prompts tell, and answers; whether that is done.

        Where embeddings fail, and so n-grams are still to be fitted, it is not.
        """
        if embedder is None:
            fitted = fit(due.labels)
        else:
            fitted = self._fit_vectors(tenant, due.labels, due.number, embedder)
        if fitted is None and embedder is not None:
            return False
        answers = fit_worded(due.labels)
        if fitted is None:
            self._tried[tenant] = due.number
            if answers is None:
                return False

        def work(connection: Connection) -> None:
            revision, before = self._read(connection, tenant, to_write=True)
            if staleness(connection, tenant) or due.replaced != replacements(connection, tenant):
                return  # what was forgotten meanwhile may be in it
            after = replace(
                before, prompts=fitted or before.prompts, answers=answers or before.answers
            )
            write_estimates(connection, tenant, before, after, revision + 1, embedder, due.number)

        self._database.write(work)
        return True

    def _write(
        self,
        connection: Connection,
        tenant: str,
        revision: int,
        before: Estimates,
        after: Estimates,
    ) -> None:
        if after is not before:
            write_estimates(connection, tenant, before, after, revision + 1)

    def _read(
        self, connection: Connection, tenant: str, *, to_write: bool = False
    ) -> tuple[int, Estimates]:
        revision = revision_of(connection, tenant, to_write=to_write)
        embedder = self._asked()
        known = revision, embedder is not None
        seen = self._seen.get(tenant)
        if seen is None or seen[:2] != known:
            found = read_estimates(connection, tenant, to_write=to_write, embedder=embedder)
            self._seen[tenant] = seen = *known, found
        return revision, seen[2]

    def _asked(self) -> Embedder | None:
        """The embedder, unless there is none or it is set aside: then n-grams stand in."""
        embedder = self._embedder
        return embedder if embedder is not None and embedder.breaker.available() else None


def _told(tenant: str, examples: Sequence[Example]) -> dict[str, Label]:
    """Examples as labels by their ids, in order; of the same answer told twice, the later."""
    found: dict[str, Label] = {}
    for place, example in enumerate(examples):
        for answer, score in example.answers:
            name = name_told(tenant, answer.arm, example.prompt)
            found.pop(name, None)
            found[name] = Label(
                prompt=example.prompt,
                arm=answer.arm,
                score=score,
                level=example.level,
                answer=answer.model_copy(update={"wording": None}),
                wording=answer.wording,
                place=place,
            )
    return found


def _fresh(history: History, prompts: TextModel | None) -> Estimates:
    """All that is learned from ``history``, with what ``prompts`` tell."""
    answers = fit_worded(history.labels)
    return replace(relearned(history, FLAGGED), prompts=prompts, answers=answers)


def _differs(told: Label, known: Label) -> bool:
    """Whether what is ``told`` again says something else, or how the answer is worded first."""
    return told.score != known.score or (known.wording is None and told.wording is not None)


_Seen = tuple[int, int]


def _state(connection: Connection, tenant: str) -> _Seen:
    return staleness(connection, tenant), revision_of(connection, tenant)


def _look(connection: Connection, tenant: str) -> tuple[_Seen, History | None]:
    """Where a tenant's estimates stand, and what to learn anew, if that is due."""
    seen = _state(connection, tenant)
    return seen, history_of(connection, tenant, MOST_LABELS) if seen[0] else None


def _put(
    connection: Connection,
    tenant: str,
    fresh: Estimates,
    seen: _Seen,
    embedder: Embedder | None,
    labels: int,
) -> bool:
    """Store estimates that were made when all was as ``seen``; False if it is so no more."""
    revision = revision_of(connection, tenant, to_write=True)
    if _state(connection, tenant) != seen:
        return False
    replace_estimates(connection, tenant, fresh, revision + 1, embedder, labels)
    return True
