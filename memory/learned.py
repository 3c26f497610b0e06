"""Estimates as rows: read whole, written as far as they changed. Broken rows are left out."""

import base64
import logging
from dataclasses import replace

from sqlalchemy import Connection, RowMapping, delete, insert, select

from secondhalf.memory import schema
from secondhalf.memory.records import Row, body_of, load
from secondhalf.memory.schema import key_of
from secondhalf.policy.estimates.book import Common, Estimates, Skill
from secondhalf.policy.estimates.prompt_model import PromptModel
from secondhalf.state.base import Noun

_REVISION, _COMMON, _PROMPTS, _ARM = "revision", "common", "prompts", "arm:"
_log = logging.getLogger(__name__)


class Named(Noun):
    """A skill with the arm it belongs to: a key may be a hash."""

    arm: str
    skill: Skill


def revision_of(connection: Connection, tenant: str, *, to_write: bool = False) -> int:
    """Which revision of a tenant's estimates is stored; 0 for none.

    ``to_write`` keeps others from writing until the transaction ends.
    """
    table = schema.estimates
    query = select(table.c.revision).filter_by(tenant=key_of(tenant), name=_REVISION)
    return connection.scalar(query.with_for_update() if to_write else query) or 0


def read_estimates(connection: Connection, tenant: str) -> Estimates:
    """A tenant's estimates, without what cannot be read, which is logged."""
    rows = connection.execute(select(schema.estimates).filter_by(tenant=key_of(tenant))).mappings()
    found = Estimates()
    for row in rows:
        found = _with_row(found, row)
    return found


def write_estimates(
    connection: Connection, tenant: str, before: Estimates, after: Estimates, revision: int
) -> None:
    """Store what is different in ``after``, as ``revision``."""
    changed: dict[str, str] = {_REVISION: ""}
    if after.common != before.common:
        changed[_COMMON] = body_of(after.common)
    if after.prompts is not None and after.prompts is not before.prompts:
        changed[_PROMPTS] = base64.b64encode(after.prompts.dump()).decode()
    for arm, skill in after.skills.items():
        if before.skills.get(arm) is not skill:
            changed[key_of(_ARM + arm)] = body_of(Named(arm=arm, skill=skill))
    table, own = schema.estimates, key_of(tenant)
    same = (table.c.tenant == own) & table.c.name.in_(changed)
    connection.execute(delete(table).where(same))
    rows: list[Row] = [
        {"tenant": own, "name": name, "revision": revision, "body": body}
        for name, body in changed.items()
    ]
    connection.execute(insert(table), rows)


def _with_row(found: Estimates, row: RowMapping) -> Estimates:
    name, body = str(row["name"]), row["body"]
    if name == _REVISION:
        return found
    what = f"learned row {name!r}"
    if name == _COMMON:
        common = load(Common, body, what, [])
        return found if common is None else replace(found, common=common)
    if name == _PROMPTS:
        return replace(found, prompts=_prompts(body))
    named = load(Named, body, what, [])
    return (
        found if named is None else replace(found, skills={**found.skills, named.arm: named.skill})
    )


def _prompts(body: str) -> PromptModel | None:
    try:
        return PromptModel.load(base64.b64decode(body, validate=True))
    except ValueError:
        _log.warning("what was learned of prompts cannot be read and is left out")
        return None
