"""Equations and systems of equations, in the worker process only."""

from collections.abc import Mapping
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
from secondhalf.experts.local.algebra_tree import AlgebraError, evaluate, parse

MAX_DEGREE = 20
LONGEST_ROOT = 60
"""Characters of a closed form; a longer one is given as a number."""
DIGITS = 10

Sides = tuple[str, str]


def solve(equations: list[Sides], unknowns: list[str]) -> Found | None:
    """Solutions for ``unknowns``, each put back into the equations as they were written."""
    sides = [(parse(left).text, parse(right).text) for left, right in equations]
    names = {name for pair in equations for side in pair for name in parse(side).variables}
    decimals = any("." in side for pair in sides for side in pair)
    if len(sides) > 1 or len(unknowns) > 1:
        return _system(sides, unknowns, sorted(names), decimals)
    if not set(unknowns) <= names:
        return None
    if len(names) == 1:
        return _one(sides[0], unknowns[0], decimals)
    return _formula(sides[0], unknowns[0], tuple(sorted(names)))


def _one(sides: Sides, unknown: str, decimals: bool) -> Found | None:
    x = sympy.Symbol(unknown)
    difference = symbolic(sides[0]) - symbolic(sides[1])
    over, under = sympy.fraction(sympy.together(difference))
    over = sympy.expand(over)
    if not over.is_polynomial(x):
        return _transcendental(sides, difference, x, decimals)
    if over == 0:
        return _identity(sides, unknown)
    polynomial = sympy.Poly(over, x)
    if polynomial.degree() > MAX_DEGREE:
        return None
    if polynomial.degree() == 0:
        return _contradiction(sides, unknown)
    roots = _roots(polynomial)
    counted = sum(roots.values()) == polynomial.degree()
    kept = [root for root in roots if _defined(sides, unknown, root, under)]
    checks = [_put_back(sides, unknown, root, decimals) for root in kept]
    checks.append((f"degree {polynomial.degree()}: every root is counted", counted))
    if not kept:
        return Found("no solution", "every candidate makes a denominator zero", checks)
    steps = write(sympy.factor(over)) + " = 0"
    return Found(_list_roots(unknown, kept, decimals), steps, checks)


def _defined(sides: Sides, unknown: str, root: Any, denominator: Any) -> bool:
    """Whether both sides, as they were written, have a value there."""
    try:
        for side in sides:
            evaluate(side, {unknown: number(root)})
    except ZeroDivisionError:
        return False
    return bool(abs(number(denominator.subs(sympy.Symbol(unknown), root))) > 1e-12)


def _roots(polynomial: Any) -> dict[Any, int]:
    """Roots with their multiplicity: in closed form where that is short, else as numbers."""
    exact: dict[Any, int] = sympy.roots(polynomial)
    short = all(len(str(root)) <= LONGEST_ROOT for root in exact)
    if short and sum(exact.values()) == polynomial.degree():
        return exact
    roots: dict[Any, int] = {}
    for factor, multiplicity in sympy.factor_list(polynomial)[1]:
        for root in sympy.Poly(factor, polynomial.gen).nroots(n=DIGITS + 5, maxsteps=100):
            roots[root] = roots.get(root, 0) + multiplicity
    return roots


def _list_roots(unknown: str, roots: list[Any], decimals: bool) -> str:
    values = [(number(root), root) for root in roots]
    real = sorted((v.real, r) for v, r in values if _is_real(v, r))
    imaginary = sorted(
        ((v.real, v.imag, r) for v, r in values if not _is_real(v, r)), key=lambda item: item[:2]
    )
    answer = " or ".join(_equals(unknown, root, decimals) for _, root in real)
    if not imaginary:
        return answer
    others = " or ".join(_equals(unknown, root, decimals) for _, _, root in imaginary)
    return f"{answer}; complex: {others}" if real else f"no real solution; complex: {others}"


def _is_real(value: complex, root: Any) -> bool:
    return bool(root.is_real) if root.is_real is not None else abs(value.imag) < 1e-12


def _equals(unknown: str, root: Any, decimals: bool) -> str:
    if root.has(sympy.Float):
        return f"{unknown} ≈ {write(sympy.N(root, DIGITS))}"
    return f"{unknown} = {write(root, decimals=decimals)}"


def _put_back(sides: Sides, unknown: str, root: Any, decimals: bool) -> tuple[str, bool]:
    value = number(root)
    try:
        left, right = (evaluate(side, {unknown: value}) for side in sides)
        passed = close(left, right)
    except (ArithmeticError, ValueError):
        passed = False
    return f"{_equals(unknown, root, decimals)} put back into the equation", passed


