"""Judges between two answers that a test can trust, or not."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Shown = Mapping[str, str]
"""The two answers as a judge sees them: ``first`` and ``second``."""
_ANSWER = re.compile(r'is="(first|second) answer">\n(.*?)\n</data-', re.DOTALL)


def shown_in(request: str) -> dict[str, str]:
    """The answers that a request shows, by their place."""
    return dict(_ANSWER.findall(request))


def preferring(text: str) -> Callable[[Shown], str]:
    """A judge that prefers the answer which holds ``text``, wherever it stands."""
    return lambda shown: "first" if text in shown["first"] else "second"


def preference(preferred: str, confidence: float = 0.9, reason: str = "it adds up") -> str:
    """A judge's reply."""
    told = {"preferred": preferred, "confidence": confidence, "reason": reason}
    return json.dumps(told)


def saying(pick: Callable[[Shown], str], confidence: float = 0.9) -> Callable[[Any], str]:
    """The reply of a scripted chat model that judges by ``pick``."""
    return lambda messages: preference(pick(shown_in(str(messages[-1].text))), confidence)
