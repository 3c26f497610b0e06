"""What the planner decided, and how it explains itself."""

from typing import Literal

from secondhalf.state.base import Noun


class Alternative(Noun):
    """A path the planner looked at: what it expected of it, and why it was not taken if so."""

    node: str
    quality: float = 0.0
    """Expected quality of the answer, in [0, 1]."""
    cost_usd: float = 0.0
    seconds: float = 0.0
    value: float = 0.0
    """Expected quality less the price of money and time."""
    reason: str = ""
    """Empty if it could be opened; else what stands in the way."""
    worth: float = 0.0
    """Expected final quality, prices paid, if it is opened next and the search goes on optimally;
    0 where it could not be opened."""
    index: float = 0.0
    """Weitzman's index: the quality in hand at which opening it by itself would just pay."""
    passed_over: str = ""
    """Why it was not taken although it could be; empty if it was, or could not."""


class Decision(Noun):
    """Open these paths, ask the user, or stop."""

    action: Literal["open", "ask", "stop"]
    nodes: tuple[str, ...] = ()
    reason: str
    capped: str = ""
    """The cap that ended the search (``usd``, ``seconds``, …); empty if none did."""
    alternatives: tuple[Alternative, ...] = ()
    trial: bool = False
    """Whether these paths are opened to learn from them, besides the answer that was found."""
    propensity: float | None = None
    """How probable this choice was, where chance had a part in it; None where it had none."""
