"""Arithmetic in symbols and words, computed exactly and checked by a second way."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.experts.local.arithmetic import Arithmetic
from secondhalf.experts.local.calculate import calculate
from secondhalf.experts.local.comparison import Comparison
from secondhalf.experts.local.figures import show
from secondhalf.experts.local.notation import tokens
from secondhalf.experts.local.recalculate import agrees, recalculate
from secondhalf.experts.local.solution import passed
from secondhalf.experts.local.words import with_digits

ANSWERS = [
    ("What is 17% of 2,340?", "397.8"),
    ("Hi! Could you please tell me what is 17% of 2,340? Thanks!", "397.8"),
    ("what's 0.1 + 0.2", "0.3"),
    ("1/3", "0.3333333333"),
    ("compute 3 × 4 ÷ 6 − 1", "1"),
    ("2^100", "1267650600228229401496703205376"),
    ("2**10 =", "1024"),
    ("2+2=?", "4"),
    ("What is 5!", "120"),
    ("-2^2", "-4"),
    ("2^3^2", "512"),
    ("2(3+4)", "14"),
    ("4x4", "16"),
    ("10 mod 3", "1"),
    ("12²", "144"),
    ("twenty five plus three", "28"),
    ("three hundred and two minus two", "300"),
    ("what do you get if you multiply 6 by 7?", "42"),
    ("what is 1.5 million divided by two", "750000"),
    ("half of 30", "15"),
    ("three quarters of 80", "60"),
    ("one half plus one third", "0.8333333333"),
    ("what's 12 squared?", "144"),
    ("2 to the power of 10", "1024"),
    ("what is 3 to the 4th power", "81"),
    ("5 to the third power", "125"),
    ("the cube root of 27", "3"),
    ("square root of 2", "1.414213562"),
    ("sqrt(0)", "0"),
    ("square root of 144", "12"),
    ("8^(2/3)", "4"),
    ("cbrt(-8)", "-2"),
    ("median of 3, 1, 2 and 10", "2.5"),
    ("lcm of 4 and 6", "12"),
    ("ln(e)", "1"),
    ("log10(1000)", "3"),
    ("e^2", "7.389056099"),
    ("atan(1)", "0.7853981634"),
    ("absolute value of -3", "3"),
    ("largest of 3, 9 and 4", "9"),
    ("5 factorial", "120"),
    ("product of 6 and 7", "42"),
    ("3/4 of 80", "60"),
    ("the sum of 3, 4 and 5", "12"),
    ("average of 1,200, 1,300 and 1,400", "1300"),
    ("difference between 5 and 8", "3"),
    ("gcd of 12 and 18", "6"),
    ("remainder when 17 is divided by 5", "2"),
    ("how much is 5 less than 10?", "5"),
    ("subtract 5 from twelve", "7"),
    ("increase 50 by 10%", "55"),
    ("what is 80 with a 25% discount", "60"),
    ("50% off 80", "40"),
    ("what percent of 80 is 20", "25%"),
    ("20 is what percent of 80?", "25%"),
    ("What is the percentage change from 80 to 100?", "25%"),
    ("60 is 20% of what number", "300"),
    ("17% of $2,340", "$397.80"),
    ("$19.99 + $5.01", "$25"),
    ("$10 / 3", "$3.33"),
    ("log base 2 of 8", "3"),
    ("sin(30 degrees)", "0.5"),
    ("cos(pi)", "-1"),
    ("round 3.14159 to 2 decimal places", "3.14"),
    ("round 2.5 to the nearest integer", "3"),
    ("calculate 100 + 10%", "110"),
    ("20% off $49.99", "$39.99"),
    ("-$5 * 0.333", "-$1.67"),
    ("$0.0125 * 3", "$0.0375"),
    ("$1 / 1000", "$0.001"),
    ("5% tip on €30", "€1.50"),
    ("17 % 5", "2"),
    ("(3!)!", "720"),
    ("(-5) squared", "25"),
    ("-5 cubed", "-125"),
    ("5 minus 3 squared", "-4"),
    ("5 squared minus 3 squared", "16"),
    ("What is 12 dozen?", "144"),
    ("3/4 + 1/8 as a fraction", "7/8"),
]

NOT_ARITHMETIC = [
    "",
    "42",
    "what is 100%?",
    "What is 5 and 6",
    "2 and 3 plus 4",
    "What is 17% of the GDP of France",
    "Tom has 3 apples and buys 4",
    "6 ÷ 2(1+2)",
    "$5 * $5",
    "$5 + 3",
    "$5 + €3",
    "What is $20 plus £5?",
    "average of $5 and €7",
    "$10 / €5",
    "3!!",
    "17% 5",
    "17 percent 5",
    "-5 squared",
    "negative 5 squared",
    "2 times -3 squared",
    "-2 to the power of 2",
    "0^0",
    "0 to the power of 0",
    "sqrt(2) as a fraction",
    "2024-03-01",
    "555-1234",
    "24/7",
    "what happened on 9/11?",
    "1.2.3 + 4",
    "12,34 + 1",
    "3 4",
    "add salt",
    "(1 + 2",
    "50% + 20",
    "__import__('os').system('ls')",
    "().__class__.__bases__[0]",
    "9**9**9**9",
    "100000!",
    "((((9!)!)!)!)!",
    "10^1000000",
    "(" * 400 + "1" + ")" * 400,
    "1+" * 450 + "1",
    "(-8)^(1/3)",
    "gcd of 1.5 and 2",
    "exp(100000)",
    "sqrt(1, 2, 3)",
    "!",
    "+",
    "5 +",
    "sqrt()",
    "1,",
    "9" * 900 + "+",
]


@pytest.mark.parametrize(("prompt", "answer"), ANSWERS)
def test_an_answer_is_exact_and_checked(prompt: str, answer: str) -> None:
    """The answer has no float noise, and the second way of computing agrees."""
    solution = Arithmetic().solve(prompt)

    assert solution is not None
    assert answer == solution.answer
    assert solution.evidence
    assert passed(solution.evidence)


@pytest.mark.parametrize("prompt", NOT_ARITHMETIC)
def test_whatever_is_not_wholly_arithmetic_has_no_answer(prompt: str) -> None:
    """A word left over, a second reading or a number out of bounds: no answer, no guess."""
    assert Arithmetic().solve(prompt) is None


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("1/0", "undefined (division by zero)"),
        ("what is 5 divided by 0?", "undefined (division by zero)"),
        ("10 mod 0", "undefined (division by zero)"),
        ("sqrt(-4)", "undefined in the real numbers (a root of a negative number)"),
    ],
)
def test_what_has_no_value_is_said_so(prompt: str, answer: str) -> None:
    """Undefined is an answer, of which both ways of computing are sure."""
    solution = Arithmetic().solve(prompt)

    assert solution is not None
    assert answer == solution.answer
    assert solution.confidence >= 0.9
    assert passed(solution.evidence)


def test_a_reading_that_is_a_habit_is_less_sure() -> None:
    """``100 + 10%`` is what calculators make of it; the answer says so."""
    solution = Arithmetic().solve("100 + 10%")

    assert solution is not None
    assert solution.confidence < 0.9
    assert "10% of what stands before it" in solution.explanation


expressions = st.recursive(
    st.integers(0, 999).map(str) | st.decimals(0, 99, places=2).map(str),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(expressions)
def test_both_ways_agree_with_fractions(text: str) -> None:
    """The exact way gives what Python's own fractions give, and the decimal way agrees."""
    expression = tokens(text)
    names = {"Fraction": Fraction}
    source = "".join(f"Fraction('{t.text}')" if t.kind == "number" else t.text for t in expression)
    try:
        expected = eval(source, {"__builtins__": {}}, names)  # noqa: S307 - made by this test
    except ZeroDivisionError:
        return

    found = calculate(expression)

    assert expected == found.value
    assert agrees(found.value, found.exact, recalculate(expression).number)


