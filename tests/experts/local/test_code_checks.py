"""Code checks: read, never executed."""

from pathlib import Path

import pytest

from secondhalf.experts.local.code import Code
from secondhalf.experts.local.solution import passed


def block(code: str, tag: str = "python") -> str:
    return f"```{tag}\n{code}\n```"


OK = block("x = 1")
FAULTY = block("import os\nprint(x)")
ANSWERS = [
    ("Is this Python valid?\n" + block("def f(:"), "line 1: syntax error: invalid syntax"),
    (f"Is it valid?\n{OK}", "No problems found"),
    (f"Here is my code:\n{OK}\nIs it valid?", "No problems found"),
    ("lint this:\n" + block("x = 1", "py") + "\nthanks!", "No problems found"),
    (
        f"Can you check this code for errors?\n{FAULTY}",
        "line 1: 'os' imported but unused\nline 2: undefined name 'x'",
    ),
    (
        block("x = (1") + "\nAre there any syntax errors in this code?",
        "line 1: syntax error: '(' was never closed",
    ),
    ("is this valid json?\n" + block('{"a": 1}', "json"), "No problems found"),
    (
        "Is this valid JSON?\n" + block("{'a': 1}", ""),
        "line 1: syntax error: Expecting property name enclosed in double quotes at column 2",
    ),
    ("validate this toml\n" + block("a = 1", "toml"), "No problems found"),
]

NOT_CHECKS = [
    "is my code valid?",
    f"explain this code\n{block('x = 1')}",
    f"write a test for this\n{block('x = 1')}",
    f"check this code and then rewrite it\n{block('x = 1')}",
    f"run this\n{block('x = 1')}",
    f"is this valid\n{block('let x', 'javascript')}",
    f"compare\n{block('x')}\nwith\n{block('y')}",
    "```" * 10_000,
]


@pytest.mark.parametrize(("prompt", "answer"), ANSWERS)
def test_problems_are_listed_by_line(prompt: str, answer: str) -> None:
    """The answer is what is wrong, or that nothing is."""
    solution = Code().solve(prompt)

    assert solution is not None
    assert answer == solution.answer
    assert passed(solution.evidence)


@pytest.mark.parametrize("prompt", NOT_CHECKS)
def test_only_a_request_to_check_is_answered(prompt: str) -> None:
    """Explaining, writing and running are for others."""
    assert Code().solve(prompt) is None


def test_the_code_is_not_executed(tmp_path: Path) -> None:
    """A block that would write a file writes none."""
    trace = tmp_path / "trace"
    code = f"open({str(trace)!r}, 'w').close()"

    solution = Code().solve(f"check this python code\n{block(code)}")

    assert solution is not None
    assert not trace.exists()


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("python", "(" * 40_000),
        ("python", "-" * 40_000 + "1"),
        ("python", "x" + ".a" * 20_000),
        ("python", "1" * 20_000),
        ("python", "x = 1\0"),
        ("json", "[" * 45_000),
        ("toml", "a=" + "[" * 20_000),
    ],
)
def test_hostile_code_is_a_problem_not_a_crash(tag: str, code: str) -> None:
    """Whatever the parser refuses is reported as a fault of the block."""
    solution = Code().solve(f"is this valid?\n{block(code, tag)}")

    assert solution is not None
    assert "syntax error" in solution.answer
