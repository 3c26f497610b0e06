"""The second way of computing: Dijkstra's shunting yard over decimals.

It shares with :mod:`calculate` only the list of tokens: precedence, evaluation and number type
are its own, so that the two agree only if the expression was read and computed rightly. On the
way it follows the unit of money: dollars may be added to dollars, not to plain numbers.
"""

import cmath
import math
from collections.abc import Sequence
from decimal import Context, Decimal, Inexact, Rounded
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

from secondhalf.experts.local.notation import Token

_CONTEXT = Context(prec=60, Emax=999_999, Emin=-999_999)
_CONTEXT.traps[Inexact] = _CONTEXT.traps[Rounded] = False
_PI = Decimal("3.14159265358979323846264338327950288419716939937510")
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "mod": 2, "negative": 3, "^": 4}
TOLERANCE = Decimal("1e-9")
"""Relative difference that counts as agreement where a result is not exact."""


class Amount(NamedTuple):
    """A number and the power of money it stands for: 1 is an amount of money, 0 a number."""

    number: Decimal
    money: int = 0


class MoneyError(ValueError):
    """Money was added to a plain number, multiplied by money, or the like."""


def agrees(found: Fraction, exact: bool, second: Decimal) -> bool:
    """Whether both ways gave the same number."""
    first = _CONTEXT.divide(Decimal(found.numerator), Decimal(found.denominator))
    difference = _CONTEXT.subtract(first, second).copy_abs()
    tolerance = Decimal("1e-40") if exact else TOLERANCE
    return difference <= tolerance * max(first.copy_abs(), Decimal(1))


def recalculate(expression: Sequence[Token]) -> Amount:
    """The value of ``expression`` in decimals of 60 digits.

    Raises:
        MoneyError: amounts of money do not fit together.
        ArithmeticError: it divides by zero or has no real value.
        ValueError: it is not an expression.
    """
    values: list[list[Amount]] = [[]]
    waiting: list[str] = []
    previous: Token | None = None
    for token in expression:
        match token.kind:
            case "number":
                values[-1].append(_number(token))
            case "postfix":
                values[-1].append(_postfix(token.text, _pop(values)))
            case "function":
                waiting.append(token.text)
            case "open":
                waiting.append("(")
                values.append([])
            case "comma":
                _reduce(values, waiting, 0)
            case "close":
                _reduce(values, waiting, 0)
                _close(values, waiting)
            case "operator":
                _operator(token.text, previous, values, waiting)
        previous = token
    _reduce(values, waiting, 0)
    if waiting or len(values) != 1 or len(values[0]) != 1:
        raise ValueError("not an expression")
    return values[0][0]


def _number(token: Token) -> Amount:
    if token.text in {"pi", "e"}:
        return Amount(_PI if token.text == "pi" else _CONTEXT.exp(Decimal(1)))
    return Amount(Decimal(token.text), 1 if token.currency else 0)


def _pop(values: list[list[Amount]]) -> Amount:
    if not values[-1]:
        raise ValueError("a number is missing")
    return values[-1].pop()


def _operator(
    symbol: str, previous: Token | None, values: list[list[Amount]], waiting: list[str]
) -> None:
    if previous is None or previous.kind in {"open", "comma", "operator"}:
        if symbol == "-":
            waiting.append("negative")
        elif symbol != "+":
            raise ValueError("a number is missing")
        return
    # A power binds to the right, all others to the left.
    _reduce(values, waiting, _PRECEDENCE[symbol] + (symbol == "^"))
    waiting.append(symbol)


def _reduce(values: list[list[Amount]], waiting: list[str], least: int) -> None:
    """Carry out what waits and binds at least as strongly as ``least``."""
    while waiting and _PRECEDENCE.get(waiting[-1], -1) >= least:
        symbol = waiting.pop()
        right = _pop(values)
        if symbol == "negative":
            values[-1].append(Amount(right.number.copy_negate(), right.money))
        else:
            values[-1].append(_binary(symbol, _pop(values), right))


def _close(values: list[list[Amount]], waiting: list[str]) -> None:
    if not waiting or waiting.pop() != "(" or len(values) < 2:
        raise ValueError("the parentheses do not match")
    arguments = values.pop()
    if waiting and waiting[-1] not in _PRECEDENCE and waiting[-1] != "(":
        values[-1].append(_call(waiting.pop(), arguments))
    elif len(arguments) == 1:
        values[-1].append(arguments[0])
    else:
        raise ValueError("not an expression")


