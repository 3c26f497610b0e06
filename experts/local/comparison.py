"""Which of two or more numbers is larger: ``Which is bigger, 9.11 or 9.9?``."""

import re
from decimal import Decimal
from fractions import Fraction

from secondhalf.experts.local.arithmetic_phrases import inline
from secondhalf.experts.local.calculate import calculate
from secondhalf.experts.local.figures import show
from secondhalf.experts.local.notation import NotationError, tokens
from secondhalf.experts.local.phrasing import plain
from secondhalf.experts.local.recalculate import recalculate
from secondhalf.experts.local.solution import Solution, check, trusted
from secondhalf.experts.local.words import with_digits

_MORE = "bigger|larger|greater|higher|more|biggest|largest|greatest|highest"
_LESS = "smaller|lower|less|fewer|smallest|lowest|least"
_WHICH = re.compile(
    rf"(?:which|what)(?: one| number| value)?(?: of these)?(?: is|'s) (?:the )?({_MORE}|{_LESS})"
    r"(?: number| one| value)?\s?[,:;?-]? (?:between |of |out of )?(.+)"
)
_IS = re.compile(rf"is (.+?) (?:({_MORE}|{_LESS}) than|([<>])) (.+)")
_SPLIT = re.compile(r",?\s+or\s+|,\s+|\s+and\s+")


class Comparison:
    """Compares numbers and expressions by their exact values."""

    name = "comparison"

    def solve(self, prompt: str) -> Solution | None:
        """The larger or smaller one as it was written, or yes or no."""
        text = plain(prompt)
        if text is None:
            return None
        text = with_digits(text.lower())
        if len({*text} & {*"$€£"}) > 1:
            return None  # what one is worth in the other is not known here
        if which := _WHICH.fullmatch(text):
            return self._pick(_SPLIT.split(which[2]), more=bool(re.fullmatch(_MORE, which[1])))
        if match := _IS.fullmatch(text):
            more = match[3] == ">" or bool(re.fullmatch(_MORE, match[2] or ""))
            return self._decide(match[1], match[4], more=more)
        return None

    def _pick(self, items: list[str], *, more: bool) -> Solution | None:
        values = [_value(item) for item in items]
        if len(items) < 2 or any(value is None for value in values):
            return None
        found = [value for value in values if value is not None]
        best = max(found) if more else min(found)
        if found.count(best) > 1:
            return _solution("they are equal", items, values=found, agreed=_equal(items))
        answer = items[found.index(best)]
        others = [item for item in items if item != answer]
        signs = [_sign(answer, other) for other in others]
        return _solution(answer, items, found, all(s == (1 if more else -1) for s in signs))

    def _decide(self, left: str, right: str, *, more: bool) -> Solution | None:
        first, second = _value(left), _value(right)
        if first is None or second is None:
            return None
        holds = first > second if more else first < second
        agreed = (_sign(left, right) == (1 if more else -1)) == holds
        return _solution("yes" if holds else "no", [left, right], [first, second], agreed)


def _value(text: str) -> Fraction | None:
    try:
        return calculate(tokens(inline(text))).value
    except (NotationError, ArithmeticError, ValueError):
        return None


def _sign(left: str, right: str) -> int:
    """The sign of the difference, computed in decimals."""
    try:
        difference: Decimal = recalculate(tokens(f"({inline(left)}) - ({inline(right)})")).number
    except (ArithmeticError, ValueError):
        return 0
    return (difference > 0) - (difference < 0)


def _equal(items: list[str]) -> bool:
    return any(_sign(items[0], other) == 0 for other in items[1:])


def _solution(answer: str, items: list[str], values: list[Fraction], agreed: bool) -> Solution:
    listed = ", ".join(
        item if item == show(value) else f"{item} = {show(value)}"
        for item, value in zip(items, values, strict=True)
    )
    evidence = (check("comparison", f"sign of the differences in decimals: {listed}", agreed),)
    return Solution(
        Comparison.name, answer, f"compared {listed}", trusted(0.97, evidence), evidence
    )
