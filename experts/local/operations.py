"""What arithmetic can do to fractions, each operation within its limits."""

import ast
import math
import operator
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

MAX_BITS = 10_000
"""Size of any number on the way: about 3,000 digits."""
MAX_FACTORIAL = 500
PRECISION = 50
"""Digits of a root or logarithm that has no exact value."""
PI = Fraction("3.14159265358979323846264338327950288419716939937510")
E = Fraction("2.71828182845904523536028747135266249775724709369995")

Compute = Callable[[Fraction, Fraction], Fraction]


class TooLargeError(ArithmeticError):
    """The result is beyond what is computed here."""


class NotRealError(ArithmeticError):
    """There is no real value: the root or logarithm of a negative number."""


class Operations:
    """The operations; ``exact`` turns false at the first result that had to be rounded."""

    exact: bool = True

    def operators(self) -> dict[type[ast.AST], Callable[..., Fraction]]:
        """By the node of Python's syntax that stands for them."""
        return {
            ast.Add: _limited(operator.add),
            ast.Sub: _limited(operator.sub),
            ast.Mult: _limited(operator.mul),
            ast.Div: _limited(lambda left, right: left / right),
            ast.Mod: _limited(operator.mod),
            ast.Pow: self.power,
            ast.USub: _negative,
            ast.UAdd: Fraction,
        }

    def functions(self) -> dict[str, Callable[..., Fraction]]:
        """By the names of :mod:`notation`."""
        trigonometric = ("sin", "cos", "tan", "asin", "acos", "atan")
        return {
            "sqrt": self._sqrt,
            "cbrt": self._cbrt,
            "abs": abs,
            "round": _round,
            "percent": _percent,
            "power": self.power,
            "factorial": _factorial,
            "min": min,
            "max": max,
            "mean": _mean,
            "median": _median,
            "gcd": _gcd,
            "lcm": _lcm,
            "exp": self._exp,
            "ln": self._ln,
            "log10": self._log10,
            "log2": self._log2,
            "logbase": self._log,
            "degrees": self._degrees,
            **{name: self._trigonometric(name) for name in trigonometric},
        }

    def power(self, base: Fraction, exponent: Fraction) -> Fraction:
        """``base`` to the ``exponent``, exact where that is a fraction."""
        if not base and not exponent:
            raise ValueError("0^0 is 1 by some conventions and undefined by others")
        if exponent.denominator == 1:
            size = max(base.numerator.bit_length(), base.denominator.bit_length())
            if abs(exponent) * size > MAX_BITS and abs(base) != 1 and base:
                raise TooLargeError("the power is too large")
            return Fraction(base ** int(exponent))
        if base < 0:
            if exponent.denominator % 2:
                raise ValueError("a real or a complex root may be meant")
            raise NotRealError("a root of a negative number")
        root = _exact_root(base, exponent.denominator)
        if root is not None:
            return self.power(root, Fraction(exponent.numerator))
        return self._real(lambda: _decimal(base) ** _decimal(_small(exponent)))

    def _sqrt(self, x: Fraction) -> Fraction:
        return self.power(x, Fraction(1, 2))

    def _cbrt(self, x: Fraction) -> Fraction:
        root = self.power(abs(x), Fraction(1, 3))
        return -root if x < 0 else root

    def _exp(self, x: Fraction) -> Fraction:
        return self._real(lambda: _decimal(_small(x)).exp())

    def _ln(self, x: Fraction) -> Fraction:
        return self._real(lambda: _decimal(_positive(x)).ln())

    def _log10(self, x: Fraction) -> Fraction:
        return self._real(lambda: _decimal(_positive(x)).log10())

    def _log2(self, x: Fraction) -> Fraction:
        return self._log(x, Fraction(2))

    def _log(self, x: Fraction, base: Fraction) -> Fraction:
        return self._real(lambda: _decimal(_positive(x)).ln() / _decimal(_positive(base)).ln())

    def _degrees(self, x: Fraction) -> Fraction:
        return self._real(lambda: x * PI / 180)

    def _trigonometric(self, name: str) -> Callable[[Fraction], Fraction]:
        compute: Callable[[float], float] = getattr(math, name)

        def apply(x: Fraction) -> Fraction:
            try:
                found = compute(float(x))
            except ValueError:
                raise NotRealError(f"{name} is not defined there") from None
            if name == "tan" and abs(found) > 1e15:
                raise ZeroDivisionError
            return self._real(lambda: Decimal(0 if abs(found) < 1e-15 else found))

        return apply

    def _real(self, compute: Callable[[], Decimal | Fraction]) -> Fraction:
        self.exact = False
        with localcontext() as context:
            context.prec = PRECISION
            return Fraction(compute())


def _limited(compute: Callable[[Any, Any], Any]) -> Compute:
    def apply(left: Fraction, right: Fraction) -> Fraction:
        found = Fraction(compute(left, right))
        if max(found.numerator.bit_length(), found.denominator.bit_length()) > MAX_BITS:
            raise TooLargeError("the number is too large")
        return found

    return apply


def _negative(value: Fraction) -> Fraction:
    return -value


def _decimal(value: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = PRECISION
        return Decimal(value.numerator) / Decimal(value.denominator)


def _small(value: Fraction) -> Fraction:
    if abs(value) > 1000:
        raise TooLargeError("the exponent is too large")
    return value


def _positive(value: Fraction) -> Fraction:
    if value <= 0:
        raise NotRealError("the logarithm of a number that is not positive")
    return value


def _integer(value: Fraction) -> int:
    if value.denominator != 1:
        raise ValueError("this is for whole numbers")
    return value.numerator


def _factorial(value: Fraction) -> Fraction:
    if value < 0 or value.denominator != 1:
        raise NotRealError("the factorial of a number that is not a natural number")
    if value > MAX_FACTORIAL:
        raise TooLargeError("the factorial is too large")
    return Fraction(math.factorial(int(value)))


def _round(value: Fraction, places: Fraction = Fraction(0)) -> Fraction:
    """Half away from zero, as at school."""
    scale = Fraction(10) ** max(-50, min(50, _integer(places)))
    size = Fraction(math.floor(abs(value) * scale + Fraction(1, 2))) / scale
    return -size if value < 0 else size


def _percent(value: Fraction) -> Fraction:
    return value / 100


def _mean(*values: Fraction) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _gcd(*values: Fraction) -> Fraction:
    return Fraction(math.gcd(*map(_integer, values)))


def _lcm(*values: Fraction) -> Fraction:
    return Fraction(math.lcm(*map(_integer, values)))


def _median(*values: Fraction) -> Fraction:
    ordered, middle = sorted(values), len(values) // 2
    return (ordered[middle] + ordered[~middle]) / 2


def _exact_root(value: Fraction, degree: int) -> Fraction | None:
    """The root of that degree if it is a fraction."""
    if degree > 10:
        return None
    over = _integer_root(value.numerator, degree)
    under = _integer_root(value.denominator, degree)
    return None if over is None or under is None else Fraction(over, under)


def _integer_root(value: int, degree: int) -> int | None:
    """Newton's method on integers."""
    if value < 2:
        return value
    guess = 1 << -(-value.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + value // guess ** (degree - 1)) // degree
        if better >= guess:
            break
        guess = better
    return guess if guess**degree == value else None
