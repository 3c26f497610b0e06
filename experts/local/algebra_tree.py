"""Algebraic text as a tree that holds nothing but numbers, variables and known functions.

The text is brought into Python's syntax, parsed by :mod:`ast` (which executes nothing) and
compared with a whitelist. Whoever wants a value walks that tree: :func:`evaluate` in complex
floats, the worker in computer algebra. No text ever reaches ``eval`` or ``parse_expr``.
"""

import ast
import cmath
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

MAX_LENGTH = 300
MAX_NODES = 150
MAX_DEPTH = 12
MAX_EXPONENT = 40
MAX_DIGITS = 40
VARIABLES = frozenset("abcdfghjklmnopqrstuvwxyzABCDFGHJKLMNOPQRSTUVWXYZ")
"""All letters but e and i, which are numbers, and E and I, which may be."""
FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    "sqrt": cmath.sqrt, "exp": cmath.exp, "log": cmath.log, "ln": cmath.log, "sin": cmath.sin,
    "cos": cmath.cos, "tan": cmath.tan, "asin": cmath.asin, "acos": cmath.acos,
    "atan": cmath.atan, "sinh": cmath.sinh, "cosh": cmath.cosh, "tanh": cmath.tanh,
    "abs": abs,
}  # fmt: skip
CONSTANTS: dict[str, complex] = {"pi": cmath.pi, "e": cmath.e, "i": 1j}
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+|[A-Za-z]+|\*\*|[-+*/^()])")


class AlgebraError(ValueError):
    """The text is not algebra, or more than is worked on here."""


class Tree(NamedTuple):
    """A checked expression: its normal form in Python's syntax, and its variables, sorted."""

    text: str
    variables: tuple[str, ...]


def parse(text: str) -> Tree:
    """``text`` checked, with products made explicit: ``2x(x+1)`` is ``2*x*(x+1)``.

    Raises:
        AlgebraError: for anything but a short algebraic expression.
    """
    if len(text) > MAX_LENGTH:
        raise AlgebraError("the expression is too long")
    source = " ".join(_explicit(_split(text)))
    names: set[str] = set()
    _check(_body(source), names, depth=0, power=False)
    return Tree(source, tuple(sorted(names)))


def _split(text: str) -> list[str]:
    tokens: list[str] = []
    place, depth, text = 0, 0, text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise AlgebraError(f"cannot read {text[place : place + 20]!r}")
        if match[1][0].isalpha() and text[match.end() : match.end() + 1].isdigit():
            raise AlgebraError("a digit follows a letter")
        tokens.extend(_letters(match[1]) if match[1][0].isalpha() else [match[1]])
        depth += (match[1] == "(") - (match[1] == ")")
        if not 0 <= depth <= MAX_DEPTH:
            raise AlgebraError("the parentheses do not match, or are nested too deeply")
        place = match.end()
    return tokens


def _letters(word: str) -> list[str]:
    """A name, or a product of up to three variables: ``xy`` is x times y; words are refused."""
    lower = word.lower()
    if lower in FUNCTIONS or lower in CONSTANTS:
        return [lower]
    if len(word) > 3 or not set(word) <= VARIABLES or (len(word) > 1 and not set(word) <= _USUAL):
        raise AlgebraError(f"{word!r} is not a variable")
    return list(word)


_USUAL = frozenset("abcxyzmnkt")
"""Variables that may stand side by side as a product."""
_FUNCTION_LETTERS = frozenset("fghpquFGHPQU")


def _explicit(tokens: list[str]) -> list[str]:
    out: list[str] = []
    for symbol in tokens:
        if out and _ends_value(out[-1]) and _starts_value(symbol):
            _check_product(out, symbol)
            out.append("*")
        out.append("**" if symbol == "^" else symbol)
    return out


