"""Policies and what became of them: immutable versions, and a log that says which is in use."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, update

from secondhalf.memory import schema
from secondhalf.memory.database import Database
from secondhalf.memory.records import Row, body_of, load
from secondhalf.memory.schema import key_of
from secondhalf.memory.threads import in_thread
from secondhalf.policy.defaults import version_of
from secondhalf.state.errors import PolicyConflictError, StorageError, UnknownPolicyError
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.reflection import Reflection, ReflectionStatus
from secondhalf.state.standing import Pair, PolicyEvent, PolicyStanding

_log = logging.getLogger(__name__)
MIN_PREFIX = 4
"""Characters of a version that are enough to name it, where they are unique."""

_LOG = schema.policy_log.c
# Every route asks for it: built once, as SQLAlchemy takes longer to build it than to run it.
_NEWEST = (
    select(_LOG.revision, _LOG.body)
    .where(_LOG.tenant == bindparam("this_tenant"), _LOG.base == bindparam("this_base"))
    .order_by(_LOG.revision.desc())
    .limit(5)
)


class Policies:
    """Versions, log, reflections and pairs. Each method has an async twin, named with an ``a``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, policy: RoutingPolicy, at: float) -> None:
        """Keep a policy under its version; one that is there already stays as it is.

        Raises:
            StorageError: the version is not that of its content (see ``versioned``).
        """
        self.put_document(policy.model_dump(mode="json"), at)

    def put_document(self, document: Mapping[str, Any], at: float) -> RoutingPolicy:
        """Keep a policy as ``document`` holds it.

        Raises:
            ValidationError: it is not a policy.
            StorageError: the version is not that of its content.
        """
        return self._database.write(lambda connection: put_document(connection, document, at))

    def document(self, version: str) -> dict[str, Any] | None:
        """A policy as it is kept; None as for ``get``."""

        def work(connection: Connection) -> dict[str, Any] | None:
            if read_policy(connection, version) is None:
                return None
            query = select(schema.policies.c.body).filter_by(version=key_of(version))
            found: dict[str, Any] = json.loads(connection.scalar(query) or "{}")
            return found

        return self._database.read(work)

    def get(self, version: str) -> RoutingPolicy | None:
        """The policy of a version; None if it is not kept, or is not what its version says."""
        return self._database.read(lambda connection: read_policy(connection, version))

    def find(self, prefix: str) -> RoutingPolicy:
        """The policy whose version is, or begins with, ``prefix``.

        Raises:
            UnknownPolicyError: there is none, or there are several.
        """
        column = schema.policies.c.version
        query = select(column).where(column.startswith(prefix, autoescape=True))

        def work(connection: Connection) -> RoutingPolicy:
            names = [n for n in connection.scalars(query) if n.startswith(prefix)]
            if prefix in names:
                names = [prefix]
            if len(names) > 1 and len(prefix) >= MIN_PREFIX:
                raise UnknownPolicyError(
                    f"{len(names)} policies begin with {prefix!r}: give more of the version"
                )
            found = None
            if len(names) == 1 and (len(prefix) >= MIN_PREFIX or prefix in names):
                found = read_policy(connection, names[0])
            if found is None:
                raise UnknownPolicyError(
                    f"there is no policy {prefix!r}: 'secondhalf policy history' lists those "
                    f"there are (the first {MIN_PREFIX} characters of a version are enough)"
                )
            return found

        return self._database.read(work)

    def standing(self, tenant: str, base: str) -> PolicyStanding:
        """Which policies are in use; the base alone, where nothing was ever learned."""
        return self._database.read(lambda connection: read_standing(connection, tenant, base))

    def enter(
        self, event: PolicyEvent, statuses: Mapping[str, ReflectionStatus] | None = None
    ) -> None:
        """Add an entry to the log, and set the status of reflections with it, or do neither.

        Raises:
            PolicyConflictError: something else was entered since; nothing was changed.
            UnknownPolicyError: a policy that would be in use is not kept, or is broken.
        """
        after = event.standing
        row: Row = {
            "tenant": key_of(after.tenant),
            "base": key_of(after.base),
            "revision": after.revision,
            "version": key_of(event.version),
            "at": event.at,
            "body": body_of(event),
        }

        def work(connection: Connection) -> None:
            before = read_standing(connection, after.tenant, after.base)
            if before.revision != after.revision - 1:
                raise _conflict(after)
            for version in filter(None, (after.active, after.other)):
                if version != after.base and read_policy(connection, version) is None:
                    raise UnknownPolicyError(f"policy {version!r} is not kept, or is broken")
            connection.execute(insert(schema.policy_log), [row])
            for name, status in (statuses or {}).items():
                _set_status(connection, after, name, status)

        self._database.write(work)

    def history(self, tenant: str, base: str | None = None) -> tuple[PolicyEvent, ...]:
        """The log, newest first; of one configuration, or of all. Broken entries are left out."""
        table = schema.policy_log
        query = select(table.c.body).where(table.c.tenant == key_of(tenant))
        if base is not None:
            query = query.where(table.c.base == key_of(base))
        query = query.order_by(table.c.at.desc(), table.c.revision.desc())
        rows = self._database.read(lambda connection: connection.scalars(query).all())
        loaded = [load(PolicyEvent, body, "an entry of the policy log", []) for body in rows]
        return tuple(event for event in loaded if event is not None)

    def add_reflections(
        self, tenant: str, base: str, reflections: Sequence[Reflection]
    ) -> tuple[Reflection, ...]:
        """Keep those that are new; returns them."""

        def work(connection: Connection) -> tuple[Reflection, ...]:
            table = schema.reflections
            query = select(table.c.id).filter_by(tenant=key_of(tenant), base=key_of(base))
            known = set(connection.scalars(query))
            new = [one for one in reflections if key_of(one.id) not in known]
            rows = [_reflection_row(tenant, base, one) for one in new]
            if rows:
                connection.execute(insert(table), rows)
            return tuple(new)

        return self._database.write(work)

    def put_reflection(self, tenant: str, base: str, reflection: Reflection) -> None:
        """Replace what is kept of a reflection."""
        table = schema.reflections
        row = _reflection_row(tenant, base, reflection)
        this = (table.c.tenant == row["tenant"], table.c.base == row["base"])

        def work(connection: Connection) -> None:
            connection.execute(delete(table).where(*this, table.c.id == row["id"]))
            connection.execute(insert(table), [row])

        self._database.write(work)

    def reflections(self, tenant: str, base: str | None = None) -> tuple[Reflection, ...]:
        """All reflections, newest first; broken ones are left out."""
        table = schema.reflections
        query = select(table.c.body).where(table.c.tenant == key_of(tenant))
        if base is not None:
            query = query.where(table.c.base == key_of(base))
        query = query.order_by(table.c.made_at.desc(), table.c.id)
        rows = self._database.read(lambda connection: connection.scalars(query).all())
        loaded = [load(Reflection, body, "a reflection", []) for body in rows]
        return tuple(one for one in loaded if one is not None)

    def add_pair(self, pair: Pair) -> bool:
        """Keep what two policies came to on a route; False if that is known already."""
        table = schema.pairs
        this = {
            "version": key_of(pair.version),
            "stage": pair.stage,
            "route_id": key_of(pair.route_id),
        }

        def work(connection: Connection) -> bool:
            if connection.scalar(select(table.c.place).filter_by(**this)) is not None:
                return False
            same = (table.c.version == this["version"], table.c.stage == this["stage"])
            place = connection.scalar(select(func.count()).select_from(table).where(*same)) or 0
            row: Row = {**this, "place": place, "body": body_of(pair)}
            connection.execute(insert(table), [row])
            return True

        return self._database.write(work)

    def pairs(self, version: str, stage: str) -> tuple[Pair, ...]:
        """The pairs of a proposal in one stage, in the order they were found."""
        table = schema.pairs
        query = select(table.c.body).filter_by(version=key_of(version), stage=stage)
        query = query.order_by(table.c.place, table.c.route_id)
        rows = self._database.read(lambda connection: connection.scalars(query).all())
        loaded = [load(Pair, body, "a pair", []) for body in rows]
        return tuple(pair for pair in loaded if pair is not None)

    aput = in_thread(put)
    aput_document = in_thread(put_document)
    adocument = in_thread(document)
    aget = in_thread(get)
    afind = in_thread(find)
    astanding = in_thread(standing)
    aenter = in_thread(enter)
    ahistory = in_thread(history)
    aadd_reflections = in_thread(add_reflections)
    aput_reflection = in_thread(put_reflection)
    areflections = in_thread(reflections)
    aadd_pair = in_thread(add_pair)
    apairs = in_thread(pairs)


