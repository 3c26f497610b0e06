"""Text that is only to be shown, without what could steer a terminal or hide in a page.

Prompts, models and documents are not to be trusted with either.
"""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# What is not seen or turns the direction of writing shows a text as another than it is.
_UNSEEN = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufdd0-\ufdef\ufeff"
    "\ufffe\uffff\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def whole(text: str) -> str:
    """``text`` with a mark in place of lone surrogates, which no file can hold."""
    return _SURROGATE.sub("\ufffd", text)


def clean(text: str) -> str:
    """``text`` without control characters and what is not seen; newlines and tabs stay."""
    return whole(_UNSEEN.sub("", _CONTROL.sub("", text)))


def one_line(text: str, longest: int = 0) -> str:
    """``text`` cleaned and on one line, cut to ``longest`` characters if that is not zero."""
    line = " ".join(clean(text).split())
    return line if not longest or len(line) <= longest else line[: longest - 1] + "…"
