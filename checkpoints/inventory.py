"""What a database holds: how much of what, and whether it can be read."""

from sqlalchemy import Connection, distinct, func, select

from secondhalf.checkpoints import schema
from secondhalf.checkpoints.address import Address

_PAGE = 500


def counted(conn: Connection) -> dict[str, int]:
    """Threads, namespaces, rows of each table, and bytes of values as they are stored."""
    c = schema.checkpoints.c
    found = {
        "threads": select(func.count(distinct(c.thread_id))),
        "namespaces": select(func.count(distinct(c.space))),
    }
    names = ("checkpoints", "values", "writes", "chunks", "claims")
    for name, table in zip(names, schema.DATA_TABLES, strict=True):
        found[name] = select(func.count()).select_from(table)
    counts = {name: int(conn.execute(query).scalar_one()) for name, query in found.items()}
    sizes = [c.checkpoint, *(t.c.value for t in (schema.blobs, schema.writes, schema.chunks))]
    totals = [
        conn.execute(select(func.coalesce(func.sum(func.length(size)), 0))).scalar_one()
        for size in sizes
    ]
    return {**counts, "bytes": sum(map(int, totals))}


def page(conn: Connection, after: Address | None, space: bytes) -> list[Address]:
    """The next few hundred checkpoints of a namespace, in the order of their ids."""
    c = schema.checkpoints.c
    query = select(c.thread_id, c.checkpoint_ns, c.checkpoint_id).where(c.space == space)
    if after is not None:
        query = query.where(c.checkpoint_id > after.checkpoint_id)
    rows = conn.execute(query.order_by(c.checkpoint_id).limit(_PAGE))
    return [Address(*row) for row in rows]
