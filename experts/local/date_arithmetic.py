"""Reckoning with dates, each in two ways."""

import calendar
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "week", "fortnight", "month", "year", "business day"]


def shift(day: date, count: int, unit: Unit) -> date:
    """``day`` moved by ``count`` units; a month too short for the day ends it.

    Raises:
        OverflowError, ValueError: the date is outside the years 1 to 9999.
    """
    from dateutil.relativedelta import relativedelta

    if unit == "business day":
        return _business(day, count)
    if unit in {"month", "year"}:
        return day + relativedelta(months=count * (12 if unit == "year" else 1))
    return day + timedelta(days=count * {"week": 7, "fortnight": 14}.get(unit, 1))


def shifted_again(day: date, count: int, unit: Unit) -> int:
    """The same by another route, as a Julian day number."""
    if unit == "business day":
        return julian(day) + _business_span(day, count)
    if unit in {"month", "year"}:
        months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return julian_of(year, month + 1, min(day.day, last))
    return julian(day) + count * {"week": 7, "fortnight": 14}.get(unit, 1)


def julian(day: date) -> int:
    """The Julian day number of ``day`` (Fliegel and Van Flandern, 1968)."""
    return julian_of(day.year, day.month, day.day)


def julian_of(year: int, month: int, day: int) -> int:
    """The Julian day number of a Gregorian date."""
    past = (14 - month) // 12
    years = year + 4800 - past
    months = month + 12 * past - 3
    leaps = years // 4 - years // 100 + years // 400
    return day + (153 * months + 2) // 5 + 365 * years + leaps - 32045


def _business(day: date, count: int) -> date:
    """Step over Saturdays and Sundays, one day at a time."""
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while day.weekday() >= 5:
            day += step
    return day


def _business_span(day: date, count: int) -> int:
    """Calendar days that ``count`` business days span, by whole weeks and a remainder."""
    sign = 1 if count >= 0 else -1
    weekday = julian(day) % 7  # 0 is Monday
    if sign < 0:
        weekday = 4 - weekday if weekday < 5 else weekday  # mirrored: Friday is Monday
        weekday = {5: 6, 6: 5}.get(weekday, weekday)
    before = 0
    if weekday >= 5 and count:
        before = 4 - weekday  # as if from the Friday before
        weekday = 4
    weeks, rest = divmod(abs(count), 5)
    span = weeks * 7 + rest + (2 if weekday + rest > 4 and rest else 0)
    return sign * (span + before)


def business_days(start: date, end: date) -> int:
    """Mondays to Fridays after ``start`` up to and with ``end``."""
    if end < start:
        return -business_days(end, start)
    weeks, rest = divmod((end - start).days, 7)
    tail = (start.weekday() + 1 + step for step in range(rest))
    return weeks * 5 + sum(day % 7 < 5 for day in tail)


def zeller(day: date) -> int:
    """The weekday, 0 for Monday, by Zeller's congruence."""
    year, month = (day.year - 1, day.month + 12) if day.month < 3 else (day.year, day.month)
    century, rest = divmod(year, 100)
    found = day.day + 13 * (month + 1) // 5 + rest + rest // 4 + century // 4 + 5 * century
    return (found + 5) % 7