@given(st.integers(0, 10**9 - 1))
def test_digits_shown_are_the_number(value: int) -> None:
    """A short decimal is shown exactly."""
    assert Fraction(value, 1000) == Fraction(show(Fraction(value, 1000)))


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("twenty-five", "25"),
        ("one hundred twenty-three thousand four hundred and five", "123405"),
        ("two and three", "2 and 3"),
        ("1.5 million", "1500000"),
        ("someone", "someone"),
        ("twenty twenty", "20 20"),
    ],
)
def test_number_words(text: str, digits: str) -> None:
    """Words that spell one number become it; others stay what they are."""
    assert digits == with_digits(text)


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Which is bigger, 9.11 or 9.9?", "9.9"),
        ("which is larger: 2^10 or 1000?", "2^10"),
        ("Is 1/3 less than 0.33?", "no"),
        ("Is 5 > 3?", "yes"),
        ("which is bigger 0.5 or 1/2", "they are equal"),
    ],
)
def test_numbers_are_compared_by_value(prompt: str, answer: str) -> None:
    """Not by how many digits they have."""
    solution = Comparison().solve(prompt)

    assert solution is not None
    assert answer == solution.answer
    assert passed(solution.evidence)


def test_things_are_not_compared() -> None:
    """Only numbers have a size here."""
    assert Comparison().solve("which is bigger, the sun or the moon?") is None


@pytest.mark.parametrize("prompt", ["is $5 more than €3", "is -5 squared greater than 3"])
def test_what_arithmetic_refuses_is_not_compared(prompt: str) -> None:
    """Two currencies, or a sign that may belong to the power."""
    assert Comparison().solve(prompt) is None


def test_a_price_rounded_to_the_cent_says_so() -> None:
    """The exact amount stands in the explanation."""
    solution = Arithmetic().solve("20% off $49.99")

    assert solution is not None
    assert "exactly 39.992" in solution.explanation
