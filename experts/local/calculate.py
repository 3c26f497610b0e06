"""Exact arithmetic on fractions: simpleeval walks the expression, numbers are bound as names."""

import ast
import math
import operator
from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, NamedTuple

from secondhalf.experts.local.notation import Token

MAX_BITS = 10_000
"""Size of any number on the way: about 3,000 digits."""
MAX_FACTORIAL = 500
PRECISION = 50
"""Digits of a root or logarithm that has no exact value."""
PI = Fraction("3.14159265358979323846264338327950288419716939937510")
E = Fraction("2.71828182845904523536028747135266249775724709369995")


class TooLargeError(ArithmeticError):
    """The result is beyond what is computed here."""


class NotRealError(ArithmeticError):
    """There is no real value: the root or logarithm of a negative number."""


class Value(NamedTuple):
    """A result, and whether it is exact."""

    value: Fraction
    exact: bool


def calculate(expression: Sequence[Token]) -> Value:
    """The value of ``expression``.

    Raises:
        ZeroDivisionError: it divides by zero.
        NotRealError: it has no real value.
        TooLargeError: a number on the way has more than ``MAX_BITS`` bits.
        ValueError: it is not an expression.
    """
    import simpleeval

    calculator = _Calculator()
    names: dict[str, Fraction] = {}
    source = _source(expression, names)
    calculator.exact = not any(t.text in {"pi", "e"} for t in expression)
    evaluator: Any = simpleeval.SimpleEval(
        operators=calculator.operators(), functions=calculator.functions(), names=names
    )
    try:
        found = evaluator.eval(source)
    except (ZeroDivisionError, NotRealError, TooLargeError):
        raise
    except (ArithmeticError, RecursionError) as error:
        raise TooLargeError(str(error)) from None
    except (SyntaxError, TypeError, simpleeval.InvalidExpression) as error:
        raise ValueError(f"not an expression: {error}") from None
    if not isinstance(found, Fraction):
        raise ValueError("not an expression")  # noqa: TRY004 - the text is at fault, not a type
    return Value(found, calculator.exact)


def _source(expression: Sequence[Token], names: dict[str, Fraction]) -> str:
    """Python syntax in which each number is a name: literals never become floats."""
    parts: list[str] = []
    for token in expression:
        if token.kind == "number":
            names[f"n{len(names)}"] = {"pi": PI, "e": E}.get(token.text, token.value)
            parts.append(f"n{len(names) - 1}")
        elif token.kind == "postfix":
            parts = _after(parts, token.text)
        else:
            parts.append({"^": "**", "mod": "%"}.get(token.text, token.text))
    return " ".join(parts)


def _after(parts: list[str], symbol: str) -> list[str]:
    """``5 %`` and ``5 !`` as calls around what stands before them."""
    start, depth = len(parts) - 1, 0
    while start >= 0:
        depth += (parts[start] == ")") - (parts[start] == "(")
        if depth <= 0:
            break
        start -= 1
    if start < 0:
        raise ValueError(f"nothing stands before {symbol!r}")
    if parts[start] == "(" and start and parts[start - 1].isidentifier():
        start -= 1
    name = "percent" if symbol == "%" else "factorial"
    return [*parts[:start], name, "(", *parts[start:], ")"]


class _Calculator:
    """The operations, each with its limit; remembers whether all were exact."""

    exact: bool = True

    def operators(self) -> dict[type[ast.AST], Callable[..., Any]]:
        return {
            ast.Add: self._limited(operator.add),
            ast.Sub: self._limited(operator.sub),
            ast.Mult: self._limited(operator.mul),
            ast.Div: self._limited(operator.truediv),
            ast.Mod: self._limited(operator.mod),
            ast.Pow: self.power,
            ast.USub: operator.neg,
            ast.UAdd: operator.pos,
        }

    def functions(self) -> dict[str, Callable[..., Any]]:
        real = self._real
        return {
            "sqrt": lambda x: self.power(x, Fraction(1, 2)),
            "cbrt": lambda x: -self.cbrt(-x) if x < 0 else self.cbrt(x),
            "abs": abs,
            "round": _round,
            "percent": lambda x: x / 100,
            "power": self.power,
            "factorial": _factorial,
            "min": min,
            "max": max,
            "mean": lambda *xs: sum(xs, Fraction(0)) / len(xs),
            "median": _median,
            "gcd": lambda *xs: Fraction(math.gcd(*map(_integer, xs))),
            "lcm": lambda *xs: Fraction(math.lcm(*map(_integer, xs))),
            "exp": lambda x: real(_decimal(_small(x)).exp),
            "ln": lambda x: real(_decimal(_positive(x)).ln),
            "log10": lambda x: real(_decimal(_positive(x)).log10),
            "log2": lambda x: self.log(x, Fraction(2)),
            "logbase": self.log,
            "degrees": lambda x: real(lambda: x * PI / 180),
            **{name: self._trigonometric(name) for name in ("sin", "cos", "tan", "atan")},
            **{name: self._trigonometric(name) for name in ("asin", "acos")},
        }

    def power(self, base: Fraction, exponent: Fraction) -> Fraction:
        if exponent.denominator == 1:
            size = max(base.numerator.bit_length(), base.denominator.bit_length())
            if abs(exponent) * size > MAX_BITS and abs(base) != 1 and base:
                raise TooLargeError("the power is too large")
            return base ** int(exponent)
        if base < 0:
            if exponent.denominator % 2:
                raise ValueError("a real or a complex root may be meant")
            raise NotRealError("a root of a negative number")
        root = _exact_root(base, exponent.denominator)
        if root is not None:
            return self.power(root, Fraction(exponent.numerator))
        return self._real(lambda: _decimal(base) ** _decimal(_small(exponent)))

    def cbrt(self, x: Fraction) -> Fraction:
        return self.power(x, Fraction(1, 3))

    def log(self, x: Fraction, base: Fraction) -> Fraction:
        _positive(x), _positive(base)
        return self._real(lambda: _decimal(x).ln() / _decimal(base).ln())

    def _trigonometric(self, name: str) -> Callable[[Fraction], Fraction]:
        def apply(x: Fraction) -> Fraction:
            try:
                found = getattr(math, name)(float(x))
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

    @staticmethod
    def _limited(compute: Callable[[Fraction, Fraction], Fraction]) -> Callable[..., Fraction]:
        def apply(left: Fraction, right: Fraction) -> Fraction:
            found = compute(left, right)
            if max(found.numerator.bit_length(), found.denominator.bit_length()) > MAX_BITS:
                raise TooLargeError("the number is too large")
            return found

        return apply


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


def _median(*values: Fraction) -> Fraction:
    ordered, middle = sorted(values), len(values) // 2
    return (ordered[middle] + ordered[~middle]) / 2


def _exact_root(value: Fraction, degree: int) -> Fraction | None:
    """The root of that degree if it is a fraction."""
    if degree > 10:
        return None
    parts = [_integer_root(n, degree) for n in (value.numerator, value.denominator)]
    if parts[0] is None or parts[1] is None:
        return None
    return Fraction(parts[0], parts[1])


def _integer_root(value: int, degree: int) -> int | None:
    """Newton's method on integers."""
    guess = 1 << -(-value.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + value // guess ** (degree - 1)) // degree
        if better >= guess:
            break
        guess = better
    return guess if guess**degree == value else None
