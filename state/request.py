"""The settings of one call."""

from typing import Annotated

from pydantic import Field, field_validator

from secondhalf.state.base import Json, JsonObject, Noun, has_wide_number
from secondhalf.state.budget import Budget
from secondhalf.state.policy import Preset

MAX_PROMPT = 200_000
"""Characters a prompt may have by default."""


class RouteContext(Noun):
    """What a caller may set for one call; whatever is missing falls back to the router's own.

    Pass it as ``context=`` to the router, or as a plain dict under
    ``config["configurable"]["secondhalf"]`` where the context belongs to a parent graph.
    It holds no secrets: it is stored with the route.
    """

    budget: Budget = Budget()
    preset: Preset | None = None
    strategy: str | None = None
    model: str | None = None
    clarify: bool = True
    """Whether the router may ask the user a question."""
    principal: str = ""
    """Who is asking; feedback and learning are attributed to them."""
    tenant: str = ""
    tools: tuple[JsonObject, ...] = ()
    """Schemas of tools which the caller will run itself (as ``bind_tools`` gives them)."""
    tool_choice: str | None = None
    max_prompt_chars: Annotated[int, Field(gt=0)] = MAX_PROMPT

    @field_validator("tools")
    @classmethod
    def _can_be_stored(cls, tools: tuple[dict[str, Json], ...]) -> tuple[dict[str, Json], ...]:
        if any(map(has_wide_number, tools)):
            raise ValueError("a tool's schema holds a whole number beyond 64 bits")
        return tools


class RouteRequest(Noun):
    """A call's settings, resolved by ``begin`` and kept in state, so that a resume keeps them."""

    route_id: str
    thread_id: str
    started_at: float
    """Unix time in seconds."""
    budget: Budget
    named: tuple[str, ...] = ()
    """The caps of it that the caller named; the others are the router's defaults."""
    preset: Preset
    strategy: str | None = None
    model: str | None = None
    clarify: bool = True
    principal: str = ""
    tenant: str = ""
    tools: tuple[JsonObject, ...] = ()
    tool_choice: str | None = None
    config_path: str = ""
    config_hash: str = ""
    docs: str = ""
    """The folder of documents the router searches; a resume searches the same."""

    @property
    def demands_tool(self) -> bool:
        """Whether nothing but a call of the caller's tools will do."""
        return bool(self.tools) and self.tool_choice not in (None, "", "auto", "none")
