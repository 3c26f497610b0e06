"""What is said of a route afterwards."""

from typing import Annotated

from pydantic import Field

from secondhalf.state.analysis import Share
from secondhalf.state.base import Noun


class Feedback(Noun):
    """Somebody's word on a route. ``user_rating`` is 1 to 5, ``factuality_score`` in [0, 1]."""

    route_id: str
    strategy: str = ""
    success: bool | None = None
    user_rating: Annotated[int, Field(ge=1, le=5)] | None = None
    factuality_score: Share | None = None
    escalation_occurred: bool | None = None
    path_scores: dict[str, Share] = {}
    """How good the answers of single paths were, by path, where somebody can tell."""
    notes: str = ""
    principal: str = ""
