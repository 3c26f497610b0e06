"""What a question asks for, and whether a sentence has something of that kind."""

import re
from typing import Literal, NamedTuple

from secondhalf.experts.documents.words import content, is_number, terms

Wanted = Literal[
    "definition", "duration", "money", "number", "time", "person", "place", "reason", "other"
]

# A question word asks at the beginning of a clause; elsewhere it joins ("the day when …").
_START = r"(?:^|[,;:.?!]|\b(?:and|but|by|from|in|of|on|since|so|tell me|to|until|with))\W*"
_CUES: tuple[tuple[Wanted, str], ...] = (
    ("definition", r"\bwhat (?:do(?:es)?)\b.{1,60}\b(?:mean|stand for|refer to)\b|\bdefine\b"
                   r"|\bdefinition of\b|\bmeaning of\b|\bwhat do(?:es)?\b.{1,60}\bdo\b\W*$"),
    ("time", rf"{_START}when\b|\bwhat time\b|\b(?:what|which) (?:date|day|month|year)\b"),
    ("money", r"\bhow much\b.{0,60}\b(?:costs?|price|pay|paid|charged?|fee|spend|earn)\b"
              r"|\bwhat\b.{1,60}\b(?:cost|costs|price|fee)\b"),
    ("duration", r"\bhow (?:long|soon|old)\b"
                 r"|\b(?:what|which) (?:duration|time-?out|interval)\b"),
    ("number", r"\bhow (?:many|much|often|far|large|big|fast|high|low|deep|wide|late"
               r"|early|tall|heavy|small|short)\b"
               r"|\b(?:what|which)\b.{0,40}\b(?:percent|percentage|rate|limit|maximum|minimum"
               r"|number|port|version|amount|size|threshold)\b"),
    ("person", rf"{_START}(?:who|whom|whose)\b"),
    ("place", rf"{_START}where\b"),
    ("reason", rf"{_START}why\b|\bfor what reason\b"),
)  # fmt: skip
_WHAT_IS = re.compile(r"\s*(?:what|who)(?:\s+(?:is|are|was|were)|'s)\b", re.IGNORECASE)
_LOOKED_AT = 2_000
"""Characters of a quote that are searched for the kind of thing that is asked for."""
_MOST_TERMS = 40
"""A question's terms beyond so many, the least telling, are left out."""

_COUNTED = re.compile(r"\bhow (?:many|much)\s+([\w-]+)", re.IGNORECASE)
# "Which language …": the answer is a language, and need not say so.
_KIND = re.compile(
    r"\b(?:which|what)\s+(?!(?:is|are|was|were|do|does|did|can|should|will|would|has|have)\b)"
    r"([\w-]+)",
    re.IGNORECASE,
)
_NOT_A_THING = re.compile(
    r"\b(?:of|per|for|by|in|to|on|at|with|from|between|kept|\w+ed)\b", re.IGNORECASE
)

# Words by which a question says what kind of answer it wants, or where to look for it, and words
# that go with anything: a sentence that answers need not have them.
_ASKING = frozenset(
    term
    for word in """accord amount answer ask big call case date day define definition describe doc
    document documentation exactly explain far fast file find folder get give go handle happen have
    know large list long many mean meaning mention much name need number occur often page percentage
    person place say section show summarize tell text thing think time use want word work
    year""".split()
    for term in terms(word)
)

_TIMES = re.compile(
    r"\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\b|\b[a-z]{3,6}day\b"
    r"|\b(?:after|before|when(?:ever)?|once|as soon as|until|during|every|each|daily|nightly"
    r"|weekly|monthly|quarterly|yearly|annually|immediately|midnight|noon|morning|evening)\b",
    re.IGNORECASE,
)
_COUNTS = re.compile(
    r"\b(?:once|twice|none|zero|one|unlimited|half|third|quarter|fourth|fifth|hundreds?"
    r"|thousands?|millions?|dozens?|forever|never|always|every|daily|hourly|weekly|monthly)\b",
    re.IGNORECASE,
)
_DURATIONS = re.compile(
    r"\d\s*(?:ms|s|h|d|min)\b|\b(?:(?:milli|micro)?second|minute|hour|day|night|week|month|quarter"
    r"|year|decade|season)s?\b|\b(?:forever|indefinitely|permanently|until|overnight)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"[€$£¥]\s?\d|\b\d[\d.,]*\s?(?:€|\$|£|%|usd|eur|gbp|dollars?|euros?|pounds?|cents?|percent)"
    r"|\b(?:usd|eur|gbp)\s?\d|\b(?:free|no charge|nothing)\b",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"\b(?:team|lead|leader|manager|director|officer|department|admins?|administrators?|owners?"
    r"|maintainers?|customers?|users?|everyone|anyone|nobody|staff|employees?|board|company"
    r"|committee|author|he|she|they)\b",
    re.IGNORECASE,
)
_PLACES = re.compile(
    r"\b(?:in|at|on|to|under|inside|from|near|below|above|into|within|beside|between)\b|[/@]",
    re.IGNORECASE,
)
_REASONS = re.compile(
    r"\b(?:because|since|so that|due to|in order to|therefore|hence|reasons?|otherwise|for the sake"
    r"|as|to avoid|thus|owing to|means that|which is why|else|so)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[\w,;:)] )[\"“(*_]*([A-Z][^\W_]+)|([A-Z]\w+ [A-Z]\w+)")
