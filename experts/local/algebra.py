"""Algebra: equations, systems, rewriting, derivatives, integrals, limits, primes."""

import re
from typing import Any

from secondhalf.experts.local.algebra_tree import AlgebraError, parse
from secondhalf.experts.local.phrasing import plain, unwrap
from secondhalf.experts.local.solution import Solution, check, trusted
from secondhalf.experts.local.worker import Worker
from secondhalf.state.base import Json

_WORKER = Worker("secondhalf.experts.local.algebra_worker")

_ASK = r"(?:what(?:'s| is| are)(?: the)?|find(?: the)?|compute(?: the)?|calculate(?: the)?|the)? ?"
_SOLVE = re.compile(
    r"(?:solve|find (?:all )?(?:the )?(?:solutions?|roots?|zeros|zeroes) (?:of|to|for)"
    r"|what (?:is|are) the (?:solutions?|roots?|zeros|zeroes) (?:of|to|for)"
    r"|(?:the )?(?:solutions?|roots?|zeros|zeroes) of)"
    r"(?: the)?(?: following)?(?: system(?: of equations)?| equations?)?[:,]? "
    r"(?:for (?P<first>[a-z](?: ?(?:,|and) ?[a-z])*)(?:[:,]| in| given| if| where)? )?(?P<body>.+?)"
    r"(?: for (?P<last>[a-z](?: ?(?:,|and) ?[a-z])*))?",
    re.IGNORECASE,
)
_FIND = re.compile(
    r"(?:find|what is|what's|determine|solve for)(?: the value of)? (?P<first>[a-z])"
    r"(?:,? (?:if|when|where|such that|given(?: that)?|in|so that)[:,]?| ?[:,]) (?P<body>.+=.+)",
    re.IGNORECASE,
)
_IF = re.compile(
    r"(?:if )?(?P<body>[^,]+=[^,]+), ?(?:then )?(?:what is|what's|find|solve for|determine)"
    r"(?: the value of)? (?P<last>[a-z])",
    re.IGNORECASE,
)
_EXPRESSION = r"(?P<text>.+?)"
_OPERATIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("simplify", rf"(?:simplify|reduce) {_EXPRESSION}"),
        ("expand", rf"(?:expand|multiply out) {_EXPRESSION}"),
        ("factor", rf"(?:factor|factori[sz]e) {_EXPRESSION}"),
        ("differentiate", rf"{_ASK}(?P<second>second )?derivative of {_EXPRESSION}"
         r"(?: (?:with respect to|wrt|by|in) (?P<variable>[a-z]))?"),
        ("differentiate", rf"differentiate {_EXPRESSION}"
         r"(?: (?:with respect to|wrt|by) (?P<variable>[a-z]))?"),
        ("differentiate", rf"d/d(?P<variable>[a-z])(?: of)? {_EXPRESSION}"),
        ("integrate", rf"(?:{_ASK}(?:(?:in)?definite )?integral of|integrate) {_EXPRESSION}"
         r"(?: ?d(?P<variable>[a-z])| (?:with respect to|wrt) (?P<by>[a-z]))?"
         r"(?: (?:from|between) (?P<low>\S+) (?:to|and) (?P<high>\S+))?"),
        ("limit", rf"{_ASK}limit of {_EXPRESSION} (?:as|when|for) (?P<variable>[a-z]) "
         r"?(?:->|→|approaches|goes to|tends to) ?(?P<point>\S+)"),
    )
)  # fmt: skip
_PRIME = re.compile(r"is (?:the number )?(\d[\d,]*) (?:a )?prime(?: number)?")
_FACTORS = re.compile(
    rf"(?:{_ASK}prime factori[sz]ation of|{_ASK}prime factors of|factor|factori[sz]e) (\d[\d,]*)",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s*(?:,|;|\band\b)\s*", re.IGNORECASE)
_CLEAN = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")

_BARS = re.compile(r" ?\|([^|=]+)\|")


class Algebra:
    """Recognises a request, checks its expressions, and has a killable process work on it."""

    name = "algebra"

    def __init__(self, worker: Worker = _WORKER) -> None:
        """``worker`` is shared by all, so that sympy is loaded once."""
        self._worker = worker

    def solve(self, prompt: str) -> Solution | None:
        """The solution in the unknowns' own letters, or None for anything else."""
        text = plain("; ".join(line for line in prompt.splitlines() if line.strip()))
        if text is None:
            return None
        text = _CLEAN.sub("", unwrap(text.replace(":;", ":"))).replace("$", "")
        if text.count("|") == 2:  # more could be nested in two ways
            text = _BARS.sub(r" abs(\1)", text)
        try:
            request = _request(text)
        except AlgebraError:
            return None
        found: Any = self._worker.ask(request) if request else None
        return _solution(found) if found else None


def _request(text: str) -> dict[str, Json] | None:
    """What to ask the worker; None, or an AlgebraError, if this is not algebra."""
    if whole := _FACTORS.fullmatch(text) or _PRIME.fullmatch(text.lower()):
        task = "prime" if text.lower().startswith("is ") else "factor"
        return {"operation": "integer", "task": task, "number": whole[1].replace(",", "")}
    for operation, pattern in _OPERATIONS:
        if match := pattern.fullmatch(text):
            return _operation(operation, match.groupdict())
    for pattern in (_FIND, _IF, _SOLVE):
        if match := pattern.fullmatch(text):
            groups = match.groupdict()
            wanted = groups.get("first") or groups.get("last") or ""
            zeros = re.match(r"[^:]*\b(?:roots?|zeros|zeroes)\b", text, re.IGNORECASE)
            body = match["body"] + (" = 0" if zeros and "=" not in match["body"] else "")
            return _equations(body, wanted)
    if re.fullmatch(r"[a-zA-Z] ?= ?-?[\d./ ]+", text):
        return None  # it says what it would be asked for
    return _equations(text, "") if re.fullmatch(r"[^?]*[a-zA-Z][^?]*", text) else None


def _operation(operation: str, groups: dict[str, str | None]) -> dict[str, Json] | None:
    text = re.sub(r"^(?:[a-z]\(([a-z])\)|y) ?= ?", "", groups["text"] or "")
    tree = parse(text)
    if operation in {"simplify", "expand", "factor"}:
        return {"operation": operation, "text": text} if tree.variables else None
    named = groups.get("variable") or groups.get("by")
    if named is None and len(tree.variables) != 1:
        return None
    request: dict[str, Json] = {
        "operation": operation,
        "text": text,
        "variable": (named or tree.variables[0]),
        "order": 2 if groups.get("second") else 1,
    }
    for key in ("low", "high", "point"):
        if (bound := groups.get(key)) is not None:
            request[key] = _bound(bound)
    return request


def _bound(text: str) -> str:
    infinity = {"infinity": "oo", "inf": "oo", "∞": "oo", "+∞": "oo", "-infinity": "-oo",
                "-∞": "-oo", "-inf": "-oo"}  # fmt: skip
    if text.lower() in infinity:
        return infinity[text.lower()]
    if parse(text).variables:
        raise AlgebraError("a bound must be a number")
    return text


def _equations(body: str, wanted: str) -> dict[str, Json] | None:
    """One equation, several, or an expression whose zeros are asked for."""
    pieces = [piece for piece in _SEPARATOR.split(body) if piece]
    pairs: list[Json] = []
    names: set[str] = set()
    for piece in pieces:
        sides = re.split(r"==?", piece)
        if len(sides) != 2 or not all(side.strip() for side in sides):
            return None
        if re.search(r"\blog\b", piece):
            return None  # to which base is not said
        trees = [parse(side) for side in sides]
        names.update(*(tree.variables for tree in trees))
        pairs.append([side.strip() for side in sides])
    unknowns = re.findall(r"\b[a-zA-Z]\b", re.sub(r"\band\b", ",", wanted)) or sorted(names)
    if not pairs or len(pairs) > 5 or not unknowns or not set(unknowns) <= names:
        return None
    if len(unknowns) > max(len(pairs), 1) and not wanted and len(pairs) < 2:
        return None  # one equation and several letters: which one is asked for is not said
    return {"operation": "solve", "equations": pairs, "unknowns": list(unknowns)}


def _solution(found: dict[str, Any]) -> Solution:
    evidence = tuple(check(Algebra.name, text, ok) for text, ok in found["checks"])
    return Solution(
        solver=Algebra.name,
        answer=found["answer"],
        explanation=found["explanation"],
        confidence=trusted(0.97, evidence),
        evidence=evidence,
    )
