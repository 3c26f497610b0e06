"""Arithmetic in words, as symbols: ``half of 30 plus 2`` is ``(1/2)*30 + 2``.

The rewriting may be loose, because whatever it leaves that is not arithmetic is refused by
:mod:`notation`: a sentence of which one word is not understood has no reading at all.
"""

import re
from typing import NamedTuple

from secondhalf.experts.local.words import with_digits


class Reading(NamedTuple):
    """An expression in symbols, how sure the reading is, and what it assumed."""

    expression: str
    confidence: float = 0.99
    note: str = ""
    unit: str = ""
    """``%`` where a percentage is asked for."""
    fraction: bool = False
    """Whether the value is asked for as a fraction."""


_SHARES = {"half": "1/2", "third": "1/3", "quarter": "1/4", "fourth": "1/4", "fifth": "1/5",
           "sixth": "1/6", "seventh": "1/7", "eighth": "1/8", "ninth": "1/9",
           "tenth": "1/10", "hundredth": "1/100"}  # fmt: skip
_POWERS = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
           "eighth": 8, "ninth": 9, "tenth": 10}  # fmt: skip
_PLACES = {"whole number": 0, "integer": 0, "unit": 0, "one": 0, "tenth": 1, "hundredth": 2,
           "thousandth": 3, "cent": 2, "ten": -1, "10": -1, "hundred": -2, "100": -2,
           "thousand": -3, "1000": -3}  # fmt: skip
_SHARE = "|".join(_SHARES)
_PERCENT = r"(\S+?) ?%"
_PRECISION = (
    r"(\d+ (?:decimal )?(?:places?|decimals?)|(?:the )?nearest "
    rf"(?:{'|'.join(_PLACES)}))"
)

_INLINE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\bper ?cents?\b", "%"),
        (r"\bpercentage\b", "%"),
        (r"\b(?:raised )?to (?:the )?power(?: of)?\b|\braised to\b", "^"),
        (r"\bsquared\b", "^2"),
        (r"\bcubed\b", "^3"),
        (r"\b(?:square root|sqrt)(?: of)? ([\d,.]+)", r"sqrt(\1)"),
        (r"\b(?:square root|sqrt) of(?= ?\()|√(?= ?\()", "sqrt"),
        (r"√ ?([\d,.]+)", r"sqrt(\1)"),
        (r"\bcube root of ([\d,.]+)", r"cbrt(\1)"),
        (r"\bcube root of(?= ?\()", "cbrt"),
        (r"\babsolute value of (-?[\d,.]+)", r"abs(\1)"),
        (r"\babsolute value of(?= ?\()", "abs"),
        (r"\b([\d,]+) factorial\b|\bfactorial of ([\d,]+)", r"factorial(\1\2)"),
        (r"\b(sin|cos|tan)e?(?: of)? ?\(? ?(-?[\d.]+) ?(?:degrees?|deg|°) ?\)?",
         r"\1(degrees(\2))"),
        (r"\b(?:cosine|cos)(?: of)?\b", "cos"),
        (r"\b(?:tangent|tan)(?: of)?\b", "tan"),
        (r"\b(?:sine|sin)(?: of)?\b", "sin"),
        (r"\b(sin|cos|tan) (-?[\d.]+)(?: radians?)?", r"\1(\2)"),
        (r"\blog(?:arithm)?(?: to)?(?: the)? base (\d+) of ([\d,.]+)", r"logbase(\2,\1)"),
        (r"\b(?:natural log(?:arithm)?|ln)(?: of)? ([\d,.]+)", r"ln(\1)"),
        (r"\bnatural log(?:arithm)? of\b", "ln"),
        (r"\blog_?(2|10) ?(?:of )?([\d,.]+)\b", r"log\1(\2)"),
        (rf"\b(?:a |one |1 )?({_SHARE}) of (?:a )?(?=[\d$(])", r"(\1)*"),
        (rf"\b(\d+) ({_SHARE})s of (?=[\d$(])", r"\1*(\2)*"),
        (rf"\b(?:a|one|1) ({_SHARE})\b", r"(\1)"),
        (rf"\b(\d+) ({_SHARE})s\b", r"(\1*(\2))"),
        (r"\b(?:twice|double) (?=[\d$(])", "2*"),
        (r"\b(?:triple|thrice) (?=[\d$(])", "3*"),
        (r"(?<=%) ?of ?", "*"),
        (r"(?<=\d/\d) of (?=\d)", "*"),
        (r"\b([\d,.]+) dozen\b", r"(\1*12)"),
        (r"\bplus\b|\badded to\b", "+"),
        (r"\bminus\b|\bnegative (?=\d)", "-"),
        (r"\btimes\b|\bmultiplied by\b|(?<=\d) ?x ?(?=\d)|(?<=\d\)) ?x ?(?=[\d(])", "*"),
        (r"\bdivided by\b|(?<=\d) over (?=\d)", "/"),
        (r"\bmodulo\b|\bmodulus\b|(?<=\d) % (?=\d)|(?<=\d)%(?=\d)", " mod "),
    )
)  # fmt: skip
_TO_THE_NTH = re.compile(rf"\b(?:raised )?to (?:the )?({'|'.join(_POWERS)}) power\b")
_SIGNED_POWER = re.compile(
    r"(?:(?:^|[-+*/^(,]|\b(?:times|by|plus|minus|of|over|and|from|add|twice|double|triple))\s*"
    r"(?:-|\bminus\b)|\bnegative)\s*[\d.,]+\s+(?:squared|(?:raised )?to (?:power|\S+ power))"
)
"""``-5 squared`` is 25 to some and -25 to others; ``-5^2`` has one reading by convention."""
_PERCENT_AND_NUMBER = re.compile(r"\d(?:%| ?per ?cent(?:age)?) +\d")
"""``17% 5``: neither a product nor a remainder. ``17 % 5`` is a remainder."""
_AS_FRACTION = re.compile(r"(.+?),? (?:as|in) (?:a |an )?(?:simplified |simple |exact )?fraction")
_LIST = re.compile(r"\s*,\s+(?:and\s+)?|\s+and\s+|,(?!\d{3}(?!\d))")

