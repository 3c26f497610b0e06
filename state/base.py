"""What every noun has in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, JsonValue, PlainSerializer

Json = JsonValue
"""Plain JSON: the only untyped data a route's state may hold."""


def _as_it_is(value: dict[str, Json]) -> dict[str, Json]:
    return value


JsonObject = Annotated[dict[str, Json], PlainSerializer(_as_it_is, return_type=Any)]
"""A JSON object as a field: checked like any ``Json``, and dumped as what it is.

Without saying so pydantic would ask Python for the kind of every value in it, at each dump.
"""

LEAST, MOST = -(2**63), 2**64 - 1
"""The whole numbers that a checkpoint can hold."""


def has_wide_number(value: Json) -> bool:
    """Whether ``value`` holds a whole number beyond 64 bits, which no checkpoint can."""
    if isinstance(value, dict):
        return any(map(has_wide_number, value.values()))
    if isinstance(value, list):
        return any(map(has_wide_number, value))
    return isinstance(value, int) and not LEAST <= value <= MOST


class Noun(BaseModel):
    """A frozen value that survives strict msgpack unchanged.

    Fields are tuples, never lists; optional unions of nouns carry a discriminator;
    no aliases, no computed or private fields: each of those is lost or changed on the way.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