def _binary(symbol: str, left: Amount, right: Amount) -> Amount:
    (a, money_a), (b, money_b) = left, right
    if symbol in {"+", "-"}:
        if money_a != money_b:
            raise MoneyError("money and a plain number cannot be added")
        sums = _CONTEXT.add if symbol == "+" else _CONTEXT.subtract
        return Amount(sums(a, b), money_a)
    if symbol == "*":
        return Amount(_CONTEXT.multiply(a, b), money_a + money_b)
    if symbol == "/":
        return Amount(_CONTEXT.divide(a, b), money_a - money_b)
    if money_a or money_b:
        raise MoneyError("money has no powers")
    if symbol == "mod":
        quotient = _CONTEXT.divide(a, b).to_integral_value(rounding="ROUND_FLOOR")
        return Amount(_CONTEXT.subtract(a, _CONTEXT.multiply(b, quotient)))
    return Amount(_power(a, b))


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if not base and not exponent:
        raise ValueError("0^0 has no value that all agree on")
    return _CONTEXT.power(base, exponent)


def _postfix(symbol: str, amount: Amount) -> Amount:
    if amount.money:
        raise MoneyError(f"money has no {symbol!r}")
    if symbol == "%":
        return Amount(_CONTEXT.scaleb(amount.number, Decimal(-2)))
    found = Decimal(1)
    for factor in range(2, int(amount.number) + 1):
        found = _CONTEXT.multiply(found, Decimal(factor))
    return Amount(found)


def _call(name: str, arguments: list[Amount]) -> Amount:
    units = {argument.money for argument in arguments}
    keeps = {"abs", "min", "max", "mean", "median", "round"}
    if not arguments or (units != {0} and (len(units) > 1 or name not in keeps)):
        raise MoneyError(f"{name} is not for these amounts")
    numbers = [argument.number for argument in arguments]
    return Amount(_function(name, numbers), units.pop())


def _function(name: str, xs: list[Decimal]) -> Decimal:
    x, second = xs[0], xs[-1]
    match name:
        case "sqrt":
            return _CONTEXT.sqrt(x)
        case "cbrt":
            root = _CONTEXT.power(x.copy_abs(), _CONTEXT.divide(Decimal(1), Decimal(3)))
            return root.copy_sign(x)
        case "abs":
            return x.copy_abs()
        case "round":
            places = int(second) if len(xs) > 1 else 0
            return x.quantize(Decimal(1).scaleb(-places), "ROUND_HALF_UP", _CONTEXT)
        case "min" | "max":
            return sorted(xs)[0 if name == "min" else -1]
        case "mean":
            return _mean(xs)
        case "median":
            middle = len(xs) // 2
            return _mean(sorted(xs)[middle if len(xs) % 2 else middle - 1 : middle + 1])
        case "gcd" | "lcm":
            return _whole(name, [int(v) for v in xs])
        case "power":
            return _power(x, second)
        case "factorial":
            return _postfix("!", Amount(x)).number
        case "degrees":
            return _CONTEXT.divide(_CONTEXT.multiply(x, _PI), Decimal(180))
        case _:
            return _transcendental(name, x, second)


def _mean(values: list[Decimal]) -> Decimal:
    return _CONTEXT.divide(reduce(_CONTEXT.add, values), Decimal(len(values)))


def _whole(name: str, values: list[int]) -> Decimal:
    """Euclid's algorithm."""
    found = abs(values[0])
    for value in map(abs, values[1:]):
        a, b = found, value
        while b:
            a, b = b, a % b
        found = a if name == "gcd" else (found * value // a if a else 0)
    return Decimal(found)


def _transcendental(name: str, x: Decimal, second: Decimal) -> Decimal:
    if name == "exp":
        return _CONTEXT.exp(x)
    if name in {"ln", "log10", "log2", "logbase"}:
        base = {"ln": Decimal(1), "log10": Decimal(10), "log2": Decimal(2)}.get(name, second)
        scale = Decimal(1) if name == "ln" else _CONTEXT.ln(base)
        return _CONTEXT.divide(_CONTEXT.ln(x), scale)
    turn = cmath.exp(1j * float(x))
    angle = float(x)
    found = {
        "sin": lambda: turn.imag,
        "cos": lambda: turn.real,
        "tan": lambda: turn.imag / turn.real,
        "asin": lambda: math.atan2(angle, math.sqrt(1 - angle * angle)),
        "acos": lambda: math.atan2(math.sqrt(1 - angle * angle), angle),
        "atan": lambda: cmath.log(complex(1, angle)).imag,
    }[name]()
    return Decimal(found)
