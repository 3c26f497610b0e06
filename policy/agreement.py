"""Whether two answers say the same."""

import re

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_WORD = re.compile(r"\w+")
_SAME_WORDS = 0.8


def agree(first: str, second: str) -> bool:
    """Whether two answers say the same, as far as text alone can tell.

    Answers with numbers agree if their last numbers are equal; others if they share most of
    their words. Symmetric.
    """
    numbers = _last_number(first), _last_number(second)
    if any(n is not None for n in numbers):
        return numbers[0] == numbers[1]
    words = set(_WORD.findall(first.lower())), set(_WORD.findall(second.lower()))
    if not words[0] or not words[1]:
        return False
    return len(words[0] & words[1]) / len(words[0] | words[1]) >= _SAME_WORDS


def _last_number(text: str) -> float | None:
    found = _NUMBER.findall(text)
    return float(found[-1].replace(",", "")) if found else None
