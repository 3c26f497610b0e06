"""Names and counts as messages say them."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice

_SHOWN = 10


def quoted(names: Collection[str]) -> str:
    """``'a', 'b' and 3 more``: the first ten names."""
    shown = [f"{name!r:.80}" for name in islice(names, _SHOWN)]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more:,} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


def counted(number: int, noun: str) -> str:
    """``1 row``, ``1,307 rows``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """That there is no ``kind`` of this name; the nearest of those there are, else the first."""
    names = list(known)
    folded = {one.casefold(): one for one in names}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    hint = f"did you mean {folded[near[0]]!r}?" if near else f"it holds {quoted(names) or 'none'}"
    return f"there is no {kind} {name!r}: {hint}"


def shown(value: object) -> str:
    """A value from a file, in at most 40 characters."""
    text = repr(value) if not isinstance(value, int) or value.bit_length() < 200 else "a number"
    return text if len(text) <= 40 else f"{text[:37]}..."
