"""Exact arithmetic on fractions: simpleeval walks the expression, numbers are bound as names."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from secondhalf.experts.local.notation import Token
from secondhalf.experts.local.operations import PI, E, NotRealError, Operations, TooLargeError


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

    operations = Operations()
    names: dict[str, Fraction] = {}
    source = _source(expression, names)
    operations.exact = not any(t.text in {"pi", "e"} for t in expression)
    evaluator: Any = simpleeval.SimpleEval(
        operators=operations.operators(), functions=operations.functions(), names=names
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
    return Value(found, operations.exact)


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
