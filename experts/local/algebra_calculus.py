"""Rewriting, derivatives, integrals, limits and whole numbers, in the worker process only."""

from collections.abc import Callable, Mapping
from typing import Any

from secondhalf.experts.local.algebra_symbols import (
    Found,
    close,
    number,
    points,
    same,
    symbolic,
    sympy,
    write,
)
from secondhalf.experts.local.algebra_tree import evaluate, parse

MAX_INTEGER = 10**40
LONGEST = 300
"""Characters of an answer that is still one."""

_REWRITES: dict[str, Callable[[Any], Any]] = {
    "simplify": lambda e: sympy.simplify(e),
    "expand": lambda e: sympy.expand(e),
    "factor": lambda e: sympy.factor(e),
}


def transform(operation: str, request: Mapping[str, Any]) -> Found | None:
    """``simplify``, ``expand``, ``factor``, ``differentiate``, ``integrate`` or ``limit``."""
    tree = parse(str(request["text"]))
    if operation in _REWRITES:
        return _rewrite(operation, str(request["text"]), tree.variables)
    x = sympy.Symbol(str(request["variable"]))
    if operation == "differentiate":
        return _differentiate(tree.text, x, tree.variables, int(request.get("order", 1)))
    if operation == "integrate" and request.get("low") is not None:
        return _definite(tree.text, x, str(request["low"]), str(request["high"]))
    if operation == "integrate":
        return _integrate(tree.text, x, tree.variables)
    return _limit(tree.text, x, str(request["point"]))


def _rewrite(operation: str, text: str, variables: tuple[str, ...]) -> Found | None:
    found = _REWRITES[operation](symbolic(text))
    passed = same(parse(text).text, found, points(variables))
    return _found(write(found), f"{operation} {text}", [("both compared at 5 points", passed)])


def _differentiate(text: str, x: Any, variables: tuple[str, ...], order: int) -> Found | None:
    found = sympy.simplify(sympy.diff(symbolic(text), x, order))
    if order == 1:
        passed = _slopes_agree(text, found, x.name, variables)
        checks = [("compared with difference quotients at 5 points", passed)]
    else:
        below = sympy.diff(symbolic(text), x)
        passed = _slopes_agree(text, below, x.name, variables)
        checks = [("first derivative compared with difference quotients", passed)]
    return _found(write(found), f"derivative by {x.name}", checks)


def _slopes_agree(text: str, slope: Any, name: str, variables: tuple[str, ...]) -> bool:
    step, agreed = 1e-5, 0
    for point in points(variables or (name,)):
        try:
            middle = point[name]
            ahead = evaluate(text, {**point, name: middle + step})
            behind = evaluate(text, {**point, name: middle - step})
            values = {sympy.Symbol(key): value for key, value in point.items()}
            expected = number(slope.subs(values))
        except (ArithmeticError, TypeError, ValueError):
            continue
        if not close((ahead - behind) / (2 * step), expected, 1e-4):
            return False
        agreed += 1
    return agreed >= 2


def _integrate(text: str, x: Any, variables: tuple[str, ...]) -> Found | None:
    found = sympy.integrate(symbolic(text), x)
    if found.has(sympy.Integral):
        return None
    passed = same(text, sympy.diff(found, x), points(variables or (x.name,)))
    checks = [("its derivative compared with the integrand at 5 points", passed)]
    return _found(f"{write(found)} + C", f"antiderivative by {x.name}", checks)


def _definite(text: str, x: Any, low: str, high: str) -> Found | None:
    limits = (symbolic(low), symbolic(high))
    found = sympy.integrate(symbolic(text), (x, *limits))
    if found.has(sympy.Integral) or not found.is_finite:
        return None
    area = _simpson(text, x.name, number(limits[0]).real, number(limits[1]).real)
    passed = area is not None and close(area, number(found), 1e-5)
    about = "" if found.is_Rational else f" ≈ {sympy.N(found, 10)}"
    checks = [("recomputed by Simpson's rule", passed)]
    return _found(write(sympy.simplify(found)), f"integral by {x.name}{about}", checks)


def _simpson(text: str, name: str, low: float, high: float, steps: int = 2000) -> complex | None:
    width = (high - low) / steps
    try:
        values = [evaluate(text, {name: low + width * k}) for k in range(steps + 1)]
    except (ArithmeticError, ValueError):
        return None
    return width / 3 * (values[0] + values[-1] + 4 * sum(values[1:-1:2]) + 2 * sum(values[2:-1:2]))


def _limit(text: str, x: Any, point: str) -> Found | None:
    infinite = {"oo": sympy.oo, "-oo": -sympy.oo}
    at = infinite[point] if point in infinite else symbolic(point)
    found = sympy.limit(symbolic(text), x, at, "+-" if at.is_finite else "-")
    if not found.is_finite:
        return None
    near = {"oo": [1e6], "-oo": [-1e6]}.get(point)
    near = near or [number(at).real + step for step in (-1e-5, 1e-5)]
    try:
        passed = all(close(evaluate(text, {x.name: n}), number(found), 1e-3) for n in near)
    except (ArithmeticError, ValueError):
        passed = False
    return _found(write(found), f"limit at {point}", [("compared with values nearby", passed)])


def integer(task: str, value: int) -> Found | None:
    """Prime factors of a whole number, or whether it is prime."""
    if not 2 <= value <= MAX_INTEGER:
        return None
    factors: dict[int, int] = sympy.factorint(value)
    product = 1
    for prime, power in factors.items():
        product *= prime**power
    written = " × ".join(f"{p}^{k}" if k > 1 else f"{p}" for p, k in sorted(factors.items()))
    checks = [("the factors multiplied again", product == value)]
    if task == "factor":
        return Found(written, f"{value} = {written}", checks)
    prime = bool(sympy.isprime(value))
    checks.append(("primality test and factors agree", prime == (factors == {value: 1})))
    reason = f"{value} has no other factors" if prime else f"{value} = {written}"
    return Found("yes" if prime else "no", reason, checks)


def _found(answer: str, explanation: str, checks: list[tuple[str, bool]]) -> Found | None:
    return Found(answer, explanation, checks) if len(answer) <= LONGEST else None
