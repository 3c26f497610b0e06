"""Arithmetic in symbols, as a list of tokens: the whitelist both ways of computing start from."""

import re
from fractions import Fraction
from typing import Literal, NamedTuple

Kind = Literal["number", "operator", "function", "open", "close", "comma", "postfix"]

FUNCTIONS = frozenset(
    "sqrt cbrt abs round exp ln log2 log10 logbase sin cos tan asin acos atan degrees min max "
    "factorial gcd lcm mean median power".split()
)
CONSTANTS = frozenset({"pi", "e"})
MAX_TOKENS = 200
MAX_DEPTH = 20
"""Parentheses inside parentheses."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[$€£]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d{1,3}(?![\w.]))?|\.\d+)"
    r"|(?P<name>[a-z]+\d*)|(?P<operator>\*\*|[-+*/^])|(?P<open>\()|(?P<close>\))|(?P<comma>,)"
    r"|(?P<postfix>[%!]))",
    re.IGNORECASE,
)


class NotationError(ValueError):
    """The text is not arithmetic, or could be read in two ways."""


class Token(NamedTuple):
    """One symbol; ``value`` and ``currency`` belong to numbers."""

    kind: Kind
    text: str
    value: Fraction = Fraction(0)
    currency: str = ""


def tokens(text: str) -> list[Token]:
    """The tokens of ``text``, products such as ``2(3 + 4)`` made explicit.

    Raises:
        NotationError: for any character, word or order of symbols that is not arithmetic.
    """
    out: list[Token] = []
    place, depth, text = 0, 0, text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or len(out) >= MAX_TOKENS:
            raise NotationError(f"cannot read {text[place : place + 20]!r}")
        token = _token(match)
        if out and out[-1].kind == token.kind == "postfix":
            raise NotationError("a double factorial is not a factorial twice")
        if out and _touching(out[-1], token):
            _multiply(out, token)
        out.append(token)
        depth += (token.kind == "open") - (token.kind == "close")
        if not 0 <= depth <= MAX_DEPTH:
            raise NotationError("the parentheses do not match, or are nested too deeply")
        place = match.end()
    if depth:
        raise NotationError("a parenthesis is left open")
    return out


def _token(match: re.Match[str]) -> Token:
    kind, text = str(match.lastgroup), match[str(match.lastgroup)].lower()
    if kind == "number":
        currency = text[0] if text[0] in "$€£" else ""
        digits = text.lstrip("$€£").replace(",", "")
        whole = digits.partition(".")[0]
        if len(digits) > 200 or (len(whole) > 1 and whole.startswith("0")):
            raise NotationError(f"{text[:20]!r} is not written like a number")
        return Token("number", digits, Fraction(digits), currency)
    if kind == "name":
        if text in CONSTANTS:
            return Token("number", text)
        if text == "mod":
            return Token("operator", text)
        if text not in FUNCTIONS:
            raise NotationError(f"{text!r} is not arithmetic")
        return Token("function", text)
    return Token(kind, "^" if text == "**" else text)  # type: ignore[arg-type]


def _touching(left: Token, right: Token) -> bool:
    ends = left.kind in {"number", "close", "postfix"}
    return ends and right.kind in {"number", "open", "function"}


def _multiply(out: list[Token], right: Token) -> None:
    """Insert the product between ``out[-1]`` and ``right``, where it has one reading only."""
    bare = right.kind == "number" and right.text not in CONSTANTS
    if bare and out[-1].kind != "close":
        raise NotationError("two numbers stand side by side")
    before = next((t.text for t in reversed(out) if t.kind == "operator"), "")
    if bare or before in {"/", "^"}:
        raise NotationError("the product can be read in two ways")
    out.append(Token("operator", "*"))


def written(expression: list[Token]) -> str:
    """The tokens as text for people: ``17% × 2340``."""
    parts: list[str] = []
    for place, token in enumerate(expression):
        around = expression[max(place - 1, 0) : place + 2]
        lone = token.kind in {"open", "close"} and _lone(expression, place)
        if lone:
            continue
        sign = token.text in {"+", "-"} and (not place or around[0].kind in {"operator", "open"})
        if token.kind == "operator" and not sign and token.text != "^":
            parts.append(f" {'×' if token.text == '*' else token.text} ")
        else:
            parts.append(token.currency + token.text + (" " if token.kind == "comma" else ""))
    return "".join(parts)


def _lone(expression: list[Token], place: int) -> bool:
    """Whether this parenthesis holds one number only and belongs to no function."""
    start = place if expression[place].kind == "open" else place - 2
    kinds = [token.kind for token in expression[start : start + 3]]
    called = start > 0 and expression[start - 1].kind == "function"
    return start >= 0 and kinds == ["open", "number", "close"] and not called
