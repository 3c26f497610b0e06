"""Keeping secrets out of errors, notes and traces."""

import re
from threading import Lock

MASK = "***"
_SHORTEST = 6
"""Values shorter than this are not masked by value: they would blot out ordinary words."""

_PATTERNS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {MASK}"),
    (re.compile(r"(?i)\b(authorization['\"]?\s*[:=]\s*['\"]?)[^'\",}\n]+"), rf"\1{MASK}"),
    (
        re.compile(
            r"(?i)\b((?:[\w-]*[_-])?(?:api[_-]?key|access[_-]?token|secret|password|passwd)"
            r"['\"]?\s*[:=]\s*['\"]?)[^\s'\",;&}]+"
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"\b(?:sk|pk|rk|gsk|xai|hf|ghp|AIza)[-_][\w*.-]{6,}"), MASK),
    (re.compile(r"\bAIza[\w-]{10,}"), MASK),
    (re.compile(r"(\w[\w+.-]*://)[^\s/@:]*:[^\s/@]+@"), rf"\1{MASK}@"),
    (re.compile(r"([?&](?:key|token|sig|signature)=)[^\s&#'\"]+"), rf"\1{MASK}"),
)

_known: set[str] = set()
_lock = Lock()


def keep_secret(value: str) -> None:
    """Mask ``value`` from now on, wherever ``redact`` is used in this process."""
    if len(value) >= _SHORTEST:
        with _lock:
            _known.add(value)


def redact(text: str) -> str:
    """``text`` without known key values and without what has the look of a credential."""
    with _lock:
        known = sorted(_known, key=len, reverse=True)
    for value in known:
        if value in text:  # with what is glued to it: another key may begin with this one
            text = re.sub(re.escape(value) + r"[\w-]*", MASK, text)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