_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"difference (?:between|of) (.+) and (.+)", "abs((#1)-(#2))"),
        (r"quotient of (.+) and (.+)", "(#1)/(#2)"),
        (r"remainder (?:of|when|if|from dividing) (.+?) (?:is )?(?:divided )?by (.+)",
         "(#1)mod(#2)"),
        (r"add (.+) to (.+)", "(#2)+(#1)"),
        (r"subtract (.+) from (.+)", "(#2)-(#1)"),
        (r"(?:take|deduct) (.+) (?:away )?from (.+)", "(#2)-(#1)"),
        (r"([^ ]+) less than ([^ ]+)", "(#2)-(#1)"),
        (r"([^ ]+) more than ([^ ]+)", "(#2)+(#1)"),
        (r"multiply (.+) (?:by|and|with) (.+)", "(#1)*(#2)"),
        (r"divide (.+) by (.+)", "(#1)/(#2)"),
        (r"square (?:of )?([\d,.]+)", "(#1)^2"),
        (r"cube (?:of )?([\d,.]+)", "(#1)^3"),
        (r"(?:increase|raise) (.+) by %1", "(#1)*(1+(#2)/100)"),
        (r"(.+) (?:is )?(?:increased|raised) by %1", "(#1)*(1+(#2)/100)"),
        (r"(?:decrease|reduce|lower|discount) (.+) by %1", "(#1)*(1-(#2)/100)"),
        (r"(.+) (?:is )?(?:decreased|reduced|lowered|discounted) by %1", "(#1)*(1-(#2)/100)"),
        (r"%1 (?:more|greater|higher) than (.+)", "(#2)*(1+(#1)/100)"),
        (r"%1 (?:less|lower|smaller) than (.+)", "(#2)*(1-(#1)/100)"),
        (r"%1 off(?: of)? (.+)", "(#2)*(1-(#1)/100)"),
        (r"(.+) (?:with|after|at) (?:a )?%1 (?:off|discount)", "(#1)*(1-(#2)/100)"),
        (r"(?:a )?%1 discount on (.+)", "(#1)/100*(#2)"),
        (r"(?:a )?%1 tip (?:on|for|of) (.+)", "(#1)/100*(#2)"),
        (r"(?:a )?tip of %1 (?:on|for) (.+)", "(#1)/100*(#2)"),
        (r"(.+) is %1 of(?: what(?: number)?| which number)?", "(#1)/((#2)/100)"),
        (r"%1 of (?:what(?: number)?|which number) is (.+)", "(#2)/((#1)/100)"),
        (r"(?:what )?% of (.+) is (.+)", "%(#2)/(#1)*100"),
        (r"(.+) is what % of (.+)", "%(#1)/(#2)*100"),
        (r"what % is (.+) (?:out )?of (.+)", "%(#1)/(#2)*100"),
        (r"(.+) as a % of (.+)", "%(#1)/(#2)*100"),
        (r"(.+) out of (.+) (?:as a|in) %", "%(#1)/(#2)*100"),
        (r"% (?:change|increase|difference) from (.+) to (.+)", "%((#2)-(#1))/(#1)*100"),
        (r"% (?:decrease|drop|decline) from (.+) to (.+)", "%((#1)-(#2))/(#1)*100"),
        (r"round (.+) to %p", "round((#1),(#2))"),
        (r"(.+) rounded to %p", "round((#1),(#2))"),
    )
    for pattern in [pattern.replace("%1", _PERCENT).replace("%p", _PRECISION)]
)  # fmt: skip
_LISTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), function)
    for pattern, function in (
        (r"(?:sum|total) of (.+)", "+"),
        (r"(?:add|sum)(?: up| together)? (.+)", "+"),
        (r"product of (.+)", "*"),
        (r"(?:average|mean|arithmetic mean) of (.+)", "mean"),
        (r"median of (.+)", "median"),
        (r"(?:largest|greatest|biggest|highest|maximum|max) (?:of|out of|among) (.+)", "max"),
        (r"(?:smallest|lowest|least|minimum|min) (?:of|out of|among) (.+)", "min"),
        (r"(?:gcd|hcf|gcf|greatest common (?:divisor|factor)|highest common factor) of (.+)",
         "gcd"),
        (r"(?:lcm|least common multiple|lowest common multiple) of (.+)", "lcm"),
    )
)  # fmt: skip
_ADDED_PERCENT = re.compile(r"([^%]+?) ?([+-]) ?([\d.]+) ?%")
_LOOSE_PERCENT = re.compile(r"%(?! ?[*/)])")