_SAYS_WHAT = re.compile(
    r"\b(?:is|are|was|were|means?|refers?|stands?|consists?|denotes?)\b|[:–—=]", re.IGNORECASE
)
_ASIDE = re.compile(r"\([^()]*\)\W*$")


class Question(NamedTuple):
    """A question's words, how much each matters, and what it asks for."""

    text: str
    wanted: Wanted
    weights: dict[str, float]
    """Its telling terms; they sum to 1 unless there is none."""
    counted: str = ""
    """The term that "how many" asks the number of."""


def parse_question(text: str, rarity: dict[str, float] | None = None) -> Question:
    """Read a question; ``rarity`` is how telling each term is where the answer is looked for."""
    found = list(dict.fromkeys(content(text)))
    telling = [term for term in found if term not in _ASKING] or found
    counted = _COUNTED.search(text)
    number_of = content(counted.group(1))[:1] if counted else []
    light = _ASKING - set(number_of)
    names = _names(text)
    kind = _KIND.search(text)
    asked = set(content(kind.group(1))) if kind and len(telling) > 1 else set[str]()
    ceiling = max(rarity.values(), default=1.0) if rarity else 1.0
    weights: dict[str, float] = {}
    for term in found:
        weight = rarity.get(term, ceiling) if rarity else 1.0
        # A word that stands nowhere is a synonym at best; a name or number cannot be one.
        weight = 1.3 * weight if term in names else min(weight, 0.75 * ceiling)
        if len(telling) < len(found) and term in light:
            weight *= 0.2
        weights[term] = max(0.4 * weight if term in asked - names else weight, 0.05)
    weights = dict(sorted(weights.items(), key=lambda item: -item[1])[:_MOST_TERMS])
    total = sum(weights.values())
    shares = {term: weight / total for term, weight in weights.items()}
    return Question(text, _wanted(text, telling), shares, "".join(number_of))


def satisfies(question: Question, quote: str, known: set[str]) -> bool | None:
    """Whether a quote has something of the kind that is asked for; None where none is told.

    ``known``: the question's own terms, which are no answer to it.
    """
    quote = quote[:_LOOKED_AT]
    match question.wanted:
        case "number":
            if question.counted in known:
                return _counts(question.counted, quote, known)
            return _has_number(quote, known) or bool(_COUNTS.search(quote))
        case "duration":
            return bool(_DURATIONS.search(quote))
        case "money":
            return bool(_MONEY.search(quote))
        case "time":
            return _has_number(quote, known) or bool(_TIMES.search(quote))
        case "person":
            names = {term for match in _NAME.finditer(quote) for term in terms(match.group())}
            return bool(names - known) or bool(_PEOPLE.search(quote))
        case "place":
            return bool(_PLACES.search(quote))
        case "reason":
            return bool(_REASONS.search(quote))
        case "definition":
            return _defines(question, quote)
        case "other":
            return None


def _wanted(text: str, telling: list[str]) -> Wanted:
    if _WHAT_IS.match(text) and len(telling) <= 2 and not _NOT_A_THING.search(text):
        return "definition"
    for wanted, cue in _CUES:
        if re.search(cue, text, re.IGNORECASE):
            return wanted
    return "other"


def _names(text: str) -> set[str]:
    """Terms that name something: capitals within the sentence, digits, code."""
    words = re.findall(r"\S+", text)
    named = [
        word
        for i, word in enumerate(words)
        if (i and word.strip("\"'“(*_")[:1].isupper()) or re.search(r"\d|\w[._/]\w", word)
    ]
    return {term for word in named for term in content(word)}


def _has_number(quote: str, known: set[str]) -> bool:
    return any(is_number(term) and term not in known for term in terms(quote))


def _counts(thing: str, quote: str, known: set[str]) -> bool | None:
    """Whether a number stands near the thing; None where there is a number but not the thing."""
    words = terms(quote)
    numbers = [i for i, term in enumerate(words) if is_number(term) and term not in known]
    things = [i for i, term in enumerate(words) if term == thing]
    if things and numbers:
        return any(abs(i - j) <= 4 for i in numbers for j in things)
    if _COUNTS.search(quote) and things:
        return True
    return None if numbers else False


def _defines(question: Question, quote: str) -> bool:
    """Whether the quote says what the subject is: "a leg is …", "**leg** – …"."""
    subject = question.weights.keys()
    if (first := content(quote[:200])[:1]) and question.text.rstrip(" ?").endswith(" do"):
        return first[0] in subject
    for verb in _SAYS_WHAT.finditer(quote):
        before = terms(_ASIDE.sub("", quote[max(verb.start() - 80, 0) : verb.start()]))
        if before and before[-1] in subject:
            return True
    return False
