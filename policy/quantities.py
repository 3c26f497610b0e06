"""Numbers and dates in one way of writing, whichever of several a model chose."""

import re

_POWERS = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = (
    "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    "|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
)
_THOUSANDS = re.compile(r"(?<=\d)(?:\{,\}|,\\!|\\,)(?=\d{3}(?!\d))")
"""LaTeX for the comma in 12,345."""
_FRACTION = re.compile(
    r"(?P<before>\d)?\\[dt]?frac ?(?:\{(?P<top>-?\d+)\}|(?P<one>\d)) ?"
    r"(?:\{(?P<bottom>\d+)\}|(?P<other>\d))"
)
_SCIENTIFIC = re.compile(
    r"(?<=\d)\s?(?:×|\\times|\\cdot|\*)\s?10\s?(?:\^\s?|\*\*)\{?(-?\d{1,3})\}?"
)
_SCALED = re.compile(rf"(?<=\d)[ -]?({'|'.join(_POWERS)})\b", re.IGNORECASE)
_NEGATIVE = re.compile(r"(?<![\d)] )\b(?:negative|minus) (?=\d)", re.IGNORECASE)
_DATE = re.compile(
    r"(?:\b(?P<before>\d{1,2})(?:st|nd|rd|th)?\s(?:of\s)?)?"
    rf"\b(?P<month>{_MONTH})\b\.?"
    r"(?:\s(?P<after>\d{1,2})(?:st|nd|rd|th)?\b(?![:.]\d))?(?:,?\s(?P<year>\d{4})\b)?"
)


def written_alike(text: str) -> str:
    """``text`` with minus signs, 12{,}345, 2\\frac{3}{4}, 3 × 10^8, 5 million, negative 5 and dates
    with the name of a month as -, 12,345, 2 3/4, 3e8, 5e6, -5 and 2024-01-15 (2024-01, 01-15)."""
    text = _THOUSANDS.sub(",", text.replace("−", "-"))
    text = _FRACTION.sub(_slashed, text)
    text = _SCIENTIFIC.sub(r"e\1", text)
    text = _SCALED.sub(lambda match: f"e{_POWERS[match.group(1).casefold()]}", text)
    return _DATE.sub(_iso, _NEGATIVE.sub("-", text))


def _slashed(match: "re.Match[str]") -> str:
    before, top, one, bottom, other = match.group("before", "top", "one", "bottom", "other")
    return f"{before + ' ' if before else ''}{top or one}/{bottom or other}"


def _iso(match: "re.Match[str]") -> str:
    before, month, after, year = match.group("before", "month", "after", "year")
    day = before or after
    if (before and after) or not (day or year) or int(day or 1) > 31:
        return match.group()
    parts = (year, f"{_MONTHS.index(month[:3]) + 1:02}", day and f"{int(day):02}")
    return "-".join(part for part in parts if part)
