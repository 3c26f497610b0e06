"""Units as people write them, and which of them pint may be asked for.

pint reads far more than people mean (``cats`` is centi-technical-atmospheres), so a name counts
only if it is a unit written out, with a prefix written out, or a symbol listed here.
"""

import re
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pint import UnitRegistry

SPELLINGS = {
    "°c": "degC", "degrees celsius": "degC", "degree celsius": "degC", "celsius": "degC",
    "centigrade": "degC", "degrees centigrade": "degC", "degrees c": "degC", "deg c": "degC",
    "c": "degC", "°f": "degF", "degrees fahrenheit": "degF", "degree fahrenheit": "degF",
    "fahrenheit": "degF", "degrees f": "degF", "deg f": "degF", "f": "degF", "k": "kelvin",
    "°k": "kelvin", "kelvins": "kelvin", "°": "degree", "deg": "degree", "'": "foot",
    '"': "inch", "in": "inch", "ins": "inch", "ft": "foot", "feet": "foot", "mi": "mile",
    "yd": "yard", "yds": "yard", "yrs": "year", "yr": "year", "wk": "week", "wks": "week",
    "lb": "pound", "lbs": "pound", "oz": "ounce", "st": "stone", "km": "km", "kms": "km",
    "kgs": "kg", "kilo": "kg", "kilos": "kg", "m": "m", "cm": "cm", "cms": "cm", "mm": "mm",
    "g": "g", "gr": "g", "gm": "g", "gms": "g", "kg": "kg", "mg": "mg", "t": "tonne",
    "l": "liter", "ml": "ml", "cl": "cl", "dl": "dl", "gal": "gallon", "gals": "gallon",
    "qt": "quart", "pt": "pint", "tsp": "teaspoon", "tsps": "teaspoon", "tbsp": "tablespoon",
    "tbsps": "tablespoon", "fl oz": "fluid_ounce", "floz": "fluid_ounce",
    "fluid ounce": "fluid_ounce", "fluid ounces": "fluid_ounce", "cc": "cm**3",
    "s": "second", "sec": "second", "secs": "second", "min": "minute", "mins": "minute",
    "h": "hour", "hr": "hour", "hrs": "hour", "ms": "ms", "ns": "ns", "us": "us", "µs": "us",
    "nm": "nm", "µm": "um", "um": "um", "mph": "mile/hour", "kph": "km/hour", "kmh": "km/hour",
    "km/h": "km/hour", "kmph": "km/hour", "knot": "knot", "knots": "knot", "kn": "knot",
    "kt": "knot", "kts": "knot", "ha": "hectare", "sqft": "foot**2", "sq ft": "foot**2",
    "sqm": "m**2", "sq m": "m**2", "j": "joule", "kj": "kJ", "cal": "calorie", "kcal": "kcal",
    "kwh": "kWh", "wh": "Wh", "w": "watt", "kw": "kW", "hp": "horsepower", "pa": "pascal",
    "kpa": "kPa", "hpa": "hPa", "psi": "psi", "atm": "atm", "mmhg": "mmHg", "hz": "Hz",
    "khz": "kHz", "mhz": "MHz", "ghz": "GHz", "v": "volt", "a": "ampere", "n": "newton",
    "b": "byte", "kb": "kilobyte", "mb": "megabyte", "gb": "gigabyte", "tb": "terabyte",
    "pb": "petabyte",
    "kib": "kibibyte", "mib": "mebibyte", "gib": "gibibyte", "tib": "tebibyte",
    "mbps": "megabit/second", "gbps": "gigabit/second", "kbps": "kilobit/second",
    "ev": "eV", "rad": "radian", "rads": "radian", "nmi": "nautical_mile",
    "nautical miles": "nautical_mile", "nautical mile": "nautical_mile",
    "light years": "light_year", "light year": "light_year", "light-years": "light_year",
    "light-year": "light_year", "ly": "light_year", "metric ton": "metric_ton",
    "metric tons": "metric_ton", "metric tonnes": "metric_ton", "acre": "plain_acre",
    "acres": "plain_acre",
    "sq km": "km**2", "sq mi": "mile**2", "rpm": "rpm", "fps": "foot/second",
    "astronomical units": "astronomical_unit", "astronomical unit": "astronomical_unit",
    "tonnes": "metric_ton", "horsepower": "horsepower", "horse power": "horsepower",
}  # fmt: skip
"""Lower-case spellings; a symbol whose case matters is looked up as written first."""
_AS_WRITTEN = {"MB": "megabyte", "Mb": "megabit", "Kb": "kilobit", "Gb": "gigabit", "Tb": "terabit",
               "Kib": "kibibit", "Mib": "mebibit", "Gib": "gibibit", "Tib": "tebibit",
               "kBps": "kilobyte/second", "KBps": "kilobyte/second",
               "MBps": "megabyte/second", "GBps": "gigabyte/second",
               "MW": "megawatt", "mW": "milliwatt", "mA": "milliampere", "K": "kelvin",
               "C": "degC", "F": "degF", "Cal": "kilocalorie", "MPa": "megapascal"}  # fmt: skip
