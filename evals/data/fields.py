"""Single fields of a row: what a file gave, as what it should be.

CSV knows no types, so a number or a truth value may also come as its text.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, cast

from secondhalf.evals.data.wording import shown

Record = Mapping[str, object]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.I | re.A)
_FLAGS = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}
_MOST = 10**12  # tokens; more is a mistake


class FieldError(ValueError):
    """A field that cannot be used; says which and why, but not where it stands."""


def required_text(record: Record, name: str) -> str:
    """Text that is there and not blank; a whole number will do, for ids.

    Raises:
        FieldError: it is missing, blank or something else.
    """
    value = record.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if value.bit_length() < 64 else value
    if value is None:
        raise FieldError(f"{name} is missing")
    if not isinstance(value, str):
        raise FieldError(f"{name} {shown(value)} is not text")
    if not value.strip():
        raise FieldError(f"{name} is empty")
    return value


def optional_text(record: Record, name: str) -> str | None:
    """Text, or None.

    Raises:
        FieldError: it is something else.
    """
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise FieldError(f"{name} {shown(value)} is not text")
    return value


def number(record: Record, name: str) -> float | None:
    """A finite number, or None.

    Raises:
        FieldError: it is something else.
    """
    value = record.get(name)
    if value is None:
        return None
    found = _float(value)
    if found is None:
        raise FieldError(f"{name} {shown(value)} is not a number")
    if not math.isfinite(found):
        raise FieldError(f"{name} {shown(value)} is not a finite number")
    return found


def amount(record: Record, name: str) -> float | None:
    """A number that is not negative, or None.

    Raises:
        FieldError: it is something else.
    """
    found = number(record, name)
    if found is not None and found < 0:
        raise FieldError(f"{name} {found!r} is negative")
    return found


def count(record: Record, name: str) -> int | None:
    """A whole number that is not negative, or None.

    Raises:
        FieldError: it is something else.
    """
    found = amount(record, name)
    if found is None:
        return None
    if not found.is_integer() or found > _MOST:
        raise FieldError(f"{name} {shown(record.get(name))} is not a count")
    return int(found)


def flag(record: Record, name: str) -> bool | None:
    """True or false (also as 1 or 0), or None.

    Raises:
        FieldError: it is something else.
    """
    value = record.get(name)
    if value is None:
        return None
    found = as_flag(value)
    if found is None:
        raise FieldError(f"{name} {shown(value)} is neither true nor false")
    return found


def as_flag(value: object) -> bool | None:
    """A truth value, whether as itself, as 0 or 1, or as text; None if it is none."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return bool(value) if value in (0, 1) else None
    return _FLAGS.get(value.strip().lower()) if isinstance(value, str) else None


def mapping(record: Record, name: str) -> Mapping[str, Any] | None:
    """An object of named values, or the JSON text of one; None if there is none.

    Raises:
        FieldError: it is something else.
    """
    value = record.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise FieldError(f"{name} {shown(value)} is not a JSON object") from None
    if value is None:
        return None
    if not isinstance(value, dict):
        raise FieldError(f"{name} {shown(value)} is not a JSON object")
    return cast("dict[str, Any]", value)


def _float(value: object) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        return float(text) if len(text) < 400 and _NUMBER.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
