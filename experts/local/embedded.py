"""The second, looser path: one request inside a prompt that says more.

``My boss asked me: what is 17% of 2,340? Thanks`` has one; a word problem has none, because its
numbers are in sentences that no solver understands, and whatever is not understood must not
hold a number, a condition or another question.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from secondhalf.experts.local.choose import solve_exact
from secondhalf.experts.local.solution import Solution, Solver
from secondhalf.experts.local.words import NUMBER_WORDS

ASKED = 0.9
"""Highest confidence if the request is a question or command of its own."""
FOUND = 0.75
"""Highest confidence if it is a part of a sentence, asked about elsewhere."""
MAX_PROMPT = 800
MAX_SENTENCES = 8

_SENTENCE = re.compile(r"(?<=[?!])\s+|(?<=[.;])\s+|(?<=\w):\s+|\n+|\s+[-–—]\s+(?=[A-Za-z])")
_LEAD = re.compile(
    r"^(?:.*?[,\s])??(?=(?:what(?:'s| is| are| date| day| percent)|how (?:many|much)|calculate"
    r"|compute|convert|solve|simplify|evaluate|which is)\b)",
    re.IGNORECASE,
)
_ANAPHORA = re.compile(
    r"(?:so |and |but )?(?:how much|what|how many)(?:'s| is| are| does| would| will)? ?"
    r"(?:that|this|it|the (?:fee|total|result|amount|answer|cost|price|value|sum))"
    r"(?: (?:come (?:out )?to|be|make|amount to|equal|exactly|in total|then))*",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\b(?:if|suppose|assume|assuming|unless|except|instead|not|never|don't|ignore|round(?:ed)?"
    r"|nearest|base|binary|hex(?:adecimal)?|octal|decimals?|digits?|significant|modulo|roman|twice"
    r"|double|half|triple|then|again|another|each|every|per|per ?cent|more|less|fewer|dozen"
    r"|write|explain|describe|poem|story|essay|code|function|program|script|translate|summari[sz]e"
    r"|list|words|format|json|difference|total|left|remain(?:s|ing)?|altogether|both|all|where"
    r"|given|letting?|let|denotes?|define[ds]?|equals?|(?<!\bI )means?)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(rf"\d|[=%$€£^√]|\b(?:{'|'.join(NUMBER_WORDS - {'one'})})\b", re.IGNORECASE)
_INTRODUCES = re.compile(
    r"\b(?:is|are|was|be|says?|of|pays?|costs?|charges?|gets?|owes?|to|about|compute|calculate)\s+"
    r"(?=\S)",
    re.IGNORECASE,
)


class _Piece(NamedTuple):
    """A computed part of the prompt, the text it stands in, and what else that text says."""

    solution: Solution
    rest: str
    asked: bool


def extract(prompt: str, solvers: Sequence[Solver]) -> Solution | None:
    """The solution of the one request the prompt holds, with a lower confidence.

    None if it holds none or several, or if what surrounds it could change what is asked.
    """
    if len(prompt) > MAX_PROMPT or "```" in prompt:
        return None
    sentences = [s.strip() for s in _SENTENCE.split(prompt) if s and s.strip()]
    if not 0 < len(sentences) <= MAX_SENTENCES:
        return None
    pieces = [_piece(sentence, solvers) for sentence in sentences]
    found = [piece for piece in pieces if piece is not None]
    if len(found) != 1:
        return None
    others = [s for s, piece in zip(sentences, pieces, strict=True) if piece is None]
    if not _harmless(found[0], others):
        return None
    highest = ASKED if found[0].asked else FOUND
    solution = found[0].solution
    return solution._replace(confidence=min(solution.confidence, highest))


def _piece(sentence: str, solvers: Sequence[Solver]) -> _Piece | None:
    """What ``sentence``, or the end of it, asks for."""
    whole = solve_exact(sentence, solvers)
    if whole is not None:
        return _Piece(whole, "", asked=_is_request(sentence))
    lead = _LEAD.match(sentence)
    if lead and lead.end():
        asked = solve_exact(sentence[lead.end() :], solvers)
        if asked is not None:
            return _Piece(asked, sentence[: lead.end()], asked=True)
    for start in _ends(sentence):
        part = solve_exact(sentence[start:], solvers)
        if part is not None:
            return _Piece(part, sentence[:start], asked=False)
    return None


def _is_request(sentence: str) -> bool:
    return "?" in sentence or _LEAD.match(sentence) is not None


def _ends(sentence: str) -> Iterator[int]:
    """Where the ends of a statement begin that may be a computation, the longest first."""
    if "?" in sentence:
        return
    for match in _INTRODUCES.finditer(sentence):
        if re.match(r"[\d($€£√-]", sentence[match.end() :]):
            yield match.end()


def _harmless(piece: _Piece, others: list[str]) -> bool:
    """Whether nothing around the request changes it, and a mere statement is asked about."""
    about = [text for text in others if _ANAPHORA.fullmatch(text.strip(" ?.!"))]
    around = [piece.rest, *(text for text in others if text not in about)]
    if any(_NUMBER.search(text) or _CHANGES.search(text) or "?" in text for text in around):
        return False
    return len(about) == (0 if piece.asked else 1)
