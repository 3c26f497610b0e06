"""The second path: one request inside a longer prompt."""

from collections.abc import Sequence

import pytest

from secondhalf.experts.local import Solver, extract
from tests.experts.local.test_exact import ORDINARY, WORD_PROBLEMS

FOUND = [
    ("My boss asked me: what is 17% of 2,340? Thanks", "397.8", 0.9),
    ("I need this for homework. Solve x^2 - 5x + 6 = 0. Thank you!", "x = 2 or x = 3", 0.9),
    ("Hi there, I was wondering, how many km is 5 miles?", "8.04672 km", 0.9),
    ("For my trip I need to know what is 68 °F in °C?", "20 °C", 0.9),
    ("My landlord wants a deposit. What date is 45 days after 2024-03-01?", "2024-04-15", 0.9),
    ("Accounting says the fee is 12% of 450. How much is that?", "54", 0.75),
    ("The invoice shows a discount of 15% of $80. What is the amount?", "$12", 0.75),
]

NOT_FOUND = [
    "Tom bought 12% of 450 apples. How many is that?",
    "The fee is 12% of 450. The tax is 5% of 20. How much is that?",
    "She spends 15 + 20 dollars on lunch. How much is that?",
    "The bill is 15 + 20. How much is left?",
    "The bill is 15 + 20.",
    "If I have 100 dollars, what is 17% of 2,340?",
    "In base 8, what is 7 + 7?",
    "Round to the nearest integer: what is 10/3?",
    "What is 17% of 2340? Explain why.",
    "Assume x is negative. Solve x^2 = 4.",
    "I have two dogs. What is 2 + 2?",
    "What is 2 + 2? And who is the president?",
    "What is 2 + 2? What is 3 + 3?",
    "Write a story in which a child asks: what is 2 + 2?",
    "```\nwhat is 2 + 2?\n```",
]


@pytest.mark.parametrize(("prompt", "answer", "confidence"), FOUND)
def test_the_one_request_is_found(
    prompt: str, answer: str, confidence: float, solvers: Sequence[Solver]
) -> None:
    """Surer where it is a question of its own than where it is part of a statement."""
    solution = extract(prompt, solvers)

    assert solution is not None
    assert (answer, confidence) == (solution.answer, solution.confidence)


@pytest.mark.parametrize("prompt", NOT_FOUND + ORDINARY + WORD_PROBLEMS)
def test_what_could_change_the_request_forbids_an_answer(
    prompt: str, solvers: Sequence[Solver]
) -> None:
    """Another number, a condition, a wish for more, or a second request."""
    assert extract(prompt, solvers) is None
