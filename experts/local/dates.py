"""Dates: ``What date is 45 days after 2024-03-01?``, weekdays, spans, leap years."""

import calendar
import re
from collections.abc import Callable
from datetime import date
from typing import cast

from secondhalf.experts.local.date_arithmetic import (
    Unit,
    business_days,
    julian,
    julian_of,
    shift,
    shifted_again,
    zeller,
)
from secondhalf.experts.local.date_names import (
    WEEKDAYS,
    InvalidDateError,
    Reading,
    read_date,
    upcoming,
)
from secondhalf.experts.local.phrasing import plain
from secondhalf.experts.local.solution import Solution, check, trusted
from secondhalf.experts.local.words import with_digits
from secondhalf.state.expert import Evidence

MAX_COUNT = 100_000
"""Units a date may be moved by."""

_UNIT = (
    r"(?P<unit>business|working|week|calendar|)\s?"
    r"(?P<kind>days?|weeks?|fortnights?|months?|years?|weekdays?)"
)
_COUNT = rf"(?P<count>\d[\d,]*|an?) {_UNIT}"
_ASK = (
    r"(?:(?:what|which)(?:'s| is| was| will be| would be)?(?: the)?(?: date| day)?"
    r"(?: is| was| will be| will it be| would it be| falls| comes)?(?: it)?|when (?:is|was|will be)"
    r"|(?:find|calculate|compute|give)(?: the)? date(?: that is)?|date)?"
)
_D = r"(?P<date>.+?)"
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("taken", rf"(?:subtract|take) {_COUNT} (?P<way>from) {_D}"),
        ("moved", rf"{_ASK} ?(?:the )?{_COUNT} (?P<way>after|from|before|since|past|prior to) "
         rf"{_D}"),
        ("ago", rf"{_ASK} ?{_COUNT} (?P<way>ago)(?: today)?"),
        ("in", rf"{_ASK} ?in {_COUNT}(?P<way>)(?: time)?"),
        ("added", rf"(?:add )?{_COUNT} (?P<way>to) {_D}"),
        ("signed", rf"{_ASK} ?{_D} ?(?P<way>[+-]|plus|minus) ?{_COUNT}"),
        ("span", rf"(?:how many|what is the number of|number of) {_UNIT} (?:are |is )?"
         r"(?:there |lie |lay |pass |passed |elapse |elapsed )?(?:between|from) "
         r"(?P<start>.+?) (?:and|to|until|till) (?P<end>.+)"),
        ("span", rf"(?:how many|what is the number of|number of) {_UNIT} (?:are |is |have )?"
         r"(?:there |it |left |passed |it's been )?(?P<way>until|till|to|before|since) "
         r"(?P<end>.+)"),
        ("span", r"(?P<unit>)(?P<kind>days) (?P<way>until|till|since) (?P<end>.+)"),
        ("span", r"(?P<unit>)(?P<kind>days) between (?P<start>.+?) and (?P<end>.+)"),
        ("weekday", r"what day (?:of the week )?is it(?P<date>)(?: today)?"),
        ("weekday", r"(?:what|which) (?:day|weekday)(?: of the week)? (?:is|was|will(?: it)? be"
         rf"|will|does|did|falls on)(?: it)?(?: on)? ?{_D}(?: (?:be|fall|land)(?: on)?)?"),
        ("weekday", rf"(?:what is the )?(?:day of the week|weekday) (?:of|for|on) {_D}"),
        ("weekday", rf"on (?:what|which) (?:day|weekday)(?: of the week)? (?:does|did|will|is|was) "
         rf"{_D}(?: (?:be|fall|land))?"),
        ("leap", r"(?:is|was|will) (?:the )?(?:year )?(?P<year>\d{1,4}) (?:be )?(?:a )?leap year"),
        ("today", r"(?:what(?:'s| is) )?(?:the )?(?:date today|today's date|current date"
         r"|date is it(?: today)?|today)|what(?:'s| is) the date|what date is it(?: today)?"),
        ("relative", r"(?:what(?:'s| is| was| will be) )?(?:the )?(?:"
         r"(?P<date>tomorrow|yesterday)'s date"
         r"|date (?:(?:is|was) )?(?P<other>tomorrow|yesterday))"),
        ("month", r"how many days (?:are |were |will be )?(?:there )?(?:in|does|did) "
         r"(?P<month>[a-z]+),?(?: of)? (?P<year>\d{4})(?: have)?"),
        ("valid", rf"(?:is|was) {_D} a (?:valid|real) date"),
        ("valid", rf"does (?:the date )?{_D} exist"),
        ("when", r"(?:when is|what (?:date|day) is|what is the date of) (?P<date>easter.*)"),
    )
)  # fmt: skip


