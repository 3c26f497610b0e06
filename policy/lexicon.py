"""Cues: families of words that say something about a prompt, matched by stem.

A cue alone decides nothing; :mod:`secondhalf.policy.evidence` weighs cues against structure and
against the exemplars. Words are compared by a light stem; phrases have up to four words.
"""

from functools import lru_cache

from secondhalf.policy import cues as cue_words

LONGEST_PHRASE = 4


@lru_cache(maxsize=8_192)
def stem(word: str) -> str:
    """A light English stem: plural, -ing, -ed and a final e are cut from words of four or more."""
    base = word.removesuffix("'s")
    if len(base) < 4 or not base.isascii():
        return base
    if base.endswith("ies"):
        base = base[:-3] + "y"
    elif base.endswith("s") and base[-2] not in "sui":
        base = base[:-1]
    for suffix in ("ing", "ed"):
        if base.endswith(suffix) and len(base) - len(suffix) >= 3:
            base = base[: -len(suffix)]
            if base[-1] == base[-2] and base[-1] not in "sl":
                base = base[:-1]
            break
    return base[:-1] if base.endswith("e") and len(base) > 3 else base


def _phrases(text: str) -> list[str]:
    spelled = (" ".join(phrase.split()) for phrase in text.split(","))
    return [" ".join(stem(word) for word in phrase.split()) for phrase in spelled if phrase]


def _index() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for cue, text in cue_words.CUES.items():
        for phrase in _phrases(text):
            if cue not in found.get(phrase, ()):
                found[phrase] = (*found.get(phrase, ()), cue)
    return found


PHRASES = _index()
_FIRST = frozenset(phrase.split()[0] for phrase in PHRASES)
ACTIONS = frozenset(stem(word) for word in cue_words.ACTIONS.split())
WEAK_ACTIONS = frozenset(stem(word) for word in cue_words.WEAK_ACTIONS.split())
FILLERS = frozenset(cue_words.FILLERS.split())


def cues(stems: list[str]) -> dict[str, int]:
    """How many different phrases of each cue occur in a prompt, given its stems."""
    seen: set[str] = set()
    for start, first in enumerate(stems):
        if first not in _FIRST:
            continue
        for end in range(start + 1, min(start + LONGEST_PHRASE, len(stems)) + 1):
            phrase = " ".join(stems[start:end])
            if phrase in PHRASES:
                seen.add(phrase)
    counts: dict[str, int] = {}
    for phrase in seen:
        for cue in PHRASES[phrase]:
            counts[cue] = counts.get(cue, 0) + 1
    return counts
