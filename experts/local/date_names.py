"""Dates as people write them: ``2024-03-01``, ``March 1st, 2024``, ``tomorrow``, ``Christmas``."""

import re
from datetime import date, timedelta
from typing import NamedTuple


class InvalidDateError(ValueError):
    """A date that does not exist, such as 30 February."""


class Reading(NamedTuple):
    """A date, and whether its year was said."""

    day: date
    dated: bool = True


_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
         "august aug", "september sept sep", "october oct", "november nov", "december dec"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_HOLIDAYS = {
    "christmas": (12, 25), "christmas day": (12, 25), "xmas": (12, 25),
    "christmas eve": (12, 24), "new year's eve": (12, 31), "new years eve": (12, 31),
    "new year's day": (1, 1), "new years day": (1, 1), "new year's": (1, 1),
    "new year": (1, 1), "halloween": (10, 31), "valentine's day": (2, 14),
    "valentines day": (2, 14),
}  # fmt: skip
_RELATIVE = {"today": 0, "now": 0, "tomorrow": 1, "yesterday": -1,
             "day after tomorrow": 2, "day before yesterday": -2}  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:(?:,| of)? ?(?P<year>\d{4}))?"
_WEEKDAY = rf"(?:(?:{'|'.join(WEEKDAYS)}|mon|tue|tues|wed|thu|thurs|fri|sat|sun)\.?,? )?".lower()
_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
        rf"{_WEEKDAY}{_MONTH} {_DAY}{_YEAR}",
        rf"{_WEEKDAY}{_DAY}(?: of)?[ -]{_MONTH}(?:-?{_YEAR})",
    )
)
_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")


def read_date(text: str, today: date) -> Reading | None:
    """The date ``text`` names; None if it names none, or could be one of two.

    Without a year it is the one in ``today``'s year.

    Raises:
        InvalidDateError: it names a day that does not exist.
    """
    text = re.sub(r"^the ", "", text.strip().lower()).replace("  ", " ")
    if text in _RELATIVE:
        return Reading(today + timedelta(days=_RELATIVE[text]))
    holiday = re.fullmatch(r"(.+?)(?:,? (?:of |in )?(\d{4}))?", text)
    if holiday and holiday[1] in {*_HOLIDAYS, "easter", "easter sunday"}:
        year = int(holiday[2] or today.year)
        return Reading(_holiday(holiday[1], year), dated=bool(holiday[2]))
    for form in _FORMS:
        if match := form.fullmatch(text):
            month = match["month"]
            number = int(month) if str(month).isdigit() else _MONTHS[month]
            said = match["year"]
            if not said and (number, int(match["day"])) == (2, 29):
                return None  # which leap year is meant was not said
            return Reading(_day(int(said or today.year), number, int(match["day"])), bool(said))
    if match := _NUMERIC.fullmatch(text):
        return _numeric(int(match[1]), int(match[3]), int(match[4]), match[2])
    return None


def _numeric(first: int, second: int, year: int, separator: str) -> Reading | None:
    """Day and month in either order: read only where one order is possible."""
    if separator == ".":
        return Reading(_day(year, second, first))
    if first > 12:
        return Reading(_day(year, second, first))
    if second > 12 or first == second:
        return Reading(_day(year, first, second))
    return None


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise InvalidDateError(f"{year:04}-{month:02}-{day:02} does not exist") from None


def _holiday(name: str, year: int) -> date:
    if name.startswith("easter"):
        from dateutil.easter import easter

        return easter(year)
    return _day(year, *_HOLIDAYS[name])


def upcoming(reading: Reading, today: date) -> date:
    """The date, or the next one of its kind if no year was said and it has passed."""
    day = reading.day
    if reading.dated or day >= today:
        return day
    from dateutil.relativedelta import relativedelta

    return day + relativedelta(years=1)
