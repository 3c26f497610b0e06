"""The third path: several requests in one prompt."""

from collections.abc import Sequence

import pytest

from secondhalf.experts.local import Solver, decompose
from tests.experts.local.test_exact import ORDINARY, WORD_PROBLEMS

TAKEN_APART = [
    ("What is 17% of 2,340 and how many km is 5 miles?",
     "1. What is 17% of 2,340: 397.8\n2. how many km is 5 miles: 8.04672 km"),
    ("1. What is 2+2?\n2. Solve x^2=4", "1. What is 2+2: 4\n2. Solve x^2=4: x = -2 or x = 2"),
    ("1) 2+2 2) 3+3", "1. 2+2: 4\n2. 3+3: 6"),
    ("Please answer these:\n- 2+2\n- 3 * 4", "1. 2+2: 4\n2. 3 * 4: 12"),
    ("What is 2+2? What is 3*3?", "1. What is 2+2: 4\n2. What is 3*3: 9"),
    ("2+2; 3+3", "1. 2+2: 4\n2. 3+3: 6"),
    ("Convert 5 miles to km and 3 kg to g",
     "1. Convert 5 miles to km: 8.04672 km\n2. 3 kg to g: 3000 g"),
]  # fmt: skip

WHOLE = [
    "what is 5 and 6",
    "The answer to 5+5 is 11. What is 5+5?",
    "5+5 is 1. What is 5+5?",
    "2+2 is; what is 3+3?",
    "2 and 3 plus 4",
    "what is 20% of 50 and 30",
    "average of 3 and 5",
    "solve x + y = 10 and x - y = 2",
    "what is 2+2 and who is the president",
    "What is 5 + 3 and then multiply that by 2?",
    "\n".join(["2+2"] * 13),
    " and ".join(["x"] * 500),
]


@pytest.mark.parametrize(("prompt", "answer"), TAKEN_APART)
def test_every_part_is_answered(prompt: str, answer: str, solvers: Sequence[Solver]) -> None:
    """In order, with the checks of all."""
    solution = decompose(prompt, solvers)

    assert solution is not None
    assert answer == solution.answer
    assert len(solution.evidence) >= 2


@pytest.mark.parametrize("prompt", WHOLE + ORDINARY + WORD_PROBLEMS)
def test_what_is_one_request_or_not_wholly_ours_is_left_whole(
    prompt: str, solvers: Sequence[Solver]
) -> None:
    """A part that no solver understands means no answer at all."""
    assert decompose(prompt, solvers) is None
