"""Estimates as rows: read whole, written as far as they changed. Broken rows are left out."""

import base64
import hashlib
import logging
from dataclasses import replace

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from secondhalf.memory import schema
from secondhalf.memory.embedder import Embedder
from secondhalf.memory.records import Row, body_of, load
from secondhalf.memory.schema import key_of
from secondhalf.policy.estimates.book import Common, Estimates, Skill
from secondhalf.policy.estimates.text_model import TextModel
from secondhalf.policy.learning.drift import Watch
from secondhalf.state.base import Noun

_REVISION, _STALE, _COMMON = "revision", "stale", "common"
_PROMPTS, _EMBEDDED = "prompts", "prompts:"
_ANSWERS = "answers"
_CORRECTED = "corrected"
_DUE = 0
"""The revision of what prompts tell where it has to be fitted anew."""
_ARM, _WATCH = "arm:", "watch:"
_log = logging.getLogger(__name__)


class Named(Noun):
    """A skill with the arm it belongs to: a key may be a hash."""

    arm: str
    skill: Skill


class NamedWatch(Noun):
    """A watch with its name."""

    name: str
    watch: Watch


def revision_of(connection: Connection, tenant: str, *, to_write: bool = False) -> int:
    """Which revision of a tenant's estimates is stored; 0 for none.

    ``to_write`` keeps others from writing until the transaction ends: its row is made if there is
    none, and locked. It is only ever changed in place, since a server that waits for the lock of a
    row which is then deleted goes on without a lock.
    """
    table = schema.estimates
    query = select(table.c.revision).filter_by(tenant=key_of(tenant), name=_REVISION)
    found = connection.scalar(query.with_for_update() if to_write else query)
    if found is None and to_write:
        row: Row = {"tenant": key_of(tenant), "name": _REVISION, "revision": 0, "body": ""}
        connection.execute(insert(table), [row])
    return found or 0


def read_estimates(
    connection: Connection,
    tenant: str,
    *,
    to_write: bool = False,
    embedder: Embedder | None = None,
) -> Estimates:
    """A tenant's estimates, without what cannot be read, which is logged.

    ``to_write`` reads what is newest, where a server would show what the transaction began with.
    What prompts tell is that of the ``embedder``, if it is there, else that of n-grams.
    """
    query = select(schema.estimates).filter_by(tenant=key_of(tenant))
    rows = connection.execute(query.with_for_update() if to_write else query).mappings().all()
    found, skills, watches = Estimates(), dict[str, Skill](), dict[str, Watch]()
    for row in rows:
        found = _with_row(found, row, skills, watches)
    models = {str(row["name"]): row["body"] for row in rows}
    prompts = models.get(_prompts_row(embedder)) or models.get(_PROMPTS)
    told = None if prompts is None else _model(prompts, embedder)
    body = models.get(_ANSWERS)
    answers = None if body is None else _model(body, None)
    return replace(found, skills=skills, watches=watches, prompts=told, answers=answers)


def write_estimates(
    connection: Connection,
    tenant: str,
    before: Estimates,
    after: Estimates,
    revision: int,
    embedder: Embedder | None = None,
    labels: int = 0,
) -> None:
    """Store what is different in ``after``, as ``revision``.

    What prompts tell takes the place of what they told of the same ``embedder``, or of n-grams. It
    was fitted when there were so many ``labels``.
    """
    changed: dict[str, str] = {}
    if after.common != before.common:
        changed[_COMMON] = body_of(after.common)
    if after.prompts is not None and after.prompts is not before.prompts:
        whose = embedder if after.prompts.embedded else None
        changed[_prompts_row(whose)] = _body(after.prompts, labels)
    if after.answers is not None and after.answers is not before.answers:
        changed[_ANSWERS] = _body(after.answers, labels)
    for arm, skill in after.skills.items():
        if before.skills.get(arm) is not skill:
            changed[key_of(_ARM + arm)] = body_of(Named(arm=arm, skill=skill))
    for name, watch in after.watches.items():
        if before.watches.get(name) is not watch:
            changed[_WATCH + _digest(name)] = body_of(NamedWatch(name=name, watch=watch))
    table, own = schema.estimates, key_of(tenant)
    mine = table.c.tenant == own
    connection.execute(
        update(table).where(mine, table.c.name == _REVISION).values(revision=revision)
    )
    if not changed:
        return
    connection.execute(delete(table).where(mine, table.c.name.in_(changed)))
    rows: list[Row] = [
        {"tenant": own, "name": name, "revision": revision, "body": body}
        for name, body in changed.items()
    ]
    connection.execute(insert(table), rows)


