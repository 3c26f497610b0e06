"""Chance that is the same whenever it is asked: a place in [0, 1) for any text."""

import hashlib

_PLACES = 2.0**64


def drawn(text: str) -> float:
    """Where ``text`` falls in [0, 1): evenly, and always in the same place."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / _PLACES
