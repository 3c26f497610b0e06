"""The state of a route, as the graph holds it."""

from operator import add
from typing import Annotated

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from langgraph.managed import RemainingSteps
from typing_extensions import TypedDict

from secondhalf.state.analysis import Adversarial, AnalysisConfidence, TaskAnalysis
from secondhalf.state.base import Noun
from secondhalf.state.budget import Budget, Ledger, LedgerEntry, Usage
from secondhalf.state.decision import Alternative, Decision
from secondhalf.state.estimate import (
    Answered,
    Judged,
    Overran,
    Prospect,
    Prospects,
    Reliance,
    Wording,
)
from secondhalf.state.expert import (
    Evidence,
    ExpertBundle,
    ExpertCall,
    ExpertResult,
    Grant,
    ToolRequest,
)
from secondhalf.state.feedback import Feedback
from secondhalf.state.policy import (
    Adjustment,
    Condition,
    PathPattern,
    Price,
    RoutingPolicy,
    Rule,
    Thresholds,
)
from secondhalf.state.reflection import (
    AvoidChange,
    BudgetChange,
    HintChange,
    PreferChange,
    Reflection,
    Scope,
    ThresholdChange,
)
from secondhalf.state.request import RouteContext, RouteRequest
from secondhalf.state.result import Explored, Question, RouteResult, TokenCount, TraceEvent
from secondhalf.state.strategy import Guard, RouteNode, Strategy


class Clarification(Noun):
    """A question the router asked, and what the user answered."""

    question: str
    answer: str


class RouteInput(TypedDict):
    """What a caller, or a parent graph, hands in."""

    messages: Annotated[list[AnyMessage], add_messages]


class RouteOutput(TypedDict):
    """What comes back: the conversation with the answer at its end, and the outcome."""

    messages: Annotated[list[AnyMessage], add_messages]
    route: RouteResult


class RouteState(TypedDict, total=False):
    """Everything a route knows. All but ``messages`` is reset when a new turn begins."""

    messages: Annotated[list[AnyMessage], add_messages]
    request: RouteRequest
    policy: RoutingPolicy
    clarifications: Annotated[list[Clarification], add]
    analysis: TaskAnalysis | None
    strategy: Strategy | None
    prospects: Prospects
    """What was expected of each way of answering when the strategy was picked."""
    side_effects: bool
    """Whether this route may call tools that change the world."""
    decision: Decision | None
    bundles: Annotated[list[ExpertBundle], add]
    results: Annotated[list[RouteResult], add]
    """One per opened path, in the order they were verified."""
    ledger: Ledger
    trace: Annotated[list[TraceEvent], add]
    route: RouteResult | None
    remaining_steps: RemainingSteps


class ConsultInput(TypedDict):
    """What the fan-out hands to one path: frozen values, nothing else of the state.

    But for ``bundles``, no channel here has the name of one of the route's: where events are
    streamed, LangGraph hands a subgraph's channels up by name.
    """

    conversation: list[AnyMessage]
    node: RouteNode
    attempt: int
    template: ExpertCall
    """The call that every expert of the path gets, with its own id and name."""
    spare: Grant
    """What the path may use beyond its grant, to make calls again that a killed process lost."""


class ConsultState(TypedDict, total=False):
    """The state of one opened path."""

    conversation: list[AnyMessage]
    node: RouteNode
    attempt: int
    template: ExpertCall
    spare: Grant
    answers: Annotated[list[ExpertResult], add]
    bundles: list[ExpertBundle]


class ConsultOutput(TypedDict):
    """What one path hands back to the route."""

    bundles: list[ExpertBundle]


STATE_TYPES: tuple[type[Noun], ...] = (
    Adjustment,
    Adversarial,
    Alternative,
    AnalysisConfidence,
    Answered,
    AvoidChange,
    Budget,
    BudgetChange,
    Clarification,
    Condition,
    Decision,
    Evidence,
    ExpertBundle,
    ExpertCall,
    ExpertResult,
    Explored,
    Feedback,
    Grant,
    Guard,
    HintChange,
    Judged,
    Ledger,
    LedgerEntry,
    Overran,
    PathPattern,
    PreferChange,
    Price,
    Prospect,
    Prospects,
    Question,
    Reflection,
    Reliance,
    RouteContext,
    RouteNode,
    RouteRequest,
    RouteResult,
    RoutingPolicy,
    Rule,
    Scope,
    Strategy,
    TaskAnalysis,
    ThresholdChange,
    Thresholds,
    TokenCount,
    ToolRequest,
    TraceEvent,
    Usage,
    Wording,
)
"""Every type that may stand in a checkpoint; give it to a serialiser's allow-list."""
