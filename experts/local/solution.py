"""What a local expert answers, and what every solver looks like."""

from typing import NamedTuple, Protocol

from secondhalf.state.expert import Evidence


class Solution(NamedTuple):
    """An answer that was computed, and the checks it was put to."""

    solver: str
    """Name of the solver that found it."""
    answer: str
    """Short and exact: ``"397.8"``, ``"x = 2 or x = 3"``, ``"20 °C"``, ``"2024-04-15"``."""
    explanation: str
    """One line of working."""
    confidence: float
    """How sure it is that this is what was asked, in [0, 1]."""
    evidence: tuple[Evidence, ...] = ()
    """Checks that were really made, by another route than the answer's own."""


class Solver(Protocol):
    """Solves one kind of request, or says that it is not for it.

    ``solve`` is synchronous, safe to call from several threads, and never raises for any text.
    It answers only when the *whole* prompt is a request it understands in full.
    """

    name: str

    def solve(self, prompt: str) -> Solution | None:
        """The solution, or None if the prompt is not (only) this solver's kind of request."""
        ...


def check(source: str, text: str, passed: bool) -> Evidence:
    """A check that was made: ``text`` says what was recomputed, ``passed`` how it went."""
    return Evidence(kind="check", source=source, text=text, passed=passed)


def passed(evidence: tuple[Evidence, ...]) -> bool:
    """Whether none of the checks failed."""
    return all(item.passed is not False for item in evidence)


def trusted(confidence: float, evidence: tuple[Evidence, ...]) -> float:
    """``confidence``, but next to nothing where a check failed."""
    return confidence if passed(evidence) else min(confidence, 0.1)
