"""Whether two answers say the same: by what each finally says, as far as text alone can tell."""

import math
import re

from secondhalf.policy.citations import without_citations, without_sources
from secondhalf.policy.quantities import written_alike
from secondhalf.policy.structured import canonical, shortened, structured, unescaped
from secondhalf.state.base import Json

_FIELD = re.compile(
    r'"(?:final[ _]?)?answer"\s*:\s*'
    r'("(?:[^"\\]|\\.)*"|\[[^\[\]]*\]|\{[^{}]*\}|[^\s,}\]]+)',
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_TAGGED = re.compile(r"<answer>([^<]*)</answer>", re.IGNORECASE)
_MARKED = re.compile(
    r"^#{3,4}\s*(?:(?:final\s+)?answer\s*:?)?\s*(\S[^\n]*)$", re.IGNORECASE | re.MULTILINE
)
_SAID = re.compile(
    r"(?:\banswer(?:\s+(?:choice|option))?(?:\s+to\b[^.\n:]{1,80})?\s*(?:\bis\b|=|:)"
    r"|\b(?:correct|right|best)\s+(?:option|choice)\s+is\b"
    r"|\b(?:antwort|respuesta|réponse|risposta|resposta|ответ)\b[^\w\n:]{0,9}"
    r"(?:\b(?:ist|lautet|es|est|è|é)\b|:)|答案\s*[是为為:：]|答えは)[\s:*_]*",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"^(?:(?i:option|choice)\b)?\s*"
    r"(?:[\[(]\s*([A-Za-z])\s*[\])]|([A-Za-z])\s*(?:[\]).:]|,(?!\s*[A-Za-z]\b)|$))"
)
_FRACTION = re.compile(r"(?<![\d/.])(-?) ?(?:(\d{1,9}) +)?(\d+)/(\d+)(?![\d/])")
_ONE_NUMBER = (
    r"-?(?:\d+(?:,\d{2,3}){0,9},\d{3}(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:[eE][-+]?\d{1,3}(?!\w))?"
)
_EXPONENT = re.compile(r"(?<=\d)[eE][-+]?\d{1,3}(?!\w)")
_IN_WORDS = r"[A-Za-z_]\w*\.?"
"""Digits of CO2, and the full stop of Rs.500, are no numbers."""
_NUMBER = re.compile(rf"{_IN_WORDS}|({_ONE_NUMBER})")
_NUMBERS = re.compile(
    rf"{_IN_WORDS}|({_ONE_NUMBER}(?:\s?(?:[-–—:/.]|to|and|or)\s?{_ONE_NUMBER})*(?:\s?[ap]\.?m\b)?)"
)
"""Such as belong together: ranges, times, dates, versions."""
_DATE = re.compile(r"(?<![\d-])\d{4}-\d{2}(?:-\d{2})?(?![\d-])")
_MORE = re.compile(
    r"\b(?:at (?:least|most)|(?:less|more|fewer|greater) than|not(?= -?\d)|BCE?|AD|[AaPp]\.?[Mm])\b"
    r"|\b[A-Za-z]{1,4}\d\w{0,4} \d|://|\w@\w"
)
"""What makes something else of a number."""
_NAMED = re.compile(
    r"(?!(?:About|Around|Approximately|Roughly|Exactly|Nearly|Almost|Only|Just|Total|Day|Number)\b)"
    r"(?:[A-Z][A-Za-z]+[ -]){1,4}\d+"
)
"""Apollo 11, World War 2, COVID-19."""
_CODE = re.compile(
    r"```(?:(?!json|latex|math|text|markdown)[^\W\d_]\w*\n|[^\S\n]*\n(?!\s*[\[{])[^\n]*\n[^\n]*\n)"
    r"|(?:SELECT|INSERT|UPDATE|DELETE|WITH)\s"
)
"""What a program begins with that is all of an answer."""
_LATEX = re.compile(r"\\(?:text|mathrm|mathbf|textbf)\s*\{([^{}]*)\}|\\[()\[\],;!$%]|[$*`]")
_SENTENCE_END = re.compile(r"(?<=[a-z)\]\"'%])[.;!](?:\s|$)|\s(?:because|since)\b", re.IGNORECASE)
_STEP = re.compile(r"<<[^<>]*>>")
"""A calculation that is written between the words, as in the solutions of GSM8K."""
_LOOKS = re.compile(
    r"\^?\s*\{?\\(?:circ|degree)\b\}?|\\(?:left|right|displaystyle|approx|q?quad)(?![A-Za-z])"
)
"""LaTeX that changes how an answer looks, not what it says."""
_EQUALS = re.compile(r"(?<![<>!=])=(?!=)")
_SEVERAL = re.compile(r"[;]|,(?!\d{3})|\b(?:or|and)\b|\n[ \t]*[A-Za-z]")
_SIGNS = (
    ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("\\cdot", "*"), ("\\times", "*"),
    ("\\leq", "<="), ("\\le", "<="), ("≤", "<="), ("\\geq", ">="), ("\\ge", ">="), ("≥", ">="),
    ("√", "\\sqrt"), ("π", "\\pi"), ("∞", "\\infty"), ("×", "*"),
)  # fmt: skip
"""Ways to write the same in a formula."""
_FORMULA = re.compile(
    r"\\[A-Za-z]+|[√π∞≤≥<>±^]|\d[-+*/ ]?[xyzi]\b|\b[xyz]\b|\d_\{?\d"
    r"|\b\d*[a-z]\s?[-+*/]\s?\d|(?:\d\s?[-+*/]|\b[a-z]\s?[-+*])\s?\d*[a-z]\b"
    r"|^\[[^()\[\]]*\)$|^\([^()\[\]]*\]$"
)
"""What makes more of a number than a number."""
_WORD = re.compile(r"(?<![\w.)])-\d[\w.]*|\w+(?:\.\d+)?(?:(?<=[A-Za-z])(?:\+\+|#))?")
_ARTICLE = re.compile(r"^(?:the|an?) (?=\w\w)")
_ANSWERS = re.compile(r"^A:\s*(?=[-$€£]?\d)")
"""Not a choice, but what answers a question that began with Q."""
_LAST_LINE = 300
"""Characters at the end of an answer's last line in which its last number is looked for."""
_SHORT = 12
"""Words: an answer that is no longer says nothing but what it finally says."""

Gist = float | str
"""What an answer finally says: a number, a letter that was chosen, a date, a formula, words, JSON,
or a program."""


def gist(text: str) -> Gist | None:
    """What ``text`` finally says; None where nothing stands out that could be compared.

    Looked for in this order: JSON; the whole of a program; a field named answer; a box (LaTeX);
    a tag named answer; a line marked with ####; "the answer is …"; the whole of a short answer;
    the last number at the end of a longer one. Of each kind the last counts. Where an answer cites
    its sources at the end, these are no part of it.
    """
    text = without_sources(text.strip())
    if (said := _held(structured(text))) is not None:
        return said
    if _CODE.match(text) and (text[0] != "`" or text.endswith("```")):
        return shortened(" ".join(text.strip("`; \n").split()))
    for pattern in (_FIELD, _BOXED, _TAGGED, _MARKED):
        found = pattern.findall(text)
        if found and (said := _told(found[-1])) is not None:
            return said
    announced = [match.end() for match in _SAID.finditer(text)]
    if announced and (said := _told(text[announced[-1] :].partition("\n")[0])) is not None:
        return said
    last = text.rsplit("\n", 1)[-1]
    if len(_WORD.findall(text[:500])) <= _SHORT and len(text) <= 500:
        return _reduced(_ANSWERS.sub("", last) if _CHOICE.match(last) else text)
    return _last_number(without_citations(last[-_LAST_LINE:]))


def _told(found: str) -> Gist | None:
    """What a part of an answer says that stands for the whole."""
    said = _held(structured(found))
    return _reduced(found) if said is None else said


def _held(value: Json) -> Gist | None:
    """What the answer's part of a structured answer says; None if there is none."""
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], dict | list):
        value = value[0]
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
    said = written_alike(said.strip().strip('"'))
    said = _LATEX.sub(lambda match: match.group(1) or " ", said).strip()
    said = _SENTENCE_END.split(said, maxsplit=1)[0].lstrip(" :;\"'").rstrip(" .:;\"'")
    if chosen := _CHOICE.match(said):
        return (chosen.group(1) or chosen.group(2)).upper()
    said = _right_side(_LOOKS.sub("", _STEP.sub("", said))).strip()
    if (fraction := _FRACTION.fullmatch(said)) is not None:
        return _quotient(fraction)
    if _FORMULA.search(_EXPONENT.sub("", said)):
        return _formula(said)
    if not _MORE.search(said) and not _NAMED.fullmatch(said):
        if (fraction := _FRACTION.search(said)) is not None:
            return _quotient(fraction)
        numbers = [found for found in _NUMBER.findall(said) if found]
        if len(numbers) == 1:
            return _number(numbers[0])
        dates = _DATE.findall(said)
        if len(dates) == 1 and len(numbers) == dates[0].count("-") + 1:
            return str(dates[0])
    words = " ".join(_WORD.findall(said.casefold()))
    return _ARTICLE.sub("", words) or None


def _right_side(said: str) -> str:
    """What an equation comes to; of several that are given side by side, all of them."""
    *before, last = _EQUALS.split(said)
    if not before or not last.strip() or any(map(_SEVERAL.search, before[1:])):
        return said
    return last


def _formula(said: str) -> str | None:
    """A formula without what does not change it: spaces, braces, case, sorts of signs."""
    for written, meant in _SIGNS:
        said = said.replace(written, meant)
    return re.sub(r"[\s{}]+", "", said).casefold() or None


def _quotient(fraction: "re.Match[str]") -> float | None:
    sign, whole, top, bottom = fraction.groups()
    below = float(bottom)
    value = float(whole or 0) + float(top) / below if below else math.inf
    return _finite(-value if sign else value)


def _last_number(end: str) -> Gist | None:
    end = _LATEX.sub(lambda match: match.group(1) or " ", written_alike(end))
    found = [numbers for numbers in _NUMBERS.findall(end) if numbers]
    return _reduced(found[-1]) if found else None


def _number(found: str) -> float | None:
    return _finite(float(found.replace(",", "")))


def _finite(number: float) -> float | None:
    """None for what is too big to be a number here: it could not be stored, or compared."""
    return number if math.isfinite(number) else None