class Dates:
    """A small grammar over the Gregorian calendar; ``clock`` says what day is today."""

    name = "dates"

    def __init__(self, clock: Callable[[], date] = date.today) -> None:
        """``clock`` is asked once per prompt."""
        self._clock = clock

    def solve(self, prompt: str) -> Solution | None:
        """An ISO date, a weekday or a count; None for anything else."""
        text = plain(prompt)
        if text is None or len(text) > 200:
            return None
        text = with_digits(text.lower())
        today = self._clock()
        for name, form in _FORMS:
            if match := form.fullmatch(text):
                try:
                    found = _answer(name, match.groupdict(), today)
                except InvalidDateError as error:
                    return _said_invalid(name, str(error))
                except (OverflowError, ValueError):
                    return None
                if found is not None:
                    return found
        return None


def _answer(name: str, groups: dict[str, str | None], today: date) -> Solution | None:
    match name:
        case "leap":
            return _leap(int(groups["year"] or 0))
        case "today":
            return _shown(today, f"today is {WEEKDAYS[today.weekday()]}", ())
        case "relative":
            reading = read_date(groups["date"] or groups["other"] or "", today)
            return reading and _shown(reading.day, f"today is {today}", ())
        case "month":
            return _month(groups["month"] or "", int(groups["year"] or 0), today)
        case "span":
            return _span(groups, today)
        case "weekday":
            return _weekday(groups["date"] or "today", today)
        case "valid" | "when":
            reading = read_date(groups["date"] or "", today)
            if reading is None:
                return None
            if name == "when":
                return _shown(upcoming(reading, today), "by the Gregorian reckoning", ())
            return _solution("yes", f"{reading.day} exists", _in_month(reading.day))
        case _:
            return _moved(groups, today, backwards=name == "taken")


def _unit(groups: dict[str, str | None]) -> Unit | None:
    qualifier, kind = groups.get("unit") or "", (groups["kind"] or "").removesuffix("s")
    if kind == "weekday" or (qualifier in {"business", "working", "week"} and kind == "day"):
        return "business day"
    if qualifier not in {"", "calendar"}:
        return None
    return cast(Unit, kind)


def _moved(groups: dict[str, str | None], today: date, *, backwards: bool) -> Solution | None:
    written, unit, way = groups["count"] or "", _unit(groups), groups.get("way") or ""
    count = 1 if written.startswith("a") else int(written.replace(",", ""))
    reading = read_date(groups.get("date") or "today", today)
    if unit is None or reading is None or count > MAX_COUNT:
        return None
    if backwards or way in {"before", "prior to", "ago", "-", "minus"}:
        count = -count
    found = shift(reading.day, count, unit)
    agreed = shifted_again(reading.day, count, unit) == julian(found)
    plural = "" if abs(count) == 1 else "s"
    side = "after" if count >= 0 else "before"
    working = f"{abs(count)} {unit}{plural} {side} {reading.day}"
    note = ", holidays not counted" if unit == "business day" else ""
    evidence = (check("dates", f"{working} reckoned in Julian day numbers: {found}", agreed),)
    shown = _shown(found, f"{working}, a {WEEKDAYS[found.weekday()]}{note}", evidence)
    # Which year is meant was not said: this one, but that is a guess.
    return shown if reading.dated else shown._replace(confidence=min(shown.confidence, 0.75))


def _shown(found: date, working: str, evidence: tuple[Evidence, ...]) -> Solution:
    back = date.fromisoformat(found.isoformat())
    checks = evidence or (check("dates", f"{found} read back", back == found),)
    return _solution(found.isoformat(), working, *checks)


def _span(groups: dict[str, str | None], today: date) -> Solution | None:
    unit = _unit(groups)
    first, final = groups.get("start") or "today", groups["end"] or ""
    start, end = read_date(first, today), read_date(final, today)
    if unit is None or start is None or end is None:
        return None
    if not (start.dated and end.dated) and re.search(r"\d{4}", first + final):
        return _half_dated(first, final, start, end, unit)
    if not start.dated and (not end.dated or start.day > end.day):
        return None
    way = groups.get("way") or ""
    if not end.dated and way == "since" and end.day > today:
        return None
    last = upcoming(end, start.day) if way != "since" else end.day
    days = abs((last - start.day).days)
    if days != abs(julian(last) - julian(start.day)):
        return None
    return _counted(start.day, last, unit, days)


