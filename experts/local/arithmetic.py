"""Arithmetic: computed exactly on fractions, and once more in decimals."""

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from secondhalf.experts.local.arithmetic_phrases import Reading, read
from secondhalf.experts.local.calculate import calculate
from secondhalf.experts.local.figures import SIGNIFICANT, decimals, is_short, show
from secondhalf.experts.local.notation import NotationError, Token, tokens, written
from secondhalf.experts.local.operations import NotRealError, TooLargeError
from secondhalf.experts.local.phrasing import plain, without_question
from secondhalf.experts.local.recalculate import MoneyError, agrees, recalculate
from secondhalf.experts.local.solution import Solution, check, trusted

_OTHER = re.compile(
    r"\d+/\d+/\d+|\d{3}-\d{3,4}(?:-\d{4})?|\d-\d{3}-.*|9/11|24/7|50/50|\d{4}-\d\d-\d\d|\d{4}-\d{4}"
)
"""Dates, telephone numbers, ranges of years, and things that only look like a division."""
MAX_DIGITS = 1_000


class Arithmetic:
    """Numbers, percentages, roots, logarithms, averages: ``What is 17% of 2,340?``."""

    name = "arithmetic"

    def solve(self, prompt: str) -> Solution | None:
        """The value, ``undefined`` where there is none, or None for anything else."""
        text = plain(prompt)
        if text is None:
            return None
        text = without_question(text)
        if _OTHER.fullmatch(text):
            return None
        reading = read(text)
        if reading is None:
            return None
        try:
            expression = tokens(reading.expression)
        except NotationError:
            return None
        return _solve(reading, expression) if _computes(expression) else None


def _computes(expression: Sequence[Token]) -> bool:
    """Whether there is anything to compute: a bare number is no request."""
    kinds = [token.kind for token in expression]
    numbers = kinds.count("number")
    signs = all(t.kind in {"number", "operator"} for t in expression) and numbers < 2
    if kinds == ["number", "postfix"] and expression[1].text == "%":
        return False  # "what is 5%?" asks for something else
    return numbers > 0 and not signs and bool({"operator", "function", "postfix"} & {*kinds})


def _solve(reading: Reading, expression: list[Token]) -> Solution | None:
    working = written(expression)
    try:
        found, exact = calculate(expression)
    except ZeroDivisionError:
        return _undefined(working, "undefined (division by zero)", expression)
    except NotRealError as error:
        return _undefined(working, f"undefined in the real numbers ({error})", expression)
    except (TooLargeError, ValueError):
        return None
    try:
        second = recalculate(expression)
        agreed = agrees(found, exact, second.number)
    except MoneyError:
        return None
    except (ArithmeticError, ValueError):
        return None
    if second.money not in {0, 1}:
        return None
    if len({token.currency for token in expression if token.currency}) > 1:
        return None  # what one is worth in the other is not known here
    if reading.fraction and not exact:
        return None
    answer = str(found) if reading.fraction else _answer(found, exact, reading.unit)
    if second.money:
        answer = _money(found, expression)
    if len(answer) > MAX_DIGITS:
        return None
    evidence = (check("arithmetic", f"{working} recomputed in decimals: {answer}", agreed),)
    if second.money and is_short(found) and show(abs(found)) not in answer.removesuffix("0"):
        about = f" (to the cent; exactly {show(found)})"
    else:
        about = "" if exact and is_short(found) else _about(found, exact, answer)
    note = f" ({reading.note})" if reading.note else ""
    return Solution(
        solver=Arithmetic.name,
        answer=answer,
        explanation=f"{working} = {answer}{about}{note}",
        confidence=trusted(reading.confidence, evidence),
        evidence=evidence,
    )


def _undefined(working: str, answer: str, expression: Sequence[Token]) -> Solution:
    """There is no value; the second way must find that too."""
    try:
        recalculate(expression)
        agreed = False
    except ArithmeticError:
        agreed = True
    except (TypeError, ValueError):
        agreed = False
    evidence = (check("arithmetic", f"{working} recomputed in decimals: no value", agreed),)
    return Solution(
        Arithmetic.name, answer, f"{working} has no value", trusted(0.95, evidence), evidence
    )


def _answer(found: Fraction, exact: bool, unit: str) -> str:
    return show(found, exact=exact) + unit


def _money(found: Fraction, expression: Sequence[Token]) -> str:
    """To the cent, unless a price was given more finely or less than a cent is left."""
    currency = next(token.currency for token in expression if token.currency)
    sign = "-" if found < 0 else ""
    cents = Decimal(int(abs(found) * 100 + Fraction(1, 2))).scaleb(-2)
    fine = any(len(t.text.partition(".")[2]) > 2 for t in expression if t.currency)
    if decimals(found) == 0 or (is_short(found) and fine) or (found and not cents):
        return f"{sign}{currency}{show(abs(found))}"
    return f"{sign}{currency}{cents}"


def _about(found: Fraction, exact: bool, answer: str) -> str:
    if exact and len(str(found)) <= 40:
        return f" (exactly {found})"
    return " (rounded)" if len(answer) >= SIGNIFICANT else ""