def read_standing(connection: Connection, tenant: str, base: str) -> PolicyStanding:
    """The newest entry of the log that can be read, or none; see ``Policies.standing``."""
    this = {"this_tenant": key_of(tenant), "this_base": key_of(base)}
    rows = connection.execute(_NEWEST, this).all()
    newest = rows[0].revision if rows else 0
    for row in rows:
        event = load(PolicyEvent, row.body, "an entry of the policy log", [])
        if event is not None:
            return event.standing.model_copy(update={"revision": newest})
    return PolicyStanding(tenant=tenant, base=base, active=base, revision=newest)


def read_policy(connection: Connection, version: str) -> RoutingPolicy | None:
    """A policy that is what its version says; None if there is no such."""
    query = select(schema.policies.c.body).filter_by(version=key_of(version))
    body = connection.scalar(query)
    policy = None if body is None else load(RoutingPolicy, body, f"policy {version!r}", [])
    if policy is None or body is None:
        return None
    if version_of(json.loads(body)) != version:
        _log.warning("policy %r is not what its version says and is left out", version)
        return None
    return policy


def put_document(connection: Connection, document: Mapping[str, Any], at: float) -> RoutingPolicy:
    """Keep a policy as it was written down; see ``Policies.put``."""
    policy = RoutingPolicy.model_validate(document)
    if policy.version != version_of(document):
        raise StorageError(
            f"a policy of version {policy.version!r} cannot be kept: "
            f"its content makes it {version_of(document)!r}"
        )
    row: Row = {
        "version": key_of(policy.version),
        "parent": None if policy.parent is None else key_of(policy.parent),
        "stored_at": at,
        "body": json.dumps(document),
    }
    this = schema.policies.c.version == row["version"]
    if connection.scalar(select(schema.policies.c.version).where(this)) is None:
        connection.execute(insert(schema.policies).values(row))
    elif read_policy(connection, policy.version) is None:  # broken: this is what it was
        connection.execute(update(schema.policies).where(this).values(row))
    return policy


def _set_status(
    connection: Connection, standing: PolicyStanding, name: str, status: ReflectionStatus
) -> None:
    table: Table = schema.reflections
    this = (
        table.c.tenant == key_of(standing.tenant),
        table.c.base == key_of(standing.base),
        table.c.id == key_of(name),
    )
    body = connection.scalar(select(table.c.body).where(*this))
    kept = None if body is None else load(Reflection, body, f"reflection {name!r}", [])
    if kept is not None:
        changed = kept.model_copy(update={"status": status})
        values = {"status": status, "body": body_of(changed)}
        connection.execute(update(table).where(*this).values(values))


def _reflection_row(tenant: str, base: str, reflection: Reflection) -> Row:
    return {
        "tenant": key_of(tenant),
        "base": key_of(base),
        "id": key_of(reflection.id),
        "status": reflection.status,
        "made_at": reflection.made_at,
        "body": body_of(reflection),
    }


def _conflict(standing: PolicyStanding) -> PolicyConflictError:
    return PolicyConflictError(
        "somebody else has just changed which policy is in use "
        f"(entry {standing.revision} of the log is taken): look at it, and try again"
    )
