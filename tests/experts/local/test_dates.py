"""Dates: moved, counted, named, and never guessed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.experts.local.date_arithmetic import (
    Unit,
    business_days,
    julian,
    shift,
    shifted_again,
    zeller,
)
from secondhalf.experts.local.dates import Dates
from secondhalf.experts.local.solution import passed

TODAY = date(2024, 4, 10)
ANSWERS = [
    ("What date is 45 days after 2024-03-01?", "2024-04-15"),
    ("what is the date 45 days after March 1st, 2024", "2024-04-15"),
    ("45 days before 2024-03-01", "2024-01-16"),
    ("2024-03-01 + 45 days", "2024-04-15"),
    ("add 30 days to 2024-05-20", "2024-06-19"),
    ("subtract 10 days from 2024-05-20", "2024-05-10"),
    ("what day is 2 weeks from today", "2024-04-24"),
    ("a week from tomorrow", "2024-04-18"),
    ("what date will it be in 10 days?", "2024-04-20"),
    ("what was the date 3 months ago", "2024-01-10"),
    ("10 business days after 2024-03-01", "2024-03-15"),
    ("1 month after 2024-01-31", "2024-02-29"),
    ("one year after 2024-02-29", "2025-02-28"),
    ("what date is 3 days after 13/04/2024", "2024-04-16"),
    ("ninety days from 2024-01-01", "2024-03-31"),
    ("how many days between 2024-01-01 and 2024-03-01", "60 days"),
    ("How many days are there between January 1, 2024 and March 1, 2024?", "60 days"),
    ("How many days lie between 2024-02-03 and 2025-07-04?", "517 days"),
    ("how many weeks between 2024-01-01 and 2024-03-01", "8 weeks and 4 days"),
    ("how many months between 2023-01-15 and 2024-03-20", "14 months and 5 days"),
    ("how many business days between 2024-03-01 and 2024-03-15", "10 business days"),
    ("how many days until christmas?", "259 days"),
    ("how many days since 2024-01-01", "100 days"),
    ("what day of the week was July 4, 1776?", "Thursday"),
    ("What day was 1 January 2000?", "Saturday"),
    ("what day of the week will Christmas 2025 be", "Thursday"),
    ("what day is it today?", "Wednesday"),
    ("what is today's date?", "2024-04-10"),
    ("is 2024 a leap year?", "yes"),
    ("Is 1900 a leap year", "no"),
    ("is 2023-02-29 a valid date?", "no"),
    ("what day of the week is 2023-02-30?", "not a valid date: 2023-02-30 does not exist"),
    ("when is easter 2025", "2025-04-20"),
    ("How many days between Jan 1 and Mar 1 2024?", "60 days"),
    ("How many days between Jan 1 and Mar 1 2023?", "59 days"),
    ("how many days from Jan 1 to today", "100 days"),
    ("How many days in February 2100?", "28 days"),
    ("how many days in december 2023", "31 days"),
    ("what is tomorrow's date?", "2024-04-11"),
    ("what was the date yesterday?", "2024-04-09"),
]

NOT_DATES = [
    "what date is 3 days after 03/04/2024",
    "What is 3 days after the meeting",
    "what day is the conference",
    "what date is the deadline",
    "how many days in february",
    "99999999 days after 2024-01-01",
    "what happened on 2024-03-01?",
    "how old is Anna, born 2001-01-01?",
    "days",
    "10 apples after lunch",
    "how many days between Nov 1 and Mar 1 2024",
    "how many days between 1 Mar 2023 and 1 Jan",
    "how many days between Jan 1 and Mar 1",
    "how many days from Dec 1 to today",
    "how many days until Feb 29?",
    "how many days in april fool 2024",
]


@pytest.mark.parametrize(("prompt", "answer"), ANSWERS)
def test_a_date_is_reckoned_in_two_ways(prompt: str, answer: str) -> None:
    """Today is Wednesday, 10 April 2024."""
    solution = Dates(lambda: TODAY).solve(prompt)

    assert solution is not None
    assert answer == solution.answer
    assert solution.evidence
    assert passed(solution.evidence)


@pytest.mark.parametrize("prompt", NOT_DATES)
def test_whatever_names_no_date_has_no_answer(prompt: str) -> None:
    """Nor does a date that could be one of two."""
    assert Dates(lambda: TODAY).solve(prompt) is None


def test_a_year_that_was_not_said_is_a_guess() -> None:
    """It is this year's, with less confidence."""
    solution = Dates(lambda: TODAY).solve("what date is 45 days after March 1?")

    assert solution is not None
    assert ("2024-04-15", 0.75) == (solution.answer, solution.confidence)


def test_a_span_whose_end_has_no_year_is_a_guess() -> None:
    """It is the year of its beginning, not today's."""
    solution = Dates(lambda: TODAY).solve("How many days between 1 Jan 2023 and 1 Mar?")

    assert solution is not None
    assert ("59 days", 0.75) == (solution.answer, solution.confidence)


days = st.dates(date(1, 6, 1), date(9900, 1, 1))


@given(days, st.integers(-3000, 3000), st.sampled_from(["day", "week", "month", "year"]))
def test_both_reckonings_agree(day: date, count: int, unit: Unit) -> None:
    """The calendar's own arithmetic and Julian day numbers give the same day."""
    try:
        found = shift(day, count, unit)
    except (OverflowError, ValueError):
        return

    assert shifted_again(day, count, unit) == julian(found)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-300, 300))
def test_business_days_agree(day: date, count: int) -> None:
    """Stepping day by day and counting whole weeks lead to the same day."""
    found = shift(day, count, "business day")

    assert shifted_again(day, count, "business day") == julian(found)


@given(days, st.integers(-100_000, 100_000))
def test_days_added_are_days_taken(day: date, count: int) -> None:
    """Back again is where it began."""
    try:
        there = shift(day, count, "day")
    except OverflowError:
        return

    assert day == there - timedelta(days=count)


@given(days)
def test_weekdays_agree(day: date) -> None:
    """Zeller's congruence names the same weekday."""
    assert day.weekday() == zeller(day)


@given(days, st.integers(0, 400))
def test_business_days_between_are_those_stepped_over(day: date, count: int) -> None:
    """Counting the days of a span one by one gives the same number."""
    end = day + timedelta(days=count)
    stepped = sum((day + timedelta(days=n)).weekday() < 5 for n in range(1, count + 1))

    assert stepped == business_days(day, end)
