"""How an answer is worded, as much of it as can be learned from."""

import math
import re

from secondhalf.state.estimate import Wording

ENDING = 400
"""Characters at its end that are kept of an answer: there it says what it comes to, or gives up.

On recorded answers they tell as much as all of its words do.
"""
LONGEST = 20_000
"""Characters of a text that are read."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
Shape = tuple[float, float, float, float]
"""Length (log characters), numbers, different numbers and full stops."""


def shape_of(text: str) -> Shape:
    """How ``text`` is built."""
    read = text[:LONGEST]
    numbers = _NUMBER.findall(read)
    return math.log1p(len(text)), len(numbers), len(set(numbers)), read.count(".")


def wording_of(text: str) -> Wording:
    """How the answer ``text`` is worded."""
    said = text.strip()
    return Wording(ending=said[-ENDING:], shape=shape_of(said))
