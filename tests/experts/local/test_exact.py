"""The first path: the whole prompt is the request, or there is no answer."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from secondhalf.experts.local import Solver, exact_solvers, solve_exact

ORDINARY = [
    "Hello!",
    "What is the capital of France?",
    "Who won the world cup in 2018?",
    "Write a poem about 2+2.",
    "Explain the derivative to a child.",
    "Summarize this article in 5 sentences.",
    "What is the population of Germany in millions?",
    "How many people live in Berlin?",
    "How many moons does Jupiter have?",
    "How much does a car cost in dollars?",
    "How much is a flight to Rome?",
    "What is the square root of the problem?",
    "Convert this text to uppercase: hello",
    "Translate 'one plus one' into German.",
    "What day does the shop open?",
    "What date is the next election?",
    "When was Mozart born?",
    "How many days did the war last?",
    "What is the average salary in Spain?",
    "What is the sum of all fears?",
    "Solve climate change.",
    "Factor in the cost of shipping.",
    "Is this a good idea?",
    "What is 5G?",
    "What is the difference between TCP and UDP?",
    "What is 3D printing?",
    "What is 7-Eleven?",
    "How do I convert a PDF to Word?",
    "What does 404 mean?",
    "What is 42 the answer to?",
    "Describe the top 10 movies by revenue.",
    "What is one plus one in German?",
    "What percent of people like tea?",
    "Which is bigger, a whale or an elephant?",
    "What time is it in Tokyo?",
    "Write code that adds 2 and 3.",
    "Tell me about World War 2.",
    "Version 1.2.3 or 1.10.0?",
    "Call me at 555-123-4567.",
    "Our meeting is on 2024-03-01.",
    "I am 5 ft 10 in tall. Am I tall?",
]

WORD_PROBLEMS = [
    "Tom has 3 apples and buys 4. How many apples does he have?",
    "A train travels 60 miles in 1.5 hours. What is its average speed?",
    "Sara baked 24 cookies and gave half of them to her 3 friends equally. How many did each get?",
    "A shirt costs $40 and is on sale for 25% off. How much does it cost after a 5% tax?",
    "If 5 machines make 5 widgets in 5 minutes, how long do 100 machines take for 100 widgets?",
    "A bat and a ball cost $1.10 together; the bat costs $1 more. How much is the ball?",
    "What is 17% of the GDP of France?",
    "What is 20% of my salary if I earn 3,000 a month?",
    "How many hours is a flight from Paris to Rome at 800 km/h?",
    "John is twice as old as Mary, who is 12. How old is John?",
    "A rectangle is 5 m by 4 m. What is its area in square feet?",
    "There are 12 eggs in a dozen. How many eggs are in 7 dozen?",
    "The sum of two numbers is 10 and their difference is 2. Find the numbers.",
    "What number plus 5 equals the number of days in a week?",
    "Lena reads 20 pages a day. How many days until she finishes 300 pages?",
]


@pytest.mark.parametrize("prompt", ORDINARY + WORD_PROBLEMS)
def test_an_ordinary_prompt_has_no_answer(prompt: str, solvers: Sequence[Solver]) -> None:
    """No solver takes a part of a prompt for the whole."""
    assert solve_exact(prompt, solvers) is None


@pytest.mark.parametrize(
    ("prompt", "solver", "answer"),
    [
        ("What is 17% of 2,340?", "arithmetic", "397.8"),
        ("solve x^2 - 5x + 6 = 0", "algebra", "x = 2 or x = 3"),
        ("convert 68 °F to °C", "units", "20 °C"),
        ("What date is 45 days after 2024-03-01?", "dates", "2024-04-15"),
        ("What is 2024-03-01 + 45 days?", "dates", "2024-04-15"),
        ("which is bigger, 9.11 or 9.9?", "comparison", "9.9"),
    ],
)
def test_a_request_finds_its_solver(
    prompt: str, solver: str, answer: str, solvers: Sequence[Solver]
) -> None:
    """The most specific one that understands all of it."""
    solution = solve_exact(prompt, solvers)

    assert solution is not None
    assert (solver, answer) == (solution.solver, solution.answer)


@pytest.mark.parametrize(
    "prompt",
    ["a" * 100_000, "1+" * 50_000 + "1", "what is " + "9" * 100_000, "\n" * 100_000, "? " * 499,
     "sum of " + "1 and " * 150 + "1", "solve " + "x+" * 140 + "x=0", "please " * 140, "\0" * 500],
)  # fmt: skip
def test_a_long_or_strange_prompt_has_no_answer(prompt: str, solvers: Sequence[Solver]) -> None:
    """And none of the grammars gets lost in it."""
    found = solve_exact(prompt, solvers)

    assert found is None or len(found.answer) < 300


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    """Having the solvers costs neither sympy nor pint; a sum does not either."""
    code = (
        "import sys\n"
        "from secondhalf.experts.local import exact_solvers, solve_exact\n"
        "assert solve_exact('2 + 2', exact_solvers()).answer == '4'\n"
        "print([name for name in ('sympy', 'pint', 'pyflakes', 'rapidfuzz') "
        "if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_solvers_have_names_of_their_own() -> None:
    """Evidence and traces tell them apart."""
    names = [solver.name for solver in exact_solvers()]

    assert len(names) == len(set(names))
