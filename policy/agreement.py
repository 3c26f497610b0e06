"""Whether two answers say the same."""

import re

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_WORD = re.compile(r"\w+")
_SAME_WORDS = 0.8

Reduced = float | frozenset[str]
"""What of an answer is compared: its last number, else its words in lower case."""


def agree(first: str, second: str) -> bool:
    """Whether two answers say the same, as far as text alone can tell.

    Answers with numbers agree if their last numbers are equal; others if they share most of
    their words. Symmetric.
    """
    return same(reduced(first), reduced(second))


def reduced(text: str) -> Reduced:
    """What ``agree`` compares of an answer; worth keeping where it is compared with many."""
    found = _NUMBER.findall(text)
    if found:
        return float(found[-1].replace(",", ""))
    return frozenset(_WORD.findall(text.lower()))


def same(first: Reduced, second: Reduced) -> bool:
    """Whether two answers agree, each given as ``reduced``."""
    if isinstance(first, frozenset) and isinstance(second, frozenset):
        return bool(first and second) and _overlap(first, second) >= _SAME_WORDS
    return first == second


def _overlap(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / len(first | second)
