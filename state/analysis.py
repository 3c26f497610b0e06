"""What the router believes about a prompt before it spends anything on it."""

from typing import Annotated, Literal

from pydantic import Field

from secondhalf.state.base import Noun

Intent = Literal["chat", "code", "summarize", "search", "tooling", "unknown"]
Domain = Literal["general", "legal", "medical", "financial", "internal"]
Level = Literal["low", "medium", "high"]
AnswerKind = Literal["text", "number", "date", "yes_no", "list", "code", "quote"]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A probability or a score in [0, 1]."""

LEVELS: tuple[Level, ...] = ("low", "medium", "high")


class Adversarial(Noun):
    """How much a prompt looks like an attack on the router or its models, and why."""

    score: Share = 0.0
    indicators: tuple[str, ...] = ()


class AnalysisConfidence(Noun):
    """How sure the analyzer is of each field, in [0, 1]."""

    intent: Share = 0.5
    domain: Share = 0.5
    difficulty: Share = 0.5
    risk: Share = 0.5
    needs_retrieval: Share = 0.5
    needs_tools: Share = 0.5
    adversarial: Share = 0.5
    ambiguity: Share = 0.5


class TaskAnalysis(Noun):
    """The analysis of a conversation's last request."""

    intent: Intent = "unknown"
    domain: Domain = "general"
    difficulty: Level = "medium"
    risk: Level = "low"
    needs_retrieval: bool = False
    needs_tools: bool = False
    adversarial: Adversarial = Adversarial()
    ambiguity: Share = 0.0
    confidence: AnalysisConfidence = AnalysisConfidence()
    answer_kind: AnswerKind = "text"
    question: str = ""
    """What to ask the user if ambiguity is high; empty if there is nothing to ask."""
    source: Literal["local", "model", "both"] = "local"
    """Who made it: ``both`` when a model's analysis was cross-checked with the local one."""
    notes: tuple[str, ...] = ()
    """Where model and local analysis disagreed, or why a model's analysis was not used."""