def _check_product(out: list[str], symbol: str) -> None:
    """Refuse a product that is not written and could be something else."""
    left = out[-1]
    if left[0].isdigit() and symbol[0].isdigit():
        raise AlgebraError("two numbers stand side by side")
    if left in _FUNCTION_LETTERS and symbol == "(":
        raise AlgebraError(f"{left}( may be a function")
    if len(out) > 1 and out[-2] == "/" and left.isdigit() and symbol != "(":
        raise AlgebraError("the product can be read in two ways")


def _ends_value(symbol: str) -> bool:
    return symbol == ")" or symbol[0].isdigit() or (symbol[0].isalpha() and symbol not in FUNCTIONS)


def _starts_value(symbol: str) -> bool:
    return symbol == "(" or symbol[0].isalnum() or symbol[0] == "."


def _body(source: str) -> ast.expr:
    try:
        return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise AlgebraError("not an expression") from None


def _check(node: ast.expr, names: set[str], *, depth: int, power: bool) -> int:
    """The number of nodes below ``node``, all of them of a known kind."""
    if depth > 60:
        raise AlgebraError("the expression is nested too deeply")
    count = 1
    match node:
        case ast.Constant(value=int() | float() as value):
            if len(repr(value)) > (MAX_DIGITS if isinstance(value, int) else 17) or (
                power and value > MAX_EXPONENT
            ):
                raise AlgebraError("the number is too large")
        case ast.Name(id=name):
            if name in FUNCTIONS:
                raise AlgebraError(f"{name} of what is not said")
            if name not in CONSTANTS:
                names.add(name)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=inner):
            count += _check(inner, names, depth=depth + 1, power=power)
        case ast.BinOp(left=ast.Constant(value=0), op=ast.Pow(), right=ast.Constant(value=0)):
            raise AlgebraError("0^0 is 1 by some conventions and undefined by others")
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            if power:
                raise AlgebraError("a power of a power in an exponent")
            count += _check(left, names, depth=depth + 1, power=power)
            count += _check(right, names, depth=depth + 1, power=True)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            count += _check(left, names, depth=depth + 1, power=power)
            count += _check(right, names, depth=depth + 1, power=power)
        case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if name in FUNCTIONS:
            count += _check(inner, names, depth=depth + 1, power=power)
        case _:
            raise AlgebraError("not an expression")
    if count > MAX_NODES:
        raise AlgebraError("the expression is too large")
    return count


def evaluate(text: str, values: Mapping[str, complex]) -> complex:
    """The value of a checked text in complex floats: the way back that checks use.

    Raises:
        ArithmeticError, ValueError: it has no value there.
    """

    def walk(node: ast.expr) -> complex:
        match node:
            case ast.Constant(value=int() | float() as value):
                return complex(value)
            case ast.Name(id=name):
                return CONSTANTS[name] if name in CONSTANTS else values[name]
            case ast.UnaryOp(op=op, operand=inner):
                return -walk(inner) if isinstance(op, ast.USub) else walk(inner)
            case ast.BinOp(left=left, op=op, right=right):
                return complex(_OPERATORS[type(op)](walk(left), walk(right)))
            case ast.Call(func=ast.Name(id=name), args=[inner]):
                return complex(FUNCTIONS[name](walk(inner)))
            case _:
                raise AlgebraError("not an expression")

    return walk(_body(text))


def fold(text: str, leaf: Callable[[str], Any], call: Callable[[str, Any], Any]) -> Any:
    """A checked text as a value of another algebra.

    ``leaf`` gets each number and name as text, ``call`` a function's name and argument.
    """

    def walk(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=int() | float() as value):
                return leaf(repr(value))
            case ast.Name(id=name):
                return leaf(name)
            case ast.UnaryOp(op=op, operand=inner):
                return -walk(inner) if isinstance(op, ast.USub) else walk(inner)
            case ast.BinOp(left=left, op=op, right=right):
                return _OPERATORS[type(op)](walk(left), walk(right))
            case ast.Call(func=ast.Name(id=name), args=[inner]):
                return call(name, walk(inner))
            case _:
                raise AlgebraError("not an expression")

    return walk(_body(text))
