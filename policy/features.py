"""The structure of a prompt: what can be counted without knowing what it is about."""

import re
import unicodedata
from typing import NamedTuple

HEAD, TAIL = 600, 300
"""Characters read from the start and from the end of a long prompt; the middle is not read."""

DOCUMENT_CHARACTERS = 100
"""From this many characters on, what follows "the text below:" counts as an attached document."""

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_CJK}]|[^\W\d_{_CJK}]+(?:['’.-][^\W\d_{_CJK}]+)*|\d+(?:[.,]\d+)*|\S")
_SPACES = re.compile(r"[^\S\n]{2,}|[^\S\n ]")
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_INLINE_CODE = re.compile(r"`[^`\n]+`")
_QUOTED = re.compile(
    r"\"[^\"]{80,}\"|“[^”]{80,}”|<(document|text|article)>.*?(?:</\1>|\Z)", re.DOTALL
)
_INTRODUCED = re.compile(
    r"\b(?:below|following|folgende\w*|suivant\w*|siguiente|this|ce|este|the"
    r"|diesen)\b[^:\n.]{0,80}[:.]\s"
    r"|\b(?:this|these|it|summary|tl;?dr|words|sentences?|lines?|points?)\b[^:\n.]{0,60}[:.\n]\s*",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORD = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|dozen|twice|half|third|double|triple)\b"
)
_OPERATOR = re.compile(r"(?<=[\d\w)\s])[-+*/^=<>×÷%](?=[\s\d(\w])|\bsqrt\b")
_UNIT = re.compile(
    r"\d\s?(?:[kmcµ]?m|[kmµ]?g|[mc]?l|lbs?|oz|ft|km/h|mph|°\s?[cf]|[kmg]?w|v|hours?|minutes?|days?"
    r"|weeks?|miles?|inch(?:es)?|lit(?:re|er)s?|dollars?|euros?|cents?|percent|years?|kg|%)\b"
    r"|[$€£]\s?\d"
)
_DATE = re.compile(
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{1,2}(?:st|nd|rd|th)?\s?(?:of\s)?"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|\b(?:mon|tues|wednes|thurs|fri|"
    r"satur|sun)day\b"
)
_SENTENCE_END = re.compile(r"[.!?。？！]+(?:\s|$)|\n{2,}|[。？！]")
_CONSTRAINT = re.compile(
    r"\bat (?:most|least)\b|\bno (?:more|fewer|less) than\b|\bexactly\b|\bmust\b|\bonly\b"
    r"|\bwithout\b"
    r"|\bwithin\b|\bbudget of\b|\bper (?:second|week|day)\b|\bnot? (?:next|before|after)\b"
    r"|\bwith O\("
    r"|\bkeep(?:ing)?\b|\bbackwards? compatible\b|\bwho can\b|\bdiscuss\b"
)
_OPTION = re.compile(r"^[ \t]{0,8}\(?[a-j][.)]\s", re.MULTILINE)
_STOPWORDS = {
    "en": "the is are what of to and in that it how do does you my which who for i on this with",
    "de": "der die das ist und ein eine nicht wie was ich den dem mit für auf diesen von wer ob",
    "fr": "le la les est et un une des que quelle quel du dans pour je ce qui sur en mon ma",
    "es": "el los las es y una que cuál qué en por para del quién mi con cuánto puedo este",
    "it": "il lo gli è e una che di per sono qual come del della questo mio",
    "pt": "o os as é e uma que de para não qual como do da este meu",
}
_BY_STOPWORD: dict[str, list[str]] = {}
for _language, _words in _STOPWORDS.items():
    for _word in _words.split():
        _BY_STOPWORD.setdefault(_word, []).append(_language)
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]{3}")),
    ("ar", re.compile("[\u0600-\u06ff]{2}")),
    ("hi", re.compile("[\u0900-\u097f]{2}")),
)


