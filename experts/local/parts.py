"""The third path: a request of several parts, every one of which a solver understands."""

import re
from collections.abc import Sequence

from secondhalf.experts.local.choose import solve_exact
from secondhalf.experts.local.phrasing import unwrap
from secondhalf.experts.local.solution import Solution, Solver

MAX_PROMPT = 2_000
MAX_PARTS = 12

_STARTS = (
    r"(?:also |then )?(?:what|how|which|convert|solve|calculate|compute|find|simplify|expand|factor"
    r"|differentiate|integrate|evaluate|is|when|tell me|express)\b"
)
_MARK = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|\(?[a-h][.)]|[-*•])\s+", re.MULTILINE)
_INLINE_MARK = re.compile(r"(?:^|\s)(?=\(?(\d{1,2})(?:\)\s|\.\s+[A-Za-z]))")
_STATES = re.compile(r"\b(?:is|are|was|were|equals?)\s*[.,;:]*$", re.IGNORECASE)
"""What is left of a statement: it is not asked."""
_SPLITS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\n+",
        r"\s*;\s*",
        r"(?<=\?)\s*(?:and |also |then )*(?=\S)",
        rf",?\s+(?:and|then|also|plus)\s+(?={_STARTS})|,\s+(?={_STARTS})",
        r",?\s+and\s+",
    )
)


def decompose(prompt: str, solvers: Sequence[Solver]) -> Solution | None:
    """The solutions of all parts, each on its line; None unless every part is solved.

    A prompt that is one request as a whole is not taken apart.
    """
    if len(prompt) > MAX_PROMPT or "```" in prompt or solve_exact(prompt, solvers) is not None:
        return None
    text = unwrap(_marked(prompt.strip()))
    text = re.sub(r"^[^\n\d]{0,80}:\s*\n", "", text)  # "Please answer these:"
    for split in _SPLITS:
        parts = [part for piece in split.split(text) if (part := _MARK.sub("", piece).strip())]
        if not 2 <= len(parts) <= MAX_PARTS:
            continue
        solutions = _all(parts, solvers)
        if solutions is not None:
            return _joined(parts, solutions)
    return None


def _marked(text: str) -> str:
    """``text`` with its numbered parts on lines of their own, if they count from 1.

    ``5 + 5 is 11. What is 5 + 5?`` holds no eleventh part.
    """
    marks = [int(match[1]) for match in _INLINE_MARK.finditer(text)]
    if len(marks) < 2 or marks != list(range(1, len(marks) + 1)):
        return text
    return _INLINE_MARK.sub("\n", text).strip()


def _all(parts: list[str], solvers: Sequence[Solver]) -> list[Solution] | None:
    """A solution for every part, each as a whole or taken apart once more."""
    solutions: list[Solution] = []
    for part in parts:
        if _STATES.search(part):
            return None
        found = solve_exact(part, solvers) or decompose(part, solvers)
        if found is None:
            return None
        solutions.append(found)
    return solutions


def _joined(parts: list[str], solutions: list[Solution]) -> Solution:
    lines = [
        f"{number}. {part.rstrip(' ?.=')}: {solution.answer}"
        for number, (part, solution) in enumerate(zip(parts, solutions, strict=True), start=1)
    ]
    return Solution(
        solver="+".join(dict.fromkeys(solution.solver for solution in solutions)),
        answer="\n".join(lines),
        explanation="; ".join(solution.explanation for solution in solutions),
        confidence=min(solution.confidence for solution in solutions),
        evidence=tuple(item for solution in solutions for item in solution.evidence),
    )
