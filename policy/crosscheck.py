"""Compare a model's analysis with the local one, and keep what both together support."""

from collections.abc import Callable
from typing import Any

from secondhalf.state.analysis import LEVELS, Adversarial, AnalysisConfidence, TaskAnalysis

MUCH_SURER = 0.35
"""The local field is kept if its confidence exceeds the model's by this much."""
AGREED, DISAGREED = 0.5, 0.6
"""Agreement closes this share of the gap to certainty; disagreement keeps this share of it."""
UNCLEAR = 0.4
"""With less ambiguity than this there is nothing to ask."""
CLOSE = 0.3
"""Scores that differ by no more than this agree."""

_PLAIN = ("intent", "domain", "difficulty", "needs_retrieval", "needs_tools")


def cross_check(local: TaskAnalysis, model: TaskAnalysis) -> TaskAnalysis:
    """One analysis of two: risk and adversarial by the more cautious, the rest mostly the model's.

    A prompt that fools the model cannot lower its own risk or hide an attack, and one that fools
    the local analyzer is corrected by the model unless the local one is much surer.
    """
    fields: dict[str, Any] = {}
    sure: dict[str, float] = {}
    notes: list[str] = [*local.notes, *model.notes]

    def take(name: str, keep_local: bool, agree: bool, show: Callable[[Any], object]) -> None:
        mine, theirs = getattr(local, name), getattr(model, name)
        kept = local if keep_local else model
        fields[name] = getattr(kept, name)
        sure[name] = _confidence(local, model, name, keep_local, agree)
        if not agree:
            side = "local" if keep_local else "model"
            notes.append(f"{name}: local {show(mine)}, model {show(theirs)}; kept the {side} one")

    for name in _PLAIN:
        agree = getattr(local, name) == getattr(model, name)
        take(name, not agree and _gap(local, model, name) >= MUCH_SURER, agree, str)
    take("risk", _rank(local) > _rank(model), local.risk == model.risk, str)
    close = abs(local.ambiguity - model.ambiguity) <= CLOSE
    take("ambiguity", not close and _gap(local, model, "ambiguity") >= MUCH_SURER, close, _share)
    worse = local.adversarial.score > model.adversarial.score
    near = abs(local.adversarial.score - model.adversarial.score) <= CLOSE
    take("adversarial", worse, near, lambda found: _share(found.score))
    fields["adversarial"] = Adversarial(
        score=max(local.adversarial.score, model.adversarial.score),
        indicators=tuple(sorted({*local.adversarial.indicators, *model.adversarial.indicators})),
    )
    unclear = fields["ambiguity"] >= UNCLEAR
    asked = (model.question or local.question) if unclear else ""
    return TaskAnalysis(
        **fields,
        confidence=AnalysisConfidence(**sure),
        answer_kind=model.answer_kind,
        question=asked,
        source="both",
        notes=tuple(dict.fromkeys(notes)),
    )


def _rank(analysis: TaskAnalysis) -> int:
    return LEVELS.index(analysis.risk)


def _share(value: float) -> str:
    return f"{value:.2f}"


def _gap(local: TaskAnalysis, model: TaskAnalysis, name: str) -> float:
    mine: float = getattr(local.confidence, name)
    theirs: float = getattr(model.confidence, name)
    return mine - theirs


def _confidence(
    local: TaskAnalysis, model: TaskAnalysis, name: str, keep_local: bool, agree: bool
) -> float:
    """Agreement raises the better confidence, disagreement lowers that of the side kept."""
    mine: float = getattr(local.confidence, name)
    theirs: float = getattr(model.confidence, name)
    if agree:
        best = max(mine, theirs)
        return round(best + AGREED * (1.0 - best) * min(mine, theirs), 4)
    kept, other = (mine, theirs) if keep_local else (theirs, mine)
    return round(kept * (1.0 - (1.0 - DISAGREED) * other), 4)
