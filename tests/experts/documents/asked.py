"""Questions and what is expected of their answers."""

from typing import NamedTuple


class Asked(NamedTuple):
    question: str
    source: str
    words: str


class Questions(NamedTuple):
    answerable: tuple[Asked, ...]
    unanswerable: tuple[str, ...]
