"""Does a prompt ask for something that a tool is there for?"""

import re
from collections.abc import Mapping

_WORD = re.compile(r"[a-z]{3,}")
_SAYS_NOTHING = frozenset(
    "get set find search look fetch list run make call show give take use data info tool function "
    "the for and with from into that this what which who how are was were has have had can could "
    "would should will you your our their its not any all one given value values about please "
    "return returns current".split()
)
ENOUGH = 2
"""Words of a tool's description that a prompt must share; a telling word of its name is enough."""


def wanted_tool(prompt: str, tools: Mapping[str, str]) -> str:
    """The name of the first of ``tools`` (name → description) that fits; empty if none does."""
    said = _words(prompt)
    for name, description in tools.items():
        if said & _words(name.replace("_", " ")) or len(said & _words(description)) >= ENOUGH:
            return name
    return ""


def _words(text: str) -> frozenset[str]:
    """Telling words of ``text``, singular."""
    words = frozenset(word.removesuffix("s") for word in _WORD.findall(text.lower()))
    return words - _SAYS_NOTHING - {word.removesuffix("s") for word in _SAYS_NOTHING}
