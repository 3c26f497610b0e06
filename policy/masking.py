"""Masking the texts in nouns: what people and models wrote, never ids, names or numbers."""

from collections.abc import Callable
from typing import TypeVar, cast

from secondhalf.state.base import Noun

Mask = Callable[[str], str]
"""From a text to the same without what is private."""

N = TypeVar("N", bound=Noun)

FREE_TEXT: dict[str, frozenset[str]] = {
    "Adversarial": frozenset({"indicators"}),
    "Answered": frozenset({"gist"}),
    "Clarification": frozenset({"question", "answer"}),
    "Evidence": frozenset({"text", "data"}),
    "ExpertCall": frozenset({"prompt"}),
    "ExpertResult": frozenset({"output", "error", "notes"}),
    "Explored": frozenset({"reason"}),
    "Feedback": frozenset({"notes"}),
    "Question": frozenset({"question"}),
    "Reflection": frozenset({"summary"}),
    "RouteResult": frozenset({"answer", "unverified_answer", "reason"}),
    "TaskAnalysis": frozenset({"question", "notes"}),
    "ToolRequest": frozenset({"args"}),
    "TraceEvent": frozenset({"text", "data"}),
    "Wording": frozenset({"ending"}),
}
"""By noun, the fields that hold texts."""


def masked(noun: N, mask: Mask) -> N:
    """``noun`` with its texts masked, at any depth; itself if nothing was."""
    free = FREE_TEXT.get(type(noun).__name__, frozenset())
    changed: dict[str, object] = {}
    for name in type(noun).model_fields:
        value = getattr(noun, name)
        new = texts_masked(value, mask) if name in free else _nouns_masked(value, mask)
        if new is not value:
            changed[name] = new
    return noun.model_copy(update=changed) if changed else noun


def texts_masked(value: object, mask: Mask) -> object:
    """Plain data with all its strings masked, but for keys; itself if nothing was."""
    if isinstance(value, str):
        new = mask(value)
        return value if new == value else new
    return _each(value, lambda part: texts_masked(part, mask))


def _nouns_masked(value: object, mask: Mask) -> object:
    if isinstance(value, Noun):
        return masked(value, mask)
    return _each(value, lambda part: _nouns_masked(part, mask))


def _each(value: object, change: Callable[[object], object]) -> object:
    """A list, tuple or dict with each value changed; anything else as it is."""
    if isinstance(value, dict):
        held = cast("dict[object, object]", value)
        new = {key: change(part) for key, part in held.items()}
        return new if any(new[key] is not part for key, part in held.items()) else held
    if isinstance(value, list | tuple):
        parts = cast("list[object] | tuple[object, ...]", value)
        made = [change(part) for part in parts]
        if all(one is other for one, other in zip(made, parts, strict=True)):
            return parts
        return made if isinstance(parts, list) else tuple(made)
    return value
