"""The local analyzer: what a conversation's last request is about, without asking a model.

The last request is read on its own (:mod:`~secondhalf.policy.evidence`). As far as it leans on what
was said before ("commit it", "and in French?", "yes"), it inherits from the requests before it and
from what the assistant offered. Pure and deterministic; a few milliseconds at most.
"""

import math
import re
from collections.abc import Sequence
from typing import cast

from secondhalf.policy import adversarial, evidence, weights
from secondhalf.policy.ambiguity import Ambiguity, Situation, ambiguity, follow_up
from secondhalf.policy.context import before, inherit, past_of
from secondhalf.policy.evidence import Belief, Reading
from secondhalf.policy.features import shorten
from secondhalf.state.analysis import (
    LEVELS,
    Adversarial,
    AnalysisConfidence,
    AnswerKind,
    Domain,
    Intent,
    Level,
    TaskAnalysis,
)
from secondhalf.state.conversation import Turn, last_request

PUZZLE = "it looks like a famous puzzle, which models answer as everybody knows it"
UNTRUSTED = 0.8
"""How much an attack in a tool's output counts, against one by the user."""
_SHARPNESS = {"level": 2.2, "flag": 1.6}
"""Steepness of the logistic that turns a distance from a cut point into a confidence."""


def analyze(conversation: Sequence[Turn]) -> TaskAnalysis:
    """Analyse the last request of a conversation; any text is fine, an empty one is ambiguous."""
    inspected = adversarial.inspect(last_request(conversation))
    reading = evidence.read(inspected.text)
    earlier = before(conversation)
    lean = follow_up(reading.folded, reading.words) if earlier else 0.0
    belief = inherit(reading, past_of(earlier), lean) if lean else reading.belief
    unclear = ambiguity(reading.folded, reading.words, _situation(reading, bool(earlier)))
    attack = _attack(inspected, conversation)
    return _analysis(belief, reading, unclear, attack)


def _situation(reading: Reading, context: bool) -> Situation:
    attached = bool(reading.parts.documents or reading.parts.code)
    return Situation(reading.heads, context, attached, reading.cues.get("own", 0) > 0)


def _attack(inspected: adversarial.Inspection, conversation: Sequence[Turn]) -> Adversarial:
    """The last request's score, or that of a tool's output the models are about to read."""
    score, indicators = inspected.score, set(inspected.indicators)
    for turn in [turn for turn in conversation[-6:] if turn.speaker == "tool"]:
        found = adversarial.inspect(turn.text)
        if found.score * UNTRUSTED > 0.2:
            score = max(score, round(found.score * UNTRUSTED, 4))
            indicators |= {f"tool_output.{name}" for name in found.indicators}
    return Adversarial(score=min(1.0, score), indicators=tuple(sorted(indicators)))


def _softmax(scores: dict[str, float]) -> tuple[str, float]:
    """The best label and its probability; the first of equals."""
    best = max(scores, key=scores.__getitem__)
    total = sum(math.exp(score - scores[best]) for score in scores.values())
    return best, 1.0 / total


def _level(value: float, cuts: tuple[float, float]) -> tuple[Level, float]:
    level = LEVELS[(value > cuts[0]) + (value > cuts[1])]
    distance = min(abs(value - cut) for cut in cuts)
    return level, _logistic(_SHARPNESS["level"] * distance)


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(value, 30.0)))


def _analysis(
    belief: Belief, reading: Reading, unclear: Ambiguity, attack: Adversarial
) -> TaskAnalysis:
    intent, intent_sure = _softmax(belief.intent)
    domain, domain_sure = _softmax(belief.domain)
    difficulty, difficulty_sure = _level(belief.difficulty, weights.DIFFICULTY)
    risk, risk_sure = _level(belief.risk, weights.RISK)
    foreign = reading.features.language not in ("en", "")

    def sure(value: float) -> float:
        """A little doubt always; more where the request is in another language."""
        return round(min(0.97, 0.5 + (value - 0.5) * (0.5 if foreign else 1.0)), 4)

    return TaskAnalysis(
        intent=cast(Intent, intent),
        domain=cast(Domain, domain),
        difficulty=difficulty,
        risk=risk,
        needs_retrieval=belief.retrieval > weights.RETRIEVAL,
        needs_tools=belief.tools > weights.TOOLS,
        adversarial=attack,
        ambiguity=unclear.score,
        confidence=AnalysisConfidence(
            intent=sure(intent_sure),
            domain=sure(domain_sure),
            difficulty=sure(difficulty_sure),
            risk=sure(risk_sure),
            needs_retrieval=sure(_flag(belief.retrieval - weights.RETRIEVAL)),
            needs_tools=sure(_flag(belief.tools - weights.TOOLS)),
            adversarial=sure(0.6 + 0.7 * abs(attack.score - 0.5)),
            ambiguity=sure(0.5 + 0.9 * abs(unclear.score - 0.5)),
        ),
        answer_kind=_answer_kind(intent, reading),
        question=unclear.question,
        notes=(PUZZLE,) if reading.puzzle else (),
    )


def _flag(distance: float) -> float:
    return _logistic(_SHARPNESS["flag"] * abs(distance))


_KINDS: tuple[tuple[AnswerKind, re.Pattern[str]], ...] = (
    (
        "quote",
        re.compile(
            r"\bquote (?:the|a|me|from)\b|\bcite the (?:text|passage)|\bverbatim\b"
            r"|\bexact wording\b"
        ),
    ),
    (
        "date",
        re.compile(
            r"\b(?:what|which) (?:date|weekday|day|year)\b|\bwhen (?:is|was|did|does|will)\b"
        ),
    ),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|far|old|tall|long|fast|high)\b|\bconvert\b|\bcalculate\b"
            r"|\bcompute\b|\d\s?%\s?of\b|\bas a decimal\b|\bsquare root of \d|\bexchange rate\b"
            r"|^(?:what(?:'s| is) )?[-\d\s.,()+*/^×÷]+[=?]*$|\b(?:percent|population) of\b"
        ),
    ),
    (
        "list",
        re.compile(
            r"\blist\b(?! comprehension)|\b(?:give|suggest|name|tell) (?:me )?(?:\w+ )?"
            r"(?:two|three|four|five|six|seven|eight|nine|ten|\d+|some|the key) \w+"
            r"|\bkey points\b|\bbullet"
        ),
    ),
    (
        "yes_no",
        re.compile(
            r"^(?:is|are|was|were|do|does|did|can|could|should|may|will|has|have|am)\b[^,]*\?"
        ),
    ),
)
_CODE_MADE = frozenset(evidence.MAKE) | {"rewrit", "optimis", "optimiz", "how"}


def _answer_kind(intent: str, reading: Reading) -> AnswerKind:
    if intent == "code" and any(head in _CODE_MADE for head in reading.heads[:2]):
        return "code"
    if (
        intent in ("tooling", "summarize")
        and "list" not in reading.folded
        and "key points" not in reading.folded
    ):
        return "text"
    asked = shorten(reading.folded, 200, 200)
    for kind, pattern in _KINDS:
        if pattern.search(asked):
            return kind
    return "text"
