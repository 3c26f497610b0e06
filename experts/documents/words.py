"""Words as terms: what counts as the same word in a question, a document and an answer."""

import re
import unicodedata
from functools import lru_cache

_TOKEN = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)*)|(?P<sign>[€$£%])"
    r"|(?P<dense>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)"  # scripts without spaces
    r"|(?P<word>[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af][^\W_\u3040-\u30ff\u3400-\u9fff]*)"
)
_HYPHENATED = re.compile(r"([^\W\d_])(?:-|\u00ad)\r?\n[ \t]*([a-z])")
_IDENTIFIER = re.compile(r"(?<![\w-])--[^\W_][\w-]*|(?<!\w)[^\W_]+(?:_[^\W_]+)+(?!\w)")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")

STOPWORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being
    below between both but by can cannot could d did do does doing don down during each etc for
    from further had has have having he her here hers him his how i if in into is it its itself
    just ll m may me might mine more most must my myself no nor not now of off on once one only or
    other our ours out over own per please re s same shall she should so some such t than that the
    their theirs them then there these they this those through to too under until up upon us
    ve very via was we were what when where whether which while who whom whose why will with would
    yes you your yours""".split()
)
"""English words that say how a sentence is built, not what it is about."""

_SAME = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "bought": "buy", "built": "build",
    "children": "child", "chose": "choose", "chosen": "choose",
    "found": "find", "gave": "give", "given": "give", "held": "hold", "kept": "keep",
    "left": "leave", "lost": "lose", "made": "make", "men": "man", "owner": "own", "paid": "pay",
    "payment": "pay", "ran": "run", "sent": "send", "sold": "sell", "spent": "spend",
    "spoken": "speak", "taken": "take", "took": "take", "understood": "understand",
    "used": "use", "using": "use", "women": "woman", "written": "write", "wrote": "write",
}  # fmt: skip
_SIGNS = {"€": "euro", "$": "dollar", "£": "pound", "%": "percent"}
_VOWEL = re.compile("[aeiouy]")
# (ending, what takes its place, how much must be left), tried in order; one of each group.
_ENDINGS = (
    (("sses", "ss", 2), ("ies", "y", 2), ("xes", "x", 2), ("ches", "ch", 2), ("shes", "sh", 2),
     ("ss", "ss", 1), ("us", "us", 1), ("is", "is", 1), ("s", "", 3)),
    (("eed", "eed", 1), ("embed", "embed", 1), ("ing", "", 3), ("ed", "", 3)),
    (("ization", "iz", 3), ("isation", "iz", 3), ("ation", "", 3), ("ate", "", 3), ("at", "", 3),
     ("ion", "", 4), ("ally", "", 4), ("ly", "", 4)),
    (("ment", "", 4), ("al", "", 5)),
    (("e", "", 3), ("y", "i", 3)),
)  # fmt: skip


def terms(text: str) -> list[str]:
    """Every word and number of ``text`` as a term, in order, function words among them.

    Words are folded to lower case without accents and cut to a stem; ``1,200`` is ``1200`` and
    ``three`` is ``3``, ``€`` is ``euro``; scripts that put no space between words yield pairs of
    characters.
    """
    if not text.isascii():
        text = _fold(text)
    if "-\n" in text or "\r" in text:
        text = _HYPHENATED.sub(r"\1\2", text)
    found: list[str] = []
    for match in _TOKEN.finditer(text.lower()):
        token = match.group()
        if match.lastgroup == "word":
            found.append(stem(token))
        elif match.lastgroup == "number":
            found.append(number(token))
        elif match.lastgroup == "sign":
            found.append(_SIGNS[token])
        else:
            found.extend(token[i : i + 2] for i in range(max(len(token) - 1, 1)))
    return found


def content(text: str) -> list[str]:
    """The terms of ``text`` that say what it is about."""
    return [term for term in terms(text) if term not in _STOP_TERMS]


def identifiers(text: str) -> set[str]:
    """Options and names with an underscore, whole: ``--no-clarify``, ``good_enough``."""
    return {match.group().lower() for match in _IDENTIFIER.finditer(text)}


def is_number(term: str) -> bool:
    """Whether a term of `terms` is a number."""
    return term[:1].isdigit()


def number(token: str) -> str:
    """A number without the commas between its thousands."""
    return token.replace(",", "") if _THOUSANDS.fullmatch(token) else token


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A lower-case English word without the endings that seldom change what it is about."""
    if word in _SAME:
        word = _SAME[word]
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    for group in _ENDINGS:
        word = _cut(word, group)
    return word


def alike(one: str, other: str) -> bool:
    """Whether two terms share a beginning long enough to be forms of one word."""
    if one == other:
        return True
    shorter = min(len(one), len(other))
    if shorter < 5 or is_number(one):
        return False
    shared = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    return shared >= 5 and shared > 0.75 * max(len(one), len(other))


def _cut(word: str, group: tuple[tuple[str, str, int], ...]) -> str:
    for ending, instead, left in group:
        if word.endswith(ending):
            root = word[: len(word) - len(ending)]
            if len(root) < left or not _VOWEL.search(root):
                return word
            if ending in {"ing", "ed"} and len(root) > 3 and root[-1] == root[-2] not in "lsz":
                root = root[:-1]
            return root + instead
    return word


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize(
        "NFC", "".join(char for char in decomposed if not unicodedata.combining(char))
    )


_STOP_TERMS = frozenset(term for word in STOPWORDS for term in terms(word)) | STOPWORDS
