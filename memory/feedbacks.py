"""Feedback as rows: one word of each principal on a route, the latest."""

import hashlib
import json

from sqlalchemy import Connection, delete, insert, select

from secondhalf.memory import schema
from secondhalf.memory.records import body_of, load
from secondhalf.memory.schema import key_of
from secondhalf.state.feedback import Feedback


def keep_word(connection: Connection, word: Feedback, now: float) -> bool:
    """Put a principal's word on a route in the place of theirs before; False if it is the same.

    ``now`` is a Unix time in seconds.
    """
    table = schema.feedback
    said = (
        table.c.route_id == key_of(word.route_id),
        table.c.principal == key_of(word.principal),
    )
    bodies = connection.scalars(select(table.c.body).where(*said)).all()
    if [load(Feedback, body, "feedback", []) for body in bodies] == [word]:
        return False
    connection.execute(delete(table).where(*said))
    mark = json.dumps([word.principal, word.route_id])
    row = {
        "id": hashlib.sha256(mark.encode()).hexdigest(),
        "route_id": key_of(word.route_id),
        "strategy": key_of(word.strategy),
        "principal": key_of(word.principal),
        "given_at": now,
        "body": body_of(word),
    }
    connection.execute(insert(table).values(row))
    return True
