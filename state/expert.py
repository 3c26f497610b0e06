"""What is asked of an expert, and what comes back."""

from typing import Literal

from secondhalf.state.analysis import Share, TaskAnalysis
from secondhalf.state.base import JsonObject, Noun
from secondhalf.state.budget import Usage

Role = Literal["classifier", "retriever", "reasoner", "verifier", "tool"]


class Evidence(Noun):
    """One reason to believe or doubt an answer.

    ``quote``: text copied from ``source`` at characters [start, end).
    ``check``: an executable check, ``passed`` says how it went (None: not applicable).
    ``judge`` and ``agreement``: a score in [0, 1]. ``tool``: what a tool returned.
    ``preference``: which of two answers a judge takes to be right, in the order it was shown them.
    """

    kind: Literal["quote", "check", "judge", "agreement", "preference", "tool"]
    source: str
    text: str = ""
    start: int | None = None
    end: int | None = None
    passed: bool | None = None
    score: Share | None = None
    data: JsonObject = {}
    """What a retriever knows of a passage besides: section, line, page, …; of a preference the
    ``judge``, the two calls ``shown``, and which of them is ``preferred`` ("" for neither); of a
    judge whether the answer is its ``own``."""


class ToolRequest(Noun):
    """A tool call that a model asks the caller (an agent) to make."""

    id: str
    name: str
    args: JsonObject = {}


class Grant(Noun):
    """What one expert call may use at most: taken from the route's reservation."""

    usd: float
    seconds: float
    tokens: int
    calls: int


class ExpertCall(Noun):
    """One call of one expert, as an opened path asks for it."""

    id: str
    expert: str
    node: str
    prompt: str
    """The request in full: the user's last message and what they clarified."""
    analysis: TaskAnalysis
    grant: Grant
    seed: int = 0
    """Varies the answer of experts that can (several samples of one model)."""
    side_effects: bool = True
    """Whether tools that change the world may be called."""
    tools: tuple[JsonObject, ...] = ()
    """Schemas of tools which the caller, not the router, will run."""
    tool_choice: str | None = None
    hints: tuple[str, ...] = ()
    """What experience tells of requests like this one, in sentences of ours."""
    prior: tuple["ExpertResult", ...] = ()
    """Results of earlier stages of this path and of the path's parent."""


class ExpertResult(Noun):
    """What an expert answered. Experts never raise: a failure is a result with ``error``."""

    call_id: str
    expert: str
    role: Role
    output: str = ""
    confidence: Share = 0.5
    usage: Usage = Usage()
    lost: Usage = Usage()
    """What the same call may have used besides, when it was in flight as a process was killed."""
    evidence: tuple[Evidence, ...] = ()
    error: str | None = None
    """One clear line, never a secret; None when the call went well."""
    attempts: int = 1
    analysis: TaskAnalysis | None = None
    tool_requests: tuple[ToolRequest, ...] = ()
    model: str = ""
    """The model that answered, as its provider names it; empty for local experts."""
    notes: tuple[str, ...] = ()
    """What a person should know: fallbacks taken, what was sent to a remote model."""

    @property
    def answered(self) -> bool:
        """Whether there is something to use: no error, and text or tool requests."""
        return self.error is None and bool(self.output.strip() or self.tool_requests)


class ExpertBundle(Noun):
    """All that the experts of one opened path said, by role; the last of a role wins its place."""

    node: str
    attempt: int = 1
    analysis: ExpertResult | None = None
    retrieval: ExpertResult | None = None
    reasoning: ExpertResult | None = None
    verification: ExpertResult | None = None
    tool: ExpertResult | None = None
    others: tuple[ExpertResult, ...] = ()
    seconds: float = 0.0
    """Wall time of the path, from its first stage to its last."""

    @property
    def results(self) -> tuple[ExpertResult, ...]:
        """Every result of the path, in the order of the roles."""
        named = (self.analysis, self.retrieval, self.tool, self.reasoning, self.verification)
        return tuple(r for r in named if r is not None) + self.others

    @property
    def usage(self) -> Usage:
        """What the whole path used, lost calls included; ``seconds`` is its wall time."""
        used = sum((r.usage for r in self.results), Usage())
        lost = sum((r.lost for r in self.results), Usage())
        return used.model_copy(update={"seconds": self.seconds}) + lost