def read(text: str) -> Reading | None:
    """The arithmetic that ``text`` (plain, without its question words) says, if any."""
    text = with_digits(text.lower())
    text = " ".join(re.sub(r"\b(?:the|number)\b", " ", text).split())
    if _PERCENT_AND_NUMBER.search(text):
        return None
    if (asked := _AS_FRACTION.fullmatch(text)) and (found := read(asked[1])):
        return found._replace(fraction=True) if not found.unit else None
    text = re.sub(r"\bper ?cent(?:age)?\b", "%", text)
    text = re.sub(r" ?%", " %", text).strip()
    for pattern, function in _LISTS:
        if match := pattern.fullmatch(text):
            return _list(match[1], function)
    for pattern, template in _PHRASES:
        if match := pattern.fullmatch(text):
            return _phrase(match, template)
    return _symbols(text)


def _list(text: str, function: str) -> Reading | None:
    items = [inline(item) for item in _LIST.split(text) if item]
    if len(items) < 2:
        return None
    if function in "+*":
        return Reading(function.join(f"({item})" for item in items))
    return Reading(f"{function}({', '.join(f'({item})' for item in items)})")


def _phrase(match: re.Match[str], template: str) -> Reading:
    parts = [_operand(part) for part in match.groups()]
    expression = template.removeprefix("%")
    for place, part in enumerate(parts, start=1):
        expression = expression.replace(f"#{place}", part)
    return Reading(expression, unit="%" if template.startswith("%") else "")


def _operand(text: str) -> str:
    if places := re.fullmatch(r"(\d+) (?:decimal )?(?:places?|decimals?)", text):
        return places[1]
    if nearest := re.fullmatch(r"(?:the )?nearest (.+)", text):
        return str(_PLACES[nearest[1]])
    return inline(text)


def inline(text: str) -> str:
    """``text`` with the words between and before numbers as symbols, if it has one reading."""
    if _SIGNED_POWER.search(re.sub(r"\bthe ", "", text)):
        return text  # left in words, which no computation takes
    text = re.sub(r"\b(?:raised )?to (?:the )?(\d{1,3})(?:st|nd|rd|th) power\b", r"^\1", text)
    text = _TO_THE_NTH.sub(lambda m: f"^{_POWERS[m[1]]}", text)
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return re.sub(rf"\(({_SHARE})\)", lambda m: f"({_SHARES[m[1]]})", text)


def _symbols(text: str) -> Reading | None:
    note, confidence = "", 0.99
    if re.search(r"root of .+[-+]|root of .+\b(?:plus|minus)\b", text) and "(" not in text:
        note, confidence = "the root is of the first number only", 0.8
    expression = inline(text)
    if re.search(r"\blog ?\(", expression):
        expression = re.sub(r"\blog ?\(", "log10(", expression)
        note, confidence = "log to base 10", 0.8
    if re.search(r"\b(?:sin|cos|tan)\((?!degrees)", expression) and "pi" not in expression:
        note, confidence = "the angle in radians", 0.75
    if added := _ADDED_PERCENT.fullmatch(expression):
        sign = added[2]
        expression = f"({added[1]})*(1{sign}({added[3]})/100)"
        return Reading(expression, 0.85, f"{added[3]}% of what stands before it")
    if _LOOSE_PERCENT.search(expression) and re.search(r"[+-]", expression):
        return None
    return Reading(expression, confidence, note)
