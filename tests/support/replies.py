"""Replies of a scripted server that fit whatever a route asks for."""

from collections.abc import Callable, Mapping
from typing import Any

from secondhalf.state.config import ModelConfig, ModelPrices
from tests.support.openai_server import Body, OpenAIServer, Reply, forced_tool, wanted_schema

RIGHT: dict[str, Any] = {"verdict": "correct", "confidence": 0.95, "problems": []}
WRONG = {"verdict": "incorrect", "confidence": 0.95, "problems": ["no"]}
SURE: dict[str, float] = dict.fromkeys(
    (
        "intent_confidence",
        "domain_confidence",
        "difficulty_confidence",
        "risk_confidence",
        "needs_retrieval_confidence",
        "needs_tools_confidence",
        "adversarial_confidence",
        "ambiguity_confidence",
    ),
    0.9,
)
ANALYSIS: dict[str, Any] = {
    **SURE,
    "intent": "chat",
    "domain": "general",
    "difficulty": "low",
    "risk": "low",
    "needs_retrieval": False,
    "needs_tools": False,
    "adversarial": 0.0,
    "adversarial_indicators": [],
    "ambiguity": 0.0,
    "question": "",
    "answer_kind": "text",
}


def reply(
    text: str, analysis: Mapping[str, Any] | None = None, verdict: Mapping[str, Any] = RIGHT
) -> Callable[[Body], Reply]:
    """Text where text is asked for; where structure is, an analysis or a verdict."""
    form: dict[str, Any] = ANALYSIS | dict(analysis) if analysis is not None else dict(verdict)

    def say(body: Body) -> Reply:
        structured = wanted_schema(body) is not None or forced_tool(body) is not None
        return Reply(json=form) if structured else Reply(text=text)

    return say


def priced_models(server: OpenAIServer, **fields: Any) -> tuple[ModelConfig, ...]:
    """Three models on the server; a request of 100 + 20 tokens costs 140 µ$ × price."""
    return tuple(
        ModelConfig.model_validate(
            {
                "name": f"my-{tier}",
                "model": tier,
                "base_url": server.url,
                "tier": tier,
                "prices": ModelPrices(input=price, output=2 * price),
                "timeout": 5,
                "max_retries": 0,
            }
            | fields
        )
        for tier, price in (("slm", 0.1), ("mid", 1.0), ("llm", 10.0))
    )
