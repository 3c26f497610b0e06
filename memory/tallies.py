"""Who has taught how much: a count per tenant, principal and day."""

from sqlalchemy import Connection, delete, func, insert, select, update

from secondhalf.memory import schema
from secondhalf.memory.schema import key_of
from secondhalf.policy.caps import Tally

_DAY = 86_400.0


def tally_of(connection: Connection, tenant: str, principal: str, now: float) -> Tally:
    """What ``principal`` and everybody have taught a tenant; ``now`` is a Unix time in seconds."""
    table, who = schema.tallies, key_of(principal)
    of_tenant = table.c.tenant == key_of(tenant)
    mine = (of_tenant, table.c.principal == who)
    own = select(func.sum(table.c.labels)).where(*mine)
    today = select(func.sum(table.c.labels + table.c.corrections)).where(*mine)
    everybody = select(func.sum(table.c.labels), func.count(table.c.principal.distinct())).where(
        of_tenant
    )
    total, principals = connection.execute(everybody).one()
    return Tally(
        today=int(connection.scalar(today.where(table.c.day == _day(now))) or 0),
        own=int(connection.scalar(own) or 0),
        everybody=int(total or 0),
        principals=principals,
    )


def count(
    connection: Connection, tenant: str, principal: str, now: float, labels: int, corrections: int
) -> None:
    """Note that ``principal`` has given so many labels more, and corrected so many."""
    if not labels + corrections:
        return
    table = schema.tallies
    key = {"tenant": key_of(tenant), "principal": key_of(principal), "day": _day(now)}
    more = update(table).filter_by(**key)
    more = more.values(
        labels=table.c.labels + labels, corrections=table.c.corrections + corrections
    )
    if not connection.execute(more).rowcount:
        new = insert(table).values(**key, labels=labels, corrections=corrections)
        connection.execute(new)


def forget_tallies(connection: Connection, principal: str) -> int:
    """Delete what is counted of a principal, with every tenant; returns how many rows that were."""
    table = schema.tallies
    return connection.execute(delete(table).filter_by(principal=key_of(principal))).rowcount


def _day(now: float) -> int:
    return int(now // _DAY)
