"""Where an answer says what it rests on: not a part of what it says."""

import re

_CITED = re.compile(
    r"(?<!^)(?<!\bis)(?<!\bare)(?<![:=\s])"
    r"(?:\s*(?:\[\^?\d{1,2}\]|【[^【】]{1,30}】|\((?:sources?|see):?\s[^()]{1,60}\)))+(?=\.?$)"
)
"""Numbers or names of sources at the end; "the answer is [3]" has none."""
_SEVERAL_CITED = re.compile(
    r"(?<!\bis)(?<!\bare)(?<![:=\s])(?:,?\s*\[\d{1,2}(?:,\s?\d{1,2})*\])+(?=\W{0,3}$)"
)
"""Several in one bracket look like a list."""
_TITLE = re.compile(
    r"[ \t]*[-—–*_#]{0,4} ?(?:sources?|references|citations)[*_]{0,2}[ \t]*(?::.*)?", re.IGNORECASE
)
_ITEM = re.compile(r"[ \t]*(?:(?:[-*•]|\[\^?\d{1,2}\]:?|\d{1,2}[.)])[ \t].*)?")
"""A line of a list below such a title."""
_LIST = 2_000
"""Characters at the end of an answer in which it lists its sources."""
_LAST_WORDS = 80
"""Characters at the end of an answer in which it cites them."""


def without_sources(text: str) -> str:
    """``text`` without the sources that it ends with, in brackets or as a list."""
    lines = text[-_LIST:].split("\n")
    while len(lines) > 1 and _ITEM.fullmatch(lines[-1]):
        lines.pop()
    if len(lines) > 1 and _TITLE.fullmatch(lines[-1]):
        text = text[:-_LIST] + "\n".join(lines[:-1]).rstrip()
    return text[:-_LAST_WORDS] + _CITED.sub("", text[-_LAST_WORDS:])


def without_citations(line: str) -> str:
    """The last line of prose without sources at its end, of which a bracket may hold several."""
    return _SEVERAL_CITED.sub("", line)
