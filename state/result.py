"""What comes out of a path, and of a whole route."""

from typing import Literal

from secondhalf.state.analysis import Share
from secondhalf.state.base import JsonObject, Noun
from secondhalf.state.estimate import Answered, Judged, Overran
from secondhalf.state.expert import Evidence, ToolRequest

Status = Literal["success", "uncertain", "fail", "waiting"]


class TokenCount(Noun):
    """Tokens sent and received."""

    input: int = 0
    output: int = 0


class TraceEvent(Noun):
    """One line of a trace. ``at`` is a Unix time in seconds, ``seconds`` how long it took."""

    kind: Literal["begin", "analyze", "pick", "plan", "call", "verify", "ask", "answer", "stop"]
    node: str = ""
    at: float
    seconds: float = 0.0
    text: str = ""
    """For people: one line that says what happened and why."""
    data: JsonObject = {}


class Explored(Noun):
    """One opened path, in short."""

    node: str
    status: Status
    quality: float
    cost_usd: float
    latency_s: float
    reason: str
    answers: tuple[Answered, ...] = ()
    """What its models answered, as much of it as can be learned from."""
    overran: tuple[Overran, ...] = ()
    """Models of it that would have needed more than they were expected to."""
    judged: tuple[Judged, ...] = ()
    """What a judge made of two answers, where the path asked one."""
    trial: bool = False
    """Whether it was opened to learn from it: its answer is never given."""


class Question(Noun):
    """What a waiting route wants to know."""

    kind: str
    question: str


class RouteResult(Noun):
    """The outcome of one path or of a whole route (``path`` then leads to the path taken)."""

    route_id: str
    thread_id: str = ""
    status: Status
    answer: str | None = None
    """None where there is none, or where the router abstains."""
    cost_usd: float = 0.0
    unpriced_calls: int = 0
    """Calls whose price is unknown: ``cost_usd`` lacks them."""
    estimated_calls: int = 0
    """Calls that ``cost_usd`` and ``tokens`` hold at the most they may have used."""
    tokens: TokenCount = TokenCount()
    latency_s: float = 0.0
    quality: Share = 0.0
    strategy: str = ""
    path: tuple[str, ...] = ()
    trial: bool = False
    """Whether this path was opened only to learn from it."""
    policy_version: str = ""
    reflections: tuple[str, ...] = ()
    """The ids of the reflections that it leant on."""
    reason: str = ""
    """Why it has this status; for a whole route, why the search stopped."""
    capped: str = ""
    """The cap that ended the search; empty if none did."""
    models: tuple[str, ...] = ()
    """The models that made this answer, as their providers name them."""
    evidence: tuple[Evidence, ...] = ()
    tool_requests: tuple[ToolRequest, ...] = ()
    unverified_answer: str | None = None
    """The answer a high-risk route withholds because its verification failed."""
    explored: tuple[Explored, ...] = ()
    interrupt: Question | None = None
    trace: tuple[TraceEvent, ...] = ()
