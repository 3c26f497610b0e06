"""The state of a look back: the graph that turns history into a new version of the policy."""

from operator import add
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from secondhalf.state.base import Noun
from secondhalf.state.reflection import Reflection
from secondhalf.state.standing import PolicyEvent, PolicyStanding


class ReflectRequest(Noun):
    """What to look back on."""

    tenant: str = ""
    strategy: str | None = None
    """Only findings about this one; None for all."""
    started_at: float
    """Unix time in seconds."""
    budget_usd: Annotated[float, Field(ge=0)] = 0.0


class ReflectReport(Noun):
    """What a look back came to."""

    standing: PolicyStanding
    events: tuple[PolicyEvent, ...] = ()
    """What it changed, the oldest first."""
    found: tuple[Reflection, ...] = ()
    """Findings that are new."""
    notes: tuple[str, ...] = ()
    """What a person should know: one paragraph each."""
    routes: int = 0
    """Routes that were looked at."""
    pairs: int = 0
    """Routes on which the proposal was compared so far."""
    spent_usd: float = 0.0
    question: str = ""
    """What a person has to decide; empty if nothing."""


class ReflectState(TypedDict, total=False):
    """Everything a look back knows; the history itself stays in memory's database."""

    request: ReflectRequest
    found: tuple[Reflection, ...]
    events: Annotated[list[PolicyEvent], add]
    notes: Annotated[list[str], add]
    routes: int
    spent_usd: float
    report: ReflectReport | None


REFLECT_TYPES: tuple[type[Noun], ...] = (
    PolicyEvent,
    PolicyStanding,
    ReflectReport,
    ReflectRequest,
)
"""What may stand in its checkpoints besides what stands in a route's."""
