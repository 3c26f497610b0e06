"""Units: ``convert 68 °F to °C``, ``how many km is 5 miles``, ``5 ft 10 in in cm``."""

import re
from fractions import Fraction
from typing import Any, NamedTuple

from secondhalf.experts.local.figures import MAX_DECIMALS, decimals, rounded, show
from secondhalf.experts.local.phrasing import plain
from secondhalf.experts.local.solution import Solution, check, trusted
from secondhalf.experts.local.unit_names import certainty, is_vague, registry, unit
from secondhalf.experts.local.words import with_digits

SIGNIFICANT = 6
"""Digits of a converted amount that has no short exact form."""
_SHORT = 10

_NUMBER = r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d{1,2})?(?: ?/ ?\d+)?"
_AMOUNT = rf"(?P<amount>(?:{_NUMBER}|an?\b|half an?\b) ?[^?=]+?)"
_TO = r" ?(?:in|to|into|as|in terms of|->|=>|→|=) ?"
_WANTED = r"(?P<wanted>[A-Za-zµ°][A-Za-zµ°²³^ ./0-9'\"-]*?)"
_FORMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:convert|change|turn|express|translate|write) {_AMOUNT}{_TO}{_WANTED}",
        rf"how many {_WANTED} (?:is|are|are there in|are in|is in|in|equals?|make(?: up)?|makes"
        rf"|would be|to|does|do|fit in|there are in) (?:there (?:in )?)?{_AMOUNT}"
        r"(?: (?:have|has|equal|make|contain|is|are))?",
        rf"(?:what(?:'s| is| are| would)|how (?:much|long|far|tall|heavy|hot|cold|big|fast|old)"
        rf"(?: is| are)?) {_AMOUNT}(?: be| equal)?{_TO}{_WANTED}",
        rf"{_AMOUNT} (?:is|are|equals?) how many {_WANTED}",
        rf"{_AMOUNT}(?: converted)?{_TO}{_WANTED}",
        rf"convert (?:to|into) {_WANTED}:? {_AMOUNT}",
    )
)
_PART = re.compile(
    rf"\s*(?P<number>{_NUMBER}|an?\b|half an?\b)\s*(?P<unit>[^\d,]+?(?:\^[23])?)\s*"
    rf"(?:,|and\b|&)?\s*(?=-?\d|$)",
    re.IGNORECASE,
)
_CLEAR = {"kg", "km", "cm", "mm", "mg", "ml", "ft", "lb", "°c", "°f"}
"""Symbols of one or two characters that are nothing but that unit."""
_KINDS = {
    "[length]": "length", "[mass]": "mass", "[time]": "time", "[temperature]": "temperature",
    "[length] ** 2": "area", "[length] ** 3": "volume", "[length] / [time]": "speed",
    "[mass] / [length] / [time] ** 2": "pressure", "1 / [time]": "frequency",
    "[mass] * [length] ** 2 / [time] ** 2": "energy",
    "[mass] * [length] ** 2 / [time] ** 3": "power",
}  # fmt: skip


class _Quantity(NamedTuple):
    """An amount: parts such as 5 foot and 10 inch, as (number, unit for pint, as written)."""

    parts: tuple[tuple[Fraction, str, str], ...]


class Units:
    """Converts amounts exactly where their definition allows it."""

    name = "units"

    def solve(self, prompt: str) -> Solution | None:
        """``20 °C``; that it cannot be done, where dimensions differ; None for anything else."""
        text = plain(prompt)
        if text is None or len(text) > 200:
            return None
        text = with_digits(text)
        for form in _FORMS:
            for match in _readings(form, text):
                found = _convert(match["amount"], match["wanted"])
                if found is not None:
                    return found
        return None


