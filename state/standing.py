"""Which policies are in use, and what became of each: a log that is only ever added to."""

from typing import Annotated, Literal

from pydantic import Field

from secondhalf.state.analysis import Share
from secondhalf.state.base import Noun

Stage = Literal["settled", "shadow", "canary", "watch"]
Action = Literal[
    "proposed",
    "rejected",
    "canary",
    "promoted",
    "settled",
    "rolled_back",
    "retired",
    "imported",
    "looked",
]


class PolicyStanding(Noun):
    """Which policies are in use for one tenant under one configuration.

    Settled: ``active`` alone. Shadow: ``other`` is a proposal that is only tried on past routes.
    Canary: ``other`` gets ``share`` of the routes. Watch: ``active`` is new, and ``other``, the one
    before it, keeps ``share``.
    """

    tenant: str = ""
    base: str
    """The version of the policy that the configuration gives: what all others descend from."""
    revision: Annotated[int, Field(ge=0)] = 0
    active: str
    stage: Stage = "settled"
    other: str = ""
    share: Share = 0.0
    proposals: Annotated[int, Field(ge=0)] = 0
    """How many have been tried so far: each has less of α left."""
    since: float = 0.0
    """Unix time in seconds at which this stage began."""


class PolicyEvent(Noun):
    """One entry of the log: what was done, why, and how things stand since."""

    action: Action
    version: str
    """The policy it is about."""
    at: float
    """Unix time in seconds."""
    by: str = ""
    """Who did it: ``gate``, ``drift``, or a person."""
    text: str = ""
    """For people: one paragraph with the numbers."""
    numbers: dict[str, float] = {}
    reflections: tuple[str, ...] = ()
    standing: PolicyStanding


class Pair(Noun):
    """What a proposal and the policy in use came to on one route, or on two of one kind."""

    version: str
    """The proposal."""
    route_id: str
    other_id: str = ""
    """The route of the policy in use, where that is another one."""
    stage: Stage
    x: Annotated[float, Field(ge=-1.0, le=1.0)]
    """By how much the proposal did better, in quality less prices."""
    source: Literal["alike", "replayed", "shadow", "filled", "served"]
    """Alike: both would have done the same. Replayed: all it would have opened is on record.
    Shadow: it was run again. Filled: what it would have opened is not known and was taken to do
    badly. Served: users got it."""
    cost_usd: float = 0.0
    """What it took to find out."""
    at: float = 0.0
    """Unix time in seconds."""
    text: str = ""
