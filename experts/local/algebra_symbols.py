"""Between checked text and sympy, in the worker process only."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import sympy as untyped

from secondhalf.experts.local.algebra_tree import evaluate, fold, parse

sympy: Any = untyped  # what types it has, no strict checker accepts


class Found(NamedTuple):
    """What the worker answers: checks are pairs of a text and whether it passed."""

    answer: str
    explanation: str
    checks: list[tuple[str, bool]]


def symbolic(text: str) -> Any:
    """The sympy expression of a text, which is checked again first."""
    return fold(parse(text).text, _leaf, _call)


def _leaf(text: str) -> Any:
    constants = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I}
    if text in constants:
        return constants[text]
    return sympy.Rational(text) if text[0].isdigit() else sympy.Symbol(text)


def _call(name: str, argument: Any) -> Any:
    spelled = {"abs": "Abs", "ln": "log"}.get(name, name)
    return getattr(sympy, spelled)(argument)


def write(expression: Any, *, decimals: bool = False) -> str:
    """An expression for people: ``x^2``, ``3*i``; fractions as decimals if ``decimals``."""
    if expression.is_Rational and decimals and _ends(int(expression.q)):
        return f"{float(expression):.12g}"
    text = str(sympy.sstr(expression)).replace("**", "^").replace("log(", "ln(")
    return text.replace("I", "i").replace("E", "e")  # no variable has these letters


def _ends(denominator: int) -> bool:
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


def number(expression: Any) -> complex:
    """A constant expression as a complex float, computed with 30 digits."""
    return complex(sympy.N(expression, 30))


def close(left: complex, right: complex, tolerance: float = 1e-7) -> bool:
    """Whether two values agree, relative to their size."""
    return abs(left - right) <= tolerance * (1 + abs(left) + abs(right))


def same(text: str, expression: Any, points: list[Mapping[str, complex]]) -> bool:
    """Whether the checked text and the expression have the same value wherever both have one."""
    agreed = 0
    for point in points:
        try:
            left = evaluate(text, point)
            values = {sympy.Symbol(name): value for name, value in point.items()}
            right = complex(sympy.N(expression.subs(values), 20))
        except (ArithmeticError, TypeError, ValueError):
            continue
        if not close(left, right):
            return False
        agreed += 1
    return agreed >= 2


def points(variables: tuple[str, ...]) -> list[Mapping[str, complex]]:
    """Five places at which to compare: fixed, positive, and nowhere special."""
    return [
        {name: 0.3719 + 0.6127 * step + 0.2371 * place for place, name in enumerate(variables)}
        for step in range(5)
    ]