def replace_estimates(
    connection: Connection,
    tenant: str,
    fresh: Estimates,
    revision: int,
    embedder: Embedder | None = None,
    labels: int = 0,
) -> None:
    """Store ``fresh``, as ``revision``, in the place of all there is; it is not stale.

    What prompts tell of other embedders, or of n-grams, stays until those who can fit it do so; but
    not if anything it may rest on was forgotten.
    """
    table = schema.estimates
    gone = (table.c.tenant == key_of(tenant)) & (table.c.name != _REVISION)
    stale = connection.scalar(select(table.c.body).filter_by(tenant=key_of(tenant), name=_STALE))
    if fresh.prompts is not None and stale == _CORRECTED:
        told = table.c.name.startswith(_PROMPTS)
        connection.execute(update(table).where(gone, told).values(revision=_DUE))
        gone &= ~told
    connection.execute(delete(table).where(gone))
    often = str(replacements(connection, tenant) + 1)
    row = update(table).filter_by(tenant=key_of(tenant), name=_REVISION)
    connection.execute(row.values(body=often))
    write_estimates(connection, tenant, Estimates(), fresh, revision, embedder, labels)


def replacements(connection: Connection, tenant: str) -> int:
    """How often a tenant's estimates were replaced: what was read before may be forgotten since."""
    query = select(schema.estimates.c.body).filter_by(tenant=key_of(tenant), name=_REVISION)
    return _number(connection.scalar(query) or "")


def fitted_on(connection: Connection, tenant: str, embedder: Embedder | None) -> int:
    """How many labels there were when what prompts tell, by vectors or n-grams, was fitted.

    0 if that is not known, or if it has to be fitted anew.
    """
    return _fitted_on(connection, tenant, _prompts_row(embedder))


def answers_fitted_on(connection: Connection, tenant: str) -> int:
    """The same of what the wording of answers tells; 0 where anything was fitted of prompts."""
    table = schema.estimates
    told = select(table.c.name).filter_by(tenant=key_of(tenant))
    if connection.execute(told.where(table.c.name.startswith(_PROMPTS))).first() is not None:
        return 0
    return _fitted_on(connection, tenant, _ANSWERS)


def _fitted_on(connection: Connection, tenant: str, name: str) -> int:
    table = schema.estimates
    query = select(table.c.revision, func.substr(table.c.body, 1, 20))
    query = query.filter_by(tenant=key_of(tenant), name=name)
    found = connection.execute(query).first()
    if found is None or found[0] == _DUE:
        return 0
    many, colon, _ = found[1].partition(":")
    return _number(many) if colon else 0


def staleness(connection: Connection, tenant: str) -> int:
    """0, or a number that grows, if something was taken back that estimates still hold."""
    query = select(schema.estimates.c.revision).filter_by(tenant=key_of(tenant), name=_STALE)
    return connection.scalar(query) or 0


def mark_stale(connection: Connection, tenant: str, *, forgotten: bool = False) -> None:
    """Note that something was taken back, or ``forgotten``, of which nothing may be left.

    The caller holds the lock of ``revision_of``.
    """
    table, key = schema.estimates, {"tenant": key_of(tenant), "name": _STALE}
    body = {"body": ""} if forgotten else {}
    more = update(table).filter_by(**key).values(revision=table.c.revision + 1, **body)
    if not connection.execute(more).rowcount:
        first = {"body": _CORRECTED} | body
        connection.execute(insert(table).values(**key, revision=1, **first))


def _with_row(
    found: Estimates, row: RowMapping, skills: dict[str, Skill], watches: dict[str, Watch]
) -> Estimates:
    name, body = str(row["name"]), row["body"]
    if name in (_REVISION, _STALE, _PROMPTS, _ANSWERS) or name.startswith(_EMBEDDED):
        return found
    what = f"learned row {name!r}"
    if name == _COMMON:
        common = load(Common, body, what, [])
        return found if common is None else replace(found, common=common)
    if name.startswith(_WATCH):
        seen = load(NamedWatch, body, what, [])
        if seen is not None:
            watches[seen.name] = seen.watch
        return found
    named = load(Named, body, what, [])
    if named is not None:
        skills[named.arm] = named.skill
    return found


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _prompts_row(embedder: Embedder | None) -> str:
    return _PROMPTS if embedder is None else _EMBEDDED + _digest(embedder.name)


def _body(model: TextModel, labels: int) -> str:
    return f"{labels}:{base64.b64encode(model.dump()).decode()}"


def _model(body: str, embedder: Embedder | None) -> TextModel | None:
    known = None if embedder is None else embedder.known
    try:
        dump = body.rpartition(":")[2]  # rows from before do not say how many labels there were
        return TextModel.load(base64.b64decode(dump, validate=True), known)
    except ValueError:
        _log.warning("what was learned of prompts or answers cannot be read and is left out")
        return None
