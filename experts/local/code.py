"""Code checks: Python with :mod:`ast` and pyflakes, JSON, TOML. Nothing is ever executed."""

import ast
import json
import re
import threading
import tomllib
import warnings
from collections.abc import Callable
from typing import NamedTuple

from secondhalf.experts.local.phrasing import unwrap
from secondhalf.experts.local.solution import Solution, check
from secondhalf.state.expert import Evidence

MAX_CODE = 50_000
"""Characters of code that are checked."""
MAX_PROBLEMS = 20

_WARNINGS = threading.Lock()
_FENCE = re.compile(r"```[ \t]*([\w+-]*)[ \t]*\r?\n(.*?)\r?\n?[ \t]*```", re.DOTALL)
_LANGUAGE = r"(?:python ?3?|py|json|toml)"
_IT = (
    rf"(?:this|the following|my|the|that|following)?(?: (?:piece|bit) of)?(?: {_LANGUAGE})?"
    rf"(?: (?:code|snippet|script|program|file|function|document|config|text|syntax|below|here))*"
    r"|it|this"
)
_FAULTS = r"(?:errors?|problems?|issues?|mistakes?|warnings?|bugs?)"
_INTRODUCTION = re.compile(
    r"^(?:here(?:'s| is)|this is) (?:my|some|the|a)(?: \w+)? "
    r"(?:code|script|snippet|function|file|config)[\s:.,;]*(?=\S)",
    re.IGNORECASE,
)
_REQUESTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"is (?:{_IT}) (?:syntactically )?(?:valid|correct|well[- ]formed|ok|okay|right|legal)"
        rf"(?: {_LANGUAGE})?(?: (?:code|syntax))?",
        rf"(?:check|lint|validate|verify|analy[sz]e|pyflakes)(?: (?:if|whether|that))? (?:{_IT})"
        r"(?: (?:is|parses)(?: (?:syntactically )?(?:valid|correct))?(?: "
        rf"{_LANGUAGE})?)?(?: for (?:me|(?:syntax )?{_FAULTS}))*",
        rf"(?:are there|does (?:{_IT}) (?:have|contain)|find|list|show)(?: any| all)?(?: the)?"
        rf" (?:(?:syntax|lint) )?{_FAULTS}(?: in (?:{_IT}))?",
        rf"does (?:{_IT}) (?:parse|compile)(?: as {_LANGUAGE})?",
        rf"any (?:syntax )?{_FAULTS} (?:in|with) (?:{_IT})",
        rf"(?:what(?:'s| is) wrong with|is there (?:anything|something) wrong with) (?:{_IT})",
        rf"(?:{_LANGUAGE} )?(?:syntax )?(?:check|lint)",
    )
)


class Problem(NamedTuple):
    """Something found in the code: its line from 1, and what it is."""

    line: int
    text: str


class Code:
    """Answers ``is this valid?`` about one fenced block, from reading it."""

    name = "code"

    def solve(self, prompt: str) -> Solution | None:
        """The list of problems, or ``No problems found``; None for anything else."""
        if len(prompt) > MAX_CODE + 1_000 or prompt.count("```") != 2:
            return None
        fence = _FENCE.search(prompt)
        if fence is None or len(fence[2]) > MAX_CODE:
            return None
        request = unwrap(_outside(prompt, fence)).strip(" :.?!")
        if not any(form.fullmatch(request) for form in _REQUESTS):
            return None
        language = _language(fence[1].lower(), request.lower(), fence[2])
        return _checked(language, fence[2]) if language else None


def _outside(prompt: str, fence: re.Match[str]) -> str:
    """What is said around the block, on one line, without ``here is my code:``."""
    parts = (prompt[: fence.start()].strip(), prompt[fence.end() :].strip())
    text = " ".join(" ".join(parts).split()).strip(" :.?!")
    return _INTRODUCTION.sub("", text).strip(" :.?!")


def _language(tag: str, request: str, code: str) -> str:
    """``python``, ``json``, ``toml``, or nothing if the code is in another language."""
    said = re.findall(r"\b(python|py|json|toml)\b", request)
    known = {"python": "python", "py": "python", "python3": "python", "json": "json",
             "toml": "toml"}  # fmt: skip
    if tag:
        return known.get(tag, "")
    if said:
        return known[said[0]]
    if code.lstrip()[:1] in {"{", "["}:
        return "json"
    return "python" if re.search(r"^\s*(?:def|import|from|class|print\(|for .*:|if .*:)", code,
                                 re.MULTILINE) else ""  # fmt: skip


def _checked(language: str, code: str) -> Solution:
    checkers: dict[str, Callable[[str], list[Problem]]] = {
        "python": _python,
        "json": _json,
        "toml": _toml,
    }
    problems = checkers[language](code)
    answer = "\n".join(f"line {p.line}: {p.text}" for p in problems[:MAX_PROBLEMS])
    more = len(problems) - MAX_PROBLEMS
    return Solution(
        solver=Code.name,
        answer=(answer + (f"\n… and {more} more" if more > 0 else "")) or "No problems found",
        explanation=f"{language}, read and not executed: {_count(problems)} found",
        confidence=0.95,
        evidence=(_cut_check(language, code, problems),),
    )


def _cut_check(language: str, code: str, problems: list[Problem]) -> Evidence:
    """Lines stand where they are said to be, and a clean block survives a round trip."""
    if problems:
        lines = code.count("\n") + 1
        text = f"every line named is one of the block's {lines}"
        return check("code", text, all(1 <= p.line <= lines + 1 for p in problems))
    return check("code", f"{language} written out again reads as the same", _again(language, code))


def _again(language: str, code: str) -> bool:
    try:
        if language == "python":
            tree = ast.parse(code)
            return ast.dump(ast.parse(ast.unparse(tree))) == ast.dump(tree)
        if language == "json":
            return bool(json.loads(json.dumps(json.loads(code))) == json.loads(code))
        return tomllib.loads(code) == tomllib.loads(code + "\n")
    except (RecursionError, SyntaxError, ValueError):
        return False


def _count(problems: list[Problem]) -> str:
    return f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"


def _python(code: str) -> list[Problem]:
    # The filters are the whole process's, so one block at a time.
    with _WARNINGS, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            tree = ast.parse(code)
        except SyntaxError as error:
            return [Problem(error.lineno or 1, f"syntax error: {error.msg}")]
        except (MemoryError, RecursionError, ValueError):
            return [Problem(1, "syntax error: nested too deeply, or not text")]
    found = [Problem(w.lineno, str(w.message)) for w in caught]
    return sorted([*found, *_flakes(tree)])


def _flakes(tree: ast.Module) -> list[Problem]:
    """What pyflakes sees in a tree that parsed."""
    from pyflakes.checker import Checker

    try:
        messages = Checker(tree, filename="code").messages
    except RecursionError:
        return []
    return [Problem(m.lineno, str(m.message % m.message_args)) for m in messages]


def _json(code: str) -> list[Problem]:
    try:
        json.loads(code)
    except json.JSONDecodeError as error:
        return [Problem(error.lineno, f"syntax error: {error.msg} at column {error.colno}")]
    except (RecursionError, ValueError):
        return [Problem(1, "syntax error: nested too deeply, or a number is too long")]
    return []


def _toml(code: str) -> list[Problem]:
    try:
        tomllib.loads(code)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        last = code.count("\n") + 1
        return [Problem(int(line[1]) if line else last, f"syntax error: {error}")]
    except (RecursionError, ValueError):
        return [Problem(1, "syntax error: nested too deeply, or a number is too long")]
    return []