def _transcendental(sides: Sides, difference: Any, x: Any, decimals: bool) -> Found | None:
    found = sympy.solveset(difference, x, sympy.S.Reals)
    if found is sympy.S.EmptySet:
        return None  # that none was found does not show that there is none
    if not isinstance(found, sympy.FiniteSet) or len(found) > MAX_DEGREE:
        return None
    roots = list(found)
    checks = [_put_back(sides, x.name, root, decimals) for root in roots]
    return Found(_list_roots(x.name, roots, decimals), "solved over the real numbers", checks)


def _identity(sides: Sides, unknown: str) -> Found:
    passed = same(sides[0], symbolic(sides[1]), points((unknown,)))
    where = " for which both sides are defined" if "/" in "".join(sides) else ""
    answer = f"every value of {unknown}{where} is a solution"
    return Found(answer, "both sides are the same", [("both sides compared at 5 points", passed)])


def _contradiction(sides: Sides, unknown: str) -> Found:
    values = [evaluate(sides[0], p) - evaluate(sides[1], p) for p in points((unknown,))]
    passed = all(abs(value) > 1e-9 for value in values)
    return Found("no solution", "the sides never meet", [("compared at 5 points", passed)])


def _formula(sides: Sides, unknown: str, names: tuple[str, ...]) -> Found | None:
    """One equation with other letters in it: the unknown in terms of them."""
    x = sympy.Symbol(unknown)
    found = sympy.solve(symbolic(sides[0]) - symbolic(sides[1]), x)
    if not found or len(found) > 4 or any(len(str(root)) > 200 for root in found):
        return None
    others = tuple(name for name in names if name != unknown)
    checks = [_formula_fits(sides, x, root, others) for root in found]
    answer = " or ".join(f"{unknown} = {write(root)}" for root in found)
    return Found(answer, f"solved for {unknown}", checks)


def _formula_fits(sides: Sides, x: Any, root: Any, others: tuple[str, ...]) -> tuple[str, bool]:
    passed = True
    for point in points(others):
        value = number(root.subs({sympy.Symbol(name): at for name, at in point.items()}))
        full: Mapping[str, complex] = {**point, x.name: value}
        passed = passed and close(evaluate(sides[0], full), evaluate(sides[1], full))
    return f"{x.name} = {write(root)} put back at 5 points", passed


def _system(
    sides: list[Sides], unknowns: list[str], names: list[str], decimals: bool
) -> Found | None:
    symbols = [sympy.Symbol(name) for name in unknowns]
    differences = [symbolic(left) - symbolic(right) for left, right in sides]
    if not all(d.is_polynomial(*map(sympy.Symbol, names)) for d in differences):
        raise AlgebraError("only systems of polynomials")
    found = sympy.solve(differences, symbols, dict=True)
    if not found:
        one = sympy.groebner(differences, *symbols).exprs == [1]
        text = "the equations generate 1 = 0 (Gröbner basis)"
        return Found("no solution", "the equations contradict each other", [(text, one)])
    if len(found) > 8 or any(len(str(v)) > LONGEST_ROOT for s in found for v in s.values()):
        return None
    free = set(unknowns) - {symbol.name for symbol in found[0]}
    checks = [_system_fits(sides, solution, names) for solution in found]
    parts = [_assignment(solution, symbols, decimals) for solution in found]
    answer = " or ".join(f"({part})" for part in parts) if len(parts) > 1 else parts[0]
    if free:
        answer = f"infinitely many solutions: {answer}"
    return Found(answer, f"{len(sides)} equations for {', '.join(unknowns)}", checks)


def _assignment(solution: Mapping[Any, Any], symbols: list[Any], decimals: bool) -> str:
    return ", ".join(
        f"{symbol.name} = {write(solution[symbol], decimals=decimals)}"
        for symbol in symbols
        if symbol in solution
    )


def _system_fits(
    sides: list[Sides], solution: Mapping[Any, Any], names: list[str]
) -> tuple[str, bool]:
    solved = {symbol.name for symbol in solution}
    point = dict(points(tuple(name for name in names if name not in solved))[0])
    at = {sympy.Symbol(name): value for name, value in point.items()}
    full = {**point, **{s.name: number(v.subs(at)) for s, v in solution.items()}}
    passed = all(close(evaluate(left, full), evaluate(right, full)) for left, right in sides)
    return f"{_assignment(solution, list(solution), False)} put back into every equation", passed
