"""Whether two answers say the same: by what each finally says, as far as text alone can tell."""

import math
import re

_FIELD = re.compile(r'"(?:final[ _]?)?answer"\s*:\s*("(?:[^"\\]|\\.)*"|[^\s,}\]]+)', re.IGNORECASE)
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_MARKED = re.compile(r"^#{3,4}\s*(?:answer\s*:?)?\s*(\S[^\n]*)$", re.IGNORECASE | re.MULTILINE)
_SAID = re.compile(
    r"\banswer(?:\s+(?:choice|option))?(?:\s+to\b[^.\n:]{1,80})?\s*(?:\bis\b|=|:)[\s:*_]*",
    re.IGNORECASE,
)
_CHOICE = re.compile(r"^(?:option|choice)?\s*[\[(]?\s*([A-Za-z])\s*(?:[\]).:,]|$)")
_FRACTION = re.compile(r"\\d?frac\s*\{(-?\d+)\}\s*\{(\d+)\}|(?<![\d/.])(-?\d+)/(\d+)(?![\d/])")
_NUMBER = re.compile(r"-?(?:\d[\d,]*(?:\.\d+)?|\.\d+)")
_LATEX = re.compile(r"\\(?:text|mathrm|mathbf|textbf)\s*\{([^{}]*)\}|\\[()\[\],;!$%]|[$*`]")
_SENTENCE_END = re.compile(r"(?<=[a-z)\]\"'%])[.;!](?:\s|$)|\s(?:because|since)\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_LAST_LINE = 300
"""Characters at the end of an answer's last line in which its last number is looked for."""
_SHORT = 12
"""Words: an answer that is no longer says nothing but what it finally says."""

Gist = float | str
"""What an answer finally says: a number, a letter that was chosen, or words."""


def gist(text: str) -> Gist | None:
    """What ``text`` finally says; None where nothing stands out that could be compared.

    Looked for in this order: a field named answer (JSON), a box (LaTeX), a line marked with ####,
    "the answer is …", the whole of a short answer, the last number at the end of a longer one.
    Of each kind the last counts.
    """
    text = text.strip()
    for pattern in (_FIELD, _BOXED, _MARKED):
        found = pattern.findall(text)
        if found and (said := _reduced(found[-1])) is not None:
            return said
    announced = [match.end() for match in _SAID.finditer(text)]
    if announced and (said := _reduced(text[announced[-1] :].partition("\n")[0])) is not None:
        return said
    if len(_WORD.findall(text[:500])) <= _SHORT and len(text) <= 500:
        return _reduced(text)
    return _last_number(text.rsplit("\n", 1)[-1][-_LAST_LINE:])


def agree(first: str, second: str) -> bool:
    """Whether two answers say the same; symmetric. Answers that cannot be compared do not."""
    one, other = gist(first), gist(second)
    return one is not None and other is not None and same(one, other)


def same(first: Gist, second: Gist) -> bool:
    """Whether two gists are equal: numbers up to rounding, words by their letters."""
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=1e-6, abs_tol=1e-9)
    return first == second


def _reduced(said: str) -> Gist | None:
    said = _LATEX.sub(lambda match: match.group(1) or " ", said.strip().strip('"')).strip()
    said = _SENTENCE_END.split(said, maxsplit=1)[0].lstrip(" :;\"'").rstrip(" .:;\"'")
    if chosen := _CHOICE.match(said):
        return chosen.group(1).upper()
    if (fraction := _FRACTION.search(said)) is not None:
        top, bottom = (
            (fraction.group(1) or fraction.group(3)),
            (fraction.group(2) or fraction.group(4)),
        )
        return _finite(float(top) / float(bottom)) if float(bottom) else None
    numbers = _NUMBER.findall(said)
    if len(numbers) == 1 or (numbers and "=" in said):
        return _number(numbers[-1])
    words = " ".join(_WORD.findall(said.casefold()))
    return words or None


def _last_number(end: str) -> float | None:
    found = _NUMBER.findall(_LATEX.sub(lambda match: match.group(1) or " ", end))
    return _number(found[-1]) if found else None


def _number(found: str) -> float | None:
    return _finite(float(found.replace(",", "")))


def _finite(number: float) -> float | None:
    """None for what is too big to be a number here: it could not be stored, or compared."""
    return number if math.isfinite(number) else None