_PREFIXES = ("nano", "micro", "milli", "centi", "deci", "kilo", "mega", "giga", "tera", "peta",
             "kibi", "mebi", "gibi", "tebi", "")  # fmt: skip
_SMALLEST_NAME = 3
_NAME = re.compile(r"[A-Za-zµ°'\"][A-Za-zµ ./°'\"²³^0-9-]{0,39}")
_SPANS_OF_DIFFERENT_LENGTH = {"month", "year", "decade", "century", "millennium"}


@cache
def registry() -> "UnitRegistry[Fraction]":
    """The units pint knows, with exact fractions; loading takes about half a second."""
    from pint import UnitRegistry

    exact: Any = Fraction  # pint's types name only float, its documents Fraction too
    units: UnitRegistry[Fraction] = UnitRegistry(non_int_type=exact)
    units.define("plain_acre = 43560 * foot ** 2")  # pint's own is the US survey acre
    return units


def unit(text: str) -> str | None:
    """``text`` as a unit pint can be given, such as ``km/hour``; None if it is not known."""
    text = text.strip().rstrip(".")
    if not _NAME.fullmatch(text):
        return None
    if whole := _simple(text):
        return whole
    return _compound(text)


def _simple(text: str) -> str | None:
    if text in _AS_WRITTEN:
        return _AS_WRITTEN[text]
    lower = text.lower()
    if spelled := SPELLINGS.get(lower):
        return spelled
    if lower.startswith(("square ", "sq ", "sq. ")):
        inner = _simple(text.partition(" ")[2])
        return f"({inner})**2" if inner else None
    if lower.startswith(("cubic ", "cu ")):
        inner = _simple(text.partition(" ")[2])
        return f"({inner})**3" if inner else None
    if power := re.fullmatch(r"([A-Za-zµ]+) ?(?:\^? ?([23])|([²³]))", text):
        inner = _simple(power[1])
        exponent = power[2] or {"²": "2", "³": "3"}[power[3]]
        return f"({inner})**{exponent}" if inner else None
    if lower.startswith(("us ", "u.s. ")):
        return _simple(text.partition(" ")[2])
    return _written_out(lower.replace(" ", "_")) if len(lower) >= _SMALLEST_NAME else None


def _written_out(name: str) -> str | None:
    """A unit of pint's by its full name, singular or plural, with a prefix written out."""
    if len(name) > 30 or not re.fullmatch("[a-z_]+", name):
        return None
    for prefix, base, _ in registry().parse_unit_name(name):
        plain = name.removeprefix(prefix)
        singular = {plain, plain.removesuffix("s"), plain.removesuffix("es")}
        british = {form.replace("metre", "meter").replace("litre", "liter") for form in singular}
        known = {base, base.removeprefix("degree_").lower()} | _IRREGULAR.get(base, set())
        if prefix in _PREFIXES and (singular | british) & known:
            return prefix + base
    return None


_IRREGULAR = {"foot": {"feet"}, "inch": {"inches"}, "metric_ton": {"tonne"},
              "century": {"centuries"}, "hertz": {"hertz"}, "degree": {"degrees"}}  # fmt: skip


def _compound(text: str) -> str | None:
    """``meters per second``, ``km/h``, ``kg/m^3``."""
    parts = re.split(r"\s*/\s*|\s+per\s+|\s+an?\s+", text)
    if len(parts) != 2:
        return None
    above, below = (_simple(part) for part in parts)
    return f"({above})/({below})" if above and below else None


_LOWER_DATA = re.compile(r"(?<![A-Za-z])[kmgtp]?b(?![A-Za-z])")
_BIT = re.compile(r"bit|bps|(?<![A-Za-z])[KMGT]i?b(?![A-Za-z])")


def certainty(source: str, target: str) -> float:
    """How sure a ``b`` in lower case is a byte, of two units as written.

    Between two in lower case (``mb to kb``) it is, beside a byte probably, beside a bit it is
    not known: 0.
    """
    lower = [bool(_LOWER_DATA.search(text)) for text in (source, target)]
    if all(lower) or not any(lower):
        return 1.0
    if _BIT.search(source) or _BIT.search(target) or "b" in {source.strip(), target.strip()}:
        return 0.0
    return 0.75


def is_vague(source: str, target: str) -> bool:
    """Whether one of two spans of time is no fixed number of days: a month, a year."""
    first, second = (
        bool({*re.findall("[a-z_]+", name)} & _SPANS_OF_DIFFERENT_LENGTH)
        for name in (source, target)
    )
    return first != second
