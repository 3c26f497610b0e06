"""Puts single typos right, so that a slip of the finger does not change a route.

A word that neither cues nor exemplars know becomes the known word one edit away (deletion
neighbourhoods as in SymSpell). Short words lie close to each other: they are only corrected where
two letters are swapped or one is doubled, which hardly ever makes another word.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from secondhalf.policy import cues, puzzles
from secondhalf.policy.exemplars import EXEMPLARS
from secondhalf.policy.features import fold
from secondhalf.policy.lexicon import stem

SHORT, LONG = 5, 24
"""Words with fewer or more letters are left alone."""
ANY_EDIT = 6
"""From this many letters on, any single edit is put right."""

_WORD = re.compile(r"\b[a-z]{4,25}\b")


def respell(folded: str) -> str:
    """The text with single typos put right, except inside words with other characters."""
    return _WORD.sub(lambda match: _correct(match.group()), folded)


@lru_cache(maxsize=8_192)
def _correct(word: str) -> str:
    known, stems, near = _tables()
    if word in known or stem(word) in stems or not SHORT - 1 <= len(word) <= LONG:
        return word
    for key in (word, *_deletions(word)):
        for candidate in near.get(key, ()):
            if candidate[0] == word[0] and _one_edit(word, candidate):
                return candidate
    return word


@lru_cache(maxsize=1)
def _tables() -> tuple[frozenset[str], frozenset[str], dict[str, list[str]]]:
    """Known words, their stems, and the targets that each deletion leads to."""
    texts = [*cues.CUES.values(), cues.ACTIONS, cues.WEAK_ACTIONS, cues.PATTERN_WORDS]
    texts += [fold(exemplar.text) for exemplar in EXEMPLARS]
    targets = {word for text in texts for word in _WORD.findall(text)}
    known = targets | cues.INNOCENT | set(cues.FILLERS.split())
    known.update(_WORD.findall(f"{puzzles.TELLING} {puzzles.TOGETHER}"))
    near: dict[str, list[str]] = {}
    for word in sorted(targets):
        if len(word) >= SHORT:
            for key in (word, *_deletions(word)):
                near.setdefault(key, []).append(word)
    return frozenset(known), frozenset(map(stem, known)), near


def _deletions(word: str) -> Iterable[str]:
    return (word[:i] + word[i + 1 :] for i in range(1, len(word)))


def _one_edit(typed: str, meant: str) -> bool:
    """Whether one swap, doubling or, in longer words, any one edit leads from one to the other."""
    if len(typed) == len(meant):
        wrong = [i for i in range(len(meant)) if typed[i] != meant[i]]
        if len(wrong) == 2:
            i, j = wrong
            return j == i + 1 and typed[i] == meant[j] and typed[j] == meant[i]
        return len(wrong) == 1 and len(meant) > ANY_EDIT
    if len(typed) == len(meant) + 1:
        doubled = any(typed[i] == typed[i + 1] for i in range(len(typed) - 1))
        return doubled or len(meant) >= ANY_EDIT
    return len(meant) >= ANY_EDIT
