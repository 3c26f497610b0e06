"""Numbers as people write them: exact where they can be, without float noise."""

from decimal import Decimal, localcontext
from fractions import Fraction

SIGNIFICANT = 10
"""Digits shown of a number that has no short exact form."""
MAX_DECIMALS = 15
"""Decimals an exact answer may have before it is rounded."""


def decimals(value: Fraction) -> int | None:
    """How many decimals ``value`` needs to be written exactly; None if they never end."""
    denominator, twos, fives = value.denominator, 0, 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None


def is_short(value: Fraction) -> bool:
    """Whether ``value`` can be shown exactly."""
    needed = decimals(value)
    return needed is not None and needed <= MAX_DECIMALS


def show(value: Fraction, *, exact: bool = True, significant: int = SIGNIFICANT) -> str:
    """``value`` in digits: exactly if ``exact`` and short, else to ``significant`` digits."""
    if exact and is_short(value):
        return _fixed(value, decimals(value) or 0)
    return rounded(value, significant)


def rounded(value: Fraction, significant: int) -> str:
    """``value`` to ``significant`` digits, trailing zeros dropped; ``1.5e+20`` where huge."""
    with localcontext() as context:
        context.prec = significant
        number = Decimal(value.numerator) / Decimal(value.denominator)
        number = number.normalize()
    if number and not -7 < number.adjusted() < MAX_DECIMALS:
        return f"{number:e}"
    return f"{number:f}"


def _fixed(value: Fraction, places: int) -> str:
    sign = "-" if value < 0 else ""
    digits = str(abs(value.numerator) * 10**places // value.denominator)
    if not places:
        return sign + digits
    digits = digits.rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"
