"""What a structured answer says: JSON, by itself, in a fence, or after some prose."""

import hashlib
import json
import re
from typing import Any, cast

from secondhalf.policy.quantities import written_alike
from secondhalf.state.base import Json

_ANSWER = ("answer", "finalanswer", "correctanswer", "solution", "choice", "label")
"""Fields that hold what is finally said, the most telling first."""
_ASIDE = frozenset(
    "reasoning rationale explanation justification thought thoughts thinking analysis steps "
    "chainofthought confidence certainty notes comment comments".split()
)
"""Fields that tell how somebody came to say it, or how sure they are."""
_CONTROLS = {"\b": "\\b", "\f": "\\f", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile(r"[\b\f\r\t](?=[a-z]{2})")
"""What is left of a LaTeX command whose backslash was not escaped: \\frac, \\boxed, \\right."""
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d{1,3})?")
_LONGEST = 200
"""Characters of what is compared as it is; of what is longer, its digest is."""
_DIGITS = 12
"""Significant ones by which numbers are compared."""


def structured(text: str) -> Json:
    """The part of the JSON in ``text`` that is the answer; None where there is no JSON, or no such
    part.

    That is the field named answer, solution or the like; else all of it but the fields that tell of
    reasons and of confidence, and if only one is left, what that one holds. Numbers, texts, lists
    and objects.
    """
    try:
        found = _parsed(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return found
    fields = _named(found)
    for name in _ANSWER:
        if fields.get(name) is not None:
            return fields[name]
    told = [value for name, value in fields.items() if name not in _ASIDE]
    return told[0] if len(told) == 1 else cast(Json, fields) if told else None


def canonical(value: Json) -> str | None:
    """A list or an object as text: the same for whoever says the same, whatever the order of
    fields, case, white space, or how numbers are written. None for what is nested too deeply.
    """
    try:
        text = json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return None
    return shortened(text)


def shortened(text: str) -> str:
    """``text``, or the digest of one that is too long to be kept."""
    if len(text) <= _LONGEST:
        return text
    return f"sha256:{hashlib.sha256(text.encode(errors='replace')).hexdigest()}"


def _parsed(text: str) -> dict[str, Json] | list[Json] | None:
    """All of ``text``, its last fence of JSON, or the object that it ends with.

    Raises:
        ValueError: what looks like JSON is none.
        RecursionError: it is nested too deeply.
    """
    text = text.strip()
    fence = text.rfind("```json") if not text.endswith("```") else text.rfind("```", 0, -3)
    if fence >= 0:
        text = text[fence + 3 :].removeprefix("json").partition("```")[0].strip()
    begin = 0 if fence >= 0 or text.startswith("[") else text.find("{")
    if begin < 0 or not text.endswith(("}", "]")):
        return None
    found: Any = json.loads(text[begin:], strict=False)
    return cast("dict[str, Json] | list[Json]", found) if isinstance(found, dict | list) else None


def _named(found: dict[str, Json]) -> dict[str, Json]:
    """``found`` by names that are the same however they are written, if that tells them apart."""
    fields = {re.sub(r"[\W_]+", "", key.casefold()): value for key, value in found.items()}
    return fields if len(fields) == len(found) else found


def unescaped(text: str) -> str:
    """LaTeX that was written into JSON with single backslashes, as it was meant."""
    return _ESCAPED.sub(lambda match: _CONTROLS[match.group()], text)


def _plain(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in _named(value).items()}
    if isinstance(value, list):
        return [_plain(held) for held in value]
    if isinstance(value, str):
        text = " ".join(written_alike(unescaped(value)).casefold().split())
        bare = text.replace(",", "")
        return _number(bare) if _NUMBER.fullmatch(bare) else text
    if isinstance(value, bool) or value is None:
        return value
    return _number(str(value))


def _number(text: str) -> str:
    return f"{float(text):.{_DIGITS}g}"