def _half_dated(
    first: str, final: str, start: Reading, end: Reading, unit: Unit
) -> Solution | None:
    """A span of which one end says the year: the other is in the same year, if that is later.

    ``Jan 1 and Mar 1 2024`` says it for both; after ``1 Jan 2023 to 1 Mar`` it is a guess.
    """
    other = end.day if end.dated else start.day
    start, end = read_date(first, other) or start, read_date(final, other) or end
    if start.day >= end.day:
        return None
    found = _counted(start.day, end.day, unit, (end.day - start.day).days)
    if found is None or end.dated:
        return found
    return found._replace(confidence=min(found.confidence, 0.75))


def _counted(start: date, end: date, unit: Unit, days: int) -> Solution | None:
    where = f"{min(start, end)} to {max(start, end)}"
    day_check = check("dates", f"{where} is {days} days in Julian day numbers",
                      abs(julian(end) - julian(start)) == days)  # fmt: skip
    if unit == "day":
        return _solution(_plural(days, "day"), f"{where}, the first day not counted", day_check)
    if unit == "business day":
        count = abs(business_days(start, end))
        first = min(start, end).toordinal()
        stepped = sum((first + n) % 7 not in {0, 6} for n in range(1, days + 1))
        again = check("dates", f"{where} counted day by day: {stepped}", stepped == count)
        note = "Monday to Friday, the first day and holidays not counted"
        return _solution(_plural(count, "business day"), f"{where}, {note}", again)
    if unit in {"week", "fortnight"}:
        length = 7 if unit == "week" else 14
        count, rest = divmod(days, length)
        extra = f" and {_plural(rest, 'day')}" if rest else ""
        return _solution(f"{_plural(count, unit)}{extra}", f"{where}: {days} days", day_check)
    return _months(min(start, end), max(start, end), unit)


def _months(start: date, end: date, unit: Unit) -> Solution:
    from dateutil.relativedelta import relativedelta

    span = relativedelta(end, start)
    months = span.years * 12 + span.months
    years = 0 if unit == "month" else span.years
    parts = [(years, "year"), (months - 12 * years, "month"), (span.days, "day")]
    answer = " and ".join(_plural(n, name) for n, name in parts if n) or f"0 {unit}s"
    agreed = start + span == end
    text = f"{answer} added to {start} gives {end}"
    return _solution(answer, f"{start} to {end}", check("dates", text, agreed))


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _weekday(text: str, today: date) -> Solution | None:
    reading = read_date(text, today)
    if reading is None:
        return None
    found = WEEKDAYS[reading.day.weekday()]
    again = WEEKDAYS[zeller(reading.day)]
    text = f"{reading.day} by Zeller's congruence: {again}"
    return _solution(found, f"{reading.day} is a {found}", check("dates", text, found == again))


def _leap(year: int) -> Solution | None:
    if year == 0:
        return None
    found = calendar.isleap(year)
    days = date(year, 12, 31).toordinal() - date(year, 1, 1).toordinal() + 1
    text = f"{year} has {days} days from 1 January to 31 December"
    return _solution("yes" if found else "no", text, check("dates", text, (days == 366) == found))


def _month(name: str, year: int, today: date) -> Solution | None:
    first = read_date(f"{name} 1 {year:04}", today)
    if first is None or year >= date.max.year:
        return None
    days = calendar.monthrange(year, first.day.month)[1]
    following = julian_of(year + first.day.month // 12, first.day.month % 12 + 1, 1)
    agreed = following - julian(first.day) == days
    text = f"{first.day} to the first of the next month is {days} days in Julian day numbers"
    return _solution(_plural(days, "day"), text, check("dates", text, agreed))


def _in_month(day: date) -> Evidence:
    last = calendar.monthrange(day.year, day.month)[1]
    return check("dates", f"that month has {last} days", 1 <= day.day <= last)


def _said_invalid(name: str, why: str) -> Solution:
    year, month, day = (int(part) for part in why.split()[0].split("-"))
    last = calendar.monthrange(year, month)[1] if 1 <= month <= 12 and year else 0
    text = f"that month has {last} days" if last else f"there is no month {month}"
    evidence = check("dates", text, not 1 <= day <= last)
    if name == "valid":
        return _solution("no", f"{why}: {text}", evidence)
    return _solution(f"not a valid date: {why}", text, evidence)


def _solution(answer: str, explanation: str, *evidence: Evidence) -> Solution:
    return Solution(Dates.name, answer, explanation, trusted(0.97, evidence), evidence)