class Features(NamedTuple):
    """Counts over one prompt; of a long prompt, over its first and last characters.

    ``numbers`` are figures and number words, ``options`` the lettered answers of a multiple-choice
    question, ``documents`` fenced, quoted or introduced texts, ``language`` an ISO 639-1 code, or
    ``""`` when nothing tells.
    """

    characters: int
    words: int
    sentences: int
    questions: int
    digits: int
    numbers: int
    operators: int
    units: int
    dates: int
    constraints: int
    options: int
    fences: int
    code_lines: int
    documents: int
    language: str


class Parts(NamedTuple):
    """A prompt taken apart: what is asked, the code and the documents it brings along."""

    request: str
    code: str
    documents: tuple[str, ...]


def shorten(text: str, head: int = HEAD, tail: int = TAIL) -> str:
    """The first ``head`` and last ``tail`` characters of a text that is longer than both."""
    if len(text) <= head + tail:
        return text
    return f"{text[:head]}\n\n{text[-tail:]}"


def fold(text: str) -> str:
    """One spelling for many: NFKC, case folded, straight quotes, spaces and tabs collapsed."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return _SPACES.sub(" ", plain).strip()


def words(folded: str) -> list[str]:
    """Words, numbers and marks, in order; each CJK character is a word of its own."""
    return _WORD.findall(folded)


def take_apart(text: str) -> Parts:
    """Separate the request from fenced code and from documents pasted beside it."""
    fences = [match.group() for match in _FENCE.finditer(text)]
    rest = _FENCE.sub(" ", text) if fences else text
    quoted = [match.group() for match in _QUOTED.finditer(rest)]
    rest = _QUOTED.sub(" ", rest) if quoted else rest
    introduced = _INTRODUCED.search(rest[:300])
    if introduced and len(rest) - introduced.end() >= DOCUMENT_CHARACTERS:
        pasted = rest[introduced.end() :]
        if "?" not in pasted[-60:]:
            quoted.append(pasted)
            rest = rest[: introduced.end()]
    return Parts(rest, "\n".join(fences), tuple(quoted))


def language(folded: str) -> str:
    """Guess the language from script and function words; ``""`` when there is nothing to go by."""
    for code, script in _SCRIPTS:
        if script.search(folded):
            return code
    counts = dict.fromkeys(_STOPWORDS, 0)
    for word in words(folded[:400]):
        for code in _BY_STOPWORD.get(word, ()):
            counts[code] += 1
    best = max(counts, key=lambda code: counts[code])
    if counts[best] == 0:
        return "es" if re.search("[¿¡ñ]", folded) else ""
    return "en" if counts["en"] == counts[best] else best


def features(text: str) -> Features:
    """Count what is in a prompt (lengths in characters, everything else in occurrences)."""
    parts = take_apart(shorten(text))
    return count(text, parts, fold(parts.request))


def count(text: str, parts: Parts, folded: str) -> Features:
    """:func:`features` of a text that is already taken apart and whose request is folded."""
    fences = text.count("```")
    folded = _INLINE_CODE.sub(" ", folded) if "`" in folded else folded
    return Features(
        characters=len(text),
        words=sum(1 for word in words(folded) if word[0].isalnum()),
        sentences=len(_SENTENCE_END.findall(folded)) or int(bool(folded)),
        questions=sum(folded.count(mark) for mark in "?？"),
        digits=len(_DIGIT.findall(folded)),
        numbers=len(_NUMBER.findall(folded)) + len(_NUMBER_WORD.findall(folded)),
        operators=len(_OPERATOR.findall(_DATE.sub(" ", folded))),
        units=len(_UNIT.findall(folded)),
        dates=len(_DATE.findall(folded)),
        constraints=len(_CONSTRAINT.findall(folded)),
        options=len(_OPTION.findall(folded)),
        fences=(fences + 1) // 2,
        code_lines=parts.code.count("\n"),
        documents=len(parts.documents),
        language=language(folded),
    )
