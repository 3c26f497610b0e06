"""Algebra: requests recognised, expressions checked, answers put back."""

import pytest

from secondhalf.experts.local.algebra import Algebra
from secondhalf.experts.local.algebra_tree import AlgebraError, evaluate, parse
from secondhalf.experts.local.solution import passed

ANSWERS = [
    ("solve x^2 - 5x + 6 = 0", "x = 2 or x = 3"),
    ("x² − 5x + 6 = 0", "x = 2 or x = 3"),
    ("Solve for x: 2x + 3 = 11", "x = 4"),
    ("what is x if 3x - 7 = 2?", "x = 3"),
    ("If 2x + 5 = 15, what is x?", "x = 5"),
    ("Find the roots of x^2 - 2", "x = -sqrt(2) or x = sqrt(2)"),
    ("solve 2x = 1", "x = 1/2"),
    ("solve 0.5x = 2.3", "x = 4.6"),
    ("solve 1,000x = 2,000", "x = 2"),
    ("solve x + y = 10, x - y = 2", "x = 6, y = 4"),
    ("Solve the system of equations:\nx + y = 10\nx - y = 2", "x = 6, y = 4"),
    ("solve x^2 + y^2 = 25 and x + y = 7", "(x = 3, y = 4) or (x = 4, y = 3)"),
    ("solve x + y = 10, 2x + 2y = 20", "infinitely many solutions: x = 10 - y"),
    ("solve x + y = 1, x + y = 2", "no solution"),
    ("solve x = x + 1", "no solution"),
    ("solve x = x", "every value of x is a solution"),
    ("solve (x^2 - 1)/(x - 1) = 0", "x = -1"),
    ("solve x^2 + 1 = 0", "no real solution; complex: x = -i or x = i"),
    ("solve y = 2x + 3 for x", "x = y/2 - 3/2"),
    ("solve 2^x = 8", "x = 3"),
    ("simplify (x^2 - 1)/(x - 1)", "x + 1"),
    ("expand (x+1)^2", "x^2 + 2*x + 1"),
    ("factor x^2 - 4", "(x - 2)*(x + 2)"),
    ("what is the derivative of x^2 + 3x?", "2*x + 3"),
    ("second derivative of x^4", "12*x^2"),
    ("integrate x^2", "x^3/3 + C"),
    ("integral of x^2 from 0 to 3", "9"),
    ("limit of sin(x)/x as x -> 0", "1"),
    ("limit of 1/x as x approaches infinity", "0"),
    ("factor 84", "2^2 × 3 × 7"),
    ("is 91 prime?", "no"),
    ("Is 97 a prime number?", "yes"),
    ("solve |x-3| = 5", "x = -2 or x = 8"),
    ("2|x| + 1 = 7", "x = -3 or x = 3"),
]

NOT_ALGEBRA = [
    "solve |x-|x|| = 5",
    "solve x^2 = 0^0",
    "solve the mystery",
    "find the meaning of life",
    "solve world hunger = peace",
    "x = 5",
    "solve 2x + y = 10",
    "Find x such that f(x) = 0.",
    "solve sin(x) = 0",
    "solve log(x) = 2",
    "solve for happiness",
    "what is love if baby = don't hurt me",
    "solve __import__('os').system('true') = 0",
    "solve ().__class__ = x",
    "solve x.real = 1",
    "solve [x for x in y] = 0",
    "solve (lambda x: x)(x) = 0",
    "solve x^(9^(9^9)) = 0",
    "solve x^99999 = 1",
    "solve " + "(" * 100 + "x" + ")" * 100 + " = 0",
    "simplify " + "x+" * 200 + "x",
    "factor " + "9" * 60,
    "derivative of the market",
    "integrate this service with that one",
]


@pytest.mark.parametrize(("prompt", "answer"), ANSWERS)
def test_an_answer_is_put_back(prompt: str, answer: str) -> None:
    """Each answer passed checks on the text as it was written."""
    solution = Algebra().solve(prompt)

    assert solution is not None
    assert answer == solution.answer
    assert solution.evidence
    assert passed(solution.evidence)


@pytest.mark.parametrize("prompt", NOT_ALGEBRA)
def test_whatever_is_not_algebra_has_no_answer(prompt: str) -> None:
    """Words, code, and what is too large are refused before any computer algebra."""
    assert Algebra().solve(prompt) is None


def test_a_root_without_closed_form_is_a_number() -> None:
    """It is marked as rounded, and its complex siblings are counted."""
    solution = Algebra().solve("solve x^5 - x - 1 = 0")

    assert solution is not None
    assert solution.answer.startswith("x ≈ 1.167303978; complex: ")
    assert passed(solution.evidence)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2x(x+1)", 24), ("3xy", 45), ("2^x", 8), ("-x^2", -9), ("sqrt(4)x", 6), ("xy/y", 3)],
)
def test_products_need_no_sign(text: str, value: float) -> None:
    """With x = 3 and y = 5, the text has the value a reader expects."""
    tree = parse(text)

    assert value == evaluate(tree.text, {"x": 3, "y": 5})


@pytest.mark.parametrize(
    "text",
    ["x.y", "x[0]", "f(x)", "1/2x", "2 3", "x=1", "x;y", "'x'", "import", "x if y else z", "é",
     "0x10", "1e400000", "9" * 41, "x**y**z**x", "sqrt", "x_1", "@", ""],
)  # fmt: skip
def test_a_text_that_is_not_an_expression_is_refused(text: str) -> None:
    """The tree holds numbers, letters and known functions only."""
    with pytest.raises(AlgebraError):
        parse(text)
