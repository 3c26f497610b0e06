"""Units: amounts converted exactly, impossible ones said so."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.experts.local.solution import passed
from secondhalf.experts.local.unit_names import unit
from secondhalf.experts.local.units import Units

ANSWERS = [
    ("convert 68 °F to °C", "20 °C"),
    ("Convert 68°F to Celsius, please", "20 °C"),
    ("what is 20 degrees celsius in fahrenheit?", "68 °F"),
    ("-40 C to F", "-40 °F"),
    ("0 K in °C", "-273.15 °C"),
    ("350 degrees fahrenheit to celsius", "176.667 °C"),
    ("how many km is 5 miles", "8.04672 km"),
    ("How many kilometers are in 5 miles?", "8.04672 kilometers"),
    ("5 miles in km", "8.04672 km"),
    ("what is 3.5 hours in minutes", "210 minutes"),
    ("how many seconds are there in 2 hours and 30 minutes?", "9000 seconds"),
    ("half an hour in minutes", "30 minutes"),
    ("5 ft 10 in in cm", "177.8 cm"),
    ("5'10\" in cm", "177.8 cm"),
    ("what is 5 feet 10 inches in centimeters?", "177.8 centimeters"),
    ("How many feet are in a mile?", "5280 feet"),
    ("5 in to cm", "12.7 cm"),
    ("how many grams in a pound", "453.59237 grams"),
    ("convert 72 kg to lbs", "158.733 lbs"),
    ("60 mph in km/h", "96.56064 km/h"),
    ("12 m/s to km/h", "43.2 km/h"),
    ("how fast is 100 km/h in mph?", "62.1371 mph"),
    ("2 acres in square feet", "87120 square feet"),
    ("10 m² in sq ft", "107.639 sq ft"),
    ("convert 1/2 mile to meters", "804.672 meters"),
    ("convert one hundred meters to yards", "109.361 yards"),
    ("convert 1 GB to MB", "1000 MB"),
    ("1 GiB in MiB", "1024 MiB"),
    ("how many months in 3 years", "36 months"),
    ("how many tablespoons in a cup", "16 tablespoons"),
    ("convert 2 kWh to joules", "7200000 joules"),
    ("convert 1 mb to kb", "1000 kb"),
    ("10 mb/s to kb/s", "10000 kb/s"),
    ("100 MBps to Mbps", "800 Mbps"),
    ("convert 1 degree to minutes", "60 minutes"),
    ("-459.67 °F to K", "0 K"),
]

NOT_UNITS = [
    "convert 100 USD to EUR",
    "how much is 5 pounds in dollars",
    "convert 5 apples to oranges",
    "What is 5 cats in dogs",
    "5 m in s",
    "convert 1 Mb to kb",
    "1 kb to bits",
    "8 b to B",
    "60 minutes in degrees",
    "convert 100 degrees to fahrenheit",
    "8 ounces to ml",
    "how many days in a year",
    "how many weeks are in 3 months",
    "how many books in a library",
    "5 minutes to midnight",
    "what is 10 in binary",
    "100 in roman numerals",
    "write 5 sentences in french",
    "translate 5 words into german",
    "convert this file to pdf",
    "__import__('os') m to km",
    "1 " + "m" * 150 + " to km",
]


@pytest.mark.parametrize(("prompt", "answer"), ANSWERS)
def test_an_amount_is_converted_and_back(prompt: str, answer: str) -> None:
    """The answer, converted back, is what was given."""
    solution = Units().solve(prompt)

    assert solution is not None
    assert answer == solution.answer
    assert len(solution.evidence) == 2
    assert passed(solution.evidence)


@pytest.mark.parametrize("prompt", NOT_UNITS)
def test_whatever_is_no_conversion_has_no_answer(prompt: str) -> None:
    """Currencies, things, words, and what could mean two units."""
    assert Units().solve(prompt) is None


def test_what_cannot_be_converted_is_said_plainly() -> None:
    """Units of different kinds: the answer names the kinds."""
    solution = Units().solve("convert 10 miles to kilograms")

    assert solution is not None
    assert (
        solution.answer
        == "miles cannot be converted to kilograms: one is a length, the other a mass"
    )
    assert solution.confidence >= 0.9


@pytest.mark.parametrize("prompt", ["5 kg to meters", "convert 5 kg to meters"])
def test_symbols_that_are_clear_are_refused_as_plainly(prompt: str) -> None:
    """However it is asked, a mass is no length."""
    solution = Units().solve(prompt)

    assert solution is not None
    assert solution.answer.startswith("kg cannot be converted to meters")


@pytest.mark.parametrize("prompt", ["-300 C to F", "-300 °C in kelvin", "-5 K to C"])
def test_there_is_nothing_below_absolute_zero(prompt: str) -> None:
    """Such a temperature is not converted; the answer says why."""
    solution = Units().solve(prompt)

    assert solution is not None
    assert solution.answer.endswith("is below absolute zero")
    assert passed(solution.evidence)


def test_a_lower_case_b_beside_a_byte_is_a_guess() -> None:
    """It is read as a byte, with less confidence."""
    solution = Units().solve("convert 1 MB to kb")

    assert solution is not None
    assert ("1000 kb", 0.75) == (solution.answer, solution.confidence)


@pytest.mark.parametrize("name", ["cats", "at", "hat", "dad", "as", "__class__", "m;s", "(m)", ""])
def test_a_name_that_only_the_library_would_take_is_no_unit(name: str) -> None:
    """``cats`` are not centi-technical-atmospheres."""
    assert unit(name) is None


PAIRS = [("miles", "km"), ("°F", "°C"), ("kg", "lbs"), ("hours", "weeks"), ("gallons", "liters")]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PAIRS), st.decimals(0, 10_000, places=2))
def test_there_and_back(pair: tuple[str, str], amount: object) -> None:
    """Converting an answer back gives the amount, to the digits shown."""
    there = Units().solve(f"convert {amount} {pair[0]} to {pair[1]}")
    assert there is not None
    back = Units().solve(f"convert {there.answer.split()[0]} {pair[1]} to {pair[0]}")
    assert back is not None

    difference = Fraction(back.answer.split()[0]) - Fraction(str(amount))

    assert abs(difference) <= abs(Fraction(str(amount))) / 10_000 + Fraction(1, 1000)


@pytest.mark.parametrize(
    ("prompt", "sign"), [("convert 1 oz to g", "≈"), ("convert 1/2 mile to meters", "=")]
)
def test_what_is_rounded_is_not_said_to_be_equal(prompt: str, sign: str) -> None:
    """An ounce is 28.349523125 g."""
    solution = Units().solve(prompt)

    assert solution is not None
    assert sign in solution.explanation.split()
