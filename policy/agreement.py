"""Whether two answers say the same: by what each finally says, as far as text alone can tell."""

import math
import re

from secondhalf.policy.structured import canonical, structured, unescaped
from secondhalf.state.base import Json

_FIELD = re.compile(
    r'"(?:final[ _]?)?answer"\s*:\s*'
    r'("(?:[^"\\]|\\.)*"|\[[^\[\]]*\]|\{[^{}]*\}|[^\s,}\]]+)',
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_MARKED = re.compile(r"^#{3,4}\s*(?:answer\s*:?)?\s*(\S[^\n]*)$", re.IGNORECASE | re.MULTILINE)
_SAID = re.compile(
    r"\banswer(?:\s+(?:choice|option))?(?:\s+to\b[^.\n:]{1,80})?\s*(?:\bis\b|=|:)[\s:*_]*",
    re.IGNORECASE,
)
_SOURCES = re.compile(r"(?<!\bis)(?<!\bare)(?<![:=\s])(?:\s*\[\d{1,2}\])+(?=\.?$)")
"""Numbers of sources that an answer ends with."""
_CHOICE = re.compile(
    r"^(?:option|choice)?\s*"
    r"(?:[\[(]\s*([A-Za-z])\s*[\])]|([A-Za-z])\s*(?:[\]).:]|,(?!\s*[A-Za-z]\b)|$))"
)
_FRACTION = re.compile(
    r"(-?)\s*\\[dt]?frac\s*\{(-?\d+)\}\s*\{(\d+)\}|(?<![\d/.])(-?\d+)/(\d+)(?![\d/])"
)
_NUMBER = re.compile(r"-?(?:\d+(?:,\d{2,3})*,\d{3}(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)")
_LATEX = re.compile(r"\\(?:text|mathrm|mathbf|textbf)\s*\{([^{}]*)\}|\\[()\[\],;!$%]|[$*`]")
_SENTENCE_END = re.compile(r"(?<=[a-z)\]\"'%])[.;!](?:\s|$)|\s(?:because|since)\b", re.IGNORECASE)
_STEP = re.compile(r"<<[^<>]*>>")
"""A calculation that is written between the words, as in the solutions of GSM8K."""
_LOOKS = re.compile(
    r"\^?\s*\{?\\(?:circ|degree)\b\}?|\\(?:left|right|displaystyle|approx|q?quad)(?![A-Za-z])"
)
"""LaTeX that changes how an answer looks, not what it says."""
_EQUALS = re.compile(r"(?<![<>!=])=(?!=)")
_SEVERAL = re.compile(r"[;]|,(?!\d{3})|\b(?:or|and)\b")
_FORMULA = re.compile(
    r"\\[A-Za-z]+|[√π∞≤≥<>±^]|\d[-+*/ ]?[xyzi]\b|\b[xyz]\b"
    r"|\b\d*[a-z]\s?[-+*/]\s?\d|\d\s?[-+*/]\s?\d*[a-z]\b"
)
"""What makes more of a number than a number."""
_WORD = re.compile(r"(?<![\w.)])-\d[\w.]*|\w+(?:\.\d+)?")
_ARTICLE = re.compile(r"^(?:the|an?) (?=\w\w)")
_ANSWERS = re.compile(r"^A:\s*(?=[-$€£]?\d)")
"""Not a choice, but what answers a question that began with Q."""
_LAST_WORDS = 80
"""Characters at the end of an answer in which it names its sources."""
_LAST_LINE = 300
"""Characters at the end of an answer's last line in which its last number is looked for."""
_SHORT = 12
"""Words: an answer that is no longer says nothing but what it finally says."""

Gist = float | str
"""What an answer finally says: a number, a letter that was chosen, a formula, words, or JSON."""


def gist(text: str) -> Gist | None:
    """What ``text`` finally says; None where nothing stands out that could be compared.

    Looked for in this order: JSON, or a field of it named answer; a box (LaTeX); a line marked
    with ####; "the answer is …"; the whole of a short answer; the last number at the end of a
    longer one. Of each kind the last counts.
    """
    text = text.strip()
    text = text[:-_LAST_WORDS] + _SOURCES.sub("", text[-_LAST_WORDS:])
    if (said := _held(structured(text))) is not None:
        return said
    for pattern in (_FIELD, _BOXED, _MARKED):
        found = pattern.findall(text)
        if found and (said := _held(structured(found[-1])) or _reduced(found[-1])) is not None:
            return said
    announced = [match.end() for match in _SAID.finditer(text)]
    if announced and (said := _reduced(text[announced[-1] :].partition("\n")[0])) is not None:
        return said
    if len(_WORD.findall(text[:500])) <= _SHORT and len(text) <= 500:
        return _reduced(_ANSWERS.sub("", text.rsplit("\n", 1)[-1]))
    return _last_number(text.rsplit("\n", 1)[-1][-_LAST_LINE:])


def _held(value: Json) -> Gist | None:
    """What the answer's part of a structured answer says; None if there is none."""
    if value is None:
        return None
    if isinstance(value, dict | list):
        return canonical(value)
    if isinstance(value, str):
        return _reduced(unescaped(value))
    return _reduced(str(value).casefold())


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
        return (chosen.group(1) or chosen.group(2)).upper()
    said = _right_side(_LOOKS.sub("", _STEP.sub("", said)).replace("−", "-"))
    if (fraction := _FRACTION.fullmatch(said.strip())) is not None:
        return _quotient(fraction)
    if _FORMULA.search(said):
        return _formula(said)
    if (fraction := _FRACTION.search(said)) is not None:
        return _quotient(fraction)
    numbers = _NUMBER.findall(said)
    if len(numbers) == 1:
        return _number(numbers[0])
    words = " ".join(_WORD.findall(said.casefold()))
    return _ARTICLE.sub("", words) or None


def _right_side(said: str) -> str:
    """What an equation comes to; of several that are given side by side, all of them."""
    *before, last = _EQUALS.split(said)
    if not before or not last.strip() or any(map(_SEVERAL.search, before[1:])):
        return said
    return last


def _formula(said: str) -> str | None:
    """A formula without what does not change it: spaces, braces, case, sorts of fractions."""
    text = re.sub(r"\\[dt]frac", r"\\frac", said).replace("\\cdot", "*").replace("\\times", "*")
    return re.sub(r"[\s{}]+", "", text).casefold() or None


def _quotient(fraction: "re.Match[str]") -> float | None:
    sign, latex_top, latex_bottom, top, bottom = fraction.groups()
    below = float(latex_bottom or bottom)
    above = float(latex_top or top) * (-1.0 if sign else 1.0)
    return _finite(above / below) if below else None


def _last_number(end: str) -> float | None:
    found = _NUMBER.findall(_LATEX.sub(lambda match: match.group(1) or " ", end))
    return _number(found[-1]) if found else None


def _number(found: str) -> float | None:
    return _finite(float(found.replace(",", "")))


def _finite(number: float) -> float | None:
    """None for what is too big to be a number here: it could not be stored, or compared."""
    return number if math.isfinite(number) else None
