"""A glance at a prompt: could a solver that needs no model have a go at it?"""

import re
from functools import lru_cache

_SIGNS = re.compile(
    r"\d|```|[=+×÷√²³]|\b(?:solve|simplify|factor|derivative|integral|convert|percent|"
    r"zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|"
    r"fifty|hundred|thousand|million|half|"
    r"average|mean|sum|count|total|minimum|maximum|rows?|columns?|distinct|"
    r"today|tomorrow|yesterday|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    re.IGNORECASE,
)
_LONGEST = 4_000
"""Characters beyond which nobody asks for one computation."""


@lru_cache(maxsize=64)
def looks_computable(prompt: str) -> bool:
    """Whether ``prompt`` holds digits, operators or words that computations are asked with."""
    return len(prompt) <= _LONGEST and _SIGNS.search(prompt) is not None
