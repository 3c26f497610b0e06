"""What every noun has in common."""

from pydantic import BaseModel, ConfigDict, JsonValue

Json = JsonValue
"""Plain JSON: the only untyped data a route's state may hold."""


class Noun(BaseModel):
    """A frozen value that survives strict msgpack unchanged.

    Fields are tuples, never lists; optional unions of nouns carry a discriminator;
    no aliases, no computed or private fields: each of those is lost or changed on the way.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
