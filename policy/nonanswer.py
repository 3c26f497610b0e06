"""Telling a refusal, or an "I don't know", from an answer."""

import re

_LONGEST = 400
"""Characters: whoever goes on for longer has said something besides."""

_OPENING = re.compile(
    r"""^\W*(?:(?:i[’']?m|i\s+am|we\s+are|my)\s+(?:very\s+|really\s+|so\s+)?
        (?:sorry|afraid|apologies)\b[\s,.:;—–-]*(?:but\s+)?(?:that\s+)?
      | (?:sorry|apologies|unfortunately|regrettably)\b[\s,.:;—–-]*(?:but\s+)?
      | as\s+an?\s+(?:ai|artificial|large)\b[^,.]*[,.]\s* )*""",
    re.IGNORECASE | re.VERBOSE,
)
_NON_ANSWER = re.compile(
    r"""^(?:
        (?:i|we)\s+(?:(?:really|simply|just|honestly|currently)\s+)?
          (?:do\s+not|don[’']?t|cannot|can[’']?t|can\s+not|could\s+not|couldn[’']?t
            |am\s+(?:not\s+able|unable)\s+to|[’']?m\s+(?:not\s+able|unable)\s+to
            |will\s+not|won[’']?t|must\s+(?:decline|refuse)|have\s+to\s+decline)
          \s*(?:\w+\s+){0,2}?
          (?:know\b|answer|help|assist|provide|determine|find|tell|say\b|comply|fulfil|do\s+that
            |give|share|discuss|access|verify|have\s+(?:enough|any|access|information|sufficient)
            |have\s+the\s+(?:information|answer|data)|$|\.)
      | (?:i\s+am|i[’']m)\s+(?:not\s+sure|unsure|not\s+certain|unable\s+to|not\s+able\s+to)
      | (?:i\s+have\s+)?no\s+idea\b
      | (?:it\s+is\s+|it[’']s\s+)?(?:not\s+known|impossible\s+to\s+(?:say|tell|know|answer))
      | (?:n/?a|none|null|unknown|not\s+available|idk)?\W*$
      | (?:there\s+is\s+|there[’']s\s+)?(?:not\s+enough|insufficient)\s+(?:\w+\s+)?
          (?:information|context|data|evidence)\b
      | (?:there\s+is\s+|there[’']s\s+)?no\s+(?:\w+\s+)?(?:information|context|data|answer)\s+
          (?:\w+\s+)?(?:available|given|provided|found|about|on|in)\b
      | (?:the\s+)?(?:\w+\s+){0,3}?(?:sources?|documents?|texts?|passages?|context|information)\s+
          (?:\w+\s+){0,2}?(?:do(?:es)?\s+not|don[’']?t|doesn[’']?t)\s+
          (?:\w+\s+)?(?:contain|say|mention|include|state|provide|answer|give|specify)
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def is_non_answer(text: str) -> bool:
    """Whether ``text`` declines to answer: a refusal, ignorance, or nothing at all.

    It looks at how a short text begins (after apologies), in English; a long text that begins
    like that usually goes on to say something, so it counts as an answer.
    """
    stripped = text.strip()
    if not stripped:
        return True
    if len(stripped) > _LONGEST:
        return False
    opening = _OPENING.match(stripped)
    rest = stripped[opening.end() :] if opening else stripped
    return _NON_ANSWER.match(rest) is not None
