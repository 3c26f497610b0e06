"""The tables of memory, and their version.

Each row keeps the truth as one JSON document in ``body`` (ASCII text, so that every database takes
every character) and repeats in columns what SQL looks for. Nothing but this module's own tables is
ever read or changed: checkpoints or somebody else's tables may live in the same database.
"""

import hashlib

from sqlalchemy import Column, Double, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.dialects.mysql import LONGTEXT, VARCHAR

VERSION = 3
"""Raised by one whenever a table changes shape."""

_KEY_LENGTH = 200
_HASHED = "sha256:"

metadata = MetaData()


def key_of(text: str) -> str:
    """``text`` as it stands in a key column: itself if short and plain ASCII, else its hash.

    Databases differ in how they compare case, accents, blanks at the end and long keys; they
    agree on these.
    """
    plain = text.isascii() and text.isprintable() and " " not in text
    if plain and len(text) <= _KEY_LENGTH and not text.startswith(_HASHED):
        return text
    return _HASHED + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _key() -> String:
    binary = VARCHAR(_KEY_LENGTH, charset="ascii", collation="ascii_bin")
    return String(_KEY_LENGTH).with_variant(binary, "mysql", "mariadb")


def _document() -> Text:
    return Text().with_variant(LONGTEXT(), "mysql", "mariadb")


schema_version = Table(
    "secondhalf_memory_schema",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

routes = Table(
    "secondhalf_routes",
    metadata,
    Column("route_id", _key(), primary_key=True),
    Column("thread_id", _key(), nullable=False),
    Column("tenant", _key(), nullable=False),
    Column("principal", _key(), nullable=False),
    Column("status", _key(), nullable=False),
    Column("started_at", Double, nullable=False),  # Unix time in seconds
    Column("ended_at", Double),
    Column("strategy", _key()),
    Column("policy_version", _key()),
    Column("quality", Double),
    Column("cost_usd", Double),
    Column("latency_s", Double),
    Column("escalations", Integer),
    Column("retries", Integer),
    Column("verdict", _key()),
    Column("prompt", _document(), nullable=False),  # a JSON string
    Column("body", _document(), nullable=False),  # RouteRequest
    Column("analysis", _document()),  # TaskAnalysis
    Column("result", _document()),  # RouteResult without its paths and its trace
    Index("secondhalf_routes_thread", "thread_id", "started_at"),
    Index("secondhalf_routes_status", "status", "started_at"),
    Index("secondhalf_routes_principal", "principal", "started_at"),
    Index("secondhalf_routes_started", "started_at"),
)

paths = Table(
    "secondhalf_paths",
    metadata,
    Column("route_id", _key(), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("node", _key(), nullable=False),
    Column("status", _key(), nullable=False),
    Column("quality", Double, nullable=False),
    Column("cost_usd", Double, nullable=False),
    Column("latency_s", Double, nullable=False),
    Column("body", _document(), nullable=False),  # Explored
    Index("secondhalf_paths_node", "node", "status"),
)

events = Table(
    "secondhalf_events",
    metadata,
    Column("route_id", _key(), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("kind", _key(), nullable=False),
    Column("body", _document(), nullable=False),  # TraceEvent
)

feedback = Table(
    "secondhalf_feedback",
    metadata,
    Column("id", _key(), primary_key=True),  # what makes it the same feedback, hashed
    Column("route_id", _key(), nullable=False),
    Column("strategy", _key(), nullable=False),
    Column("principal", _key(), nullable=False),
    Column("given_at", Double, nullable=False),  # Unix time in seconds
    Column("body", _document(), nullable=False),  # Feedback
    Index("secondhalf_feedback_route", "route_id", "given_at"),
    Index("secondhalf_feedback_strategy", "strategy", "given_at"),
)

labels = Table(
    "secondhalf_labels",
    metadata,
    Column("id", _key(), primary_key=True),  # of a route and a path, or of a prompt and an arm
    Column("tenant", _key(), nullable=False),
    Column("route_id", _key(), nullable=False),  # empty: told without a route
    Column("arm", _key(), nullable=False),
    Column("given_at", Double, nullable=False),  # Unix time in seconds
    Column("body", _document(), nullable=False),  # Label
    Index("secondhalf_labels_tenant", "tenant", "given_at"),
    Index("secondhalf_labels_route", "route_id"),
)

estimates = Table(
    "secondhalf_estimates",
    metadata,
    Column("tenant", _key(), primary_key=True),
    Column("name", _key(), primary_key=True),
    Column("revision", Integer, nullable=False),  # of the row named revision: the newest
    Column("body", _document(), nullable=False),  # Skill, Common or a TextModel
)

tallies = Table(
    "secondhalf_tallies",
    metadata,
    Column("tenant", _key(), primary_key=True),
    Column("principal", _key(), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),  # since 1970, UTC
    Column("labels", Integer, nullable=False),
    Column("corrections", Integer, nullable=False),  # of labels given before
)

policies = Table(
    "secondhalf_policies",
    metadata,
    Column("version", _key(), primary_key=True),
    Column("parent", _key()),
    Column("stored_at", Double, nullable=False),  # Unix time in seconds
    Column("body", _document(), nullable=False),  # RoutingPolicy
)

policy_log = Table(
    "secondhalf_policy_log",
    metadata,
    # Its newest entry says which policy is in use; its key lets nobody enter the same place twice.
    Column("tenant", _key(), primary_key=True),
    Column("base", _key(), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("version", _key(), nullable=False),
    Column("at", Double, nullable=False),  # Unix time in seconds
    Column("body", _document(), nullable=False),  # PolicyEvent
    Index("secondhalf_policy_log_version", "version"),
)

reflections = Table(
    "secondhalf_reflections",
    metadata,
    Column("tenant", _key(), primary_key=True),
    Column("base", _key(), primary_key=True),
    Column("id", _key(), primary_key=True),
    Column("status", _key(), nullable=False),
    Column("made_at", Double, nullable=False),  # Unix time in seconds
    Column("body", _document(), nullable=False),  # Reflection
)

pairs = Table(
    "secondhalf_pairs",
    metadata,
    Column("version", _key(), primary_key=True),
    Column("stage", _key(), primary_key=True),
    Column("route_id", _key(), primary_key=True),
    Column("place", Integer, nullable=False),  # their order is the order they were found in
    Column("body", _document(), nullable=False),  # Pair
    Index("secondhalf_pairs_route", "route_id"),
)
