"""Memory: outcomes, signals, traces, feedback and policies, kept in a SQL database."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from copy import copy
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, update

from secondhalf.memory import schema
from secondhalf.memory.archive import Archive
from secondhalf.memory.database import Database
from secondhalf.memory.embedder import Embedder
from secondhalf.memory.engine import checked_engine, make_engine
from secondhalf.memory.feedbacks import keep_word
from secondhalf.memory.forgetting import DeletesThreads, Forgotten, Subject, remove
from secondhalf.memory.forgetting import find as find_all
from secondhalf.memory.learning import Example, Learner
from secondhalf.memory.policies import Policies, read_standing
from secondhalf.memory.queries import (
    begin,
    begun,
    end,
    exists,
    find,
    one,
    paths_of,
    put,
    supersede,
)
from secondhalf.memory.records import (
    ENDED,
    INTERRUPTED,
    StoredRoute,
    StoredStatus,
    event_rows,
    outcome_row,
    path_rows,
    start_row,
)
from secondhalf.memory.schema import key_of
from secondhalf.memory.threads import in_thread
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.estimates.wording import wording_of
from secondhalf.policy.masking import Mask, masked
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.base import Noun
from secondhalf.state.caps import DEFAULT_CAPS, Caps
from secondhalf.state.estimate import Wording
from secondhalf.state.feedback import Feedback
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import RouteResult
from secondhalf.state.standing import PolicyStanding

N = TypeVar("N", bound=Noun)


class Memory(Archive):
    """What outlives a route. Each method has an async twin, its name with an ``a`` before it.

    Safe for several threads and processes at once. The database is opened, and its tables are
    made, at the first call; each call is one transaction. Every method raises ``StorageError``
    if the database cannot be used; then nothing of the call was stored.
    """

    def __init__(self, database: Database, caps: Caps, redact: Mask | None = None) -> None:
        """Use ``from_url`` or ``from_engine``."""
        super().__init__(database)
        self._mask = redact
        self._learner = Learner(database, caps)
        self.policies = Policies(database)
        """Versions of the policy, and which of them are in use."""

    @classmethod
    def from_url(
        cls,
        url: str,
        busy_seconds: float = 10.0,
        *,
        caps: Caps | None = None,
        redact: Mask | None = None,
    ) -> Self:
        """Memory in the database of a SQLAlchemy URL; ``sqlite://`` keeps it in this process.

        A new SQLite file gets mode 0600 and its folder is made. ``busy_seconds`` is how long a
        call waits for another process that writes to the same SQLite file. ``caps`` say how much
        one principal may teach; ``redact`` takes what is private out of texts that are stored.

        Raises:
            StorageError: the URL cannot be read, or its driver is not installed.
        """
        return cls(
            Database(make_engine(url, busy_seconds), busy_seconds), caps or DEFAULT_CAPS, redact
        )

    @classmethod
    def from_engine(
        cls, engine: Engine, *, caps: Caps | None = None, redact: Mask | None = None
    ) -> Self:
        """Memory in the database of a synchronous engine, which stays the caller's to close.

        Raises:
            StorageError: the engine is async, or gives each thread a database of its own.
        """
        return cls(Database(checked_engine(engine)), caps or DEFAULT_CAPS, redact)

    def with_redaction(self, redact: Mask) -> Self:
        """The same memory, which takes what is private out of texts before it stores them."""
        twin = copy(self)
        twin._mask = redact
        return twin

    async def awordings(self, answers: Mapping[str, str]) -> dict[str, Wording]:
        """How ``answers`` are worded, of whom each is known by its key; as memory may keep it.

        What is private is taken out of the whole text: half of it would not be known as such.
        """
        mask = self._mask
        if mask is None:
            return {key: wording_of(text) for key, text in answers.items()}
        return await asyncio.to_thread(
            lambda: {k: wording_of(mask(text)) for k, text in answers.items()}
        )

    def embed_with(self, embedder: Embedder) -> None:
        """Learn from now on what prompts tell by their vectors; all copies of this memory do.

        What was learned so far of n-grams holds until there is as much to learn from vectors.

        Raises:
            ConfigError: this memory learns by embeddings of another name already.
        """
        self._learner.embed_with(embedder)

    def _masked(self, noun: N) -> N:
        return noun if self._mask is None else masked(noun, self._mask)

    def close(self) -> None:
        """Close the connections of memory made by ``from_url``."""
        self._database.close()

    def record_start(
        self, request: RouteRequest, prompt: str, base: str | None = None
    ) -> PolicyStanding | None:
        """Note that a route has begun; the second time, nothing changes.

        Whatever was interrupted on its thread is superseded, or abandoned if it waits for its user.
        Returns which policies are in use for its tenant, where the configuration's own has the
        version ``base``.
        """
        asked = prompt if self._mask is None else self._mask(prompt)

        def work(connection: Connection) -> PolicyStanding | None:
            if not exists(connection, request.route_id):
                supersede(connection, request.thread_id)
                begin(connection, start_row(request, asked))
            return None if base is None else read_standing(connection, request.tenant, base)

        return self._database.write(work)

    def set_status(self, route_id: str, status: StoredStatus) -> bool:
        """Change a route's status; False if memory knows no such route."""

        def work(connection: Connection) -> bool:
            change = update(schema.routes).where(schema.routes.c.route_id == key_of(route_id))
            return connection.execute(change.values(status=status)).rowcount > 0

        return self._database.write(work)

    def record_route(
        self, request: RouteRequest, analysis: TaskAnalysis | None, result: RouteResult
    ) -> None:
        """Note a route's outcome, signals and whole trace; a second call replaces the first.

        What its answers cost, and what executable checks said of them, is learned from.
        """
        known = self._masked(result.model_copy(update={"route_id": request.route_id}))
        analysis = None if analysis is None else self._masked(analysis)
        outcome = outcome_row(analysis, known)
        ended_at = None if known.status in INTERRUPTED else time.time()

        def work(connection: Connection) -> None:
            row = begun(connection, request.route_id)
            if row is None:
                row = start_row(request, "")
                begin(connection, row)
            end(connection, request.route_id, outcome, ended_at)
            anew = row.get("strategy") is not None
            explored = paths_of(connection, request.route_id) if anew else frozenset[str]()
            put(connection, schema.paths, request.route_id, path_rows(known), anew=anew)
            put(connection, schema.events, request.route_id, event_rows(known), anew=anew)
            if row["status"] in INTERRUPTED and known.status in ENDED:
                self._learner.observe(
                    connection,
                    StoredRoute(
                        request=request,
                        prompt=json.loads(row["prompt"]),
                        status=known.status,
                        analysis=analysis,
                        result=known,
                    ),
                    explored,
                )

        self._database.write(work)

    def add_feedback(self, feedback: Feedback) -> bool:
        """Keep a principal's word on a route, and learn from it; False if it is kept already.

        A later word of the same principal takes the place of the earlier, as a whole, also in what
        is learned. A missing strategy is filled in from the route.

        Raises:
            UnknownRouteError: memory knows no route of this id (in full).
        """
        tenants: list[str] = []

        def work(connection: Connection) -> bool:
            route = one(connection, find(connection, feedback.route_id, whole=True))
            strategy = feedback.strategy or (route.result.strategy if route.result else "")
            word = self._masked(feedback.model_copy(update={"strategy": strategy}))
            if not keep_word(connection, word, time.time()):
                return False
            self._learner.take(connection, route, word)
            tenants.append(route.request.tenant)
            return True

        kept = self._database.write(work)
        for tenant in dict.fromkeys(tenants):
            self._learner.refresh(tenant)
        return kept

    def estimates(self, tenant: str = "") -> Estimates:
        """What was learned for ``tenant``; what cannot be read of it is left out and logged."""
        return self._learner.estimates(tenant)

    def teach(self, examples: Sequence[Example], tenant: str = "") -> None:
        """Learn from answers that were judged elsewhere, before or besides any route.

        An arm's answer to a prompt counts once: told again, nothing changes; told with another
        score, or for the first time with its wording, that takes the place of the earlier. Where
        texts are masked, so is all of a wording that is kept: take it of the masked text, since
        half of what is private, at its beginning, is not known as such.
        """
        mask = self._mask
        if mask is not None:
            examples = [
                one._replace(
                    prompt=mask(one.prompt),
                    answers=[(masked(answer, mask), score) for answer, score in one.answers],
                )
                for one in examples
            ]
        self._learner.teach(tenant, examples)
        self._learner.refresh(tenant)

    def forget(
        self,
        *,
        thread_id: str | None = None,
        principal: str | None = None,
        checkpointer: DeletesThreads | None = None,
        dry_run: bool = False,
    ) -> Forgotten:
        """Delete all that is kept of a thread, or of a principal, and what was learned from it.

        Of a principal that is: their routes, and what anybody said of these; what they said of
        others' routes; the checkpoints of every thread they took part in. Memory's part is one
        transaction, and comes last: after a crash, call it again. Then what was learned is learned
        anew from what is left, and an SQLite file is rewritten, so that free pages hold nothing.

        Args:
            thread_id: whose routes go. Either this, or a principal.
            principal: whose routes and words go.
            checkpointer: the LangGraph saver that holds the threads; without one, checkpoints stay.
            dry_run: say what would go, and change nothing.

        Raises:
            InputError: neither was named, or both.
        """
        subject = Subject(thread_id, principal)
        subject.check()
        found = self._database.read(lambda connection: find_all(connection, subject))
        if dry_run:
            return found.report
        if checkpointer is not None:
            for thread in found.threads:
                checkpointer.delete_thread(thread)
        gone = self._database.write(
            lambda connection: remove(connection, subject, self._learner.unlearn)
        )
        self._learner.forget_vectors()
        for tenant in gone.tenants:
            self._learner.refresh(tenant)
        return gone.report._replace(erased=self._database.erase())

    def forget_thread(self, thread_id: str) -> int:
        """``forget`` a thread, but for its checkpoints; returns how many routes that were."""
        return self.forget(thread_id=thread_id).routes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    aclose = in_thread(close)
    arecord_start = in_thread(record_start)
    aset_status = in_thread(set_status)
    arecord_route = in_thread(record_route)
    aadd_feedback = in_thread(add_feedback)
    aestimates = in_thread(estimates)
    ateach = in_thread(teach)
    aforget = in_thread(forget)
    aforget_thread = in_thread(forget_thread)