def _readings(form: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """The readings of ``text``: ``5 ft 10 in in cm`` must split at the last ``in``."""
    found: list[re.Match[str]] = []
    if match := form.fullmatch(text):
        found.append(match)
        greedy = re.compile(form.pattern.replace("[^?=]+?)", "[^?=]+)"), re.IGNORECASE)
        if (last := greedy.fullmatch(text)) and last.groups() != match.groups():
            found.insert(0, last)
    return found


def _convert(amount: str, wanted: str) -> Solution | None:
    target = unit(re.sub(r"^(?:the|degrees? (?=[a-z]{3}))\s*", "", wanted.strip()))
    if target is None:
        return None
    quantity = _quantity(amount.strip())
    if quantity is None:
        return None
    source = quantity.parts[0][1]
    certain = min(certainty(written, wanted) for _, _, written in quantity.parts)
    if is_vague(source, target) or not certain:
        return None
    if source == "degree":
        target = {"minute": "arcminute", "second": "arcsecond"}.get(target, target)
    given = registry()
    dimensions = [given.Unit(name).dimensionality for name in (source, target)]
    if dimensions[0] != dimensions[1]:
        return _impossible(quantity, wanted.strip(), dimensions)
    if len({given.Unit(part[1]).dimensionality for part in quantity.parts}) > 1:
        return None
    if dimensions[0] == "[temperature]" and (cold := _too_cold(quantity)):
        return cold
    found = _exact(quantity, target, wanted.strip())
    return found._replace(confidence=min(found.confidence, certain))


def _quantity(text: str) -> _Quantity | None:
    parts: list[tuple[Fraction, str, str]] = []
    place = 0
    while place < len(text):
        match = _PART.match(text, place)
        if match is None or len(parts) > 4:
            return None
        name = unit(match["unit"])
        number = _number(match["number"])
        if name is None or number is None:
            return None
        parts.append((number, name, match["unit"].strip()))
        place = match.end()
    names = [part[1] for part in parts]
    if not parts or len(set(names)) != len(names) or (len(parts) > 1 and _has_offset(names)):
        return None
    return _Quantity(tuple(parts))


def _too_cold(quantity: _Quantity) -> Solution | None:
    """That there is no such temperature, below absolute zero."""
    number, name, _ = quantity.parts[0]
    given: Any = registry()
    kelvins = Fraction(given.Quantity(number, name).to("kelvin").magnitude)
    if kelvins >= 0:
        return None
    text = f"{_written(quantity)} is {show(kelvins)} K"
    return Solution(
        solver=Units.name,
        answer=f"impossible: {_written(quantity)} is below absolute zero",
        explanation=text,
        confidence=0.95,
        evidence=(check("units", f"{text}, and nothing is colder than 0 K", True),),
    )


def _number(text: str) -> Fraction | None:
    text = text.lower().replace(",", "").replace(" ", "")
    if text in {"a", "an"}:
        return Fraction(1)
    if text.startswith("half"):
        return Fraction(1, 2)
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def _has_offset(names: list[str]) -> bool:
    return bool({"degC", "degF"} & set(names))


def _exact(quantity: _Quantity, target: str, wanted: str) -> Solution:
    given: Any = registry()
    source = quantity.parts[0][1]
    total = given.Quantity(quantity.parts[0][0], source)
    for number, name, _ in quantity.parts[1:]:
        total = total + given.Quantity(number, name).to(source)
    found = Fraction(total.to(target).magnitude)
    back = Fraction(given.Quantity(found, target).to(source).magnitude)
    start = Fraction(total.magnitude)
    symbol = _symbol(wanted, target)
    digits = _digits(found)
    answer, equals = f"{digits} {symbol}", "=" if Fraction(digits) == found else "≈"
    written = _written(quantity)
    evidence = (
        check("units", f"{answer} converted back is {_digits(back)} {source}", _near(back, start)),
        check("units", "both sides have the same dimensions", True),
    )
    return Solution(
        solver=Units.name,
        answer=answer,
        explanation=f"{written} {equals} {answer}{_assumed(source, target)}",
        confidence=trusted(0.97, evidence),
        evidence=evidence,
    )


def _near(left: Fraction, right: Fraction) -> bool:
    return abs(left - right) <= abs(right) / 10**12


def _digits(value: Fraction) -> str:
    """Exactly, if that takes no more than ten digits; else rounded."""
    needed = decimals(value)
    if needed is not None and needed <= MAX_DECIMALS:
        exact = show(value)
        if len(exact.strip("-0.").replace(".", "")) <= _SHORT or needed == 0:
            return exact
    return rounded(value, max(SIGNIFICANT, len(str(abs(int(value))))))


def _symbol(wanted: str, target: str) -> str:
    return {"degC": "°C", "degF": "°F", "kelvin": "K"}.get(target, wanted)


def _written(quantity: _Quantity) -> str:
    return " ".join(
        f"{show(number)} {_symbol(name, unit_)}" for number, unit_, name in quantity.parts
    )


def _assumed(source: str, target: str) -> str:
    names = source + target
    if any(word in names for word in ("gallon", "pint", "quart", "fluid_ounce", "cup")):
        return " (US measures)"
    if target in {"arcminute", "arcsecond"}:
        return " (of arc)"
    if "byte" in names and "bi" not in names.replace("bit", ""):
        return " (1 kB is 1,000 bytes)"
    return ""


def _impossible(quantity: _Quantity, wanted: str, dimensions: list[Any]) -> Solution | None:
    """Units of different kinds, if both are written so that nothing else can be meant."""
    source = quantity.parts[0][2]
    vague = {"ounce", "ounces", "oz", "degree", "degrees", "deg", "minutes", "seconds"}
    written = {source.lower(), wanted.lower()}
    if any(len(name) < 3 and name not in _CLEAR for name in written) or written & vague:
        return None
    kinds = [_KINDS.get(str(dimension)) for dimension in dimensions]
    why = f"one is a {kinds[0]}, the other a {kinds[1]}" if all(kinds) else "dimensions differ"
    text = f"dimensions {dimensions[0]} and {dimensions[1]}"
    return Solution(
        solver=Units.name,
        answer=f"{source} cannot be converted to {wanted}: {why}",
        explanation=f"{text} differ",
        confidence=0.95,
        evidence=(check("units", f"{text} compared: they differ", True),),
    )
